"""P4, P5 and P10: the whole first scan end to end, and the re-scan of an unchanged store, with peers in the same run.

`python -m benchmarks.scan 200000` for another number of clips.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.scanning import scan_plan
from app.settings import load_settings
from app.workers import WorkerSettings, build_executor
from benchmarks.city import build
from benchmarks.memory import peak_kb
from indexer.content import OFF
from indexer.pipeline import Silent, run_scan
from storage.engine import DatabaseSettings, migrate, open_engine

CLIPS = 5000
PEER_FILES = 200


class Stopwatch(Silent):
    """Seconds of each step, told on the error output as each ends: a long scan is not silent for an hour."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._running: tuple[str, float] | None = None

    def step(self, name: str, total: int | None) -> None:  # noqa: ARG002 (the protocol names it)
        self.close()
        self._running = (name, time.perf_counter())

    def close(self) -> None:
        """The running step is over."""
        if self._running:
            name, begun = self._running
            seconds = time.perf_counter() - begun
            self.steps[name] = self.steps.get(name, 0.0) + seconds  # a step may come in rounds
            print(f"{name} {seconds:.2f} s", file=sys.stderr, flush=True)
        self._running = None


def measure(clips: int = CLIPS) -> dict[str, object]:
    """Seconds and rates of a first scan and a re-scan of `clips` small MP4 files."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-bench-"))
    try:
        city = build(folder, clips)
        with build_executor(WorkerSettings(kind="processes")) as executor:
            first, steps = _scan(folder, executor)
            again, _ = _scan(folder, executor)
        peer = ffprobe_rate(folder / "store")
        listing = find_seconds(folder / "store")
    finally:
        shutil.rmtree(folder)
    return {
        "clips": city.clips,
        "incidents": city.incidents,
        "first_scan_s": round(first, 2),
        "clips_per_s": round(clips / first, 1),
        "steps_s": {name: round(seconds, 2) for name, seconds in steps.items()},
        "ffprobe_files_per_s": peer,
        "rescan_s": round(again, 3),
        "find_s": listing,
        "rescan_over_find": round(again / listing, 1),
        "peak_mb": round(peak_kb() / 1024),
    }


def _scan(folder: Path, executor: Executor) -> tuple[float, dict[str, float]]:
    settings = load_settings(folder / "config.toml", {})
    engine = open_engine(DatabaseSettings(settings.database.url))
    migrate(engine)
    watch = Stopwatch()
    begun = time.perf_counter()
    plan = replace(scan_plan(settings), content=OFF)  # pictures and sound are P8
    run_scan(engine, plan, datetime.now(UTC), executor, watch)
    watch.close()
    engine.dispose()
    return time.perf_counter() - begun, watch.steps


def ffprobe_rate(store: Path) -> float | None:
    """Files a second of one `ffprobe` a file in two processes; None where there is no ffprobe."""
    program = shutil.which("ffprobe")
    if program is None:
        return None
    files = sorted(store.rglob("*.mp4"))[:PEER_FILES]
    command = [program, "-v", "error", "-show_format", "-show_streams", "-of", "json"]
    begun = time.perf_counter()
    for start in range(0, len(files), 2):
        running = [subprocess.Popen([*command, path], stdout=subprocess.DEVNULL) for path in files[start : start + 2]]
        for process in running:
            process.wait()
    return round(len(files) / (time.perf_counter() - begun), 1)


def find_seconds(store: Path) -> float:
    """Seconds `find` needs to list the store with sizes and times."""
    begun = time.perf_counter()
    subprocess.run(["find", str(store), "-printf", "%p %s %T@\\n"], stdout=subprocess.DEVNULL, check=True)
    return round(time.perf_counter() - begun, 4)


if __name__ == "__main__":
    for key, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS).items():
        print(f"{key:22} {value}", flush=True)
