"""Restoring a backup into either database: all of it or nothing, and then at the newest schema."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, Table, delete, func, select, text, update
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from domain.audit import Action, Entry, detail_text
from domain.audit_checking import shown
from domain.errors import BackupUnusable, SchemaNewer, UsageError
from domain.wording import say
from storage.audit import append, audit_head, log_faults
from storage.backups.archive import Archive, Member
from storage.backups.losing import what_is_lost
from storage.backups.making import VERSION_TABLE, reflected
from storage.backups.rows import at_once
from storage.engine import DatabaseSettings, alembic_config, known_version, newest_version, open_engine
from storage.scans import refuse_running
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
    return restored


def _filled(archive: Archive, connection: Connection, how: Restoring) -> Restored:
    """The tables of the backup's revision with its rows, brought to the newest schema, and checked."""
    manifest = archive.manifest
    _bring_up(connection, manifest.schema)
    tables = reflected(connection)
    _refuse_misfits(archive, tables)
    for table in reversed(tables.sorted_tables):
        if table.name != VERSION_TABLE:
            connection.execute(delete(table))  # what migrations put there is among the rows of the backup
    for member in manifest.members:
        _load(archive, connection, member)
    if connection.dialect.name == "postgresql":
        _count_on(connection, tables)
    _bring_up(connection, newest_version())
    connection.execute(update(SCAN).where(SCAN.c.state == "running").values(state="interrupted", finished_at=how.now))
    faults = sum(1 for _ in log_faults(connection))
    if not faults:
        _tell_audit(archive, connection, how)
    return Restored(manifest.rows, manifest.schema, newest_version(), faults)


def _bring_up(connection: Connection, revision: str) -> None:
    config = alembic_config(connection.engine)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _refuse_misfits(archive: Archive, tables: MetaData) -> None:
    """The members must be the tables of the revision that the manifest names."""
    there = {table.name: {column.name for column in table.columns} for table in tables.sorted_tables}
    there.pop(VERSION_TABLE, None)
    stated = {one.table: {column.name for column in one.columns} for one in archive.manifest.members}
    odd = sorted(name for name in there.keys() | stated.keys() if there.get(name) != stated.get(name))
    if odd:
        names, schema = ", ".join(odd[:5]), archive.manifest.schema
        raise BackupUnusable(
            say(
                f"备份 {archive.path}：表与数据库版本 {schema} 不符：{names}",
                f"backup {archive.path}: tables are not those of schema {schema}: {names}",
            )
        )


def _load(archive: Archive, connection: Connection, member: Member) -> None:
    try:
        if connection.dialect.name == "postgresql":
            _copy_in(connection, member, archive.rows(member))
        else:
            _insert(connection, member, archive.rows(member))
    except (psycopg.Error, SQLAlchemyError) as error:
        words = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        raise BackupUnusable(
            say(
                f"备份 {archive.path}：表 {member.table} 无法装入：{words}",
                f"backup {archive.path}: table {member.table} cannot be loaded: {words}",
            )
        ) from error


def _names(member: Member) -> str:
    return ", ".join(f'"{column.name}"' for column in member.columns)


def _copy_in(connection: Connection, member: Member, rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{member.table}" ({_names(member)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _insert(connection: Connection, member: Member, rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(member.columns))
    statement = f'INSERT INTO "{member.table}" ({_names(member)}) VALUES ({marks})'  # noqa: S608 (names of our own tables)
    rows = iter(rows)
    while part := [tuple(row) for row in islice(rows, at_once(member.table))]:
        connection.exec_driver_sql(statement, part)


def _count_on(connection: Connection, tables: MetaData) -> None:
    """PostgreSQL numbers new rows by counters of its own, which know nothing of the rows that came by COPY."""
    for table in tables.sorted_tables:
        for column in table.primary_key.columns:
            counter = connection.execute(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))).scalar()
            if counter is not None:
                _set_counter(connection, str(counter), table, column.name)


def _set_counter(connection: Connection, counter: str, table: Table, column: str) -> None:
    highest = connection.execute(select(func.max(table.c[column]))).scalar()
    connection.execute(select(func.setval(counter, highest or 1, highest is not None)))


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
