"""The clock of `bwc run`: APScheduler says when, `app.jobs` sees to it that each due time is done once.

What is missed while no process runs is made up for once; why this is not left to APScheduler's own job store is told
in docs/decisions/0011.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import Jobs
from app.shell import driver_words

logger = logging.getLogger("bwc.schedule")
LOOK_S = 1.0
AFTER_LOOKS = 60
MOST_AT_ONCE = 16


@contextmanager
def scheduled(
    jobs: Jobs, zone: ZoneInfo, stop: threading.Event, at_start: Sequence[str] = ()
) -> Iterator[BackgroundScheduler]:
    """Do the jobs by their times until the block is left; then `stop` is set and what runs is waited for.

    `at_start`: jobs whose last time is as good as done, since the program has just begun. Raises SQLAlchemyError.
    """
    jobs.begin(at_start)
    scheduler = BackgroundScheduler(timezone=zone, executors={"default": ThreadPoolExecutor(MOST_AT_ONCE)})
    late = {"coalesce": True, "misfire_grace_time": None}
    for one in jobs.timed:
        due = guarded(jobs.run_due, one.job)
        scheduler.add_job(due, one.trigger, id=one.job, max_instances=2, **late)  # the second one notes that it skips
        scheduler.add_job(due, id=f"{one.job} missed", misfire_grace_time=None)
    scheduler.add_job(Look(jobs, scheduler).run, "interval", seconds=LOOK_S, id="look", max_instances=1, **late)
    scheduler.start()
    try:
        yield scheduler
    finally:
        stop.set()
        scheduler.shutdown(wait=True)


def guarded(do: Callable[..., object], *arguments: object) -> Callable[[], None]:
    """A database that fails before a job has begun is a log line; the job comes again at its next time."""

    def job() -> None:
        try:
            do(*arguments)
        except SQLAlchemyError as error:
            logger.error("the database failed; it is tried again", extra={"reason": driver_words(error)})

    return job


class Look:
    """Once a second: what was asked for begins; once a minute: what a dead process left, and claims are renewed."""

    def __init__(self, jobs: Jobs, scheduler: BackgroundScheduler) -> None:
        self._jobs, self._scheduler, self._looks = jobs, scheduler, 0
        self._sent: set[int] = set()

    def run(self) -> None:
        self._looks += 1
        guarded(self._jobs.make_up)()
        guarded(self._asked)()
        if self._looks % AFTER_LOOKS == 0:
            self._soon(self._jobs.keep)
            for one in self._jobs.timed:
                self._soon(self._jobs.run_due, one.job)

    def _asked(self) -> None:
        waiting = self._jobs.asked()
        for run, job in waiting:
            if run not in self._sent:
                self._sent.add(run)
                self._soon(self._begin, run, job)

    def _begin(self, run: int, job: str) -> None:
        try:
            self._jobs.run_asked(run, job)
        finally:
            self._sent.discard(run)  # one that could not begin, for another was running, is looked at again

    def _soon(self, do: Callable[..., object], *arguments: object) -> None:
        self._scheduler.add_job(guarded(do, *arguments), misfire_grace_time=None)
