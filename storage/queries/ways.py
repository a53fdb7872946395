"""Ways through a narrowed list: the order in which an index gives just the rows that are asked for.

A list that is narrowed to a day or a station is not walked in its own order until enough rows fit: it is walked in the
order of the index that leads to them. Which rows there are does not depend on the way, only their order does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    TextClause,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union,
)

from storage.types import EPOCH, Instant

MOST_UNITS = 64
"""A filter that names more units than these leaves so much that an index of units gains nothing."""

LARGEST = 2**31 - 1
Key = tuple[Any, ...]


class Path(Protocol):
    """An order in which a list can be walked. `name` is part of its cursors, '' for the list's own order.

    `answered`: the filters that every row of it meets, so that nobody need ask again.
    """

    @property
    def name(self) -> str: ...

    @property
    def answered(self) -> tuple[str, ...]: ...

    @property
    def row(self) -> ColumnElement[Any]:
        """The number of a row in the list's own source: the last part of every key."""

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        """Columns of the types of a key's parts."""

    def keys(self, connection: Connection, after: Key | None, inclusive: bool, size: int) -> list[Key]:
        """The next keys in order; fewer than `size` at the end. One may come twice."""


@dataclass(frozen=True, slots=True)
class Way:
    """Each branch selects the columns of the order, the last of them the number of the row (`row` in the list's own
    source). Together they give every row that is asked for; they may give others, and one row twice.
    """

    name: str
    row: ColumnElement[Any]
    branches: tuple[Select[Any], ...]
    answered: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(self.branches[0].selected_columns)

    def keys(self, connection: Connection, after: Key | None, inclusive: bool, size: int) -> list[Key]:
        """The next keys in order; fewer than `size` at the end. One may come twice."""
        return [tuple(row) for row in connection.execute(self.query(after, inclusive, size)).all()]

    def query(self, after: Key | None, inclusive: bool, size: int) -> Select[Any]:
        """The next keys, as columns in the order of the key."""
        parts = [self._part(branch, after, inclusive, size) for branch in self.branches]
        if len(parts) == 1:
            return parts[0]
        together = union(*(select(*part.subquery().c) for part in parts)).subquery()
        return select(*together.c).order_by(*together.c).limit(size)

    def _part(self, branch: Select[Any], after: Key | None, inclusive: bool, size: int) -> Select[Any]:
        columns = tuple(branch.selected_columns)
        names = [f"key_{index}" for index in range(len(columns))]
        query = branch.with_only_columns(*(one.label(name) for one, name in zip(columns, names, strict=True)))
        if after is not None:
            query = query.where(beyond(columns, after, inclusive=inclusive, newest_first=False))
        # A column that is the same number in every row of a branch would hide from the database that an index fits.
        order = [one for one in columns if not isinstance(one, ColumnClause) or not one.is_literal]
        return query.order_by(*order).limit(size)


def beyond(
    columns: Sequence[ColumnElement[Any]], key: Key, *, inclusive: bool, newest_first: bool
) -> ColumnElement[bool]:
    """The rows after a key; with the one of the key itself when `inclusive`."""
    values = tuple_(*(literal(value, column.type) for value, column in zip(key, columns, strict=True)))
    place = tuple_(*columns)
    if newest_first:
        return place <= values if inclusive else place < values
    return place >= values if inclusive else place > values


def by_unit(branch: Select[Any], column: ColumnElement[Any], units: Iterable[str] | None) -> list[Select[Any]]:
    """A branch for each unit, and one for rows that do not say theirs; the branch itself when no unit is asked for."""
    wanted = None if units is None else list(units)
    # A reader who may see nothing is shown nothing; rows without a unit are left to the list's own conditions.
    if wanted is None or len(wanted) > MOST_UNITS:
        return [branch]
    return [*(branch.where(column == unit) for unit in wanted), branch.where(column.is_(None))]


def begun_within(
    column: ColumnElement[Any], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """A half-open range of a point in time."""
    wanted = [] if since is None else [column >= since]
    return wanted if until is None else [*wanted, column < until]


def overlapping(
    start: ColumnElement[Any],
    ended: ColumnElement[Any],
    since: datetime | None,
    until: datetime | None,
    most: timedelta,
) -> list[ColumnElement[bool]]:
    """What lies in a range, as far as it does not last longer than `most`: a bounded stretch of the order is walked."""
    wanted = begun_within(start, None if since is None else since - most, until)
    return wanted if since is None else [*wanted, or_(start >= since, ended > since)]


def long_before(table: Table, since: datetime, lasting: str) -> list[Any]:
    """What lasts long and reaches into a range: found by its end, in an index that holds nothing else."""
    # Its begin is not to lead the way.
    begun = func.coalesce(table.c.started_at, literal(EPOCH, Instant())) < literal(since, Instant())
    return [stated(lasting), table.c.ended_at > since, begun]


def first_of_all(query: Select[Any]) -> Subquery:
    """Rows that are to be found first, before anything is joined or put in order: a bound keeps them apart."""
    return query.limit(LARGEST).subquery()


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text column that is only compared on rows found by something else: no index of it is to lead the way."""
    return func.coalesce(column, "")


def stated(condition: str) -> TextClause:
    """A condition letter by letter as an index of the schema states it: otherwise it is not seen to fit."""
    return text(condition)
