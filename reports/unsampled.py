"""未抽查名单: officers and units with activities of a period, and how many of these any inspection sample holds."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from reports.base import Asked, Column, Form, Report, Row, Total, Word, share
from storage.queries.inspected import Reached, officers_reached, units_reached
from storage.queries.officer_facts import officer_register
from storage.queries.unit_register import unit_names

WHAT: Mapping[str, Word] = {"officer": ("民警", "officer"), "unit": ("单位", "unit")}
REACHED: Mapping[str, Word] = {"never": ("从未抽中", "never drawn"), "drawn": ("抽中过", "drawn")}
NEVER: Mapping[str, Word] = {
    "officer": ("从未抽中的民警", "Officers never drawn"),
    "unit": ("从未抽中的单位", "Units never drawn"),
}
COLUMNS = (
    Column("what", ("对象", "Who"), words=WHAT),
    Column("key", ("警号 / 单位代码", "Badge or code")),
    Column("name", ("姓名 / 名称", "Name")),
    Column("reached", ("抽查", "Inspection"), words=REACHED),
    Column("to_record", ("应记录活动", "Activities"), Form.NUMBER),
    Column("sampled", ("其中被抽中", "Drawn"), Form.NUMBER),
    Column("share", ("抽中占比", "Drawn (share)"), Form.SHARE),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """Officers, then units, those never drawn first."""
    units = unit_names(connection)
    people = {
        badge: known.name
        for badge, known in officer_register(connection).items()
        if asked.scope is None or known.unit in asked.scope
    }
    return [
        *_rows("officer", officers_reached(connection, asked.filters(), asked.as_of), people),
        *_rows("unit", units_reached(connection, asked.filters(), asked.as_of), units),
    ]


def _rows(what: str, found: Iterable[Reached], names: Mapping[str, str | None]) -> Iterable[Row]:
    for one in found:
        yield {
            "what": what,
            "key": one.key,
            "name": names.get(one.key),
            "reached": "drawn" if one.sampled else "never",
            "to_record": one.activities,
            "sampled": one.sampled,
            "share": share(one.sampled, one.activities),
        }


def totals(found: Sequence[Row]) -> list[Total]:
    """Of all officers and units those never drawn."""
    made = []
    for what, title in NEVER.items():
        mine = [row for row in found if row["what"] == what]
        made.append(Total(f"{what}s", title, sum(row["reached"] == "never" for row in mine), len(mine)))
    return made


UNSAMPLED = Report(
    name="unsampled",
    title=("未抽查名单", "Never inspected"),
    about=(
        "期间内有应记录活动的民警（按到场计）和单位，其活动被任一样本（报表时刻前抽取，无论由谁、是否已核查）抽中的"
        "数量；从未抽中者在前。",
        "Officers (where they attended) and units with activities of the period, and how many of these some sample "
        "holds, drawn by anybody until the time of the report, checked or not; those never drawn come first.",
    ),
    columns=COLUMNS,
    key=("what", "key"),
    rows=rows,
    totals=totals,
)
