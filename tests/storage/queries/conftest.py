"""An empty database at the current schema, with one scan and one store in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.engine import DatabaseSettings, open_engine
from storage.schema import metadata
from tests.storage.queries import rows


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path}/read.db"))
    metadata.create_all(engine)
    with engine.connect() as connection:
        rows.scan(connection)
        rows.store(connection)
        yield connection
    engine.dispose()
