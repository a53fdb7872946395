"""Figures of the whole house for supervision by another program: of all units together, none of one unit or person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, text

from domain.finding import Flag
from domain.jobs import JobState
from domain.notices import NoticeState
from storage.content_queue import Backlog, backlog
from storage.jobs import JobRun, known_jobs, last_run, run_counts
from storage.notices import count_failing, notice_counts
from storage.queries.ahead import OPEN
from storage.queries.raws import read, read_first
from storage.scans import StoreState, store_states
from storage.schema.tables import FEED, FINDING, SCAN


@dataclass(frozen=True, slots=True)
class ScanGauge:
    """The last complete scan. `counts`: numbers of its summary."""

    started_at: datetime
    finished_at: datetime
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedGauge:
    """One configured feed. `read_at`: when its content was last taken in."""

    name: str
    read_at: datetime | None
    broken: bool


@dataclass(frozen=True, slots=True)
class JobGauge:
    """One job: its last success, its last run that ended, and the failures that its history holds."""

    job: str
    success: JobRun | None
    last: JobRun | None
    failures: int
    running: bool


@dataclass(frozen=True, slots=True)
class Gauges:
    """Everything. `open`: open findings by flag; `failing`: notices that were tried in vain; `bytes`: of the
    database."""

    scan: ScanGauge | None
    stores: tuple[StoreState, ...]
    waiting: tuple[Backlog, ...]
    open: Mapping[str, int]
    overdue: int
    feeds: tuple[FeedGauge, ...]
    jobs: tuple[JobGauge, ...]
    notices: Mapping[NoticeState, int]
    failing: int
    bytes: int


def gauges(connection: Connection, now: datetime) -> Gauges:
    """All figures at one moment."""
    flags, overdue = _open(connection, now)
    return Gauges(
        scan=_scan(connection),
        stores=tuple(store_states(connection).values()),
        waiting=tuple(backlog(connection)),
        open=flags,
        overdue=overdue,
        feeds=_feeds(connection),
        jobs=job_gauges(connection),
        notices=notice_counts(connection),
        failing=count_failing(connection),
        bytes=database_bytes(connection),
    )


def _scan(connection: Connection) -> ScanGauge | None:
    query = select(SCAN).where(SCAN.c.state == "complete").order_by(SCAN.c.id.desc()).limit(1)
    row = read_first(connection, query)
    if row is None or row["finished_at"] is None:
        return None
    return ScanGauge(row["started_at"], row["finished_at"], row["summary"] or {})


def _open(connection: Connection, now: datetime) -> tuple[dict[str, int], int]:
    late = func.count(case((FINDING.c.due_at <= now, 1)))
    query = select(FINDING.c.flag, func.count(), late).where(*OPEN).group_by(FINDING.c.flag)
    rows = connection.execute(query).all()
    counts = {row[0]: row[1] for row in rows}
    return {flag.value: counts.get(flag.value, 0) for flag in Flag}, sum(row[2] for row in rows)


def _feeds(connection: Connection) -> tuple[FeedGauge, ...]:
    rows = read(connection, select(FEED).where(FEED.c.active).order_by(FEED.c.name))
    return tuple(FeedGauge(row["name"], row["read_at"], row["error"] is not None) for row in rows)


def job_gauges(connection: Connection) -> tuple[JobGauge, ...]:
    """Every job that has a history, in order of name."""
    failures = run_counts(connection, JobState.FAILED)
    running = run_counts(connection, JobState.RUNNING)
    return tuple(
        JobGauge(
            job,
            last_run(connection, job, JobState.DONE),
            last_run(connection, job, JobState.DONE, JobState.FAILED),
            failures.get(job, 0),
            job in running,
        )
        for job in known_jobs(connection)
    )


def database_bytes(connection: Connection) -> int:
    """Size of the database: of its one file, or of all its files on a server."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages) * int(size)
