"""Findings that are not resolved, counted by unit and flag: what a scan shows at its end."""

from collections import Counter
from collections.abc import Mapping

from rich.table import Table
from sqlalchemy import Connection

from app.tables import new_table
from app.visible import visible
from domain.finding import FindingStatus, Flag

FLAGS: Mapping[Flag, str] = {
    Flag.MISSING: "未按规定记录 missing",
    Flag.INCOMPLETE: "记录不完整 incomplete",
    Flag.NONSTANDARD: "记录不规范 nonstandard",
}
Counts = Mapping[tuple[str, Flag], int]


def count_findings(connection: Connection) -> Counts:
    """Unresolved findings by (unit, flag); the unit is "" where a finding belongs to none."""
    from storage.queries import LISTS, Filters

    counts: Counter[tuple[str, Flag]] = Counter()
    for row in LISTS["findings"].rows(connection, Filters(), None):
        if row["status"] != FindingStatus.RESOLVED:
            counts[str(row["unit"] or ""), Flag(str(row["flag"]))] += 1
    return counts


def findings_table(counts: Counts) -> Table:
    """A row a unit, a column a flag, with totals both ways."""
    table = new_table(["单位 unit", *FLAGS.values(), "合计 total"], numbers=range(1, len(FLAGS) + 2))
    for unit in sorted({unit for unit, _ in counts}):
        numbers = [counts.get((unit, flag), 0) for flag in FLAGS]
        table.add_row(visible(unit) or "(无 none)", *map(str, numbers), str(sum(numbers)))
    totals = [sum(n for (_, flag), n in counts.items() if flag is wanted) for wanted in FLAGS]
    table.add_section()
    table.add_row("合计 total", *map(str, totals), str(sum(totals)))
    return table
