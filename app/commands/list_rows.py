"""`bwc list WHAT`: the rows of one list, for people as a table, for programs as CSV, JSON or JSON lines."""

import itertools
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from app.headings import main_columns
from app.output import MachineFormat, Row, utf8_stream, write_rows
from app.sections import closest
from app.shell import Shell, as_of_option, reading, say, shared_options
from app.tables import console_for, print_rows
from app.times import parse_when
from domain.errors import UsageError

if TYPE_CHECKING:
    from storage.queries import Filters

TABLE_ROWS = 200
FORMATS = ("table", *(form.value for form in MachineFormat))


@click.command("list", help="列出 / List clips, recordings, gaps, incidents, sessions, coverage, links, findings …")
@click.argument("what", metavar="WHAT")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="表格只含主要列 / a table shows the main columns, the other formats all",
)
@click.option("--unit", help="单位及其下级 / unit")
@click.option("--officer", metavar="BADGE", help="警号 / officer")
@click.option("--from", "since", metavar="TIME", help="自(日期或时间)/ from a date or time")
@click.option("--to", "until", metavar="TIME", help="至(日期含当日)/ to a time, or to the end of a date")
@click.option("--rule", help="规则 / rule id")
@click.option("--flag", type=click.Choice(["missing", "incomplete", "nonstandard"]), help="问题类型 / flag")
@click.option("--status", help="状态 / status of a finding, state of a clip")
@click.option("--incident", metavar="NUMBER", help="警情编号 / incident or session number")
@click.option("--store", metavar="NAME", help="存储 / store")
@click.option("--file", metavar="STORE:PATH", help="文件 / file")
@click.option("--kind", help="测量种类 / kind of a measurement")
@click.option("--due", type=click.Choice(["overdue", "today", "week"]), help="时限 / deadline of a finding")
@click.option("--limit", type=click.IntRange(min=1), help=f"行数 / rows (a table shows {TABLE_ROWS} unless told)")
@as_of_option
@shared_options
@click.pass_obj
def list_rows(
    shell: Shell, /, what: str, form: str, limit: int | None, as_of: str | None, **filters: str | None
) -> None:
    from storage.queries import LISTS

    if what not in LISTS:
        raise UsageError(f'没有列表 "{what}" / no list is called "{what}"; {closest(what, LISTS)} ({" ".join(LISTS)})')
    settings = shell.settings()
    chosen = query_filters(settings.zone, **filters)
    query = LISTS[what]
    with reading(settings, as_of) as connection:
        if form == "table":
            rows = query.rows(connection, chosen, (limit or TABLE_ROWS) + 1)
            show(main_columns(what, query.columns), rows, settings.zone, limit)
        else:
            with utf8_stream(sys.stdout.buffer) as stream:
                rows = query.rows(connection, chosen, limit)
                write_rows(stream, MachineFormat(form), query.columns, rows, settings.zone)


def query_filters(
    zone: ZoneInfo, *, since: str | None, until: str | None, due: str | None = None, **others: Any
) -> "Filters":
    """The filters as the read side wants them. Raises UsageError for a time that is none or a range turned round."""
    from domain.due import Due, due_span
    from storage.queries import Filters

    if due:
        others["due"] = due_span(Due(due), datetime.now(UTC), zone)
    begin = moment("--from", since, zone) if since else None
    end = moment("--to", until, zone, end=True) if until else None
    if begin and end and end <= begin:
        raise UsageError(f"--to: 应晚于 --from / expected a time after --from {since}, got {until}")
    return Filters(since=begin, until=end, **others)


def moment(option: str, text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    try:
        return parse_when(text, zone, end=end)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def show(columns: Sequence[str], rows: Iterator[Row], zone: ZoneInfo, limit: int | None) -> None:
    """A table of at most so many rows; that there are more is said, never hidden."""
    shown = limit or TABLE_ROWS
    kept = list(itertools.islice(rows, shown + 1))
    print_rows(console_for(sys.stdout), columns, kept[:shown], zone)
    if len(kept) > shown and limit is None:
        say(f"仅显示前 {shown} 行 / only the first {shown} rows are shown; --limit N or --format csv for more")
