"""P6 and P7: linking and judging of ever more clips and calls, and of a hundred new clips beside them.

`python -m benchmarks.growth 10000 100000 1000000` for other numbers of clips. The worlds are simulated and filled in
without files; no peer does this work, so growth is the figure: seconds of a size over those of the size before.
"""

import math
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, func, select

from benchmarks.memory import peak_kb
from benchmarks.scan import Stopwatch
from benchmarks.simulation import database
from benchmarks.simulation.conditions import WORST
from benchmarks.simulation.things import Piece, World
from benchmarks.simulation.world import build
from storage.schema.tables import FINDING
from storage.versions import current

SIZES = (10_000, 40_000)
NEW = 100
CLIPS_A_STATION, DAYS, SEED = 4400, 14, 1


def measure(sizes: Sequence[int] = SIZES) -> dict[str, object]:
    """Seconds of link and evaluate by number of clips, growth exponents, and seconds of a scan with 100 new clips."""
    found: dict[str, object] = {}
    before: tuple[int, float] | None = None
    for size in sizes:
        clips, steps, again, findings, room = _one(size)
        seconds = steps["link"] + steps["evaluate"]
        found[f"{clips} clips"] = {
            "place_s": round(steps["place"], 2),
            "link_evaluate_s": round(seconds, 2),
            "clips_per_s": round(clips / seconds),
            "new_100_s": round(again, 2),
            "findings": findings,
            "bytes_a_clip": round(room / clips),
            "exponent": round(math.log(seconds / before[1]) / math.log(clips / before[0]), 3) if before else None,
        }
        before = (clips, seconds)
        print(clips, found[f"{clips} clips"], flush=True)
    found["peak_mb"] = round(peak_kb() / 1024)
    found["seed"] = SEED
    found["budget"] = "1,000,000 clips in 120 s, exponent <= 1.1; 100 new clips <= 2 s"
    return found


def _one(size: int) -> tuple[int, dict[str, float], float, int, int]:
    """Clips, seconds of each step of the whole scan, seconds of the scan that finds 100 more, findings and bytes of the
    database at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-growth-"))
    try:
        world = build(WORST, stations=max(1, round(size / CLIPS_A_STATION)), days=DAYS, seed=SEED)
        late = last_files(world)
        engine = database.fill(world, folder, WORST, f"sqlite:///{folder / 'growth.db'}", without=late)
        settings, now = database.plan(world, folder, WORST), database.after(world)
        watch = Stopwatch()
        database.scan(engine, settings, now, watch, processes=True)
        watch.close()
        database.add(engine, world, settings, late)
        begun = time.perf_counter()
        database.scan(engine, settings, now, processes=True)
        again = time.perf_counter() - begun
        findings, room = _findings(engine), database.room(engine)
        engine.dispose()
    finally:
        shutil.rmtree(folder)
    return len(list(world.stored())) - len(late), watch.steps, again, findings, room


def last_files(world: World) -> list[Piece]:
    """The last files of the fortnight: what one evening's docking brings."""
    return sorted(world.stored(), key=lambda piece: (piece.end, piece.path))[-NEW:]


def _findings(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(FINDING).where(current(FINDING))).scalar_one()


if __name__ == "__main__":
    for key, value in measure([int(text) for text in sys.argv[1:]] or SIZES).items():
        print(f"{key:22} {value}", flush=True)
