"""Filling an empty database with every row of another, whether out of an archive or straight from it: the tables of
the revision that the rows are of, the rows in order of dependence, and the counters behind them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

import psycopg
from alembic import command
from sqlalchemy import Connection, MetaData, Table, delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import BwcError, UsageError
from domain.wording import say
from storage.backups.rows import Column, at_once, packed_places, with_places
from storage.engine import alembic_config, newest_version
from storage.packed import packed

VERSION_TABLE = "alembic_version"
"""Not among the rows: the revision is named, and filling makes the table."""
FILLING = 0x62776300
"""Number of PostgreSQL's advisory lock that lets one process fill a database at a time."""


class Shape(Protocol):
    """A table whose rows are to come."""

    @property
    def table(self) -> str: ...

    @property
    def columns(self) -> tuple[Column, ...]: ...


class Given(Protocol):
    """Every row of a database of one revision; `refusal` makes the error to raise where they will not do."""

    @property
    def schema(self) -> str: ...

    @property
    def shapes(self) -> Sequence[Shape]: ...

    def stored(self, shape: Shape) -> Iterator[Sequence[Any]]: ...

    def refusal(self, zh: str, en: str) -> BwcError: ...


def fill(connection: Connection, given: Given) -> None:
    """Make the tables and put every row in, in this transaction; then the schema is the newest.

    Raises UsageError while another process fills the same database, and what `given.refusal` makes.
    """
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        _alone(connection)
    bring_up(connection, given.schema)
    tables = reflected(connection)
    _refuse_misfits(given, tables)
    for table in reversed(tables.sorted_tables):
        if table.name != VERSION_TABLE:
            connection.execute(delete(table))  # what migrations put there is among the rows that come
    for shape in given.shapes:
        _load(given, connection, shape)
    if postgres:
        _count_on(connection, tables)
    bring_up(connection, newest_version())
    if postgres:
        connection.execute(text("ANALYZE"))  # else the first questions are planned as if nothing were there


def reflected(connection: Connection) -> MetaData:
    """The tables as they are in the database, whichever revision it has."""
    found = MetaData()
    found.reflect(connection)
    return found


def bring_up(connection: Connection, revision: str) -> None:
    """Migrate within this transaction."""
    config = alembic_config(connection.engine)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _alone(connection: Connection) -> None:
    """One process fills a database at a time; this one may wait for its source as long as it takes."""
    if not connection.execute(select(func.pg_try_advisory_xact_lock(FILLING))).scalar_one():
        raise UsageError(
            say(
                "另一进程正在向该数据库写入备份或迁移的数据；请等它结束",
                "another process is filling this database from a backup or by bwc migrate --to; wait until it ends",
            )
        )
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _refuse_misfits(given: Given, tables: MetaData) -> None:
    """What comes must be the tables of the revision that it names."""
    there = {table.name: {column.name for column in table.columns} for table in tables.sorted_tables}
    there.pop(VERSION_TABLE, None)
    stated = {one.table: {column.name for column in one.columns} for one in given.shapes}
    odd = sorted(name for name in there.keys() | stated.keys() if there.get(name) != stated.get(name))
    if odd:
        names, schema = ", ".join(odd[:5]), given.schema
        raise given.refusal(
            f"表与数据库版本 {schema} 不符：{names}", f"tables are not those of schema {schema}: {names}"
        )


class _Followed:
    """Rows that pass by; the last one is remembered, to say where it went wrong."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = rows
        self.last: Sequence[Any] | None = None

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.last = row
            yield row


def _load(given: Given, connection: Connection, shape: Shape) -> None:
    rows = _Followed(given.stored(shape))
    try:
        if connection.dialect.name == "postgresql":
            _copy_in(connection, shape, rows)
        else:
            _insert(connection, shape, rows)
    except (psycopg.Error, SQLAlchemyError) as error:
        words = _words_of(error, shape, rows.last)
        zh, en = f"表 {shape.table} 无法装入：{words}", f"table {shape.table} cannot be loaded: {words}"
        raise given.refusal(zh, en) from error


def _words_of(error: Exception, shape: Shape, last: Sequence[Any] | None) -> str:
    """What the database said, and of which row: as it tells itself, else the row that was on its way."""
    cause = getattr(error, "orig", None) or error
    words = str(cause).strip().split("\n")[0]
    where = getattr(getattr(cause, "diag", None), "context", None)
    if where:
        return f"{words} ({where.split(chr(10))[0][:200]})"
    if last is None or not isinstance(cause, psycopg.Error):
        return words  # rows go into SQLite many at once: the last of them need not be the one
    return f"{words} ({shape.columns[0].name} = {str(last[0])[:80]})"


def _names(shape: Shape) -> str:
    return ", ".join(f'"{column.name}"' for column in shape.columns)


def _copy_in(connection: Connection, shape: Shape, rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{shape.table}" ({_names(shape)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _insert(connection: Connection, shape: Shape, rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(shape.columns))
    statement = f'INSERT INTO "{shape.table}" ({_names(shape)}) VALUES ({marks})'  # noqa: S608 (names of our own tables)
    places = packed_places(shape.table, [column.name for column in shape.columns])
    rows = iter(rows)
    while part := [with_places(row, places, packed) for row in islice(rows, at_once(shape.table))]:
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
