"""The audit log in the database: links are appended in one order, never changed (`domain/audit.py` for the chain)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, select, type_coerce, update

from domain.audit import EPOCH, ChainFault, ChainRow, Entry, FaultKind, Head, chained
from domain.audit_checking import checked
from domain.errors import StorageError
from storage.bulk import add_rows
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
        add_rows(connection, AUDIT_ENTRY, [_stored(row) for row in rows[at : at + PIECE]])
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
    names = (AUDIT_ENTRY.c[name] for name in COLUMNS)
    columns = [type_coerce(one, BigInteger) if one.name == "at" else one for one in names]  # whatever stands there
    while True:
        query = select(*columns).where(AUDIT_ENTRY.c.sequence > after)
        if upto is not None:
            query = query.where(AUDIT_ENTRY.c.sequence <= upto)
        found = connection.execute(query.order_by(AUDIT_ENTRY.c.sequence).limit(PIECE)).all()
        yield from (ChainRow(*row) for row in found)
        if len(found) < PIECE:
            return
        after = found[-1][0]


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


def whole_log(connection: Connection) -> Iterator[ChainRow]:
    """Every row there is, also such as have a number that the program never gives: for checking."""
    return audit_rows(connection, after=-(2**63))


def log_faults(connection: Connection, printed: Head | None = None) -> Iterator[ChainFault]:
    """Every fault of the log, a piece at a time. The connection must hold one moment: `one_moment`."""
    try:
        head = audit_head(connection)
    except StorageError:
        yield ChainFault(FaultKind.HEAD, 0)
        head = None
    yield from checked(whole_log(connection), head, None, printed)


def one_moment(connection: Connection) -> Connection:
    """Before the first query: what others write meanwhile is not seen. SQLite's readers are like that anyway."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def digest_at(connection: Connection, sequence: int) -> Head | None:
    """The head as it was when this row was the last; None when there is no such row."""
    if sequence == 0:
        return Head()
    digest = connection.execute(select(AUDIT_ENTRY.c.digest).where(AUDIT_ENTRY.c.sequence == sequence)).scalar()
    return None if digest is None else Head(sequence, digest)
