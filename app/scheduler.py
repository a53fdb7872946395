"""The clock of `bwc run`: APScheduler says when, `app.jobs` sees to it that each due time is done once.

What is missed while no process runs is made up for once; why this is not left to APScheduler's own job store is told
in docs/decisions/0011.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import SQLAlchemyError

from app.clock_watch import ClockWatch
from app.jobs import Jobs
from app.shell import driver_words
from app.timetable import MOMENT

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
    clock = ClockWatch(partial(planned_anew, scheduler, jobs, zone), stop)
    late = {"coalesce": True, "misfire_grace_time": None}
    for one in jobs.timed:
        due = guarded(jobs.run_due, one.job, after=clock.settle)
        # two: the second one notes that it skips
        scheduler.add_job(due, Onward(one.trigger), id=one.job, max_instances=2, **late)
        scheduler.add_job(due, id=f"{one.job} missed", misfire_grace_time=None)
    scheduler.start()
    looking = threading.Thread(target=Look(jobs, scheduler, clock).go_on, args=(stop,), name="bwc-look", daemon=True)
    looking.start()
    try:
        yield scheduler
    finally:
        stop.set()
        looking.join()
        scheduler.shutdown(wait=True)


class Onward(BaseTrigger):  # type: ignore[misc]
    """The times of another trigger from now on: of those that have passed meanwhile one stands for all.

    The scheduler would count them one by one, for hours where a clock that stood at 1970 is put right.
    """

    def __init__(self, times: BaseTrigger) -> None:
        self.times = times

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:  # noqa: ARG002
        """The next time after now."""
        found: datetime | None = self.times.get_next_fire_time(None, now + MOMENT)
        return found


def planned_anew(scheduler: BackgroundScheduler, jobs: Jobs, zone: ZoneInfo) -> None:
    """After a jump of the clock: own claims are renewed, and each job looks at once what is due by the clock now."""
    jobs.renewed_at = None
    guarded(jobs.keep)()
    for one in jobs.timed:
        scheduler.modify_job(one.job, next_run_time=datetime.now(zone))


def nothing() -> None:
    """There is nothing to wait for."""


def guarded(do: Callable[..., object], *arguments: object, after: Callable[[], None] = nothing) -> Callable[[], None]:
    """A database that fails before a job has begun is a log line; the job comes again at its next time.

    `after`: what has to be waited for before it.
    """

    def job() -> None:
        try:
            after()
            do(*arguments)
        except SQLAlchemyError as error:
            logger.error("the database failed; it is tried again", extra={"reason": driver_words(error)})

    return job


class Look:
    """Once a second: the clock is looked at, and what was asked for begins; once a minute: what a dead process left or
    a clock has passed by, and claims are renewed. By a thread of its own: the scheduler's times are those of the clock.
    """

    def __init__(self, jobs: Jobs, scheduler: BackgroundScheduler, clock: ClockWatch) -> None:
        self._jobs, self._scheduler, self._clock, self._looks = jobs, scheduler, clock, 0
        self._sent: set[int] = set()

    def go_on(self, stop: threading.Event) -> None:
        """Until `stop` is set."""
        while not stop.wait(LOOK_S):
            self._clock.look()
            self.run()

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
