"""待抢救清单: footage that was not found and may still lie on a camera or station, soonest lost first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from detectors import RULES
from detectors.recovery import RULES as RECOVERABLE
from domain.finding import FindingStatus, Result, SubjectKind
from domain.vocabulary import FINDING_STATES, SEVERITIES, SUBJECT_KINDS
from reports.base import Asked, Column, Form, Report, Row, Total, Word, iso, share
from storage.queries.decided import Decided, decided_by
from storage.queries.finding_versions import standing_since
from storage.queries.findings import FINDINGS
from storage.queries.linked import activities_of_findings, cameras_of_findings

HOUR = timedelta(hours=1)
DAY_H, WEEK_H = 24, 168
SETTLED = (FindingStatus.DISMISSED, FindingStatus.RESOLVED)
ACTIVITIES = (SubjectKind.INCIDENT, SubjectKind.SESSION)


class Chance(StrEnum):
    LIKELY = "likely"
    UNTOLD = "untold"  # nothing tells how long the camera keeps footage


CHANCES: Mapping[str, Word] = {
    Chance.LIKELY: ("可能仍在", "may still be there"),
    Chance.UNTOLD: ("无法估计", "no estimate"),
}
WHERE: Mapping[str, Word] = {"device": ("设备", "camera or recorder"), "station": ("采集工作站", "collection station")}
BASES: Mapping[str, Word] = {
    "storage": ("容量与日均写入量", "capacity and daily amount"),
    "observed": ("曾见保留的时长", "how long it was seen to keep files"),
    "retention": ("保存期", "retention time"),
}
COLUMNS = (
    Column("hours_left", ("剩余小时", "Hours left"), Form.NUMBER, compared=False),
    Column("until", ("估计可追回至", "Until about"), Form.TIME),
    Column("chance", ("估计", "Estimate"), words=CHANCES),
    Column("where", ("可能在", "Where"), words=WHERE),
    Column("device", ("设备", "Device")),
    Column("basis", ("估计依据", "Rests on"), words=BASES),
    Column("officer", ("警号", "Badge")),
    Column("unit", ("单位", "Unit")),
    Column("kind", ("对象类别", "Kind"), words={one.value: word for one, word in SUBJECT_KINDS.items()}),
    Column("subject", ("对象", "Subject")),
    Column("linked", ("活动", "Activities"), Form.LIST),
    Column("from", ("自", "From"), Form.TIME),
    Column("to", ("至", "To"), Form.TIME),
    Column("rule", ("问题", "Finding"), words={rule.id: (rule.title_zh, rule.title_en) for rule in RULES}),
    Column("severity", ("程度", "Severity"), words={one.value: word for one, word in SEVERITIES.items()}),
    Column("status", ("状态", "Status"), words={one.value: word for one, word in FINDING_STATES.items()}),
    Column("evidence", ("依据", "Evidence"), Form.STATEMENT),
    Column("id", ("问题编号", "Id")),
    Column("scan", ("所据扫描", "Scan"), Form.NUMBER, compared=False),
)


def rows(connection: Connection, asked: Asked) -> list[Row]:
    """Soonest lost first, then those of which nothing can be said; without those that are past it or were dismissed."""
    listed = [row for row in FINDINGS.rows(connection, asked.filters(), None) if _asks(row, asked.as_of)]
    decided = decided_by(connection, (row["id"] for row in listed), asked.as_of)
    states = {row["id"]: decided.get(row["id"], _stated(row)).status for row in listed}
    waiting = [row for row in listed if states[row["id"]] not in SETTLED]
    scans = standing_since(connection, (row["id"] for row in waiting))
    linked = activities_of_findings(connection, (row["id"] for row in waiting))
    cameras = cameras_of_findings(connection, (row["id"] for row in waiting))
    found = [
        {
            **_row(row, asked.as_of, cameras.get(row["id"])),
            "status": states[row["id"]],
            "linked": list(linked.get(row["id"], ())) or _activities(row),
            "scan": scans.get(row["id"]),
        }
        for row in waiting
    ]
    return sorted(found, key=lambda row: (row["until"] is None, row["until"] or "", row["subject"], row["id"]))


def _stated(row: Row) -> Decided:
    return Decided(row["status"], row["decision"], row["reviews"])


def _asks(row: Row, when: datetime) -> bool:
    """Whether the finding asks for footage that may still lie elsewhere."""
    if row["rule"] not in RECOVERABLE or row["result"] != Result.FAIL:
        return False
    until = _until(row)
    return until is None or until > when


def _until(row: Row) -> datetime | None:
    text = row["measured"].get("recover_until")
    return None if text is None else datetime.fromisoformat(text)


def _activities(row: Row) -> list[str]:
    """Of an activity itself; of a shift those that were attended on it."""
    if row["kind"] in ACTIVITIES:
        return [row["subject"]]
    return [str(number) for number in row["measured"].get("incidents") or ()]


def _row(row: Row, when: datetime, camera: str | None) -> Row:
    """`camera`: that of the clip which the finding is on."""
    until, measured = _until(row), row["measured"]
    itself = row["subject"] if row["kind"] == SubjectKind.DEVICE else camera
    same = ("officer", "unit", "kind", "subject", "rule", "severity", "id")
    return {
        **{name: row[name] for name in same},
        # A tenth of an hour is as exact as an estimate deserves.
        "hours_left": None if until is None else int((until - when) / HOUR * 10) / 10,
        "until": iso(until),
        "chance": (Chance.UNTOLD if until is None else Chance.LIKELY).value,
        "where": "station" if row["kind"] == SubjectKind.STORE else "device",
        "device": measured.get("recover_from") or itself,
        "basis": measured.get("recover_basis"),
        "from": iso(row["from"]),
        "to": iso(row["to"]),
        "evidence": row["evidence"][-1] if row["evidence"] else None,
    }


def totals(found: Sequence[Row]) -> list[Total]:
    """How many may be lost within a day and a week; how many have no estimate."""
    hours = [row["hours_left"] for row in found if row["hours_left"] is not None]
    untold = len(found) - len(hours)
    places = Counter(row["where"] for row in found)
    return [
        Total("findings", ("可能追回", "May be recovered"), len(found)),
        Total("day", ("24 小时内可能丢失", "May be lost within 24 h"), sum(one <= DAY_H for one in hours), len(hours)),
        Total("week", ("7 天内可能丢失", "May be lost within 7 days"), sum(one <= WEEK_H for one in hours), len(hours)),
        Total("soonest", ("最早丢失（小时）", "Soonest (hours)"), min(hours, default=None)),
        *(Total(place, word, places[place], len(found)) for place, word in WHERE.items()),
        Total("unestimated-share", ("无法估计占比", "No estimate"), share(untold, len(found)), len(found), Form.SHARE),
    ]


RECOVER = Report(
    name="recover",
    title=("待抢救清单", "Recover now"),
    about=(
        "期间内未找到记录、而原始文件可能仍在设备或采集工作站上的问题，按估计丢失的先后排列；剩余小时从报表时刻算起。"
        "判为不属实的、估计已被覆盖的不列；设备保留时长不明者列为“无法估计”，不计入按小时的统计。",
        "Findings of the period about footage that was not found and may still lie on a camera or station, soonest "
        "lost first; hours from the time of the report. Without those that were dismissed or are probably overwritten. "
        "Where nothing tells how long a camera keeps footage there is no estimate, and it is in no count by hours.",
    ),
    columns=COLUMNS,
    key=("id",),
    rows=rows,
    totals=totals,
)
