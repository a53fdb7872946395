"""The scan: every step in order, each one's work list a query, each one's result written before the next begins."""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select

from domain.vocabulary import STORE_STATES
from domain.wording import COLON, joined, say
from indexer.pipeline.assemble import assemble
from indexer.pipeline.compare import compare_content
from indexer.pipeline.detect import Detected, detect
from indexer.pipeline.detect_queue import queue_content
from indexer.pipeline.discover import discover
from indexer.pipeline.evaluate import evaluate
from indexer.pipeline.feed import read_feeds
from indexer.pipeline.fixity import verify
from indexer.pipeline.link import link
from indexer.pipeline.machine_clock import CONFIRM, Believed, believe
from indexer.pipeline.place import place
from indexer.pipeline.plan import Lease, Progress, Scanning, ScanPlan, never
from indexer.pipeline.probe import probe
from indexer.pipeline.settings import queue_changed_settings
from storage import content_queue, scans, work
from storage.audit import append
from storage.recounting import recount
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
    content_waiting: int = 0
    content_checked: int = 0
    content_ended: int = 0
    content_rate: float = 0.0  # hours of media looked at in an hour


@dataclass(frozen=True, slots=True)
class Concluded:
    """How many files were read and subjects judged, and what came of looking at pictures and sound."""

    probed: int
    judged: int
    detected: Detected


def run_scan(
    engine: Engine,
    plan: ScanPlan,
    now: datetime,
    executor: Executor,
    progress: Progress,
    *,
    only: frozenset[str] = frozenset(),
    confirmed: frozenset[str] = frozenset(),
    brief: bool = False,
    hurried: Callable[[], bool] = never,
) -> ScanSummary:
    """One pass of every step. Raises ScanRunning while another process scans, SQLAlchemyError when storage fails.

    `only` limits the walk to some stores. `confirmed` names stores whose doubtful absence somebody accepts, for this
    scan ("clock": the machine's doubtful clock). `brief`: feeds are left to the schedule. `hurried` says when pictures,
    sound and digests should be left to the next scan, since somebody waits. A scan that is killed leaves its queue; the
    next one goes on with it.
    """
    started = _wall()
    with engine.begin() as connection:
        last = scans.last_scan_at(connection)
        believed = Believed(now) if CONFIRM in confirmed else believe(now, last)
        number = scans.begin_scan(connection, believed.now)
        changed = queue_changed_settings(connection, plan, number)
        failing = work.failing(connection)
        if changed:
            append(connection, believed.now, changed)  # last: see there
    lease = Lease(believed.now)
    scan = Scanning(engine, plan, number, believed.now, executor, progress, _wall, started, lease, only, failing)
    scan = replace(scan, brief=brief, hurried=hurried, confirmed=confirmed)
    scan = _look(replace(scan, clock_doubt=believed.doubt, machine_now=now), last)
    done = _conclude(scan)
    seconds = (_wall() - started).total_seconds()
    with scan.transaction() as connection:
        summary = _summary(connection, scan, done, seconds)
        scans.end_scan(connection, number, scan.now + (_wall() - started), asdict(summary))
    return summary


def _look(scan: Scanning, last: datetime | None) -> Scanning:
    """Feeds and stores; what they date may settle a doubt about the machine's clock."""
    if scan.clock_doubt:
        scan.progress.note(scan.clock_doubt)
    read_feeds(scan)
    scan.progress.step("discover", None)
    newest = discover(scan)
    if scan.clock_doubt is None or scan.machine_now is None:
        return scan
    believed = believe(scan.machine_now, last, newest)
    if believed.doubt is None:
        with scan.transaction() as connection:
            scans.believe_clock(connection, scan.number, believed.now)
    return replace(scan, now=believed.now, clock_doubt=believed.doubt)


def _conclude(scan: Scanning) -> Concluded:
    """Read, place, link and judge; then look at what takes long, and judge what that changed."""
    probed = probe(scan)
    compare_content(scan)
    place(scan)
    assemble(scan)
    link(scan)
    queue_content(scan)
    judged = evaluate(scan)
    detected, changed = detect(scan), verify(scan)
    again = evaluate(scan) if detected.touched or changed else 0
    recount(scan.transaction, ZoneInfo(scan.plan.timezone))
    return Concluded(probed, judged + again, detected)


def _wall() -> datetime:
    """A clock that nobody can set while a scan lasts: only what passes on it counts, not what it says."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


def _summary(connection: Connection, scan: Scanning, done: Concluded, seconds: float) -> ScanSummary:
    states = select(STORED.c.state, func.count().label("files")).where(current(STORED)).group_by(STORED.c.state)
    counts = {row.state: row.files for row in connection.execute(states).all()}
    return ScanSummary(
        scan.number,
        sum(count for state, count in counts.items() if state not in ("missing", "moved")),
        counts.get("arriving", 0),
        counts.get("missing", 0),
        counts.get("unreadable", 0),
        done.probed,
        done.judged,
        round(seconds, 3),
        (*([f"clock: {scan.clock_doubt}"] if scan.clock_doubt else []), *_problems(connection)),
        sum(one.clips for one in content_queue.backlog(connection)) if scan.plan.content.enabled else 0,
        done.detected.checked,
        done.detected.ended,
        round(done.detected.rate, 1),
    )


def _problems(connection: Connection) -> tuple[str, ...]:
    """What could not be read: stores, feeds and files, a line each."""
    found = [
        f"{name}: {joined((say(*STORE_STATES[state.state]), state.detail), COLON)}"
        for name, state in scans.store_states(connection).items()
        if state.state not in ("online", "never-scanned")
    ]
    found += [
        f"{name}: {path or '/'}: {say('文件夹无法列出', 'folder refused')}"
        for name, state in scans.store_states(connection).items()
        for path in state.refused
    ]
    errors = connection.execute(select(FEED.c.name, FEED.c.error).where(FEED.c.active, FEED.c.error.is_not(None)))
    found += [f"{row.name}: {row.error}" for row in errors.all()]
    failures = connection.execute(select(FAILURE).order_by(FAILURE.c.step, FAILURE.c.subject).limit(50))
    found += [f"{row.step}: {row.subject}: {row.message}" for row in failures.all()]
    return tuple(found)
