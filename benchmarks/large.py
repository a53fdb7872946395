"""P4 to P7 and P10 on one database: a first scan of a large store, one that finds nothing new, one with 100 more clips.

`python -m benchmarks.large postgresql 1000000 FOLDER`: about an hour and 45 GB of disk, 20 of them for the store, which
lies in FOLDER meanwhile (without it where temporary files go). `sqlite` for the other database. Each step is told with
its seconds, the memory of this process and the statements that were waited for longest.
"""

import sys
import time
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from app.scanning import scan_plan
from app.settings import load_settings
from app.workers import WorkerSettings, build_executor
from benchmarks import city
from benchmarks.memory import forget_peak, peak_kb
from benchmarks.postgres import Server, Statements, serving
from benchmarks.scan import Stopwatch, ffprobe_rate, find_seconds
from benchmarks.simulation.database import room
from indexer.content import OFF
from indexer.pipeline import ScanPlan, run_scan
from storage.engine import DatabaseSettings, migrate, open_engine

KIND, CLIPS, NEW = "postgresql", 10_000, 100


class Steps(Stopwatch):
    """Seconds of each step, and what the step waited for and needed."""

    def __init__(self, said: Statements) -> None:
        super().__init__()
        self.peak_mb = 0
        self._said = said

    def close(self) -> None:
        """The running step is over."""
        running = self._running
        super().close()
        if running:
            peak = peak_kb() // 1024
            self.peak_mb = max(self.peak_mb, peak)
            print(f"  {peak} MB; {self._said.most()}", file=sys.stderr, flush=True)
            self._said.forget()
            forget_peak()


def measure(kind: str = KIND, clips: int = CLIPS, store: Path | None = None) -> dict[str, object]:
    """Seconds, steps and memory of each of four scans, bytes a clip in the database, and the peers."""
    found: dict[str, object] = {}
    with (
        serving() as server,
        build_executor(WorkerSettings(kind="processes")) as executor,
        TemporaryDirectory(dir=store or server.folder) as made,
    ):
        folder, said = Path(made), Statements()
        engine = open_engine(DatabaseSettings(server.url(kind, "large")))
        migrate(engine)
        said.watch(engine)
        found["calls"] = city.build(folder, clips).incidents
        plan = replace(scan_plan(load_settings(folder / "config.toml", {})), content=OFF)  # pictures ask no database
        for name in ("first scan", "nothing new", f"{NEW} new clips", "nothing new again"):
            if name.startswith(str(NEW)):
                city.add(folder, NEW)
            found[name] = _scan(server, engine, plan, executor, Steps(said))
            print(f"{kind}, {clips} clips, {name}: {found[name]}", flush=True)
        found["ffprobe files/s"], found["find s"] = ffprobe_rate(folder / "store"), find_seconds(folder / "store")
        found["bytes a clip"] = round(room(engine) / clips)
        engine.dispose()
    return found


def _scan(server: Server, engine: Engine, plan: ScanPlan, executor: Executor, watch: Steps) -> dict[str, object]:
    begun, theirs = time.perf_counter(), server.seconds()
    run_scan(engine, plan, datetime.now(UTC), executor, watch)
    watch.close()
    return {
        "s": round(time.perf_counter() - begun, 2),
        "server_s": round(server.seconds() - theirs, 2),
        "peak_mb": watch.peak_mb,
        "steps": {name: round(seconds, 2) for name, seconds in watch.steps.items()},
    }


if __name__ == "__main__":
    for key, value in measure(*sys.argv[1:2], *map(int, sys.argv[2:3]), *map(Path, sys.argv[3:4])).items():
        print(f"{key:22} {value}", flush=True)
