"""A simulated world put to a database as if its stores had been walked and its files read; no file is made.

From placing on, everything is the program's own: the scan that follows is a whole one without a walk.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine

from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor
from benchmarks.simulation import records
from benchmarks.simulation.conditions import Conditions
from benchmarks.simulation.files import instant
from benchmarks.simulation.things import Piece, World
from domain.clip import FileState, StoreKind
from domain.media import Probe, Problem, ProblemCode, Track, TrackKind
from indexer.containers import reader_versions
from indexer.digests import FixitySettings
from indexer.feeds.base import FeedKind, FeedSettings
from indexer.pipeline import Progress, ScanPlan, ScanSummary, Silent, run_scan
from indexer.stores.base import StoreSettings
from storage import files, scans
from storage.engine import DatabaseSettings, migrate, open_engine
from storage.queries.gauges import database_bytes
from storage.work import Mark, mark

AT_ONCE = 5_000
BYTES_A_SECOND = 500_000
NO_WALK = frozenset({"no store is walked"})
READER = "isobmff"
AFTER = timedelta(days=8)
"""From the last day to the scan: every time for upload is over, and cameras read out late are there."""


def after(world: World) -> datetime:
    """When the scan is made."""
    return instant(world.start + world.days * 86_400) + AFTER


def plan(world: World, folder: Path, conditions: Conditions) -> ScanPlan:
    """What a configuration file would say of this world."""
    stores = tuple(
        StoreSettings(f"dock-{place}", str(folder / f"dock-{place}"), StoreKind.RECORDER, unit=unit)
        for place, unit in enumerate(world.units)
    )
    kinds = (FeedKind.UNITS, FeedKind.OFFICERS, FeedKind.DEVICES, FeedKind.ASSIGNMENTS, FeedKind.INCIDENTS)
    feeds = [FeedSettings(kind.value, kind, f"{kind.value}.csv") for kind in kinds]
    if conditions.losses.station_list:
        names = [store.name for store in stores]
        feeds += [
            FeedSettings(f"list-{place}", FeedKind.CLIP_INDEX, f"list-{place}.csv", store=name)
            for place, name in enumerate(names)
        ]
    return ScanPlan(stores, tuple(feeds), base=folder, fixity=FixitySettings(enabled=False))


def fill(world: World, folder: Path, conditions: Conditions, url: str, without: Collection[Piece] = ()) -> Engine:
    """Feeds on disk, files and probes in a new database, everything queued; the scan is still to be made.

    `without`: files that come later.
    """
    later = {piece.path for piece in without}
    records.write(world, folder, conditions)
    engine = open_engine(DatabaseSettings(url))
    migrate(engine)
    add(engine, world, plan(world, folder, conditions), [one for one in world.stored() if one.path not in later])
    return engine


def add(engine: Engine, world: World, settings: ScanPlan, pieces: Sequence[Piece]) -> None:
    """A walk that found these files and a reading of each, written down."""
    now = after(world)
    with engine.begin() as connection:
        number = scans.begin_scan(connection, now)
        rows = [
            {
                "name": one.name,
                "kind": one.kind.value,
                "location": one.location,
                "timezone": one.timezone,
                "unit": one.unit,
            }
            for one in settings.stores
        ]
        stores = scans.register_stores(connection, rows)
    by_unit = {one.unit: (one.name, stores[one.name]) for one in settings.stores}
    for unit, (name, store_id) in by_unit.items():
        mine = [piece for piece in pieces if piece.take.duty.camera.unit == unit]
        for lot in _lots(mine):
            with engine.begin() as connection:
                _add(connection, lot, (name, store_id), (number, now))
        with engine.begin() as connection:
            scans.record_store_scan(connection, _walked(store_id, number, now, len(mine)))
    with engine.begin() as connection:
        scans.end_scan(connection, number, now, {})


def _lots(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    rest = iter(pieces)
    while lot := list(islice(rest, AT_ONCE)):
        yield lot


def _walked(store_id: int, number: int, now: datetime, count: int) -> dict[str, object]:
    return {
        "scan_id": number,
        "store_id": store_id,
        "state": "online",
        "detail": "",
        "started_at": now,
        "finished_at": now,
        "folders": 1,
        "files": count,
        "refused": 0,
        "skipped": 0,
    }


def _add(connection: Connection, lot: Sequence[Piece], store: tuple[str, int], scan: tuple[int, datetime]) -> None:
    name, store_id = store
    number, now = scan
    rows = [
        {
            "store_id": store_id,
            "folder": piece.path.rpartition("/")[0],
            "path": piece.path,
            "size": size(piece),
            "modified_at": instant(piece.take.duty.read_out),
            "state": FileState.PRESENT if piece.whole else FileState.UNREADABLE,
            "state_at": instant(piece.take.duty.read_out),
        }
        for piece in lot
    ]
    seen = {"store": name, "first_seen_at": now, "not_seen_before": None}
    ids = files.add_files(connection, rows, seen, number)
    by_id = dict(zip(ids, lot, strict=True))
    known = files.known_files(connection, ids)
    digests = {one.file_id: f"{one.file_id:032x}" for one in known}
    files.write_probes(connection, [(one, probe(by_id[one.file_id]), digests[one.file_id]) for one in known], number)
    mark(connection, "place", [Mark(str(file_id)) for file_id in ids])


def size(piece: Piece) -> int:
    return int((piece.end - piece.start) * BYTES_A_SECOND)


VIDEO = Track(1, TrackKind.VIDEO, "h264", timedelta(0), timedelta(0), 0, 1280, 720, 25.0, 25.0)
SOUND = Track(2, TrackKind.AUDIO, "aac", timedelta(0), timedelta(0), 0, channels=1, sample_rate=16_000)
UNCLOSED = Problem(ProblemCode.INDEX_MISSING, "media data without a moov box")


def probe(piece: Piece) -> Probe:
    """What the reader would measure."""
    version = reader_versions()[READER]
    if not piece.whole:
        return Probe("mp4", READER, version, None, problems=(UNCLOSED,))
    lasting = timedelta(seconds=round(piece.end - piece.start, 3))
    video = replace(VIDEO, duration=lasting, sample_count=int(lasting.total_seconds() * 25))
    sound = replace(SOUND, duration=lasting, sample_count=int(lasting.total_seconds() * 15.625))
    created = instant(int(piece.inside))
    return Probe(
        "mp4",
        READER,
        version,
        lasting,
        lasting,
        creation_time=created,
        brand="mp42",
        decodable_share=1.0,
        tracks=(video, sound),
    )


def scan(
    engine: Engine, settings: ScanPlan, now: datetime, progress: Progress | None = None, *, processes: bool = False
) -> ScanSummary:
    """A whole scan without a walk; with `processes` as `bwc scan` makes it, else all of it in this one."""
    workers = WorkerSettings(WorkerKind.PROCESSES) if processes else WorkerSettings(WorkerKind.THREADS, count=1)
    with build_executor(workers) as executor:
        return run_scan(engine, settings, now, executor, progress or Silent(), only=NO_WALK)


def room(engine: Engine) -> int:
    """Bytes of tables and indexes; a server's empty database has 8 MB already."""
    with engine.connect() as connection:
        return database_bytes(connection)
