"""Simulated days of a district with their truth: `python -m benchmarks.simulate --stations 5 --days 14 --into DIR`.

Prints what happened; with `--into` it writes the feeds as a 110 system and registers would hand them over, with
`--media` the files, too, and a `config.toml`: `bwc scan --config DIR/config.toml` then scans a simulated district.
"""

import argparse
from pathlib import Path

from benchmarks.simulation import media, records
from benchmarks.simulation.conditions import ALL
from benchmarks.simulation.things import World
from benchmarks.simulation.world import build

NAMES = " · ".join(one.name for one in ALL).replace("%", "%%")  # argparse fills in what follows a per cent


def counts(world: World) -> dict[str, float]:
    """What a world holds, and the shares that real cities show (`time-and-linking.md` § 4)."""
    stays = sorted(call.left - call.arrived for call in world.calls)
    rows = sum(len(call.duties) for call in world.calls)
    return {
        "calls": len(world.calls),
        "officers a call": round(rows / len(world.calls), 2),
        "on scene, median min": round(stays[len(stays) // 2] / 60, 1),
        "on scene, p95 min": round(stays[int(len(stays) * 0.95)] / 60, 1),
        "recordings": len(world.takes),
        "files": len(world.pieces),
        "files in the store": sum(1 for _ in world.stored()),
        "files that show no call": sum(not piece.calls for piece in world.pieces),
    }


def main() -> None:
    """Build one world and say what it holds."""
    parser = argparse.ArgumentParser(description="simulated days with their truth")
    parser.add_argument("--conditions", default="clean", help=f"(part of) a name: {NAMES}")
    parser.add_argument("--stations", type=int, default=2)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, metavar="DIR", help="write the feeds")
    parser.add_argument("--media", type=Path, metavar="DIR", help="write feeds, small real files and a configuration")
    given = parser.parse_args()
    conditions = next(one for one in ALL if given.conditions in one.name)
    world = build(conditions, stations=given.stations, days=given.days, seed=given.seed)
    for name, value in counts(world).items():
        print(f"{name:26} {value}")
    if given.into:
        records.write(world, given.into, conditions, given.seed)
    if given.media:
        media.write(world, given.media, conditions, given.seed)


if __name__ == "__main__":
    main()
