"""When each job is due: its crontab line, the last time that has come, the next one."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from api.timetable import Planned
from app.cron import cron_trigger
from app.schedule_settings import ScheduleSettings
from domain.jobs import Job, report_job

LOOKED_BACK = tuple(timedelta(minutes=m) for m in (2, 61, 24 * 60 + 61, 8 * 24 * 60, 32 * 24 * 60, 367 * 24 * 60))
LEAP_YEARS = timedelta(days=9 * 366)
"""Between two 29ths of February around 2100."""
MOMENT = timedelta(microseconds=1)
TELLING = (Job.MORNING.value, Job.NOTICES.value)
"""Jobs that are of no use where nobody is to be told anything."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A job with its crontab line."""

    job: str
    line: str
    trigger: BaseTrigger

    def last_due(self, now: datetime) -> datetime | None:
        """The newest time of the line that has come by now, as UTC; looked for in ever longer stretches."""
        for back in (*LOOKED_BACK, LEAP_YEARS):
            times = deque(self._between(now - back, now), maxlen=1)
            if times:
                return times[0]
        return None

    def next_due(self, now: datetime) -> datetime | None:
        """The first time of the line after now, as UTC."""
        found: datetime | None = self.trigger.get_next_fire_time(None, now + MOMENT)
        return None if found is None else found.astimezone(UTC)

    def _between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        at = self.next_due(start)
        while at is not None and at <= end:
            yield at
            at = self.next_due(at)


def timetable(settings: ScheduleSettings, zone: ZoneInfo, *, telling: bool) -> tuple[Timed, ...]:
    """Every job that is done, in the order of the page. `telling`: somebody is to be told something."""
    lines = {job: line for job, line in settings.lines().items() if telling or job not in TELLING}
    lines |= {report_job(one.called): one.line for one in settings.reports}
    return tuple(Timed(job, line, cron_trigger(line, zone)) for job, line in lines.items())


def planned(jobs: tuple[Timed, ...], now: datetime) -> list[Planned]:
    """When each job is due next, for the page."""
    return [Planned(one.job, one.line, one.next_due(now)) for one in jobs]
