"""Facts are superseded, not overwritten: the one primitive by which every step writes.

`replace` makes the current rows of a scope equal to the rows given; `settle` does, where the current ones are known
already. What is equal stays untouched: a step that is run again after a crash, or on unchanged facts, writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Connection, Table, and_, delete, insert, select, update

from storage.codec import encode

BOOKKEEPING = frozenset({"id", "since_scan", "until_scan"})
CHUNK = 500
Row = Mapping[Any, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that appeared (`before` None), vanished (`after` None) or changed."""

    before: Row | None
    after: Row | None


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterable[list[T]]:
    """Lists of at most `size`, in order: bounds the variables of one statement and the memory of one step."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def current(table: Table) -> ColumnElement[bool]:
    """The condition of the current view."""
    return table.c.until_scan.is_(None)


def replace(
    connection: Connection,
    table: Table,
    scope: ColumnElement[bool],
    rows: Sequence[Row],
    *,
    key: Sequence[str],
    scan: int,
    carry: Sequence[str] = (),
    fresh: Sequence[str] = (),
) -> list[Change]:
    """Make the current rows in `scope` equal to `rows` (dictionaries by column key), matched by `key`.

    `carry`: columns that keep the value of the version before; `fresh`: columns that alone are no change.
    Returns what changed. A version made and superseded by the same scan leaves no trace.
    """
    before = connection.execute(select(*table.c).where(and_(scope, current(table)))).mappings().all()
    return settle(connection, table, before, rows, key=key, scan=scan, carry=carry, fresh=fresh)


def settle(
    connection: Connection,
    table: Table,
    before: Iterable[Row],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    scan: int,
    carry: Sequence[str] = (),
    fresh: Sequence[str] = (),
) -> list[Change]:
    """As `replace`, with the current rows of the scope given: `before` becomes `rows`."""
    names = [column.key for column in table.c if column.key not in BOOKKEEPING]
    json = [column.key for column in table.c if isinstance(column.type, JSON)]
    compared = [name for name in names if name not in fresh]
    known = {tuple([row[name] for name in key]): row for row in before}
    changes: list[Change] = []
    closing: list[Row] = []
    opening: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    for given in rows:
        row = {name: given[name] for name in names}
        row.update({name: encode(row[name]) for name in json})
        identity = tuple([row[name] for name in key])
        seen.add(identity)
        old = known.get(identity)
        if old is not None:
            row.update({name: old[name] for name in carry})
            if all(old[name] == row[name] for name in compared):
                continue
            closing.append(old)
        opening.append(row)
        changes.append(Change(old, row))
    ended = [old for identity, old in known.items() if identity not in seen]
    changes += [Change(old, None) for old in ended]
    close(connection, table, closing + ended, scan)
    if opening:
        connection.execute(insert(table), [{**row, "since_scan": scan, "until_scan": None} for row in opening])
    return changes


def close(connection: Connection, table: Table, rows: Sequence[Row], scan: int) -> None:
    """End the given current versions with `scan`; versions born in the same scan are removed instead."""
    for part in chunks([row["id"] for row in rows if row["since_scan"] != scan]):
        connection.execute(update(table).where(table.c.id.in_(part)).values(until_scan=scan))
    for part in chunks([row["id"] for row in rows if row["since_scan"] == scan]):
        connection.execute(delete(table).where(table.c.id.in_(part)))
