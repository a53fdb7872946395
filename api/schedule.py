"""Work by the clock as the page and the API show it: each job with its next time and its last run; asking for one."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Connection

from api.house import House, house_of
from api.identity.access import audited, viewer_of
from api.problems import Refused
from api.timetable import Planned
from domain.audit import Action
from domain.jobs import JobState
from domain.wording import say
from storage import jobs
from storage.audit import append
from storage.jobs import JobRun

ENDED = (JobState.DONE, JobState.FAILED, JobState.SKIPPED, JobState.TAKEN_OVER)


@dataclass(frozen=True, slots=True)
class JobNow:
    """A job of the schedule. `busy`: it waits to begin, or runs."""

    job: str
    line: str
    next_at: datetime | None
    last: JobRun | None
    done: JobRun | None
    busy: JobRun | None


def jobs_now(house: House, connection: Connection) -> list[JobNow]:
    """Every job of the schedule, in its order; none where this server has no schedule."""
    return [_now(connection, one) for one in house.timetable(house.now())]


def _now(connection: Connection, one: Planned) -> JobNow:
    last = jobs.last_run(connection, one.job, *ENDED)
    done = jobs.last_run(connection, one.job, JobState.DONE)
    busy = jobs.last_run(connection, one.job, JobState.WAITING, JobState.RUNNING)
    return JobNow(one.job, one.line, one.next_at, last, done, busy)


def ask_for_job(request: Request, connection: Connection, job: str) -> int:
    """Ask for a run as soon as may be, with its link of the audit log: call it last. Returns the number of the run.

    Raises Refused (404) for a job that the schedule does not have.
    """
    house = house_of(request)
    if job not in [one.job for one in house.timetable(house.now())]:
        raise Refused(404, say("没有此任务", f"there is no job {job[:80]!r} in the schedule"))
    run = jobs.ask(connection, job, house.now(), viewer_of(request).actor)
    append(connection, house.now(), [audited(request, Action.JOB_ASKED, f"job:{job}", None, run=run)])
    return run
