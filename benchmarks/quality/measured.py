"""One simulated world scanned, and held against its truth."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.clocks import ClockScore, clocks
from benchmarks.quality.flags import FlagScore, flags
from benchmarks.quality.gaps import Confusion, accuracy, gaps
from benchmarks.quality.links import LinkScore, baseline, ours
from benchmarks.simulation import database
from benchmarks.simulation.conditions import Conditions
from benchmarks.simulation.world import build


@dataclass(frozen=True, slots=True)
class Measured:
    """Links (with the market leader's rule beside them), clocks, causes of gaps and flags; `seconds` of the scan."""

    conditions: Conditions
    seed: int
    files: int
    links: LinkScore
    baseline: LinkScore
    clocks: ClockScore
    gaps: Confusion
    flags: FlagScore
    seconds: float

    @property
    def accused(self) -> float:
        """Share of calls with a fault of severity fail where the truth has none."""
        return len(self.flags.accused) / max(self.flags.calls, 1)

    @property
    def unknown(self) -> float:
        """Share of calls without a verdict."""
        return self.flags.unknown / max(self.flags.calls, 1)

    def figures(self) -> dict[str, object]:
        """The figures of one line."""
        right, open_, wrong = accuracy(self.gaps)
        return {
            "files": self.files,
            "calls": self.flags.calls,
            "precision": round(self.links.precision, 4),
            "recall": round(self.links.recall, 4),
            "baseline_precision": round(self.baseline.precision, 4),
            "baseline_recall": round(self.baseline.recall, 4),
            "clocks_claimed": self.clocks.claimed.total(),
            "clocks_right": self.clocks.right.total(),
            "clocks_wrong": self.clocks.wrong.total(),
            "clocks_declined": self.clocks.declined.total(),
            "gap_causes_right": round(right, 3),
            "gap_causes_unknown": round(open_, 3),
            "gap_causes_wrong": round(wrong, 3),
            "accused_wrongly": round(self.accused, 5),
            "unknown": round(self.unknown, 4),
            "seconds": round(self.seconds, 1),
        }


def measured(conditions: Conditions, stations: int, days: int, seed: int) -> Measured:
    """Build a world, put it to a database as if it had been walked and read, make a whole scan, compare."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-quality-"))
    try:
        world = build(conditions, stations=stations, days=days, seed=seed)
        engine = database.fill(world, folder, conditions, f"sqlite:///{folder / 'quality.db'}")
        begun = time.perf_counter()
        database.scan(engine, database.plan(world, folder, conditions), database.after(world))
        seconds = time.perf_counter() - begun
        with engine.connect() as connection:
            found = (ours(connection, world), clocks(connection, world), gaps(connection, world))
            flag = flags(connection, world)
        engine.dispose()
    finally:
        shutil.rmtree(folder)
    return Measured(conditions, seed, len(world.pieces), found[0], baseline(world), found[1], found[2], flag, seconds)
