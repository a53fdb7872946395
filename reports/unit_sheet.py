"""单位台账: the activities of one unit with verdict, coverage and flags, and where their findings stand."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from domain.errors import UsageError
from domain.wording import say
from reports import completeness, stages
from reports.base import Asked, Column, Form, Report, Row, Total
from reports.stages import STAGES, Stage
from storage.queries.activity_facts import activity_facts

EVIDENCE = ("evidence", "scan")
COLUMNS = (
    *(column for column in completeness.COLUMNS if column.key not in EVIDENCE),
    Column("findings", ("问题", "Findings"), Form.NUMBER),
    *stages.COLUMNS,
    *(column for column in completeness.COLUMNS if column.key in EVIDENCE),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of kind and number. Raises UsageError where no unit is named."""
    if asked.unit is None:
        text = "report unit: expected one unit, got none (command line: --unit)"
        raise UsageError(say("单位台账须指定一个单位", text))
    facts = list(activity_facts(connection, asked.filters()))
    found = [finding for one in facts for finding in one.findings]
    stand = stages.stages(connection, found, asked.as_of)
    return [
        {
            **completeness.row_of(one),
            "findings": len(one.findings),
            **stages.counted(stand[finding["key"]] for finding in one.findings),
        }
        for one in facts
    ]


def totals(found: Sequence[Row]) -> list[Total]:
    """The rates of completeness, and where the findings stand; one on a clip of two activities counts for each."""
    required, covered = (sum(row[name] or 0.0 for row in found) for name in ("required_s", "covered_s"))
    findings = sum(row["findings"] for row in found)
    return [
        *completeness.figures(Counter(row["result"] for row in found), required, covered),
        Total("findings", ("问题", "Findings"), findings),
        *(Total(one.value, STAGES[one], sum(row[one.value] for row in found), findings) for one in Stage),
    ]


UNIT_SHEET = Report(
    name="unit",
    title=("单位台账", "Unit sheet"),
    about=(
        "一个单位（含下级）期间内的每一起警情、每一场讯问：判定、记录完整率、问题类别，及其问题（含关联片段上的）处理到"
        "哪一步。须指定单位。合规率以可判定者为分母，无法判定者另列。",
        "Every incident and session of one unit (and those below) with verdict, coverage and flags, and where its "
        "findings (also those on linked clips) stand. A unit has to be named. The rate is of those decided; those that "
        "cannot be decided stand beside it.",
    ),
    columns=COLUMNS,
    key=("kind", "number"),
    rows=rows,
    totals=totals,
)
