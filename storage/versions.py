"""Facts are superseded, not overwritten: the one primitive by which every step writes.

`replace` makes the current rows of a scope equal to the rows given; `settle` does, where the current ones are known
already. What is equal stays untouched: a step that is run again after a crash, or on unchanged facts, writes nothing.

`viewing` turns every question asked inside it to what an earlier scan had left: `current`, `known`, `ended`, `happened`
and `ended_by` obey it, and nothing can be written meanwhile (`docs/design/as-of.md`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    delete,
    or_,
    select,
    true,
    update,
)

from storage.among import among
from storage.bulk import add_rows
from storage.codec import encode
from storage.packed import PackedJson

BOOKKEEPING = frozenset({"id", "since_scan", "until_scan"})
CHUNK = 500
CHUNK_OF_PAST = 8000
Row = Mapping[Any, Any]
T = TypeVar("T")
_VIEW: ContextVar[int | None] = ContextVar("view", default=None)
"""Number of the scan whose state is looked at; None: now."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that appeared (`before` None), vanished (`after` None) or changed."""

    before: Row | None
    after: Row | None


def chunk_size() -> int:
    """Rows of one statement. No index serves the past: there fewer and larger questions each cost one pass."""
    return CHUNK if _VIEW.get() is None else CHUNK_OF_PAST


def chunks(items: Iterable[T], size: int | None = None) -> Iterable[list[T]]:
    """Lists of at most `size`, in order: bounds the variables of one statement and the memory of one step."""
    iterator, size = iter(items), size or chunk_size()
    while part := list(islice(iterator, size)):
        yield part


@contextmanager
def viewing(scan: int | None) -> Iterator[None]:
    """Questions inside are answered as the scan of this number left the facts; None: as they are now."""
    token = _VIEW.set(scan)
    try:
        yield
    finally:
        _VIEW.reset(token)


def viewed() -> int | None:
    """The scan whose state is looked at, None when it is the present."""
    return _VIEW.get()


def current(table: FromClause) -> ColumnElement[bool]:
    """The condition of the current view: the versions that hold, or that held at the scan looked at."""
    scan = _VIEW.get()
    if scan is None:
        return table.c.until_scan.is_(None)
    return and_(known(table), or_(table.c.until_scan.is_(None), table.c.until_scan > scan))


def known(table: FromClause) -> ColumnElement[bool]:
    """The versions that have been written, whether they hold or ended."""
    return happened(table.c.since_scan)


def ended(table: FromClause) -> ColumnElement[bool]:
    """The versions that hold no more."""
    return and_(table.c.until_scan.is_not(None), happened(table.c.until_scan))


def happened(scan: ColumnElement[Any]) -> ColumnElement[bool]:
    """The scan of this number had begun: later ones are not known yet where an earlier state is looked at."""
    upto = _VIEW.get()
    return true() if upto is None else scan <= upto


def ended_by(row: Row) -> int | None:
    """The scan that ended a version, None while it holds; the end itself may not have happened yet."""
    upto, until = _VIEW.get(), row["until_scan"]
    return until if until is not None and (upto is None or until <= upto) else None


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
    refuse_to_write()
    names = [column.key for column in table.c if column.key not in BOOKKEEPING]
    json = [column.key for column in table.c if isinstance(column.type, JSON | PackedJson)]
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
    with superseding(connection, table, closing + ended, scan):
        add_rows(connection, table, [{**row, "since_scan": scan, "until_scan": None} for row in opening])
    return changes


def close(connection: Connection, table: Table, rows: Sequence[Row], scan: int) -> None:
    """End the given current versions with `scan`; versions born in the same scan are removed instead."""
    with superseding(connection, table, rows, scan):
        pass  # nothing comes in their place


@contextmanager
def superseding(connection: Connection, table: Table, rows: Sequence[Row], scan: int) -> Iterator[None]:
    """As `close`; what comes in place of the versions is written inside the block.

    What has to be removed is removed last: SQLite would give its number to the next row, and whoever follows the
    numbers (the live events) would take that for a row seen before.
    """
    refuse_to_write()
    for part in chunks([row["id"] for row in rows]):
        connection.execute(update(table).where(among(table.c.id, part)).values(until_scan=scan))
    yield
    for part in chunks([row["id"] for row in rows if row["since_scan"] == scan]):
        connection.execute(delete(table).where(among(table.c.id, part)))


def refuse_to_write() -> None:
    """The past is only read: a step that wrote by it would make old facts current again. Raises RuntimeError."""
    if _VIEW.get() is not None:
        raise RuntimeError(f"facts can only be written in the present view, got that of scan {_VIEW.get()}")
