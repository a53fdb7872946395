"""`[schedule]` of config.toml: when each job is due, and which reports are made by themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.cron import cron_trigger
from app.sections import Table, closest, described, read_section
from domain.jobs import Job
from domain.wording import say

NEVER = "never"
"""In place of a crontab line: the job is left out."""
NAME = re.compile(r"[\w.-]+")


class PeriodWord(StrEnum):
    """A period as seen from the time at which a report is due; weeks are Monday to Sunday."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last-week"
    LAST_MONTH = "last-month"


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


USUAL: Mapping[PeriodWord, str] = MappingProxyType(
    {PeriodWord.YESTERDAY: "30 7 * * *", PeriodWord.LAST_WEEK: "30 7 * * 1", PeriodWord.LAST_MONTH: "30 7 1 * *"}
)
"""When a report is due that does not say it: once the period is over, in the morning."""


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """One entry of `[schedule] reports`. `units` none: all together in one; else one report for each."""

    report: str
    period: PeriodWord = PeriodWord.YESTERDAY
    name: str | None = None
    when: str | None = None
    units: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    filed: bool = True
    language: Language = Language.ZH

    def __post_init__(self) -> None:
        if not (self.filed or self.formats):
            raise ValueError("expected filed = true or some formats, got neither: nothing would be kept")
        for text in (*self.units, *([self.name] if self.name else [])):
            if not NAME.fullmatch(text):
                raise ValueError(f'expected names and unit codes of letters, digits, "-" and "_", got "{text}"')

    @property
    def called(self) -> str:
        return self.name or f"{self.report}-{self.period}"

    @property
    def line(self) -> str:
        return self.when or USUAL[self.period]


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """`[schedule]`: crontab lines in the zone of the first store, or `never`; `watch` brings scans forward.

    `feeds`, `fixity` and `content` None: each scan does it; `backup` None: only `bwc backup` makes one.
    """

    scan: str = "*/15 * * * *"
    watch: bool = True
    feeds: str | None = None
    fixity: str | None = None
    content: str | None = None
    backup: str | None = None
    backup_keep: int = 14
    deadlines: str = "5 * * * *"
    retention: str = "40 6 * * *"
    morning: str = "0 8 * * *"
    notices: str = "*/5 * * * *"
    history_days: int = 90
    reports_folder: str = "var/reports"
    reports: tuple[ReportEntry, ...] = ()

    def lines(self) -> dict[str, str]:
        """The crontab line of every job but reports, by its key; those that are left out have none."""
        found = {job.value: getattr(self, job.value) for job in Job}
        return {job: line for job, line in found.items() if line is not None and line != NEVER}


def read_schedule(table: Table) -> ScheduleSettings:
    """The section with its reports. Raises ConfigError."""
    rest = replace(table, values={key: value for key, value in table.values.items() if key != "reports"})
    section = read_section(ScheduleSettings, rest)
    return replace(section, reports=_reports(table))


def _reports(table: Table) -> tuple[ReportEntry, ...]:
    given = table.values.get("reports", [])
    if not isinstance(given, list):
        raise table.error("reports", f"expected an array of tables, got {described(given)}")
    found: list[ReportEntry] = []
    for position, values in enumerate(given):
        if not isinstance(values, dict):
            raise table.error("reports", f"expected tables, got one with {described(values)}")
        inner = Table(table.document, (*table.path, "reports", position), f"[schedule] reports {position + 1}", values)
        entry = read_section(ReportEntry, inner)
        _check_entry(entry, inner)
        if any(other.called == entry.called for other in found):
            raise inner.error("name", f'expected a name of its own, got "{entry.called}" again')
        found.append(entry)
    return tuple(found)


def _check_entry(entry: ReportEntry, table: Table) -> None:
    """Reports and formats as this program has them."""
    from reports import REPORTS
    from reports.render import RENDERERS

    names = [one.name for one in REPORTS]
    if entry.report not in names:
        raise table.error("report", f'no report is called "{entry.report}"; {closest(entry.report, names)}')
    wrong = next((one for one in entry.formats if one not in RENDERERS), None)
    if wrong is not None:
        raise table.error("formats", f'expected some of {", ".join(RENDERERS)}, got "{wrong}"')


def check_schedule(settings: ScheduleSettings, zone: ZoneInfo) -> None:
    """Raises ScheduleError at the first crontab line that cannot be understood."""
    if settings.history_days < 1:
        raise ScheduleError("history_days", say("至少保留 1 天", f"expected at least 1, got {settings.history_days}"))
    if settings.backup_keep < 1:
        raise ScheduleError("backup_keep", say("至少保留 1 份", f"expected at least 1, got {settings.backup_keep}"))
    lines = {**settings.lines(), **{f"reports {one.called}": one.line for one in settings.reports}}
    for key, line in lines.items():
        try:
            cron_trigger(line, zone)
        except ValueError as error:
            raise ScheduleError(key.partition(" ")[0], str(error)) from None


class ScheduleError(ValueError):
    """Which key holds what cannot be used."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key
