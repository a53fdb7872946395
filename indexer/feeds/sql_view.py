"""A feed that is a query on another system's database (SQLAlchemy URL), opened so that nothing can be written.

SQLite files are opened with mode=ro; on other servers the transaction is set read-only where the server knows that,
and is always rolled back.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, CursorResult, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.base import FeedRow, FeedSettings
from indexer.feeds.cells import Cell, SourceRow
from indexer.feeds.fingerprint import fingerprint
from indexer.feeds.records import BUILDERS
from indexer.feeds.rows import NoTable, feed_rows, find_table, unreadable

BATCH = 1000
READ_ONLY = {
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}

_SELECTS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values|table)\b", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_LONE_COLON = re.compile(r"(?<![:\w\\]):(?=\w)")


class SqlView:
    """A query, run anew each time."""

    def __init__(self, settings: FeedSettings, base: Path | None = None) -> None:
        self._settings = settings
        self._base = base

    @property
    def settings(self) -> FeedSettings:
        return self._settings

    def digest(self) -> str:
        """Of every value the query gives, in its order. Raises FeedUnreadable."""
        digest = hashlib.blake2b(fingerprint(self._settings), digest_size=16)
        with self._connection() as connection:
            for row in self._rows(connection):
                digest.update(repr(row.cells).encode("utf-8", "backslashreplace"))
        return digest.hexdigest()

    def read(self) -> Iterator[FeedRow]:
        """Every row with its fate. Raises FeedUnreadable when the query fails or lacks the columns."""
        with self._connection() as connection:
            table = find_table(self._rows(connection), self._settings)
            if isinstance(table, NoTable):
                raise unreadable(f"{self._where()}, query {self._query()!r}", self._settings, table)
            yield from feed_rows(table, self._settings, BUILDERS[self._settings.kind])

    def _query(self) -> str:
        query = (self._settings.query or "").strip().rstrip(";")
        if not _SELECTS.match(query) or ";" in _QUOTED.sub("", query):  # a second statement could end the transaction
            raise FeedUnreadable(
                say(
                    f'数据接口 {self._settings.name}：应为单条语句 query = "select …"，实为 {query!r}',
                    f'feed {self._settings.name}: expected query = "select …", one statement, got {query!r}',
                )
            )
        return query

    def _where(self) -> str:
        """The URL without its password."""
        return self._url().render_as_string(hide_password=True)

    def _url(self) -> URL:
        try:
            return make_url(self._settings.location)
        except (SQLAlchemyError, ValueError) as error:
            raise FeedUnreadable(
                say(
                    f"数据接口 {self._settings.name}：应为数据库 URL，实际不是",
                    f"feed {self._settings.name}: expected a database URL, got one that is none",
                )
            ) from error

    def _rows(self, connection: Connection) -> Iterator[SourceRow]:
        """The names of the columns, then every row."""
        query = _LONE_COLON.sub(r"\\:", self._query())  # no parameters: a colon is only a colon
        with self._errors_told():
            result: CursorResult[Any] = connection.execute(text(query), execution_options={"stream_results": True})
        yield SourceRow(tuple(result.keys()))
        while batch := self._batch(result):
            yield from (SourceRow(tuple(map(_cell, row))) for row in batch)

    def _batch(self, result: CursorResult[Any]) -> list[Any]:
        with self._errors_told():
            return list(result.fetchmany(BATCH))

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._errors_told():
            engine = self._engine()
            connection = engine.connect()
        try:
            with self._errors_told():
                _make_read_only(connection)
            yield connection
        finally:
            connection.close()  # rolls back
            engine.dispose()

    def _engine(self) -> Engine:
        url = self._url()
        if url.get_backend_name() != "sqlite":
            return create_engine(url, poolclass=NullPool)
        path = (self._base or Path()) / (url.database or "")
        if not path.is_file():
            raise FeedUnreadable(
                say(
                    f"{self._where()}: {path} 应为 SQLite 数据库，实无此文件",
                    f"{self._where()}: expected an SQLite database at {path}, got no such file",
                )
            )
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, ImportError, OSError, ValueError, sqlite3.Error) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()
            said = reason[0] if reason else type(error).__name__
            raise FeedUnreadable(
                say(
                    f"{self._where()}: 数据库应能执行查询，实为 {said}",
                    f"{self._where()}: expected a database that answers the query, got {said}",
                )
            ) from error


def _make_read_only(connection: Connection) -> None:
    name = connection.dialect.name
    if name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    elif name in READ_ONLY:
        connection.exec_driver_sql(READ_ONLY[name])


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float | Decimal | datetime | date | time | timedelta):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
