"""`bwc report NAME`: a report of a period as of a time; `--file` keeps it, `compare A B` tells what changed."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.shell import Shell, as_of_option, open_database, shared_options
from app.targets import whole_file
from app.times import parse_as_of
from domain.errors import UsageError
from storage.settings import Use

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from app.settings import Settings
    from reports.base import Made
    from reports.compare import Comparison, TableComparison

COMPARE, RUNS = "compare", "runs"


@click.command(
    "report",
    help="报表 / Make a report: daily, weekly, monthly, completeness, units, open-findings, freshness and others (any "
    "other NAME lists them). `report runs` lists the filed ones, `report compare A B` compares two of them.",
)
@click.argument("what", metavar="NAME")
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1, max=2**31 - 1), metavar="[A B]")
@click.option("--period", metavar="PERIOD", help="期间 / 2026-11-22, 2026-W47, 2026-11 or FROM..TO")
@click.option("--unit", help="单位及其下级 / unit")
@click.option("--format", "form", help="格式 / xlsx, pdf, csv, html, json (else by the name of -o, else csv)")
@click.option("--table", metavar="TABLE", help="只取一表 / of a document one table only (CSV holds one: the first)")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="文件 / file")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--file", "filed", is_flag=True, help="归档 / file the report, so that it can be compared")
@as_of_option
@shared_options
@click.pass_obj
def report(shell: Shell, /, what: str, numbers: Sequence[int], **given: Any) -> None:
    settings = shell.settings()
    if what == COMPARE:
        _compare(settings, numbers, given["language"])
    elif what == RUNS:
        _runs(settings)
    elif numbers:
        raise UsageError(f"report {what}: expected no number; two are for: bwc report compare A B")
    else:
        _make(settings, what, **given)


def _make(
    settings: "Settings",
    what: str,
    *,
    period: str | None,
    unit: str | None,
    form: str | None,
    output: Path | None,
    table: str | None,
    language: str,
    filed: bool,
    as_of: str | None,
) -> None:
    from app.report_jobs import case_stills
    from domain.period import parse_period
    from reports import REPORTS, report_named
    from reports.base import Asked, make
    from reports.content import content_of
    from reports.render import PICTURED, RENDERERS

    chosen, now = report_named(what), datetime.now(UTC)
    if chosen is None:
        names = " ".join(one.name for one in REPORTS)
        raise UsageError(f'没有报表 "{what}" / no report is called "{what}"; expected one of: {names}')
    kind = _format(form, output)
    if period is None:
        raise UsageError("--period: 需要期间 / expected one such as 2026-11-22, 2026-W47, 2026-11")
    try:
        span = parse_period(period, settings.zone)
        when = min(now, parse_as_of(as_of, settings.zone)) if as_of else now
    except ValueError as error:
        raise UsageError(str(error)) from None
    with open_database(settings, Use.READING) as engine:
        with engine.connect() as connection:
            made = make(connection, chosen, Asked(span, when, unit))
        stills = case_stills(settings, engine, made) if filed or kind in PICTURED else {}
    if filed:
        _file(settings, made, now, stills)
    content = content_of(made, settings.zone, stills)
    _hand_over(RENDERERS[kind](content.only(table) if table else content, language), output)


def _hand_over(body: bytes, output: Path | None) -> None:
    """Into the file whole or not at all; without one to standard output."""
    if output is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        with whole_file(output) as out:
            out.write(body)
    except OSError as error:
        raise UsageError(f"-o {output}: 无法写入 / cannot be written: {error.strerror}") from error


def _format(form: str | None, output: Path | None) -> str:
    """The format by option, else by the file's name, else CSV. Raises UsageError for one that there is not."""
    from reports.render import RENDERERS

    if output and not output.absolute().parent.is_dir():  # before anything is made or filed
        raise UsageError(f"-o {output}: 没有该文件夹 / expected a folder that is there, got {output.parent}")
    asked = (form or (output.suffix.lstrip(".").lower() if output else "") or "csv").lower()
    asked = "html" if asked == "htm" else asked
    if asked in RENDERERS:
        return asked
    raise UsageError(f"--format: expected one of {', '.join(RENDERERS)}, got {asked}")


def _file(settings: "Settings", made: "Made", now: datetime, stills: dict[str, bytes]) -> None:
    from app.report_jobs import filed

    with open_database(settings, Use.DECIDING) as engine, engine.begin() as connection:
        run = filed(connection, made, now, stills)
    print(f"已归档 / filed as {run}  {made.digest}", file=sys.stderr)


def _runs(settings: "Settings") -> None:
    from app.shell import reading
    from app.tables import console_for, print_rows
    from storage.filed_reports import filed_runs

    names = ("id", "name", "period", "unit", "as_of", "scan", "actor", "digest")
    with reading(settings) as connection:
        found = filed_runs(connection, None)
    rows = [{**{name: getattr(run, name, None) for name in names}, "scan": run.scan_id} for run in found]
    print_rows(console_for(sys.stdout), names, rows, settings.zone)


def _compare(settings: "Settings", numbers: Sequence[int], language: str) -> None:
    from app.shell import reading
    from reports.compare import compared
    from storage.filed_reports import filed_run

    if len(numbers) != 2:
        raise UsageError("report compare: 需要两份归档的编号 / expected the numbers of two filed runs: bwc report runs")
    with reading(settings) as connection:
        runs = [filed_run(connection, number) for number in numbers]
        first, second = runs
        if first is None or second is None:
            missing = next(number for number, run in zip(numbers, runs, strict=True) if run is None)
            raise UsageError(f"没有归档 {missing} / there is no filed run {missing}; see: bwc report runs")
        found = compared(connection, first, second, settings.zone)
    for line in _lines(found, language):
        print(line)


def _lines(found: "Comparison", language: str) -> list[str]:
    from reports.content import pick

    lines = [f"{found.report.name}: {found.before.id} → {found.after.id}"]
    if not found.same_rules:
        lines.append(pick(("两份归档所用规则或限值不同", "judged by different rules or limits"), language))
    for table in found.tables:
        if len(found.tables) > 1:
            lines.append(f"# {pick(table.part.title, language)} ({table.part.name})")
        lines += _changes(table, found.zone, language)
    return lines


def _changes(table: "TableComparison", zone: "ZoneInfo", language: str) -> list[str]:
    from domain.wording import halves
    from reports.content import pick, shown
    from reports.render.words import spoken

    lines = [f"  {pick(after.title, language)}: {spoken(before)} → {spoken(after)}" for before, after in table.totals]
    for row in table.rows:
        sign = {"added": "+", "removed": "-", "changed": "~"}[row.change]
        why = pick(halves(row.why), language) if row.why else ""
        lines.append(f"{sign} {' '.join(str(part) for part in row.key)}{f'  ({why})' if why else ''}")
        for one in row.fields:
            values = [shown(one.column, value, language, zone) or "-" for value in (one.before, one.after)]
            lines.append(f"    {pick(one.column.title, language)}: {values[0]} → {values[1]}")
    lines.append(pick((f"{table.unchanged} 行未变", f"{table.unchanged} rows unchanged"), language))
    return lines
