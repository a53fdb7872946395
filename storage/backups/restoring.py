"""Restoring a backup into either database: all of it or nothing, and then at the newest schema."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from domain.audit import Action, Entry, detail_text
from domain.audit_checking import shown
from domain.errors import SchemaNewer, UsageError
from domain.wording import say
from storage.audit import append, audit_head, log_faults
from storage.backups.archive import Archive
from storage.backups.filling import fill
from storage.backups.losing import what_is_lost
from storage.engine import DatabaseSettings, known_version, newest_version, open_engine
from storage.scans import interrupt_running, refuse_running
from storage.schema.tables import SCAN


@dataclass(frozen=True, slots=True)
class Restored:
    """`before`, `after`: the schema of the backup and that of the database now; `faults` of its audit log."""

    rows: int
    before: str
    after: str
    faults: int


@dataclass(frozen=True, slots=True)
class Restoring:
    """Who restores when, and whether what is there may go."""

    actor: str
    now: datetime
    replace: bool = False


def refuse_unfit(archive: Archive) -> None:
    """Raises SchemaNewer for a backup of a newer program."""
    schema = archive.manifest.schema
    if not known_version(schema):
        raise SchemaNewer(
            say(
                f"备份的数据库版本 {schema} 比本程序（{newest_version()}）新；请先升级程序",
                f"the backup's schema {schema} is newer than this program (knows up to {newest_version()}); "
                "upgrade the program",
            )
        )


def restore(archive: Archive, engine: Engine, scratch: Path, how: Restoring) -> Restored:
    """Make the database what the backup holds. `scratch`: a folder beside it, for SQLite.

    Raises UsageError when something is there and may not go, ScanRunning while a scan runs there, BackupUnusable, and
    SchemaNewer; the database is then as it was.
    """
    refuse_unfit(archive)
    if engine.dialect.name == "sqlite":
        return _restore_sqlite(archive, engine, scratch, how)
    with engine.begin() as connection:
        _make_room(connection, how)
        return _filled(archive, connection, how)


def _make_room(connection: Connection, how: Restoring) -> None:
    """Take away what is there, in this transaction. Raises UsageError when it may not."""
    for name in _refuse_occupied(connection, how):
        connection.execute(text(f'DROP TABLE "{name}" CASCADE'))


def _refuse_occupied(connection: Connection, how: Restoring) -> tuple[str, ...]:
    """Names of the tables that are there."""
    there = what_is_lost(connection)
    if there.tables and not how.replace:
        raise UsageError(
            say(
                f"应为空数据库，其中已有 {len(there.tables)} 个表；确要替换请加 --replace",
                f"expected an empty database, got one with {len(there.tables)} table(s); --replace takes their place",
            )
        )
    if there.foreign:
        names = ", ".join(there.foreign[:5])
        raise UsageError(
            say(
                f"数据库中有不属于本程序的表：{names}；请另建空数据库",
                f"expected a database of this program, got one with other tables: {names}; restore into an empty one",
            )
        )
    if SCAN.name in there.tables:
        refuse_running(connection, how.now)
    return there.tables


def _restore_sqlite(archive: Archive, engine: Engine, scratch: Path, how: Restoring) -> Restored:
    """Made whole beside the database, then copied over it in one transaction of SQLite's: who has it open goes on."""
    with engine.connect() as connection:
        _refuse_occupied(connection, how)
    made = scratch / "restored.db"
    fresh = open_engine(DatabaseSettings(f"sqlite:///{made}"))
    try:
        with fresh.begin() as connection:
            restored = _filled(archive, connection, how)
    finally:
        fresh.dispose()
    put_over(made, engine)
    return restored


def put_over(made: Path, engine: Engine) -> None:
    """Copy a finished SQLite file over the database, in one transaction of SQLite's. Raises DatabaseError."""
    held = engine.raw_connection()
    source = sqlite3.connect(made)
    try:
        target: Any = held.driver_connection
        source.backup(target)
    except sqlite3.Error as error:
        raise DatabaseError("restore", None, error) from error
    finally:
        source.close()
        held.close()


def _filled(archive: Archive, connection: Connection, how: Restoring) -> Restored:
    """The tables of the backup's revision with its rows, brought to the newest schema, and checked."""
    manifest = archive.manifest
    fill(connection, archive)
    interrupt_running(connection, how.now)
    faults = sum(1 for _ in log_faults(connection))
    if not faults:
        _tell_audit(archive, connection, how)
    return Restored(manifest.rows, manifest.schema, newest_version(), faults)


def _tell_audit(archive: Archive, connection: Connection, how: Restoring) -> None:
    """That this is a restored database is the next link of its log."""
    manifest = archive.manifest
    detail = detail_text(
        what="restored",
        made=manifest.created_at.isoformat(),
        schema=manifest.schema,
        rows=manifest.rows,
        head=shown(audit_head(connection)),
    )
    append(connection, how.now, [Entry(how.actor, Action.CONFIGURED, "database", None, detail)])
