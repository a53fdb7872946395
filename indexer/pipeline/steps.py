"""The scan: every step in order, each one's work list a query, each one's result written before the next begins."""

from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, select

from indexer.pipeline.assemble import assemble
from indexer.pipeline.compare import compare_content
from indexer.pipeline.discover import discover
from indexer.pipeline.evaluate import evaluate
from indexer.pipeline.feed import read_feeds
from indexer.pipeline.link import link
from indexer.pipeline.place import place
from indexer.pipeline.plan import Progress, Scanning, ScanPlan
from indexer.pipeline.probe import probe
from storage import scans
from storage.schema.tables import FAILURE, FEED, STORED
from storage.versions import current


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What one scan did and what it could not read."""

    scan: int
    files: int
    arriving: int
    missing: int
    unreadable: int
    probed: int
    evaluated: int
    seconds: float
    problems: tuple[str, ...]


def run_scan(
    engine: Engine,
    plan: ScanPlan,
    now: datetime,
    executor: Executor,
    progress: Progress,
    *,
    only: frozenset[str] = frozenset(),
) -> ScanSummary:
    """One pass of every step. Raises ScanRunning while another process scans, SQLAlchemyError when storage fails.

    `only` limits the walk to some stores. A scan that is killed leaves its queue; the next one goes on with it.
    """
    started = _wall()
    with engine.begin() as connection:
        number = scans.begin_scan(connection, now)
        stores = [
            {"name": s.name, "kind": s.kind.value, "location": s.location, "timezone": s.timezone, "unit": s.unit}
            for s in plan.stores
        ]
        scans.register_stores(connection, stores)
    scan = Scanning(engine, plan, number, now, executor, progress, _wall, only)
    probed, judged = _run_steps(scan)
    seconds = (_wall() - started).total_seconds()
    with engine.begin() as connection:
        summary = _summary(connection, scan, (probed, judged), seconds)
        scans.end_scan(connection, number, now + (_wall() - started), asdict(summary))
    return summary


def _run_steps(scan: Scanning) -> tuple[int, int]:
    read_feeds(scan)
    scan.progress.step("discover", None)
    discover(scan)
    _renew(scan)
    probed = probe(scan)
    compare_content(scan)
    _renew(scan)
    place(scan)
    assemble(scan)
    link(scan)
    _renew(scan)
    return probed, evaluate(scan)


def _renew(scan: Scanning) -> None:
    with scan.transaction() as connection:
        scans.renew(connection, scan.number, _wall() + scans.CLAIM)


def _wall() -> datetime:
    return datetime.now(UTC)


def _summary(connection: Connection, scan: Scanning, done: tuple[int, int], seconds: float) -> ScanSummary:
    states = select(STORED.c.state, func.count().label("files")).where(current(STORED)).group_by(STORED.c.state)
    counts = {row.state: row.files for row in connection.execute(states).all()}
    return ScanSummary(
        scan.number,
        sum(count for state, count in counts.items() if state not in ("missing", "moved")),
        counts.get("arriving", 0),
        counts.get("missing", 0),
        counts.get("unreadable", 0),
        done[0],
        done[1],
        round(seconds, 3),
        _problems(connection),
    )


def _problems(connection: Connection) -> tuple[str, ...]:
    """What could not be read: stores, feeds and files, a line each."""
    found = [
        f"{name}: {state.state}: {state.detail}"
        for name, state in scans.store_states(connection).items()
        if state.state not in ("online", "never-scanned")
    ]
    found += [
        f"{name}: {path or '/'}: folder refused"
        for name, state in scans.store_states(connection).items()
        for path in state.refused
    ]
    errors = connection.execute(select(FEED.c.name, FEED.c.error).where(FEED.c.active, FEED.c.error.is_not(None)))
    found += [f"{row.name}: {row.error}" for row in errors.all()]
    failures = connection.execute(select(FAILURE).order_by(FAILURE.c.step, FAILURE.c.subject).limit(50))
    found += [f"{row.step}: {row.subject}: {row.message}" for row in failures.all()]
    return tuple(found)
