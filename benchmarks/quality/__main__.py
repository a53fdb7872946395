"""`python -m benchmarks.quality [--stations N] [--days N] [--seed N] [NAME …]`: the tables of every kind of world."""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.quality.clocks import HEADING as CLOCKS
from benchmarks.quality.clocks import clocks
from benchmarks.quality.flags import HEADING as FLAGS
from benchmarks.quality.flags import flags
from benchmarks.quality.gaps import accuracy, gaps, rows
from benchmarks.quality.links import baseline, ours
from benchmarks.simulation import database
from benchmarks.simulation.conditions import ALL, Conditions
from benchmarks.simulation.world import build


def table(lines: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they need to be."""
    rows = [list(line) for line in lines]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def measure(conditions: Conditions, stations: int, days: int, seed: int) -> dict[str, object]:
    """One world scanned and held against its truth; prints its tables."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-quality-"))
    try:
        world = build(conditions, stations=stations, days=days, seed=seed)
        engine = database.fill(world, folder, conditions, f"sqlite:///{folder / 'quality.db'}")
        begun = time.perf_counter()
        database.scan(engine, database.plan(world, folder, conditions), database.after(world))
        seconds = time.perf_counter() - begun
        with engine.connect() as connection:
            found = (
                ours(connection, world),
                clocks(connection, world),
                gaps(connection, world),
                flags(connection, world),
            )
        engine.dispose()
    finally:
        shutil.rmtree(folder)
    links, clock, holes, flag = found
    rule = baseline(world)
    right, open_, wrong = accuracy(holes)
    accused = len(flag.accused) / max(flag.calls, 1)
    print(f"== {conditions.name}: {len(world.pieces)} files, {flag.calls} calls, seed {seed}, {seconds:.1f} s")
    print(f"links   precision {links.precision:.4f} recall {links.recall:.4f}, ", end="")
    print(f"proposed {links.proposed_right} right {links.proposed_wrong} wrong; ", end="")
    print(f"baseline {rule.precision:.4f} {rule.recall:.4f}")
    print(table([CLOCKS, *clock.rows()]))
    print(f"gap causes  right {right:.3f} unknown {open_:.3f} wrong {wrong:.3f}")
    print(table(rows(holes)) if holes else "no gap")
    print(f"flags   accused wrongly {accused:.4%} of calls, unknown {flag.unknown / max(flag.calls, 1):.4f}")
    print(table([FLAGS, *flag.rows()]), flush=True)
    for number, what in list(flag.accused.items())[:10]:
        print("  accused wrongly", number, what)
    return {
        "precision": round(links.precision, 4),
        "recall": round(links.recall, 4),
        "baseline_precision": round(rule.precision, 4),
        "baseline_recall": round(rule.recall, 4),
        "gap_causes_right": round(right, 3),
        "accused_wrongly": round(accused, 5),
        "unknown": round(flag.unknown / max(flag.calls, 1), 4),
    }


def main() -> None:
    """Every kind of world, or those named."""
    parser = argparse.ArgumentParser(description="quality against simulated truth")
    parser.add_argument("names", nargs="*", help="parts of names of conditions")
    parser.add_argument("--stations", type=int, default=2)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for conditions in ALL:
        if not given.names or any(name in conditions.name for name in given.names):
            measure(conditions, given.stations, given.days, given.seed)


if __name__ == "__main__":
    main()
