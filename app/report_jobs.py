"""Reports that are made by the clock: filed so that they can be compared, and written as files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from api.case_stills import moments_shown, pictures_of
from app.jobs import Result, Work
from app.scanning import still_pictures
from app.schedule_settings import PeriodWord, ReportEntry
from app.settings import Settings
from app.targets import whole_file
from domain.audit import Action, Entry, detail_text
from domain.jobs import report_job
from domain.period import Period, parse_period
from domain.wording import say
from reports import report_named
from reports.base import Asked, Made, make
from reports.content import NO_STILLS, Content, content_of
from reports.filing import file_made
from reports.render import RENDERERS
from reports.stills import wanted
from storage.audit import append

ACTOR = "system"
DAY = timedelta(days=1)


def report_works(settings: Settings, engine: Engine, reader: Engine) -> dict[str, Work]:
    """One job for each entry of `[schedule] reports`. `reader`: an engine that only reads."""
    return {report_job(one.called): ReportJob(one, settings, engine, reader) for one in settings.schedule.reports}


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
    """The reports of one entry. `reader`: an engine that only reads."""

    entry: ReportEntry
    settings: Settings
    engine: Engine
    reader: Engine

    def __call__(self, now: datetime, due: datetime) -> Result:
        """Make them. Raises BwcError before the first scan, OSError when a file cannot be written."""
        zone = self.settings.zone
        period = parse_period(period_word(self.entry.period, due, zone), zone)
        runs: list[int] = []
        files: list[str] = []
        for unit in self.entry.units or (None,):
            with self.reader.connect() as connection:
                made = self._made(connection, period, now, unit)
            stills = case_stills(self.settings, self.reader, made)
            content = content_of(made, zone, stills)
            files += [self._written(content, form) for form in self.entry.formats]
            if self.entry.filed:  # last: an attempt that could not write its files is made again, and filed once
                with self.engine.begin() as connection:
                    runs.append(filed(connection, made, now, stills))
        zh = f"{period.word}：归档 {len(runs)} 份，文件 {len(files)} 个"
        en = f"{period.word}: {len(runs)} filed, {len(files)} files"
        return {"period": period.word, "filed": runs, "files": files, "said": say(zh, en)}

    def _made(self, connection: Connection, period: Period, now: datetime, unit: str | None) -> Made:
        report = report_named(self.entry.report)
        assert report is not None  # settings were checked
        return make(connection, report, Asked(period, now, unit))

    def _written(self, content: Content, form: str) -> str:
        """Write one file whole or not at all; its name below the folder."""
        body = RENDERERS[form](content, self.entry.language)
        unit = f"_{content.unit}" if content.unit else ""
        folder = Path(self.settings.schedule.reports_folder)
        target = folder / content.period / f"{self.entry.called}{unit}.{form}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, 0o600) as out:
            out.write(body)
        return str(target.relative_to(folder))


def case_stills(settings: Settings, reader: Engine, made: Made) -> dict[str, bytes]:
    """Pictures of a report's typical cases, of every unit; nothing is started for one that has none."""
    asked = wanted(made.filled)
    if not asked:
        return {}
    with reader.connect() as connection:
        moments = moments_shown(connection, asked, None)
    stills = still_pictures(settings)
    try:
        return pictures_of(stills, moments)
    finally:
        stills.end()


def filed(connection: Connection, made: Made, now: datetime, stills: Mapping[str, bytes] = NO_STILLS) -> int:
    """File a report with its link of the audit log; returns the number of the run."""
    run = file_made(connection, made, ACTOR, now, stills)
    detail = detail_text(report=made.report.name, period=made.asked.period.word, digest=made.digest, filed=True)
    append(connection, now, [Entry(ACTOR, Action.EXPORTED, f"report-run:{run}", made.asked.unit, detail)])
    return run
