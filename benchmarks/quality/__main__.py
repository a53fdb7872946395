"""`python -m benchmarks.quality [--stations N] [--days N] [--seed N] [NAME …]`: the tables of every kind of world."""

import argparse
from collections.abc import Iterable, Sequence

from benchmarks.quality.clocks import HEADING as CLOCKS
from benchmarks.quality.flags import HEADING as FLAGS
from benchmarks.quality.gaps import accuracy, rows
from benchmarks.quality.measured import Measured, measured
from benchmarks.simulation.conditions import ALL

SHOWN = 10
"""Wrong accusations that are named."""


def measure() -> dict[str, object]:
    """For `make bench`: every kind of world, two stations, a fortnight, seed 1; its tables and a line of figures."""
    found: dict[str, object] = {}
    for conditions in ALL:
        one = measured(conditions, 2, 14, 1)
        show(one)
        found[f"{conditions.name} (seed {one.seed})"] = one.figures()
    return found


def table(lines: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they need to be."""
    rows_of = [list(line) for line in lines]
    widths = [max(len(row[n]) for row in rows_of) for n in range(len(rows_of[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows_of)


def show(one: Measured) -> None:
    """The tables of one world."""
    links, rule = one.links, one.baseline
    right, open_, wrong = accuracy(one.gaps)
    print(f"== {one.conditions.name}: {one.files} files, {one.flags.calls} calls, seed {one.seed}, {one.seconds:.1f} s")
    print(f"links   precision {links.precision:.4f} recall {links.recall:.4f}, ", end="")
    print(f"proposed {links.proposed_right} right {links.proposed_wrong} wrong; ", end="")
    print(f"baseline {rule.precision:.4f} {rule.recall:.4f}")
    print(table([CLOCKS, *one.clocks.rows()]))
    print(f"gap causes  right {right:.3f} unknown {open_:.3f} wrong {wrong:.3f}")
    print(table(rows(one.gaps)) if one.gaps else "no gap")
    print(f"flags   accused wrongly {one.accused:.4%} of calls, unknown {one.unknown:.4f}")
    print(table([FLAGS, *one.flags.rows()]), flush=True)
    for number, what in list(one.flags.accused.items())[:SHOWN]:
        print("  accused wrongly", number, what)


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
            show(measured(conditions, given.stations, given.days, given.seed))


if __name__ == "__main__":
    main()
