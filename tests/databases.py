"""Databases for tests: one of each kind is migrated for each process, the others are copies of it.

That migrations arrive where they should is what `tests/storage/test_migrations.py` is for.
"""

import atexit
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Engine, NullPool, create_engine, inspect, make_url, text

from storage.engine import DatabaseSettings, open_engine
from storage.engine import migrate as migrate_in_earnest

TEMPLATE = "bwc_template"


def migrate(engine: Engine) -> None:
    """A database at the newest schema; one that has tables already stays as it is."""
    if inspect(engine).get_table_names():
        return
    if engine.dialect.name != "sqlite":
        _copy_postgres(engine)
        return
    held = engine.raw_connection()
    try:
        source = sqlite3.connect(f"file:{_template()}?mode=ro", uri=True)
        source.backup(held.driver_connection)
        source.close()
    finally:
        held.close()


def _copy_postgres(engine: Engine) -> None:
    """The engine's empty database, made again as a copy of the migrated one."""
    engine.dispose()
    server = engine.url.set(database="postgres").render_as_string(hide_password=False)
    _on(
        server,
        f'DROP DATABASE "{engine.url.database}"',
        f'CREATE DATABASE "{engine.url.database}" TEMPLATE {_made(server)}',
    )


@cache
def _made(server: str) -> str:
    """Name of the migrated database on a server."""
    _on(server, f"CREATE DATABASE {TEMPLATE}")
    engine = open_engine(
        DatabaseSettings(make_url(server).set(database=TEMPLATE).render_as_string(hide_password=False))
    )
    migrate_in_earnest(engine)
    engine.dispose()
    return TEMPLATE


EMPTIED = """
DO $$
DECLARE one record;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
    INSERT INTO audit_head (id, sequence, digest) VALUES (1, 0, repeat('0', 64));
END $$
"""
"""What a migrated database holds: no row but the head of the log, and every number again from 1."""


def shared_postgres(server: str) -> Engine:
    """The process's one PostgreSQL database for tests that only want it empty: much cheaper than one of their own."""
    engine = open_engine(DatabaseSettings(_shared(make_url(server).set(database="postgres"))))
    with engine.begin() as connection:
        connection.execute(text(EMPTIED))
    return engine


@cache
def _shared(server: URL) -> str:
    address = server.render_as_string(hide_password=False)
    _on(address, f"CREATE DATABASE bwc_shared TEMPLATE {_made(address)}")
    return server.set(database="bwc_shared").render_as_string(hide_password=False)


def _on(server: str, *statements: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def passing_folder(prefix: str) -> Path:
    """A folder that lasts as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _template() -> Path:
    """A SQLite file with every table and no row but those that migrations write."""
    path = passing_folder("bwc-template-") / "empty.db"
    engine = open_engine(DatabaseSettings(f"sqlite:///{path}"))
    migrate_in_earnest(engine)
    engine.dispose()
    return path
