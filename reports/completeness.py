"""记录完整情况: every activity of a period with its verdict, coverage, flags and the gravest evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.activity import ActivityKind
from domain.finding import ActivityResult, Severity, SubjectKind
from domain.vocabulary import ACTIVITY_RESULTS, FLAGS, SUBJECT_KINDS
from reports.base import Asked, Column, Form, Report, Row, Total, Word, iso, share
from storage.queries.activity_facts import ActivityFacts, activity_facts

KINDS = {kind.value: SUBJECT_KINDS[SubjectKind(kind.value)] for kind in ActivityKind}
RESULT_WORDS = {result.value: word for result, word in ACTIVITY_RESULTS.items()}
FLAG_WORDS = {flag.value: word for flag, word in FLAGS.items()}
RATE: Word = ("合规率（可判定者）", "Compliant (of those decided)")
UNDECIDED: Word = ("无法判定占比", "Cannot be decided (share)")
GRAVITY = (Severity.FAIL, Severity.WARN, Severity.INFO)
COLUMNS = (
    Column("kind", ("活动", "Activity"), words=KINDS),
    Column("number", ("编号", "Number")),
    Column("unit", ("单位", "Unit")),
    Column("at", ("时间", "Time"), Form.TIME),
    Column("category", ("类别", "Category")),
    Column("officers", ("民警", "Officers"), Form.LIST),
    Column("result", ("判定", "Verdict"), words=RESULT_WORDS),
    Column("required_s", ("应记录", "Required"), Form.LENGTH),
    Column("covered_s", ("已记录", "On record"), Form.LENGTH),
    Column("coverage", ("记录完整率", "Coverage"), Form.SHARE),
    Column("flags", ("问题类别", "Flags"), Form.LIST, FLAG_WORDS),
    Column("evidence", ("依据", "Evidence"), Form.STATEMENT),
    Column("scan", ("判定所据扫描", "Scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """In order of kind and number."""
    return [row_of(one) for one in activity_facts(connection, asked.filters())]


def row_of(one: ActivityFacts) -> dict[str, Any]:
    """The row of one activity."""
    required, covered = one.required_s, one.covered_s
    return {
        "kind": one.kind,
        "number": one.number,
        "unit": one.unit,
        "at": iso(one.at),
        "category": one.category,
        "officers": list(one.officers),
        "result": one.result,
        "required_s": required,
        "covered_s": covered,
        "coverage": None if required is None or covered is None else (covered / required if required else 1.0),
        "flags": list(one.flags),
        "evidence": gravest(one),
        "scan": one.scan,
    }


def gravest(one: ActivityFacts) -> str | None:
    """The first line of evidence of the gravest finding."""
    spoken = [finding for finding in one.findings if finding["evidence"]]
    first = min(spoken, key=lambda finding: (GRAVITY.index(finding["severity"]), finding["key"]), default=None)
    return None if first is None else str(first["evidence"][0])


def totals(found: Sequence[Row]) -> list[Total]:
    """Over all activities."""
    required, covered = (sum(row[name] or 0.0 for row in found) for name in ("required_s", "covered_s"))
    return figures(Counter(row["result"] for row in found), required, covered)


def figures(counts: Mapping[str | None, int], required: float, covered: float) -> list[Total]:
    """Counts of verdicts (None: not judged); the rate of those that could be decided, and beside it how many could not.

    The coverage is that of all required time together.
    """
    whole = sum(counts.values())
    fine, faulty, unknown = (
        counts.get(one, 0) for one in (ActivityResult.COMPLIANT, ActivityResult.NONCOMPLIANT, ActivityResult.UNKNOWN)
    )
    judged = fine + faulty + unknown
    return [
        Total("activities", ("活动", "Activities"), whole),
        *(Total(one.value, word, counts.get(one, 0), whole) for one, word in ACTIVITY_RESULTS.items()),
        Total("not-judged", ("尚未评定", "Not judged yet"), counts.get(None, 0), whole),
        Total("rate", RATE, share(fine, fine + faulty), fine + faulty, Form.SHARE),
        Total("unknown-share", UNDECIDED, share(unknown, judged), judged, Form.SHARE),
        Total("coverage", ("记录完整率（时长）", "Coverage (of time)"), share(covered, required), None, Form.SHARE),
    ]


COMPLETENESS = Report(
    name="completeness",
    title=("记录完整情况", "Completeness"),
    about=(
        "期间内每一起警情、每一场讯问的判定、记录完整率、问题类别与依据。",
        "Every incident and session of the period with verdict, coverage, flags and evidence.",
    ),
    columns=COLUMNS,
    key=("kind", "number"),
    rows=rows,
    totals=totals,
)
