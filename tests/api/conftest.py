"""One application over a filled database, and one over an empty one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.identity.doors import DoorSettings
from storage.engine import DatabaseSettings, Use, open_engine
from tests.api import world
from tests.api.client import Client
from tests.api.films import add_films
from tests.databases import migrate

ZONE = ZoneInfo("Asia/Shanghai")


@contextmanager
def application(
    path: Path, fill: bool = True, more_findings: int = 0, films: bool = False, visitors: bool = True
) -> Iterator[FastAPI]:
    """`films`: clips of it can be seen."""
    settings = DatabaseSettings(f"sqlite:///{path}")
    writer = open_engine(settings)
    migrate(writer)
    if fill:
        world.build(writer, more_findings)
    stills, proxies = add_films(writer, path.parent) if films else (None, None)
    reader = open_engine(settings, Use.READING)
    doors = DoorSettings(secret=b"a secret of the tests, long enough", visitors=visitors)
    shown = {"stills": stills, "proxies": proxies}
    yield create_app(reader, writer, doors, zone=ZONE, version="9.9", now=lambda: world.NOW, **shown)
    reader.dispose()
    writer.dispose()
    if stills:
        stills.end()


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with application(tmp_path_factory.mktemp("api") / "full.db", more_findings=120) as app:
        yield Client(app)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Client]:
    with application(tmp_path / "empty.db", fill=False) as app:
        yield Client(app)
