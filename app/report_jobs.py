"""Reports that are made by the clock: filed so that they can be compared, and written as files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from app.jobs import Result, Work
from app.schedule_settings import PeriodWord, ReportEntry
from app.settings import Settings
from app.targets import whole_file
from domain.audit import Action, Entry, detail_text
from domain.jobs import report_job
from domain.period import Period, parse_period
from domain.wording import say
from reports import report_named
from reports.base import Asked, Made, make
from reports.content import content_of
from reports.filing import file_made
from reports.render import RENDERERS
from storage.audit import append

ACTOR = "system"
DAY = timedelta(days=1)


def report_works(settings: Settings, engine: Engine, reader: Engine) -> dict[str, Work]:
    """One job for each entry of `[schedule] reports`. `reader`: an engine that only reads."""
    folder, zone = Path(settings.schedule.reports_folder), settings.zone
    return {report_job(one.called): ReportJob(one, engine, reader, folder, zone) for one in settings.schedule.reports}


def period_word(word: PeriodWord, due: datetime, zone: ZoneInfo) -> str:
    """The period as seen from the due time, whenever it is made up for: `2026-11-22`, `2026-W47`, `2026-11`."""
    today = due.astimezone(zone).date()
    ways: dict[PeriodWord, Callable[[date], str]] = {
        PeriodWord.YESTERDAY: lambda day: (day - DAY).isoformat(),
        PeriodWord.LAST_WEEK: lambda day: "{:04}-W{:02}".format(*(day - 7 * DAY).isocalendar()[:2]),
        PeriodWord.LAST_MONTH: lambda day: f"{day.replace(day=1) - DAY:%Y-%m}",
    }
    return ways[word](today)


@dataclass(frozen=True, slots=True)
class ReportJob:
    """The reports of one entry."""

    entry: ReportEntry
    engine: Engine
    reader: Engine
    folder: Path
    zone: ZoneInfo

    def __call__(self, now: datetime, due: datetime) -> Result:
        """Make them. Raises BwcError before the first scan, OSError when a file cannot be written."""
        period = parse_period(period_word(self.entry.period, due, self.zone), self.zone)
        runs: list[int] = []
        files: list[str] = []
        for unit in self.entry.units or (None,):
            with self.reader.connect() as connection:
                made = self._made(connection, period, now, unit)
            if self.entry.filed:
                with self.engine.begin() as connection:
                    runs.append(filed(connection, made, now))
            files += [self._written(made, form) for form in self.entry.formats]
        zh = f"{period.word}：归档 {len(runs)} 份，文件 {len(files)} 个"
        en = f"{period.word}: {len(runs)} filed, {len(files)} files"
        return {"period": period.word, "filed": runs, "files": files, "said": say(zh, en)}

    def _made(self, connection: Connection, period: Period, now: datetime, unit: str | None) -> Made:
        report = report_named(self.entry.report)
        assert report is not None  # settings were checked
        return make(connection, report, Asked(period, now, unit))

    def _written(self, made: Made, form: str) -> str:
        """Write one file whole or not at all; its name below the folder."""
        body = RENDERERS[form](content_of(made, self.zone), self.entry.language)
        unit = f"_{made.asked.unit}" if made.asked.unit else ""
        target = self.folder / made.asked.period.word / f"{self.entry.called}{unit}.{form}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, 0o600) as out:
            out.write(body)
        return str(target.relative_to(self.folder))


def filed(connection: Connection, made: Made, now: datetime) -> int:
    """File a report with its link of the audit log; returns the number of the run."""
    run = file_made(connection, made, ACTOR, now)
    detail = detail_text(report=made.report.name, period=made.asked.period.word, digest=made.digest, filed=True)
    append(connection, now, [Entry(ACTOR, Action.EXPORTED, f"report-run:{run}", made.asked.unit, detail)])
    return run
