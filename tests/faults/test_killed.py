"""kill -9 in the middle of scan, link, evaluate, review and report: begun again, the rows are as if it had not been."""

import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.dying import counted, die_after, die_at, moments, spread, told, warm
from tests.faults.world import World, build, differences, finished

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SEED = 20261120


@pytest.fixture
def server_world(tmp_path: Path, new_postgres_database: str) -> World:
    return build(tmp_path, new_postgres_database)


def killed_everywhere(world: World, points: int, by_the_clock: int) -> None:
    """Each point in a database of its own; every tenth time it is killed once more while it begins again."""
    begun, random, context = time.monotonic(), Random(SEED), warm()
    seen = counted(world, world.copy("counted"))
    quiet = time.monotonic()
    wanted = finished(world, world.copy("quiet"))
    quiet = time.monotonic() - quiet
    chosen = spread(seen, points, random)
    assert len(chosen) == points
    killed = 0
    for number, point in enumerate(chosen):
        url = world.copy("struck")
        die_at(context, world, url, point)
        if number % 10 == 0:
            killed += die_after(context, world, url, random.uniform(0, quiet))
        assert differences(finished(world, url), wanted) == {}, point
    for seconds in moments(by_the_clock, quiet, random):
        url = world.copy("struck")
        killed += die_after(context, world, url, seconds)
        assert differences(finished(world, url), wanted) == {}, seconds
    took = time.monotonic() - begun
    print(f"{world.kind}: killed at {points} points ({told(chosen)}) and {killed} times by the clock: {took:.1f} s")


def test_killed_at_points_of_every_part_and_begun_again_the_rows_are_those_of_a_quiet_run(world: World) -> None:
    killed_everywhere(world, points=15, by_the_clock=2)


@pytest.mark.long
def test_killed_at_two_hundred_points_the_rows_are_those_of_a_quiet_run(world: World) -> None:
    killed_everywhere(world, points=200, by_the_clock=40)


@pytest.mark.long
def test_killed_beside_a_server_the_rows_are_those_of_a_quiet_run(server_world: World) -> None:
    killed_everywhere(server_world, points=40, by_the_clock=10)
