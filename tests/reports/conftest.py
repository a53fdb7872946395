"""A small world on both databases, and a report made of it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from domain.period import parse_period
from reports import report_named
from reports.base import Asked, Made, make
from tests.builders import House
from tests.reports.days import ZONE

Maker = Callable[..., Made]


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """One store `dock`, nothing in it, no feed."""
    house = House.new(tmp_path / "house", database_url)
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
