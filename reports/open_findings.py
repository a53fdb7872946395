"""待办问题（每日自查清单）: the findings on which something is still to be decided, with what is overdue."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from detectors import RULES
from domain.finding import FindingStatus, Flag
from domain.review import Decision
from domain.vocabulary import FINDING_STATES, FLAGS, SEVERITIES, SUBJECT_KINDS
from reports.base import Asked, Column, Form, Report, Row, Total, iso
from storage.queries.decided import Decided, decided_by
from storage.queries.finding_versions import standing_since
from storage.queries.findings import FINDINGS

WAITING = (FindingStatus.OPEN, FindingStatus.EXPLAINED)
COLUMNS = (
    Column("flag", ("类别", "Flag"), words={one.value: word for one, word in FLAGS.items()}),
    Column("rule", ("问题", "Finding"), words={rule.id: (rule.title_zh, rule.title_en) for rule in RULES}),
    Column("severity", ("程度", "Severity"), words={one.value: word for one, word in SEVERITIES.items()}),
    Column("status", ("状态", "Status"), words={one.value: word for one, word in FINDING_STATES.items()}),
    Column("kind", ("对象类别", "Kind"), words={one.value: word for one, word in SUBJECT_KINDS.items()}),
    Column("subject", ("对象", "Subject")),
    Column("officer", ("民警", "Officer")),
    Column("unit", ("单位", "Unit")),
    Column("from", ("自", "From"), Form.TIME),
    Column("to", ("至", "To"), Form.TIME),
    Column("evidence", ("依据", "Evidence"), Form.STATEMENT),
    Column("first_seen_at", ("首次发现", "First seen"), Form.TIME),
    Column("due_at", ("时限", "Due"), Form.TIME),
    Column("overdue", ("已过时限", "Overdue"), words={"yes": ("是", "yes"), "no": ("否", "no")}),
    Column("id", ("问题编号", "Id")),
    Column("scan", ("所据扫描", "Scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """What waits for the self-check (open) or for a supervisor (explained, not accepted), most urgent first."""
    listed = list(FINDINGS.rows(connection, asked.filters(), None))
    decided = decided_by(connection, (row["id"] for row in listed), asked.as_of)
    then = [(row, decided.get(row["id"], _stated(row))) for row in listed]
    waiting = [{**row, "status": now.status} for row, now in then if _waits(now)]
    scans = standing_since(connection, (row["id"] for row in waiting))
    found = [_row(row, scans.get(row["id"]), asked.as_of) for row in waiting]
    return sorted(found, key=lambda row: (row["due_at"], row["subject"], row["id"]))


def _stated(row: Row) -> Decided:
    return Decided(row["status"], row["decision"], row["reviews"])


def _waits(now: Decided) -> bool:
    return now.status in WAITING and now.decision != Decision.ACCEPT


def _row(row: Row, scan: int | None, when: datetime) -> Row:
    same = ("flag", "rule", "severity", "status", "kind", "subject", "officer", "unit", "id")
    return {
        **{name: row[name] for name in same},
        **{name: iso(row[name]) for name in ("from", "to", "first_seen_at", "due_at")},
        "evidence": row["evidence"][0] if row["evidence"] else None,
        "overdue": "yes" if row["due_at"] < when else "no",
        "scan": scan,
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """By flag, by state, and what is overdue."""
    flags, states = Counter(row["flag"] for row in found), Counter(row["status"] for row in found)
    overdue = sum(row["overdue"] == "yes" for row in found)
    return [
        Total("findings", ("待办问题", "To be decided"), len(found)),
        *(Total(flag.value, FLAGS[flag], flags[flag], len(found)) for flag in Flag),
        *(Total(state.value, FINDING_STATES[state], states[state], len(found)) for state in WAITING),
        Total("overdue", ("已过时限", "Overdue"), overdue, len(found)),
    ]


OPEN_FINDINGS = Report(
    name="open-findings",
    title=("待办问题（每日自查清单）", "Open findings (daily self-check)"),
    about=(
        "期间内尚未处理，或已说明而尚未认可的问题，按时限排列。",
        "Findings of the period that are not decided, or explained and not accepted yet, most urgent first.",
    ),
    columns=COLUMNS,
    key=("id",),
    rows=rows,
    totals=totals,
)
