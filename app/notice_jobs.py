"""The jobs about people's deadlines: what is due and overdue, the morning list, what leaves retention, and sending."""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from app.effective import effective
from app.jobs import Result, Work
from app.notice_rounds import RECOVER_SOON, Audience, Told, deadlines, leaving_soon, morning, troubles
from app.notify import Courier, Post, post_by_apprise
from app.settings import Settings
from domain.jobs import Job
from domain.wording import say
from storage.notices import prune_notices
from storage.queries.ahead import recoverable_soon


@dataclass(frozen=True, slots=True)
class Notices:
    """What is told to people. `stop`: when it is set, what waits is left to the next process; `post`: how a message is
    sent to one address; `reader`: an engine that only reads."""

    settings: Settings
    engine: Engine
    stop: threading.Event = field(default_factory=threading.Event)
    post: Post = post_by_apprise
    reader: Engine | None = None

    def works(self) -> dict[str, Work]:
        """What each of the jobs does."""
        own = {
            Job.DEADLINES: self.deadlines,
            Job.MORNING: self.morning,
            Job.RETENTION: self.retention,
            Job.NOTICES: self.send,
        }
        return {job.value: work for job, work in own.items()}

    def deadlines(self, now: datetime, _due: datetime) -> Result:
        """What becomes due soon and what is past due, told once a day for each unit."""
        with self._reading() as connection:
            told, counts = deadlines(connection, now, self.settings.zone, self.settings.notify.ahead_hours)
        new = self._tell(now, told)
        zh = f"即将到期 {counts['due']} 项，超过时限 {counts['overdue']} 项，新增通知 {new} 项"
        en = f"{counts['due']} due soon, {counts['overdue']} past due, {new} new notices"
        return {**counts, "notices": new, "said": say(zh, en)}

    def morning(self, now: datetime, _due: datetime) -> Result:
        """The list of each unit."""
        months = self._months()
        with self._reading() as connection:
            told = morning(connection, now, self.settings.zone, months)
        new = self._tell(now, told)
        zh, en = f"{len(told)} 个单位有待办", f"{len(told)} units with something to do"
        said = say(f"{zh}，新增通知 {new} 项", f"{en}, {new} new notices")
        return {"units": len(told), "notices": new, "said": said}

    def retention(self, now: datetime, _due: datetime) -> Result:
        """How much will leave retention, and what may still be fetched but not for long."""
        months = self._months()
        with self._reading() as connection:
            leaving = sum(leaving_soon(connection, now, months).values())
            fetch = sum(len(ends) for ends in recoverable_soon(connection, now, now + RECOVER_SOON).values())
        zh = f"14 日内满保存期的片段 {leaving} 个；48 小时内将无法补录 {fetch} 项"
        en = f"{leaving} clips reach the end of retention within 14 days; {fetch} can be fetched for less than 48 hours"
        return {"leaving": leaving, "recoverable": fetch, "said": say(zh, en)}

    def send(self, now: datetime, _due: datetime) -> Result:
        """What is in trouble joins what waits; then all that may be sent now is sent."""
        with self._reading() as connection:
            told = troubles(connection, now, self.settings.zone)
        self._tell(now, told)
        with self.engine.begin() as connection:
            prune_notices(connection, now - timedelta(days=self.settings.schedule.history_days))
        public = (self.settings.api.public or "").rstrip("/")
        courier = Courier(self.settings.notify, self.engine, self.settings.zone, public, self.post, self.stop)
        return courier.round(now)

    def _tell(self, now: datetime, told: list[Told]) -> int:
        if not told:
            return 0
        with self.engine.begin() as connection:
            return Audience(connection, self.settings.notify.receivers).tell(now, told)

    def _reading(self) -> AbstractContextManager[Connection]:
        """A look that waits for nobody who writes, and that nobody who writes waits for."""
        return (self.reader or self.engine).connect()

    def _months(self) -> int:
        """The retention that scans go by."""
        return effective(self.settings, self.reader or self.engine).limits.retention_months
