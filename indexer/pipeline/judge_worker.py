"""Judging in worker processes: they read the scan's own database and write nothing; the scan writes what they found.

A worker reads one moment of the database and lets go of it before it applies the rules. While the scan judges, the
steps that make facts are over; what people say meanwhile may be heard or not, and is queued for the next scan.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import sleep
from uuid import uuid4

from sqlalchemy import Engine

from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.judge import Judgement, conclude, load
from indexer.pipeline.plan import Scanning, ScanPlan, at_once
from indexer.pipeline.subjects import Subject, named
from storage.audit import one_moment
from storage.engine import beside, open_engine, restart_log
from storage.packed import pack
from storage.settings import DatabaseSettings, Use
from storage.verdicts import Judged
from storage.work import Batch

WORTH = 2000
"""Subjects from which on it pays that each worker loads the program and what all subjects share: two seconds' work."""
LOG_EACH = 40
"""Batches after which SQLite's log is begun anew: with readers that relieve each other it would grow to a gigabyte."""
PATIENCE_S = 30.0
"""So often a scan that waits for its workers says that it lives."""
TURN_S = 0.1
"""Long enough that of workers with nothing else to do each takes one of some jobs."""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch of subjects for one worker; picklable. `evaluation` names what all jobs of one step have in common."""

    evaluation: str
    database: DatabaseSettings
    plan: ScanPlan
    now: datetime
    judged: Judged
    subjects: Sequence[Subject]


@dataclass(frozen=True, slots=True)
class _Held:
    """What a worker keeps from job to job."""

    evaluation: str
    engine: Engine
    gathering: Gathering


_HELD: list[_Held] = []
"""Of this worker process: nothing, or one."""


def judge(job: Job) -> list[Judgement]:
    """Judge a batch: runs in a worker. Raises SQLAlchemyError when it cannot read the database."""
    held = _held(job)
    with held.engine.connect() as connection:
        loaded = load(one_moment(connection), held.gathering, job.subjects)
    found = conclude(held.gathering, loaded, job.judged)
    if held.engine.dialect.name == "sqlite":
        for one in found:
            _pack(one)
    return found


def _pack(one: Judgement) -> None:
    """Compress what is kept compressed, here where it costs the scan nothing."""
    if one.rows is not None:
        pack(one.rows.evaluation["outcomes"])


def _held(job: Job) -> _Held:
    if _HELD and _HELD[0].evaluation == job.evaluation:
        return _HELD[0]
    while _HELD:
        _HELD.pop().engine.dispose()
    engine = open_engine(job.database, Use.READING)
    with engine.connect() as connection:
        gathering = Gathering.begin(one_moment(connection), job.plan, job.now)
    _HELD.append(_Held(job.evaluation, engine, gathering))
    return _HELD[0]


def let_go() -> None:
    """Forget what was kept for the evaluation that is over: runs in a worker."""
    while _HELD:
        _HELD.pop().engine.dispose()
        sleep(TURN_S)  # meanwhile the others take theirs


class Judges:
    """The workers of one evaluation, as the scan sees them."""

    def __init__(self, scan: Scanning, judged: Judged, count: int) -> None:
        """About `count` subjects are to be judged in all."""
        self._scan, self._many = scan, at_once(scan.executor)
        self._job: Job | None = None
        self._asked = False
        database = beside(scan.engine)
        # Threads gain nothing here, and a cluster's workers see stores, not the database.
        if count >= WORTH and database is not None and isinstance(scan.executor, ProcessPoolExecutor):
            plan = replace(scan.plan, stills=None, feeds=())  # neither judges, nor goes to another process
            self._job = Job(uuid4().hex, database, plan, scan.now, judged, ())

    def ahead(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, list[Judgement] | None]]:
        """Each batch with what a worker found, the next ones under way; None: the scan has to judge it itself."""
        waiting: deque[tuple[Batch, Future[list[Judgement]] | None]] = deque()
        for number, batch in enumerate(batches, 1):
            if self._job is not None and number % LOG_EACH == 0:
                restart_log(self._scan.engine)
            waiting.append((batch, self._begun(batch)))
            if len(waiting) > self._many:
                yield self._ended(*waiting.popleft())
        while waiting:
            yield self._ended(*waiting.popleft())

    def _begun(self, batch: Batch) -> Future[list[Judgement]] | None:
        if self._job is None:
            return None
        try:
            future = self._scan.executor.submit(judge, replace(self._job, subjects=named(batch)))
        except BrokenExecutor as error:
            self._alone(error)
            return None
        self._asked = True
        return future

    def _ended(self, batch: Batch, future: Future[list[Judgement]] | None) -> tuple[Batch, list[Judgement] | None]:
        if future is None:
            return batch, None
        while not wait((future,), PATIENCE_S).done:
            self._scan.keep_going()
        error = future.exception()
        if error is None:
            return batch, future.result()
        self._alone(error)
        return batch, None

    def _alone(self, error: BaseException) -> None:
        """Whoever died or could not read: the scan does it alone from here on, and shows what is wrong if it fails."""
        if self._job is not None:
            self._scan.progress.note(f"evaluate: {type(error).__name__}: {error}")
        self._job = None

    def __enter__(self) -> "Judges":
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is left to judge: the workers need not hold the registers of a city until the next time."""
        with suppress(BrokenExecutor):
            for _ in range(2 * self._many if self._asked else 0):
                self._scan.executor.submit(let_go)
