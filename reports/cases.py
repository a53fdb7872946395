"""典型案例: the gravest noncompliant activities of a period, each with its time line, a still and what was found."""

from functools import partial

from sqlalchemy import Connection

from domain.activity import ActivityKind
from domain.finding import ActivityResult, FindingStatus
from domain.wording import joined
from reports.base import Column, Form, Part, Row, iso
from reports.completeness import GRAVITY, KINDS
from reports.moments import moments_of
from reports.stills import still_of
from reports.tally import SCAN, UNIT
from storage.queries.as_of import from_current
from storage.queries.counted import Activities
from storage.queries.populations import findings_by_number
from storage.queries.raws import Raw
from storage.queries.timeline import Timeline, timeline
from storage.tallies import Counted

MOST, MOST_EVIDENCE = 5, 3
CASES = Part(
    name="cases",
    title=("典型案例", "Typical cases"),
    about=(
        "最严重的几起：先全程未见记录的，再按未在记录的时长；已判定不属实的不列。深色为片段，虚线框为应记录而未在记录的时间。",
        "The gravest few: with nothing on record first, then by time not on record, without what was dismissed. "
        "Dark: clips; dashed: required and not on record.",
    ),
    columns=(
        Column("kind", ("活动", "Activity"), words=KINDS),
        *(Column("number", ("编号", "Number")), UNIT, Column("at", ("时间", "Time"), Form.TIME)),
        Column("category", ("类别", "Category")),
        Column("officers", ("民警", "Officers"), Form.LIST),
        Column("lacking", ("未在记录", "Not on record"), Form.LENGTH),
        Column("required", ("应记录", "Required"), Form.LENGTH),
        Column("evidence", ("依据", "Evidence"), Form.STATEMENT),
        Column("line", ("时间线", "Time line"), Form.PICTURE),
        Column("still", ("截图", "Still"), Form.STILL, compared=False),
        SCAN,
    ),
    key=("kind", "number"),
)
SECOND = 1_000_000


def case_rows(connection: Connection, activities: Activities) -> list[Row]:
    """The gravest first."""
    faulty = [key for key, one in activities.items() if _stands(one)]
    chosen = sorted(faulty, key=lambda key: (_rank(activities[key]), key))[:MOST]
    rows = []
    for kind, number in chosen:
        line, found = from_current(connection, partial(_shown, connection, ActivityKind(kind), number))
        if line is not None:
            rows.append(_row(activities[kind, number], line, found))
    return rows


def _shown(connection: Connection, kind: ActivityKind, number: str) -> tuple[Timeline | None, list[Raw]]:
    return timeline(connection, kind, number), findings_by_number(connection, kind, [number]).get(number, [])


def _stands(one: Counted) -> bool:
    """Noncompliant, and not because of findings alone that somebody dismissed."""
    kept = [found for found in one.findings.values() if found.status != FindingStatus.DISMISSED]
    return one.result == ActivityResult.NONCOMPLIANT and bool(kept)


def _rank(one: Counted) -> tuple[bool, int]:
    return (one.covered_us > 0 or one.required_us == 0, one.covered_us - one.required_us)


def _row(one: Counted, line: Timeline, found: list[Raw]) -> Row:
    dismissed = {key for key, known in one.findings.items() if known.status == FindingStatus.DISMISSED}
    kept = [raw for raw in found if raw["key"] not in dismissed and raw["evidence"]]
    kept.sort(key=lambda raw: (GRAVITY.index(raw["severity"]), raw["key"]))
    said = dict.fromkeys(str(raw["evidence"][0]) for raw in kept)
    first = line.marks[0][1] if line.window is None and line.marks else line.window and line.window.start
    return {
        "kind": line.kind,
        "number": line.number,
        "unit": line.unit,
        "at": iso(first or None),
        "category": line.record.get("category"),
        "officers": list(line.record.get("officers") or ()),
        "lacking": (one.required_us - one.covered_us) / SECOND,
        "required": one.required_us / SECOND,
        "evidence": joined(list(said)[:MOST_EVIDENCE]) or None,
        "line": moments_of(line),
        "still": still_of(line, [raw["key"] for raw in kept]),
        "scan": one.scan,
    }
