"""P12: two Dask workers on one machine against the local pool of two processes, round by round in one run, same rows.

`python -m benchmarks.dask 10000 5` for another number of clips and rounds. Other programs on the machine blur time by
the clock, so processor time is told beside it: of this process and of all that work for it.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import Connection, Table, select

from app.cluster import connect, members
from app.scanning import scan_plan
from app.settings import load_settings
from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor
from benchmarks.city import build
from benchmarks.scan import Stopwatch
from indexer.content import OFF
from indexer.pipeline import run_scan
from storage.engine import DatabaseSettings, migrate, open_engine
from storage.schema.tables import CLIP, FILE, FINDING, LINK, PROBE
from storage.versions import current

CLIPS, ROUNDS, WORKERS = 6000, 5, 2
STARTING_S = 120.0
COMPARED = {
    PROBE: ("container", "reader", "duration", "tracks", "problems", "quick_digest", "playable"),
    CLIP: ("device", "officer", "started_at", "ended_at", "clock_source"),
    LINK: ("kind", "number", "officer", "status", "score"),
    FINDING: ("kind", "subject", "rule", "officer", "result"),
}
"""What two scans must have alike; not what tells how many hours are left at the instant of each."""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of one first scan: by the clock, of it for reading files, and of processors."""

    whole: float
    reading: float
    processor: float
    rows: int


def measure(clips: int = CLIPS, rounds: int = ROUNDS) -> dict[str, object]:
    """Clips a second of both, medians of interleaved rounds."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-dask-"))
    try:
        build(folder, clips)
        with cluster(folder) as (settings, others):
            found = _rounds(folder, rounds, settings, others)
    finally:
        shutil.rmtree(folder)
    same = len({one.rows for rounds_of in found.values() for one in rounds_of}) == 1
    ratios = {name: _ratio(found["pool"], found["dask"], name) for name in ("whole", "reading", "processor")}
    return {
        "clips": clips,
        "pool_clips_per_s": round(clips / _median(found["pool"], "whole"), 1),
        "dask_clips_per_s": round(clips / _median(found["dask"], "whole"), 1),
        "pool_reading_per_s": round(clips / _median(found["pool"], "reading"), 1),
        "dask_reading_per_s": round(clips / _median(found["dask"], "reading"), 1),
        "throughput_scan": ratios["whole"],
        "throughput_reading": ratios["reading"],
        "processor_time": ratios["processor"],
        "same_rows": same,
        "budget": "throughput >= 0.9, same rows",
    }


def _rounds(
    folder: Path, rounds: int, settings: WorkerSettings, others: Sequence[psutil.Process]
) -> dict[str, list[Round]]:
    """Both in turn, each one first as often as the other."""
    found: dict[str, list[Round]] = {"pool": [], "dask": []}
    now, pool = datetime.now(UTC), WorkerSettings(WorkerKind.PROCESSES, WORKERS)
    for number in range(rounds):
        for kind in ("pool", "dask") if number % 2 else ("dask", "pool"):
            chosen, theirs = (settings, others) if kind == "dask" else (pool, ())
            found[kind].append(_round(folder, now, chosen, theirs))
            print(f"  {kind} {found[kind][-1]}", flush=True)
    return found


def _median(rounds: Sequence[Round], name: str) -> float:
    return statistics.median(getattr(one, name) for one in rounds)


def _ratio(pool: Sequence[Round], dask: Sequence[Round], name: str) -> float:
    """The pool's seconds over Dask's, median of the rounds: what ran at one time is compared."""
    pairs = zip(pool, dask, strict=True)
    return round(statistics.median(getattr(one, name) / getattr(other, name) for one, other in pairs), 3)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[WorkerSettings, list[psutil.Process]]]:
    """A scheduler and `bwc worker`; the settings that lead there, and all its processes."""
    told = folder / "scheduler.json"
    with ExitStack() as stack:
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
        scheduler = _started(stack, folder, [sys.executable, "-m", "distributed.cli.dask_scheduler", *words])
        _until(lambda: told.exists() and told.read_text().endswith("}"))
        settings = WorkerSettings(WorkerKind.DASK, WORKERS, json.loads(told.read_text())["address"])
        home = folder / "worker"
        home.mkdir()
        text = (folder / "config.toml").read_text(encoding="utf-8").replace('"store"', f'"{folder / "store"}"')
        text = text.partition("[workers]")[0] + f'[workers]\nscheduler = "{settings.scheduler}"\ncount = {WORKERS}\n'
        (home / "config.toml").write_text(text, encoding="utf-8")
        crew = _started(stack, home, [sys.executable, "-c", "from app.cli import main; main()", "worker"])
        client = connect(settings)
        _until(lambda: len(members(client)) == WORKERS)
        client.close()
        processes = [psutil.Process(one.pid) for one in (scheduler, crew)]
        yield settings, [*processes, *(child for one in processes for child in one.children(recursive=True))]


def _started(stack: ExitStack, folder: Path, words: list[str]) -> "subprocess.Popen[bytes]":
    log = stack.enter_context((folder / f"{len(words)}.log").open("wb"))
    process = stack.enter_context(subprocess.Popen(words, cwd=folder, stdout=log, stderr=log))
    stack.callback(process.terminate)
    return process


def _until(condition: object) -> None:
    end = time.monotonic() + STARTING_S
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError("the cluster did not start")
        time.sleep(0.05)


def _round(folder: Path, now: datetime, chosen: WorkerSettings, others: Sequence[psutil.Process]) -> Round:
    """One first scan into a new database; starting workers and connecting to them is not counted."""
    settings = load_settings(folder / "config.toml", {})
    file = folder / "round.db"
    engine = open_engine(DatabaseSettings(f"sqlite:///{file}"))
    migrate(engine)
    watch = Stopwatch()
    with build_executor(chosen, [one.name for one in settings.stores]) as executor:
        _warm(executor)
        processes = [psutil.Process(), *(others or psutil.Process().children(recursive=True))]
        processor, begun = _processor(processes), time.perf_counter()
        summary = run_scan(engine, replace(scan_plan(settings), content=OFF), now, executor, watch)
        whole, spent = time.perf_counter() - begun, _processor(processes) - processor
    watch.close()
    if summary.problems:
        raise RuntimeError(summary.problems[0])
    with engine.connect() as connection:
        rows = hash(tuple(_rows(connection, table) for table in COMPARED))
    engine.dispose()
    for one in folder.glob("round.db*"):
        one.unlink()
    return Round(round(whole, 2), round(watch.steps["probe"], 2), round(spent, 2), rows)


def _rows(connection: Connection, table: Table) -> tuple[str, ...]:
    """Current rows of a table as text; files by name, not by the number that a database gives them."""
    columns = [table.c[name] for name in COMPARED[table]]
    named = select(FILE.c.anchor, *columns).join(FILE, FILE.c.id == table.c.file_id) if "file_id" in table.c else None
    query = (select(*columns) if named is None else named).where(current(table))
    return tuple(sorted(str(tuple(row)) for row in connection.execute(query).all()))


def _warm(executor: Executor) -> None:
    """All workers are there and have loaded what they need."""
    import indexer.pipeline.probe_worker

    wait([executor.submit(indexer.pipeline.probe_worker.reader_versions) for _ in range(20 * WORKERS)])


def _processor(processes: Sequence[psutil.Process]) -> float:
    times = [one.cpu_times() for one in processes if one.is_running()]
    return sum(one.user + one.system for one in times)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    for key, value in measure(*given).items():
        print(f"{key:22} {value}", flush=True)
