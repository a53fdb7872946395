"""Links, clocks, causes and flags on small simulated worlds: figures below which no change may take them.

The worlds are seeded, so the figures are the same every time; the thresholds are the goals of the design or, where a
small world measures better, a little below what it measures. `make bench` prints the same on larger ones.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.quality.gaps import accuracy
from benchmarks.quality.measured import Measured, measured
from benchmarks.simulation import database
from benchmarks.simulation.conditions import (
    ASTRAY,
    CLEAN,
    DIRTY,
    DRIFTING,
    LISTED,
    WORST,
    ZONES,
    Clocks,
    Conditions,
)
from benchmarks.simulation.things import ClockFault
from benchmarks.simulation.world import build
from tests.indexer.pipeline.test_instalments import comparable
from tests.scanning import dump

pytestmark = pytest.mark.slow
SEED = 1


def world(conditions: Conditions, days: int = 14) -> Measured:
    return measured(conditions, 1, days, SEED)


def test_clean_clocks_and_records_are_linked_and_judged_without_a_fault() -> None:
    found = world(CLEAN, days=7)
    assert found.links.precision >= 0.995
    assert found.links.recall >= 0.995
    assert found.flags.accused == {}
    assert found.clocks.claimed.total() == 0
    assert found.unknown <= 0.01


@pytest.mark.parametrize(
    "conditions",
    [pytest.param(one, marks=pytest.mark.long) for one in (DIRTY, WORST, LISTED)],
    ids=lambda one: one.name,
)
def test_dirty_days_are_linked_better_than_by_the_usual_rule_and_accuse_nobody_wrongly(conditions: Conditions) -> None:
    found = world(conditions)
    assert found.links.precision >= 0.98
    assert found.links.recall >= 0.97
    assert found.links.precision > found.baseline.precision
    assert found.links.recall > found.baseline.recall
    assert found.accused <= 0.002
    assert found.unknown <= 0.2
    right, _, wrong = accuracy(found.gaps)
    assert right >= 0.9
    assert wrong <= 0.05


@pytest.mark.long
def test_drift_is_claimed_and_right_clocks_are_left_alone() -> None:
    clocks = world(DRIFTING).clocks
    assert clocks.claimed[ClockFault.NONE] == 0
    for fault in (ClockFault.DRIFT, ClockFault.CONSTANT):
        assert clocks.right[fault] >= 0.9 * clocks.cameras[fault] > 0
    assert clocks.bounded.total() >= 0.95 * clocks.cameras.total()


@pytest.mark.long
def test_zone_faults_are_named_and_put_right() -> None:
    clocks = world(replace(ZONES, clocks=Clocks(zone=0.1, container_zone=0.1)), days=7).clocks
    zones = (ClockFault.ZONE, ClockFault.CONTAINER_ZONE)
    assert sum(clocks.cameras[fault] for fault in zones) >= 4
    assert all(clocks.right[fault] == clocks.named[fault] == clocks.cameras[fault] for fault in zones)


@pytest.mark.long
def test_a_whole_station_eight_hours_off_does_not_flood_the_flags() -> None:
    """One finding for each camera; the calls are judged by the corrected times or left open."""
    found = world(ASTRAY, days=7)
    assert found.accused <= 0.002
    assert found.links.precision >= 0.98
    assert found.links.recall >= 0.97
    assert found.clocks.wrong[ClockFault.ZONE] == 0


@pytest.mark.long
def test_a_fortnight_that_comes_in_instalments_ends_as_one_scan_of_all_of_it(tmp_path: Path) -> None:
    """Files come in three random parts, a scan after each: clocks, habits, bounds, links and verdicts are equal."""
    made = build(WORST, stations=1, days=8, seed=SEED)
    settings, now = database.plan(made, tmp_path, WORST), database.after(made)
    whole = database.fill(made, tmp_path, WORST, f"sqlite:///{tmp_path / 'whole.db'}")
    database.scan(whole, settings, now)
    pieces = list(made.stored())
    Random(SEED).shuffle(pieces)
    first, rest = pieces[: len(pieces) // 3], pieces[len(pieces) // 3 :]
    parts = database.fill(made, tmp_path, WORST, f"sqlite:///{tmp_path / 'parts.db'}", without=rest)
    database.scan(parts, settings, now)
    assert first
    for some in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
        database.add(parts, made, settings, some)
        database.scan(parts, settings, now)
    wanted, found = dump(whole), dump(parts)
    for table in ("clip", "device_clock", "recording", "footage", "link", "coverage", "evaluation", "finding"):
        rows = (
            {comparable(table, row) for row in some[table] if "'kind': 'store'" not in row} for some in (wanted, found)
        )  # what a simulated walk counts is what it brought
        assert next(rows) == next(rows), table
    whole.dispose()
    parts.dispose()
