"""One small world for all faults of a process: each strikes copies of its database."""

import pytest

from tests.faults.world import World, build


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world on SQLite."""
    return build(tmp_path_factory.mktemp("faults"))
