"""Many new rows at once: on PostgreSQL by COPY, which costs a third of the same INSERTs (`benchmarks/README.md`)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import DBAPIError

WORTH = 16
"""Rows from which on COPY is cheaper than its own ceremony."""


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Insert rows (dictionaries by column key, all with the keys of the first). Raises what an INSERT would."""
    if not rows:
        return
    if connection.dialect.name == "postgresql" and len(rows) >= WORTH:
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), list(rows))


def count_again(connection: Connection, tables: Iterable[Table]) -> None:
    """Have a server look at tables that this transaction fills, which it does by itself only once it has ended.

    Until then it plans by guesses: for each list of 500 keys it reads all rows of a kind, since it knows of none. A
    table that somebody tidies up just now is passed over: waiting for them could take longer than all the rest.
    """
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.exec_driver_sql(f'ANALYZE (SKIP_LOCKED) "{table.name}"')


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[Any, Any]]) -> None:
    import psycopg  # a tenth of a second that no command on SQLite has to wait

    dialect = connection.dialect
    columns = [table.c[key] for key in rows[0]]
    names = ", ".join(f'"{column.name}"' for column in columns)
    bound = [(column.key, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in columns]
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([process(row[key]) if process else row[key] for key, process in bound])
    except psycopg.Error as error:
        raise _as_of_insert(connection, statement, error) from error


def _as_of_insert(connection: Connection, statement: str, error: Any) -> Exception:
    """The exception that SQLAlchemy makes of a driver's, which it does not see here; a lost connection is let go."""
    import psycopg

    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate(error)
    made: Exception = DBAPIError.instance(
        statement, None, error, psycopg.Error, connection_invalidated=lost, dialect=connection.dialect
    )
    return made
