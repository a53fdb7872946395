"""One list: its columns, its rows as a stream, and the same rows page by page.

Both go by the sort key (keyset): memory stays bounded, no row is read twice, a page costs the same wherever it lies.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select

from storage.queries.belonging import numbers_seen
from storage.queries.filters import Filters, UnusableQuery, refuse_unusable, storable
from storage.queries.raws import Raw, read
from storage.queries.ways import Key, Path, beyond
from storage.types import EPOCH, MICROSECOND
from storage.versions import chunk_size, viewed

Row = dict[str, Any]
Source = Callable[[Connection, Filters], Select[Any]]
Dress = Callable[[Connection, Filters, Sequence[Raw]], Sequence[Sequence[Row]]]
Gather = Callable[[Connection, Sequence[Any]], Mapping[Any, Raw]]
Ways = Callable[[Connection, Filters], Path | None]
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and where the next page begins; no cursor after the last row."""

    rows: tuple[Row, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: the sort key of a source row, and how many of that row's list rows lie before it."""

    key: Key
    done: int


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list. `source` selects the rows that are sorted by `key` (unique); `dress` turns a chunk of them into list
    rows, each into none, one or several, loading what else they need for the whole chunk at once.

    `offers`: the filters that mean something here. `newest_first` turns the order round. Without a source the list
    exists and is empty. `ways` gives the order in which the list is walked when its own would be slow; `reached` is the
    source of rows to which a way leads, where no condition of the source is to lead to them instead; `gather` gives
    these rows by number where no single question does. A way whose rows are gathered asks every condition itself.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[ColumnElement[Any], ...] = ()
    source: Source | None = None
    dress: Dress | None = None
    offers: tuple[str, ...] = ()
    newest_first: bool = False
    ways: Ways | None = None
    reached: Source | None = None
    gather: Gather | None = None

    def rows(self, connection: Connection, filters: Filters, limit: int | None) -> Iterator[Row]:
        """Rows in order, at most `limit`. Raises UnusableQuery at once for a filter that this list does not offer."""
        refuse_unusable(self.name, self.offers, filters)
        size = chunk_size() if limit is None else min(chunk_size(), limit + 1)
        return islice((row for _, row in self._walk(connection, filters, None, size)), limit)

    def page(self, connection: Connection, filters: Filters, limit: int, cursor: str | None = None) -> Page:
        """Up to `limit` rows after the cursor. Raises UnusableQuery (a ValueError) for a cursor of something else."""
        refuse_unusable(self.name, self.offers, filters)
        if limit < 1:
            raise UnusableQuery(f"list {self.name}: limit: expected at least 1, got {limit}")
        way = self._way(connection, filters)
        start = None if cursor is None else self._position(cursor, way)
        found = list(islice(self._walk(connection, filters, start, min(chunk_size(), limit + 2)), limit + 1))
        more = len(found) > limit
        return Page(tuple(row for _, row in found[:limit]), self._cursor(found[limit - 1][0], way) if more else None)

    def _walk(
        self, connection: Connection, filters: Filters, start: Position | None, size: int
    ) -> Iterator[tuple[Position, Row]]:
        """Rows from `start` on, each with the position after it. Chunks grow while few of their rows are wanted."""
        if self.source is None or self.dress is None or asks_beyond(connection, filters):
            return
        way = self._way(connection, filters)
        if way is None:
            query = self.source(connection, filters)
        else:
            query = (self.reached or self.source)(connection, replace(filters, **dict.fromkeys(way.answered)))
        key, inclusive = (start.key, True) if start else (None, False)
        while True:
            keys, raws, key = self._chunk(connection, way, query, (key, inclusive, size))
            for at_key, rows in zip(keys, self.dress(connection, filters, raws), strict=True):
                done = start.done if start and start.key == at_key else 0
                yield from ((Position(at_key, at + 1), row) for at, row in enumerate(rows) if at >= done)
            if key is None:
                return
            inclusive, size = False, min(2 * size, max(size, chunk_size()))

    def _chunk(
        self, connection: Connection, way: Path | None, query: Select[Any], place: tuple[Key | None, bool, int]
    ) -> tuple[list[Key], list[Raw], Key | None]:
        """Keys and rows of the next chunk, and where the one after it begins; None after the last."""
        key, inclusive, size = place
        if way is not None:
            found = way.keys(connection, key, inclusive, size)
            wanted = dict.fromkeys(found)
            by_row = self._rows_of(connection, way, query, [one[-1] for one in wanted]) if wanted else {}
            keys = [one for one in wanted if one[-1] in by_row]
            return keys, [by_row[one[-1]] for one in keys], found[-1] if len(found) == size else None
        part = self._ordered(query)
        if key is not None:
            part = part.where(beyond(self.key, key, inclusive=inclusive, newest_first=self.newest_first))
        raws = list(read(connection, part.limit(size)))
        keys = [tuple(raw[f"key_{index}"] for index in range(len(self.key))) for raw in raws]
        return keys, raws, keys[-1] if len(raws) == size else None

    def _rows_of(
        self, connection: Connection, way: Path, query: Select[Any], numbers: Sequence[Any]
    ) -> Mapping[Any, Raw]:
        if self.gather is not None:
            return self.gather(connection, numbers)
        numbered = query.add_columns(way.row.label("key_row")).where(way.row.in_(numbers))
        return {raw["key_row"]: raw for raw in read(connection, numbered)}

    def _way(self, connection: Connection, filters: Filters) -> Path | None:
        """No index serves the past: there a list is always walked in its own order."""
        return self.ways(connection, filters) if self.ways is not None and viewed() is None else None

    def _ordered(self, query: Select[Any]) -> Select[Any]:
        labelled = query.add_columns(*(column.label(f"key_{index}") for index, column in enumerate(self.key)))
        return labelled.order_by(*(column.desc() if self.newest_first else column for column in self.key))

    def _cursor(self, position: Position, way: Path | None = None) -> str:
        text = json.dumps([self._name(way), position.done, *(_portable(value) for value in position.key)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _name(self, way: Path | None) -> str:
        return self.name if way is None or not way.name else f"{self.name}/{way.name}"

    def _position(self, cursor: str, way: Path | None = None) -> Position:
        columns = self.key if way is None else way.key
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, done, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if name != self._name(way) or not _is_count(done) or len(key) != len(columns):
                raise ValueError("not of this list")
            values = tuple(_value(part, column) for part, column in zip(key, columns, strict=True))
        except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
            raise UnusableQuery(
                f"list {self.name}: cursor: expected a next_cursor of this list, got {cursor[:80]!r}"
            ) from error
        return Position(values, done)


def asks_beyond(connection: Connection, filters: Filters) -> bool:
    """Whether an activity is named that the reader may not see: what is linked to it is not to be guessed either."""
    if filters.incident is None or filters.scope is None:
        return False
    return not numbers_seen(connection, [filters.incident], filters.scope)


def _portable(value: Any) -> Any:
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _value(part: Any, column: ColumnElement[Any]) -> Any:
    """A key part as the column holds it. Raises ValueError or OverflowError for anything else."""
    kind = column.type.python_type if not hasattr(column.type, "process_bind_param") else datetime
    if kind is str and isinstance(part, str) and storable(part):
        return part
    if isinstance(part, int) and not isinstance(part, bool) and abs(part) <= LARGEST:
        if kind is int:
            return part
        if kind is datetime:
            return EPOCH + timedelta(microseconds=part)
    raise ValueError(f"expected {kind.__name__}, got {part!r}")
