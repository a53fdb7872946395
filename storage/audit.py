"""The audit log in the database: links are appended in one order, never changed (`domain/audit.py` for the chain)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from domain.audit import EPOCH, ChainRow, Entry, Head, chained
from domain.errors import StorageError
from storage.schema.tables import AUDIT_ENTRY, AUDIT_HEAD
from storage.types import MICROSECOND

PIECE = 2000
COLUMNS = ("sequence", "at", "actor", "origin", "action", "subject", "unit", "detail", "digest")


def append(connection: Connection, now: datetime, entries: Sequence[Entry]) -> Head:
    """Add links at the end, in this transaction. Whoever appends next waits until it ends: call it last.

    Raises StorageError when the log has no head.
    """
    head = audit_head(connection, lock=True)
    rows = []
    for entry in entries:
        row = chained(entry, now, head)
        rows.append(row)
        head = Head(row.sequence, row.digest)
    for at in range(0, len(rows), PIECE):
        connection.execute(insert(AUDIT_ENTRY), [_stored(row) for row in rows[at : at + PIECE]])
    if rows:
        connection.execute(update(AUDIT_HEAD).values(sequence=head.sequence, digest=head.digest))
    return head


def audit_head(connection: Connection, *, lock: bool = False) -> Head:
    """Where the chain ends; `lock` keeps others from appending until the transaction is over."""
    query = select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.digest)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise StorageError("审计日志缺少链尾 / the audit log has no head: expected one row in audit_head, got none")
    return Head(row.sequence, row.digest)


def audit_rows(connection: Connection, after: int = 0, upto: int | None = None) -> Iterator[ChainRow]:
    """Rows in order, a piece at a time: memory stays bounded however long the log is."""
    while True:
        query = select(*(AUDIT_ENTRY.c[name] for name in COLUMNS)).where(AUDIT_ENTRY.c.sequence > after)
        if upto is not None:
            query = query.where(AUDIT_ENTRY.c.sequence <= upto)
        found = connection.execute(query.order_by(AUDIT_ENTRY.c.sequence).limit(PIECE)).all()
        yield from (chain_row(row) for row in found)
        if len(found) < PIECE:
            return
        after = found[-1].sequence


def chain_row(row: Any) -> ChainRow:
    """A row of the table, with its instant as it was hashed."""
    sequence, at, *rest = row
    return ChainRow(sequence, (at - EPOCH) // MICROSECOND, *rest)


def _stored(row: ChainRow) -> dict[str, object]:
    return {name: row.at if name == "at" else getattr(row, name) for name in COLUMNS}


def entries_of(connection: Connection, subject: str, actions: Iterable[str], limit: int = 200) -> list[ChainRow]:
    """The newest links about one subject, newest first."""
    query = select(*(AUDIT_ENTRY.c[name] for name in COLUMNS)).where(
        AUDIT_ENTRY.c.subject == subject, AUDIT_ENTRY.c.action.in_(list(actions))
    )
    found = connection.execute(query.order_by(AUDIT_ENTRY.c.sequence.desc()).limit(limit)).all()
    return [chain_row(row) for row in found]
