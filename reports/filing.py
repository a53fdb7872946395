"""Filing a report, making a filed one again, and opening it."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from domain.errors import UsageError
from domain.period import parse_period
from domain.wording import say
from reports import report_named
from reports.base import Asked, Made, Report, make
from reports.content import NO_STILLS, Content, content_filed
from reports.stills import kept
from storage.filed_reports import FiledRun, file_report, filed_tables
from storage.queries import as_of
from storage.queries.unit_register import unit_names


def file_made(
    connection: Connection, made: Made, actor: str, now: datetime, stills: Mapping[str, bytes] = NO_STILLS
) -> int:
    """Keep a report as it was made, with the pictures made for it; returns the number of the run."""
    values = {
        "name": made.report.name,
        "period": made.asked.period.word,
        "unit": made.asked.unit,
        "as_of": made.asked.as_of,
        "scan_id": made.scan,
        "rule_set": made.rule_set,
        "at": now,
        "actor": actor,
        "digest": made.digest,
        "tables": [*made.tables, *([kept(stills)] if stills else [])],
    }
    return file_report(connection, values)


def report_of(run: FiledRun) -> Report:
    """Raises UsageError for a report that this version does not have any more."""
    report = report_named(run.name)
    if report is None:
        raise UsageError(say("本版本没有此报表", f"this version has no report {run.name}"))
    return report


def made_again(connection: Connection, run: FiledRun, zone: ZoneInfo) -> Made:
    """The same report of the same period and units, as of the same time."""
    asked = Asked(parse_period(run.period, zone), run.as_of, run.unit, run.scope)
    return make(connection, report_of(run), asked)


def opened(connection: Connection, run: FiledRun, zone: ZoneInfo) -> Content:
    """A filed run for a renderer; units are called what they were called then."""
    with as_of(connection, run.as_of):
        units = unit_names(connection)
    columns = {"id": run.id, "as_of": run.as_of, "scan_id": run.scan_id, "rule_set": run.rule_set, "digest": run.digest}
    return content_filed(report_of(run), filed_tables(connection, run.id), {**columns, "units": units}, zone)
