"""A small world on a fresh SQLite database for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One store `dock`, nothing in it, no feed."""
    house = House.new(tmp_path / "house", f"sqlite:///{tmp_path / 'house.db'}")
    yield house
    house.engine.dispose()
