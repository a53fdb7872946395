"""单位情况: rates of each unit with their denominators, and beside each what could not be decided."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from domain.finding import ActivityResult, Flag
from domain.vocabulary import FLAGS
from reports.base import Asked, Column, Form, Report, Row, Total, share
from reports.completeness import figures
from storage.queries.activity_facts import ActivityFacts, activity_facts
from storage.queries.unit_register import unit_names

COLUMNS = (
    Column("unit", ("单位代码", "Code")),
    Column("name", ("单位", "Unit")),
    Column("activities", ("活动", "Activities"), Form.NUMBER),
    Column("notapplicable", ("不适用", "Not applicable"), Form.NUMBER),
    Column("pending", ("待判定", "Pending"), Form.NUMBER),
    Column("compliant", ("合规", "Compliant"), Form.NUMBER),
    Column("noncompliant", ("不合规", "Noncompliant"), Form.NUMBER),
    Column("unknown", ("无法判定", "Cannot be decided"), Form.NUMBER),
    Column("decided", ("可判定（合规率分母）", "Decided (denominator)"), Form.NUMBER),
    Column("rate", ("合规率", "Compliant"), Form.SHARE),
    Column("unknown_share", ("无法判定占比", "Undecidable"), Form.SHARE),
    *(Column(flag.value, FLAGS[flag], Form.NUMBER) for flag in Flag),
    Column("required_s", ("应记录", "Required"), Form.LENGTH),
    Column("covered_s", ("已记录", "On record"), Form.LENGTH),
    Column("coverage", ("记录完整率", "Coverage"), Form.SHARE),
    Column("scan", ("最近判定扫描", "Latest scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of code; activities of no unit last."""
    names = unit_names(connection)
    grouped: dict[str, list[ActivityFacts]] = {}
    for one in activity_facts(connection, asked.filters()):
        grouped.setdefault(one.unit or "", []).append(one)
    order = sorted(grouped, key=lambda code: (code == "", code))
    return [{**_row(grouped[code]), "unit": code or None, "name": names.get(code)} for code in order]


def _row(found: Sequence[ActivityFacts]) -> dict[str, Any]:
    counts = Counter(one.result for one in found)
    flags = Counter(flag for one in found for flag in one.flags)
    fine, faulty = counts[ActivityResult.COMPLIANT], counts[ActivityResult.NONCOMPLIANT]
    unknown = counts[ActivityResult.UNKNOWN]
    required, covered = (sum(getattr(one, name) or 0.0 for one in found) for name in ("required_s", "covered_s"))
    return {
        "activities": len(found),
        **{result.value: counts[result] for result in ActivityResult},
        "decided": fine + faulty,
        "rate": share(fine, fine + faulty),
        "unknown_share": share(unknown, fine + faulty + unknown),
        **{flag.value: flags[flag] for flag in Flag},
        "required_s": required,
        "covered_s": covered,
        "coverage": share(covered, required),
        "scan": max(one.scan for one in found),
    }


def unit_totals(found: Sequence[Row]) -> list[Total]:
    """Over all units: from the counts, never the mean of rates."""
    counts: dict[str | None, int] = {one.value: sum(row[one.value] for row in found) for one in ActivityResult}
    counts[None] = sum(row["activities"] for row in found) - sum(counts.values())
    required, covered = (sum(row[name] for row in found) for name in ("required_s", "covered_s"))
    return [Total("units", ("单位", "Units"), len(found)), *figures(counts, required, covered)]


UNITS = Report(
    name="units",
    title=("单位情况", "Units"),
    about=(
        "各单位的活动数、判定、合规率及其分母、无法判定占比、各类问题的活动数。",
        "Activities, verdicts, rates with their denominators and the undecidable share, and flags of each unit.",
    ),
    columns=COLUMNS,
    key=("unit",),
    rows=rows,
    totals=unit_totals,
)
