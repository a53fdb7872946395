"""Doing jobs: each due time once whoever looks, one run of a job at a time, what was missed made up for once, and
what came of it kept (`storage.jobs`).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.progress import ScanStopped
from app.shell import driver_words, one_line
from app.timetable import Timed
from domain.errors import BwcError
from domain.jobs import JobState
from domain.wording import COLON, joined, say
from storage import jobs
from storage.jobs import Ended, Holder
from storage.postgres import connection_lost
from storage.scans import ScanRunning

logger = logging.getLogger("bwc.schedule")
SYSTEM = "system"
RENEWED_EVERY = timedelta(minutes=1)
PRUNED_EVERY = timedelta(days=1)
FIRST_TIME = say("首次运行：此前的时点不补", "first start: nothing earlier is made up for")
AT_START = say("程序启动时已扫描", "the program scanned when it began")
STOPPED = say("随程序停止，下次继续", "stopped with the program; the next one goes on")
UNFORESEEN = say("程序内部错误，详见日志", "an internal error: see the log")

Result = Mapping[str, Any]
Work = Callable[[datetime, datetime], Result]
"""Takes now and the due time; gives counts, and under `said` what was done in words. Raises BwcError, OSError."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Jobs:
    """The jobs of this process. `now`: the clock, another one in tests; `running`: numbers of the runs it holds;
    `did`: last due times that it saw to, which need no look into the database; `reader`: an engine whose looks do not
    wait for whoever writes. While the database was away: `unsaid`, ends of runs that could not be written; `lost`, jobs
    that it took along, to be done again once it is back; `repeated`, those that were, until they succeed."""

    engine: Engine
    timed: Sequence[Timed]
    works: Mapping[str, Work]
    history_days: int = 90
    now: Callable[[], datetime] = utc_now
    holder: Holder = field(default_factory=Holder)
    running: dict[int, str] = field(default_factory=dict)
    did: dict[str, datetime] = field(default_factory=dict)
    reader: Engine | None = None
    unsaid: dict[int, Ended] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    renewed_at: datetime | None = None
    pruned_at: datetime | None = None

    def begin(self, at_start: Sequence[str] = ()) -> None:
        """When the process begins: what an earlier one left is free again; a job that was never known begins now, and
        of `at_start` the last time is no longer due."""
        now = self.now()
        with self.engine.begin() as connection:
            jobs.release_own(connection, now, self.holder)
            for one in self.timed:
                due, known = one.last_due(now), jobs.ever_known(connection, one.job)
                if due is not None and (one.job in at_start or not known):
                    jobs.note_skipped(connection, one.job, due, now, AT_START if one.job in at_start else FIRST_TIME)

    def run_due(self, job: str) -> bool:
        """Do what the last due time of a job asks for, unless it was done; True when this call did it."""
        now, due = self.now(), self._timed(job).last_due(self.now())
        if due is None or self.did.get(job) == due:
            return False
        with self.engine.begin() as connection:
            if job in self.running.values():  # alive for certain, however long ago its claim was renewed
                jobs.note_skipped(connection, job, due, now, jobs.STILL_RUNNING)
                return False
            run = jobs.claim(connection, job, due, now, self.holder)
        if run is None:
            return False
        if self._do(run, job, due) is not JobState.FAILED:
            self.did[job] = due
        return True

    def run_all_due(self) -> list[str]:
        """Every job in turn; those that were done."""
        return [one.job for one in self.timed if self.run_due(one.job)]

    def run_asked(self, run: int, job: str) -> bool:
        """Do a run that somebody asked for; True when this call did it."""
        now = self.now()
        with self.engine.begin() as connection:
            mine = jobs.take(connection, run, now, self.holder)
        if mine:
            self._do(run, job, now)
        return mine

    def ask(self, job: str) -> None:
        """Have a job done as soon as may be."""
        with self.engine.begin() as connection:
            jobs.ask(connection, job, self.now(), SYSTEM)

    def make_up(self) -> None:
        """Once the database is back: write what could not be written, and have done again, once, what it took along.
        Raises SQLAlchemyError while it is away."""
        if not self.unsaid and not self.lost:
            return
        unsaid, lost, now = dict(self.unsaid), set(self.lost), self.now()
        with self.engine.begin() as connection:
            for run, ended in unsaid.items():
                jobs.finish(connection, run, now, ended)
            for job in sorted(lost):
                jobs.ask(connection, job, now, SYSTEM)
        for run in unsaid:
            self.unsaid.pop(run, None)
        self.lost -= lost
        self.repeated |= lost

    def asked(self) -> list[tuple[int, str]]:
        """Runs that wait for somebody to begin them, of jobs that this process knows and does not do at the moment."""
        with (self.reader or self.engine).connect() as connection:
            found = jobs.asked(connection)
        return [(run, job) for run, job in found if job in self.works and job not in self.running.values()]

    def keep(self) -> None:
        """Keep this process's claims alive, and forget what is too old; to be called every now and then."""
        now = self.now()
        if self.renewed_at is not None and abs(now - self.renewed_at) < RENEWED_EVERY:
            return
        self.renewed_at = now
        old = self.pruned_at is None or abs(now - self.pruned_at) >= PRUNED_EVERY
        with self.engine.begin() as connection:
            jobs.renew(connection, list(self.running), now)
            if old:
                self.pruned_at = now
                jobs.prune(connection, now - timedelta(days=self.history_days))

    def _timed(self, job: str) -> Timed:
        return next(one for one in self.timed if one.job == job)

    def _do(self, run: int, job: str, due: datetime) -> JobState:
        """How it ended. Foreseen failures are kept and logged; what nobody foresaw is kept, and raised."""
        self.running[run] = job
        ended = Ended(JobState.FAILED, None, UNFORESEEN)
        try:
            ended = self._outcome(job, due)
        finally:
            del self.running[run]
            self._close(run, job, ended)
        return ended.state

    def _outcome(self, job: str, due: datetime) -> Ended:
        try:
            result = self.works[job](self.now(), due)
            logger.info("job done", extra={"job": job})
            self.repeated.discard(job)
            return Ended(JobState.DONE, result, None)
        except ScanStopped:
            logger.info("stopped; the next one goes on where it ended", extra={"job": job})
            return Ended(JobState.SKIPPED, None, STOPPED)
        except ScanRunning as error:
            logger.info("another process scans", extra={"job": job, "reason": one_line(error)})
            return Ended(JobState.SKIPPED, None, one_line(error))
        except (BwcError, OSError) as error:
            reason, again = one_line(error), self._taken_along(job, error.__cause__)
        except SQLAlchemyError as error:
            reason = joined((say("数据库出错", "the database failed"), driver_words(error)), COLON)
            again = self._taken_along(job, error)
        when = " as soon as the database is back" if again else ""
        logger.error("failed; it is tried again%s", when, extra={"job": job, "reason": reason})
        if again:  # asked for anew, so this due time is not tried again by itself
            return Ended(JobState.SKIPPED, None, reason)
        return Ended(JobState.FAILED, None, reason)

    def _taken_along(self, job: str, error: BaseException | None) -> bool:
        """Whether the job failed because the database went away, and is to be done again: not twice in a row."""
        if error is None or not connection_lost(error) or job in self.repeated:
            return False
        self.lost.add(job)
        return True

    def _close(self, run: int, job: str, ended: Ended) -> None:
        try:
            with self.engine.begin() as connection:
                jobs.finish(connection, run, self.now(), ended)
        except SQLAlchemyError as error:
            self.unsaid[run] = ended
            logger.error("the end of a job is kept later", extra={"job": job, "reason": driver_words(error)})
