"""A whole world from a seed."""

from datetime import datetime
from random import Random

from benchmarks.simulation.calls import attend
from benchmarks.simulation.conditions import Conditions
from benchmarks.simulation.duties import staff
from benchmarks.simulation.files import ZONE, cut
from benchmarks.simulation.takes import press
from benchmarks.simulation.things import World

FIRST_DAY = datetime(2026, 9, 1, tzinfo=ZONE)


def build(conditions: Conditions, *, stations: int = 2, days: int = 14, seed: int = 1) -> World:
    """The same for the same arguments. Each concern draws from its own source, so that one fault more does not
    change everything else."""
    world = World(FIRST_DAY.timestamp(), days, [f"3101140{n + 1:02d}000" for n in range(stations)])
    staff(world, _drawn(seed, "staff"), conditions)
    attend(world, _drawn(seed, "calls"), conditions.records)
    press(world, _drawn(seed, "takes"), conditions)
    cut(world, _drawn(seed, "files"), conditions.losses)
    return world


def _drawn(seed: int, what: str) -> Random:
    return Random(f"{seed} {what}")
