"""Moving a whole database into another, empty one of either kind: one moment of the source, row by row as a stream,
read back and compared before anything of it can be seen. Killed at any time, the target is as empty as it was.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, select, text

from domain.audit import Action, Entry, Head, detail_text
from domain.audit_checking import shown
from domain.errors import StorageError, UsageError
from domain.wording import say
from storage.audit import append, audit_head, log_faults, one_moment
from storage.backups.filling import VERSION_TABLE, Shape, fill, reflected
from storage.backups.losing import what_is_lost
from storage.backups.restoring import put_over
from storage.backups.rows import Column, columns_of, row_line, stored_rows
from storage.engine import DatabaseSettings, open_engine, require_current, schema_version
from storage.scans import interrupt_running, refuse_running
from storage.schema.tables import SCAN

Proof = Callable[[Connection, Connection], None]
"""What else must be the same on both sides, given the source and the filled target; raises StorageError."""


@dataclass(frozen=True, slots=True)
class Moving:
    """Who moves when. `origin`: the source's address without a password. `proof`: asked before the target is made
    final; `told`: called with the name of each table as its turn comes."""

    actor: str
    now: datetime
    origin: str
    proof: Proof
    told: Callable[[str], None] = lambda _name: None


@dataclass(frozen=True, slots=True)
class Passed:
    """A table as it passed by. `digest`: SHA-256 over its rows in order of their key, in the lines of a backup."""

    table: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What the target holds, proven row for row; `audit`: where the log of the source ended."""

    tables: tuple[Passed, ...]
    audit: Head

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A table as the database has it."""

    table: str
    columns: tuple[Column, ...]


class Moment:
    """Every row of a database as one connection sees it. `passed`: the tables that were read to their end."""

    def __init__(self, connection: Connection, schema: str, told: Callable[[str], None]) -> None:
        self.schema = schema
        self.passed: dict[str, Passed] = {}
        self._connection = connection
        self._told = told
        self._tables = {one.name: one for one in reflected(connection).sorted_tables if one.name != VERSION_TABLE}

    @property
    def shapes(self) -> Sequence[Shape]:
        return [_Shape(name, columns_of(table)) for name, table in self._tables.items()]

    def stored(self, shape: Shape) -> Iterator[Sequence[Any]]:
        """The rows of a table; what passed by is counted and digested."""
        self._told(shape.table)
        digest, count = hashlib.sha256(), 0
        for row in stored_rows(self._connection, self._tables[shape.table]):
            digest.update(row_line(shape.columns, row))
            count += 1
            yield row
        self.passed[shape.table] = Passed(shape.table, count, digest.hexdigest())

    def refusal(self, zh: str, en: str) -> StorageError:
        return StorageError(say(f"迁移未进行：{zh}；目标仍为空", f"nothing was moved: {en}; the target is still empty"))


def move(source: Engine, target: Engine, scratch: Path, how: Moving) -> Moved:
    """Make the empty target hold what the source holds at this moment. `scratch`: a folder beside it, for SQLite.

    Raises UsageError for a target that is not empty, SchemaOlder and SchemaNewer for the source, ScanRunning while a
    scan runs there, StorageError where the two would differ or the source was written to meanwhile. The target is then
    as empty as it was.
    """
    require_current(source)
    _refuse_used(target)
    with _moment_of(source) as reading:
        refuse_running(reading, how.now)
        if target.dialect.name != "sqlite":
            with target.begin() as writing:
                _refuse_other_encoding(writing)
                return _moved(source, reading, writing, how)
        made = scratch / "moved.db"
        fresh = open_engine(DatabaseSettings(f"sqlite:///{made}"))
        try:
            with fresh.begin() as writing:
                moved = _moved(source, reading, writing, how)
        finally:
            fresh.dispose()
    put_over(made, target)
    return moved


@contextmanager
def _moment_of(source: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, keeps nobody from writing, and cannot write itself."""
    with source.connect() as connection:
        if source.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            _refuse_damaged(connection)
        else:
            one_moment(connection)
            connection.execute(text("SET TRANSACTION READ ONLY"))
        yield connection


