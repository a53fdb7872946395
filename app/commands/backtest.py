"""`bwc backtest`: which links and findings other limits would make, end or change. Nothing is written."""

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from app.backtesting import COLUMNS, rows_of, try_out, varied_plan
from app.effective import effective_where_known
from app.output import MachineFormat, utf8_stream, write_rows
from app.progress import showing_progress
from app.shell import Exit, Shell, say, shared_options
from app.summary import FLAGS
from app.tables import console_for, new_table, print_rows
from app.visible import visible

if TYPE_CHECKING:
    from indexer.pipeline.backtest import Comparison

MOST_DAYS = 3660
TABLE_ROWS = 200
WORDS = {
    "finding": "问题 finding",
    "link": "关联 link",
    "appears": "新增 appears",
    "vanishes": "消失 vanishes",
    "changes": "变化 changes",
}


@click.command(
    "backtest",
    help="试算限值 / What other limits would change in the links and findings of the last days; writes nothing.",
)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    required=True,
    metavar="limits.KEY=VALUE",
    help="另设的限值，写法同配置文件 / a limit set otherwise, written as in config.toml (repeatable; also linking.KEY)",
)
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=30,
    show_default=True,
    help="最近天数 / activities, clips and cameras of the last so many days",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", MachineFormat.JSON.value, MachineFormat.JSONL.value)),
    default="table",
    show_default=True,
    help="JSON 末行为合计 / the JSON formats end with a row of totals",
)
@click.option("--limit", type=click.IntRange(min=1), help="表格行数 / rows of the table")
@shared_options
@click.pass_obj
def backtest(shell: Shell, assignments: tuple[str, ...], days: int, form: str, limit: int | None) -> None:
    settings = effective_where_known(shell.settings())
    varied = varied_plan(settings, assignments)
    shell.logs(logging.WARNING)
    with showing_progress(sys.stderr) as progress:
        found = try_out(settings, varied, datetime.now(UTC), days, progress)
    if form == "table":
        console = console_for(sys.stdout)
        print_differences(console, found, settings.zone, limit or TABLE_ROWS)
        print_totals(console, found)
    else:
        with utf8_stream(sys.stdout.buffer) as stream:
            write_rows(stream, MachineFormat(form), COLUMNS, rows_of(found), settings.zone)
    for failure in found.failed:
        say(f"bwc: 未能判定 / could not be judged: {failure}")
    shell.status = Exit.UNREAD if found.failed else Exit.DONE


def print_differences(console: Console, found: "Comparison", zone: ZoneInfo, most: int) -> None:
    """So many differences; that there are more is said, never hidden."""
    rows = [row for row in rows_of(found) if row["what"] != "summary"]
    worded = [{**row, **{name: WORDS[str(row[name])] for name in ("what", "effect")}} for row in rows[:most]]
    print_rows(console, COLUMNS, worded, zone)
    if len(rows) > most:
        say(f"仅显示 {len(rows)} 行中的前 {most} 行 / only {most} of {len(rows)} rows are shown; --limit N for more")


def print_totals(console: Console, found: "Comparison") -> None:
    """Appearing, vanishing and changed by rule; findings before and after by flag."""
    console.print(f"\n试算对象 / subjects judged with both: {found.subjects}")
    table = new_table(["规则 rule", "新增 appears", "消失 vanishes", "变化 changes"], numbers=range(1, 4))
    for rule, counts in found.counts().items():
        table.add_row(visible(WORDS.get(rule, rule)), *map(str, counts.values()))
    console.print(table)
    totals = new_table(["问题类型 flag", "现限值 before", "新限值 after"], numbers=range(1, 3))
    for flag, (before, after) in found.flags.items():
        totals.add_row(FLAGS[flag], str(before), str(after))
    console.print(totals)
