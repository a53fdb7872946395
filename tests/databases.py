"""Databases for tests: one is migrated for each process, the others are copies of it; PostgreSQL is migrated each time.

That migrations arrive where they should is what `tests/storage/test_migrations.py` is for.
"""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from storage.engine import DatabaseSettings, open_engine
from storage.engine import migrate as migrate_in_earnest


def migrate(engine: Engine) -> None:
    """An empty database at the newest schema."""
    if engine.dialect.name != "sqlite":
        migrate_in_earnest(engine)
        return
    held = engine.raw_connection()
    try:
        source = sqlite3.connect(f"file:{_template()}?mode=ro", uri=True)
        source.backup(held.driver_connection)
        source.close()
    finally:
        held.close()


@cache
def _template() -> Path:
    """A SQLite file with every table and no row but those that migrations write."""
    path = Path(tempfile.mkdtemp(prefix="bwc-template-")) / "empty.db"
    engine = open_engine(DatabaseSettings(f"sqlite:///{path}"))
    migrate_in_earnest(engine)
    engine.dispose()
    return path