def _refuse_damaged(connection: Connection) -> None:
    said = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if said != "ok":
        zh = f"源数据库文件已损坏（integrity_check：{said}）；请从较早的备份还原"
        raise StorageError(say(zh, f"the source file is damaged (integrity_check: {said}): restore an older backup"))


def _refuse_used(target: Engine) -> None:
    """Raises UsageError for a target that holds anything, and says what can be done."""
    with target.connect() as connection:
        there = what_is_lost(connection)
    if not there.tables:
        return
    rows = sum(there.rows.values())
    zh = f"--to：目标应为空数据库，其中已有 {len(there.tables)} 个表、{rows} 行；请新建一个空数据库"
    en = f"--to: expected an empty database, got {len(there.tables)} table(s) with {rows} row(s); make a new, empty one"
    raise UsageError(say(zh, en))


def _refuse_other_encoding(writing: Connection) -> None:
    found = str(writing.execute(text("SHOW server_encoding")).scalar_one())
    if found != "UTF8":
        zh = f"--to：目标数据库的编码应为 UTF8，实为 {found}；请新建 UTF8 编码的数据库"
        en = f"--to: expected a database of encoding UTF8, got {found}; make one with ENCODING 'UTF8'"
        raise UsageError(say(zh, en))


def _moved(source: Engine, reading: Connection, writing: Connection, how: Moving) -> Moved:
    """Filled, read back, compared; then what only the copy tells: that it is one."""
    schema = schema_version(source)
    assert schema is not None  # it is the newest
    audit = audit_head(reading)
    given = Moment(reading, schema, how.told)
    fill(writing, given)
    _compare(given, Moment(writing, schema, how.told))
    _refuse_faults(writing)
    how.proof(reading, writing)
    _refuse_written_to(source, reading)
    interrupt_running(writing, how.now)
    moved = Moved(tuple(given.passed.values()), audit)
    detail = detail_text(what="moved", origin=how.origin, rows=moved.rows, head=shown(audit))
    append(writing, how.now, [Entry(how.actor, Action.CONFIGURED, "database", None, detail)])
    return moved


def _compare(given: Moment, filled: Moment) -> None:
    """Every table of both sides, row for row. Raises StorageError naming the first that differs."""
    for shape in filled.shapes:
        for _ in filled.stored(shape):
            pass
    for name in sorted(given.passed.keys() | filled.passed.keys()):
        before, after = given.passed.get(name), filled.passed.get(name)
        if before != after:
            rows = [one.rows if one else 0 for one in (before, after)]
            raise given.refusal(
                f"表 {name} 两边不同：源 {rows[0]} 行，目标 {rows[1]} 行，摘要不符",
                f"table {name} differs: {rows[0]} row(s) at the source, {rows[1]} at the target, another digest",
            )


def _refuse_faults(writing: Connection) -> None:
    """A broken log was broken at the source already: rows are equal. It stays there until somebody has looked."""
    faults = sum(1 for _ in log_faults(writing))
    if faults:
        zh = f"源数据库的审计日志有 {faults} 处问题，未迁移；见 bwc audit verify。可用 bwc backup、restore 原样带走"
        en = (
            f"the audit log of the source has {faults} fault(s), nothing was moved. See: bwc audit verify; "
            "bwc backup and bwc restore take it along as it is"
        )
        raise StorageError(say(zh, en))


def _refuse_written_to(source: Engine, reading: Connection) -> None:
    """What came into the source since would be lost. Raises StorageError when its log or its scans went on."""
    with source.connect() as now:
        if _state_of(now) != _state_of(reading):
            zh = "迁移期间源数据库有新的扫描或操作，未迁移；请停止 bwc run 后重新开始"
            en = "the source was written to meanwhile, nothing was moved: stop bwc run and begin again"
            raise StorageError(say(zh, en))


def _state_of(connection: Connection) -> tuple[Any, ...]:
    """Whatever people or scans do moves one of these on."""
    newest = select(func.max(SCAN.c.id), func.count(SCAN.c.finished_at))
    return (audit_head(connection), *connection.execute(newest).one(), len(inspect(connection).get_table_names()))
