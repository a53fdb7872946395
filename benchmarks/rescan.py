"""P5 and P10: discovery and re-scan of very many small files, `find -printf` over the same tree in the same run.

The walk alone fills the database; whole scans of small films are measured by `benchmarks.scan`. Peak memory is that
of a process of its own.
"""

import multiprocessing
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, func, select, update

from benchmarks.memory import peak_kb
from domain.media import Probe
from indexer.containers import reader_versions
from indexer.pipeline import ScanPlan, Silent, run_scan
from indexer.pipeline.discover import discover
from indexer.pipeline.plan import Lease, Scanning
from indexer.stores.base import StoreSettings
from storage import files, scans
from storage.engine import DatabaseSettings, migrate, open_engine
from storage.schema.tables import FOLDER, PROBE, STORED, WORK
from storage.versions import chunks

FILES, IN_A_FOLDER = 200_000, 100
ROUNDS = 5
UNKNOWN = Probe("unknown", "none", reader_versions().get("none", 1), None)


def measure(files: int = FILES) -> dict[str, object]:
    """Seconds of first discovery and of re-scans, peak memory of each, and of `find`."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-rescan-"))
    try:
        build(folder / "store", files)
        first, first_mb = _apart(_first, folder)
        _apart(_settle, folder)
        walks, walk_mb = _apart(_again, folder)
        finds = [_find(folder / "store") for _ in range(ROUNDS)]
    finally:
        shutil.rmtree(folder)
    again, listing = min(walks), min(finds)
    return {
        "files": files,
        "folders": files // IN_A_FOLDER,
        "first_discovery_s": round(first[0], 2),
        "first_discovery_mb": first_mb,
        "rescan_s": round(again, 3),
        "rescan_mb": walk_mb,
        "find_s": round(listing, 3),
        "rescan_over_find": round(again / listing, 2),
        "budget": "rescan <= 3 x find, memory <= 400 MB",
    }


def build(root: Path, files: int) -> None:
    """A store by day and officer, as collection stations lay it out."""
    for number in range(0, files, IN_A_FOLDER):
        officer = 100_000 + number // IN_A_FOLDER % 50
        folder = root / f"2026-{1 + number // 150_000:02}-{1 + number // 5000 % 28:02}" / f"{officer}"
        folder.mkdir(parents=True, exist_ok=True)
        for clip in range(number, min(number + IN_A_FOLDER, files)):
            name = f"{officer + 1_000_000}_{officer}_20260101{clip % 240000:06}_{clip:06}.mp4"
            (folder / name).write_bytes(b"%d" % clip)


def _apart(work: Callable[[Path], list[float]], folder: Path) -> tuple[list[float], int]:
    """Figures of a process of its own, and its peak memory in MB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        figures, kilobytes = pool.apply(_with_memory, (work, folder))
    return figures, round(kilobytes / 1024)


def _with_memory(work: Callable[[Path], list[float]], folder: Path) -> tuple[list[float], int]:
    return work(folder), peak_kb()


def _open(folder: Path) -> tuple[Engine, ScanPlan]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{folder / 'bench.db'}"))
    migrate(engine)
    return engine, ScanPlan((StoreSettings("store", str(folder / "store"), settle_seconds=0),))


def _first(folder: Path) -> list[float]:
    """The walk of the first scan."""
    engine, plan = _open(folder)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        number = scans.begin_scan(connection, now)
        rows = [{"name": "store", "kind": "recorder", "location": "", "timezone": plan.timezone, "unit": None}]
        scans.register_stores(connection, rows)
    begun = time.perf_counter()
    with ThreadPoolExecutor(1) as executor:
        discover(Scanning(engine, plan, number, now, executor, Silent(), lambda: datetime.now(UTC), now, Lease(now)))
    seconds = time.perf_counter() - begun
    engine.dispose()
    return [seconds]


def _settle(folder: Path) -> list[float]:
    """The database is as if the steps after the walk had been done."""
    engine, _ = _open(folder)
    with engine.begin() as connection:
        number = scans.newest_scan(connection).id
        now = datetime.now(UTC)
        for ids in chunks(connection.execute(select(STORED.c.file_id)).scalars().all(), 5000):
            known = files.known_files(connection, ids)
            files.write_probes(connection, [(one, UNKNOWN, one.path[-16:]) for one in known], number)
        connection.execute(update(PROBE).values(fixity_at=now))
        connection.execute(delete(WORK))
        scans.end_scan(connection, number, now, {})
    engine.dispose()
    return []


def _again(folder: Path) -> list[float]:
    """Whole scans of the unchanged store; raises RuntimeError when one of them writes a file or a folder."""
    engine, plan = _open(folder)
    seconds = []
    with ThreadPoolExecutor(1) as executor:
        for _ in range(ROUNDS):
            before = _rows(engine)
            begun = time.perf_counter()
            run_scan(engine, plan, datetime.now(UTC), executor, Silent())
            seconds.append(time.perf_counter() - begun)
            if _rows(engine) != before:
                raise RuntimeError(
                    f"a re-scan of an unchanged store wrote rows: {before} before, {_rows(engine)} after"
                )
    engine.dispose()
    return seconds


def _rows(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        tables = (STORED, FOLDER, WORK)
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def _find(store: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(["find", str(store), "-printf", "%p %s %T@\\n"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
