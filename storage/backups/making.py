"""Writing a backup while everything runs: one moment of the database, checked, then row by row into the archive."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError

from domain.audit import Head
from domain.errors import StorageError
from domain.wording import say
from storage.audit import audit_head, log_faults, one_moment
from storage.backups.archive import ArchiveWriter, Manifest, writing
from storage.backups.filling import VERSION_TABLE, reflected
from storage.backups.rows import columns_of, stored_rows
from storage.engine import DatabaseSettings, Use, open_engine, require_known

PAGES_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of where it comes from; `origin` without a password."""

    program: str
    origin: str
    now: datetime


def write_backup(engine: Engine, target: Path, scratch: Path, about: About) -> Manifest:
    """Write the whole database as it is at one moment into the new file `target`; `scratch` holds its copy.

    Raises StorageError for a database that is empty, newer than this program or damaged, OSError when the disk is full.
    """
    schema = require_known(engine)
    with _moment(engine, scratch) as connection, writing(target, about.now) as archive:
        audit, faults = _audit(connection)
        begun = Manifest(about.program, schema, about.now, about.origin, audit, faults, ())
        return _written(connection, archive, begun)


def _written(connection: Connection, archive: ArchiveWriter, manifest: Manifest) -> Manifest:
    tables = reflected(connection)
    members = tuple(
        archive.table(table.name, columns_of(table), stored_rows(connection, table))
        for table in tables.sorted_tables
        if table.name != VERSION_TABLE
    )
    whole = Manifest(
        *(manifest.program, manifest.schema, manifest.created_at, manifest.origin),
        *(manifest.audit, manifest.audit_faults, members),
    )
    archive.manifest(whole)
    return whole


def _audit(connection: Connection) -> tuple[Head | None, int]:
    """Where the audit log ends, and how many places there are where it is broken; none in schemas that had no log."""
    if "audit_entry" not in inspect(connection).get_table_names():
        return None, 0
    faults = sum(1 for _ in log_faults(connection))
    try:
        return audit_head(connection), faults
    except StorageError:
        return None, faults  # counted among the faults


@contextmanager
def _moment(engine: Engine, scratch: Path) -> Iterator[Connection]:
    """A connection that sees one moment, and keeps nobody from writing."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            yield one_moment(connection)
        return
    copy = scratch / "copy.db"
    _copy_sqlite(engine, copy)
    copied = open_engine(DatabaseSettings(f"sqlite:///{copy}"), Use.READING)
    try:
        with copied.connect() as connection:
            yield connection
    finally:
        copied.dispose()


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """SQLite's online backup, from within one read transaction: a writer does not make it begin again."""
    held = engine.raw_connection()
    copy = sqlite3.connect(target)
    try:
        source: Any = held.driver_connection
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE)
        source.execute("ROLLBACK")
        _refuse_damaged(copy)
    except sqlite3.Error as error:
        raise DatabaseError("backup", None, error) from error
    finally:
        copy.close()
        held.close()


def _refuse_damaged(copy: sqlite3.Connection) -> None:
    said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise StorageError(
            say(
                f"数据库文件已损坏（integrity_check：{said}），未做备份；请从较早的备份还原",
                f"the database file is damaged (integrity_check: {said}); no backup was made: restore an older one",
            )
        )
