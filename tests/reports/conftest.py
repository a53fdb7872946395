"""An empty database of each kind, a small world in it, and a report made of it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.period import parse_period
from reports import report_named
from reports.base import Asked, Made, make
from storage.engine import DatabaseSettings, open_engine
from tests.builders import House
from tests.databases import migrate, shared_postgres
from tests.reports.days import ZONE

Maker = Callable[..., Made]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database without rows; that of PostgreSQL is shared by the tests of a process, one after the other."""
    if request.param == "postgresql":
        engine = shared_postgres(request.getfixturevalue("postgres"))
    else:
        engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'test.db'}"))
        migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def house(empty: Engine, tmp_path: Path) -> Iterator[House]:
    """One store `dock`, nothing in it, no feed."""
    house = House.new(tmp_path / "house", empty.url.render_as_string(hide_password=False))
    yield house
    house.engine.dispose()


@pytest.fixture
def report(house: House) -> Maker:
    """A report by name, as of a time, of a period: November 2026 unless told."""

    def made(
        name: str,
        when: datetime,
        period: str = "2026-11",
        unit: str | None = None,
        scope: tuple[str, ...] | None = None,
    ) -> Made:
        found = report_named(name)
        assert found is not None
        with house.engine.connect() as connection:
            return make(connection, found, Asked(parse_period(period, ZONE), when, unit, scope))

    return made
