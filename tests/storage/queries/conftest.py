"""An empty database with one scan and one store in it: SQLite, and as slow tests a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from storage.engine import DatabaseSettings, open_engine
from tests.databases import migrate, shared_postgres
from tests.storage.queries import rows


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path}/read.db"))
        migrate(engine)
    else:
        engine = shared_postgres(request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        rows.scan(connection)
        rows.store(connection)
        yield connection
