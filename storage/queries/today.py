"""What the page 今日自查 says: open findings by flag beside yesterday's, what is due first, what can be recovered.

Every count has the conditions of the list that it leads to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, true

from domain.activity import RECORD_KINDS, ActivityKind
from domain.finding import FindingStatus, Flag, Severity
from domain.timespan import Span
from storage.queries.findings import finding_fields
from storage.queries.paging import Row
from storage.queries.raws import read
from storage.schema.tables import EVALUATION, FINDING, RECORD, REVIEW_ENTRY, SCAN
from storage.versions import current

Units = Sequence[str] | None
"""Codes of the units that are looked at; None: every unit."""

URGENCY = case({severity.value: at for at, severity in enumerate(reversed(Severity))}, value=FINDING.c.severity)
"""Faults before warnings before notes."""


@dataclass(frozen=True, slots=True)
class FlagCount:
    """Open findings of one flag: now, when the day began (None: no scan until then), past due, due on this day."""

    flag: str
    open: int
    before: int | None
    overdue: int
    due_today: int

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.open - self.before


@dataclass(frozen=True, slots=True)
class Waiting:
    """Activities of one kind with some result; `earliest`: when the first of them is judged again."""

    kind: str
    result: str
    count: int
    earliest: datetime | None


@dataclass(frozen=True, slots=True)
class Recoverable:
    """A finding whose footage may still be on the camera or the station until some time."""

    key: str
    rule: str
    kind: str
    subject: str
    officer: str | None
    until: datetime
    evidence: tuple[str, ...]


def within(column: ColumnElement[Any], units: Units) -> ColumnElement[bool]:
    """The row belongs to one of the units."""
    return true() if units is None else column.in_(list(units))


def flag_counts(
    connection: Connection, units: Units, now: datetime, morning: datetime, today: Span
) -> tuple[FlagCount, ...]:
    """One for each flag. `morning`: when the local day began; `today`: when a deadline lies that is due on it."""
    due, mine = FINDING.c.due_at, (current(FINDING), FINDING.c.status == FindingStatus.OPEN.value)
    query = select(
        FINDING.c.flag,
        func.count(),
        func.count(case((due < now, 1))),
        func.count(case(((due >= today.start) & (due < today.end), 1))),
    ).where(*mine, within(FINDING.c.unit, units))
    found = {row[0]: tuple(row[1:]) for row in connection.execute(query.group_by(FINDING.c.flag)).all()}
    before = open_when(connection, units, morning)
    counts = []
    for flag in Flag:
        number, overdue, due_now = found.get(flag.value, (0, 0, 0))
        then = None if before is None else before.get(flag.value, 0)
        counts.append(FlagCount(flag.value, number, then, overdue, due_now))
    return tuple(counts)


def open_when(connection: Connection, units: Units, then: datetime) -> Mapping[str, int] | None:
    """How many findings of each flag were open at an instant; None when no scan had begun by then.

    Statuses are changed in place, so one that was decided since counts as it stood before its first decision since.
    """
    scan = connection.execute(select(func.max(SCAN.c.id)).where(SCAN.c.started_at < then)).scalar()
    if scan is None:
        return None
    first = (
        select(REVIEW_ENTRY.c.finding_key, func.min(REVIEW_ENTRY.c.number).label("number"))
        .where(REVIEW_ENTRY.c.at >= then)
        .group_by(REVIEW_ENTRY.c.finding_key)
        .subquery()
    )
    same = (REVIEW_ENTRY.c.finding_key == first.c.finding_key) & (REVIEW_ENTRY.c.number == first.c.number)
    decided = select(first.c.finding_key, REVIEW_ENTRY.c.before).join(REVIEW_ENTRY, same).subquery()
    stood = or_(FINDING.c.until_scan.is_(None), FINDING.c.until_scan > scan) & (FINDING.c.since_scan <= scan)
    status = func.coalesce(decided.c.before, FINDING.c.status)
    query = (
        select(FINDING.c.flag, func.count())
        .select_from(FINDING.outerjoin(decided, decided.c.finding_key == FINDING.c.key))
        .where(stood, status == FindingStatus.OPEN.value, within(FINDING.c.unit, units))
        .group_by(FINDING.c.flag)
    )
    return {row[0]: row[1] for row in connection.execute(query).all()}


def most_urgent(connection: Connection, units: Units, limit: int) -> list[Row]:
    """Open findings as rows of the list: first due first, faults before warnings."""
    query = select(FINDING).where(
        current(FINDING), FINDING.c.status == FindingStatus.OPEN.value, within(FINDING.c.unit, units)
    )
    ordered = query.order_by(FINDING.c.due_at, URGENCY, FINDING.c.key).limit(limit)
    return [finding_fields(raw) for raw in read(connection, ordered)]


def recoverable(connection: Connection, units: Units, now: datetime, limit: int) -> tuple[Recoverable, ...]:
    """Soonest lost first; without those that are past it, or that somebody found to be no fault."""
    until = FINDING.c.measured["recover_until"].as_string()
    settled = (FindingStatus.DISMISSED.value, FindingStatus.RESOLVED.value)
    query = select(FINDING).where(
        current(FINDING), FINDING.c.status.not_in(settled), until.is_not(None), within(FINDING.c.unit, units)
    )
    found = [
        Recoverable(
            *(row["key"], row["rule"], row["kind"], row["subject"], row["officer"]),
            until=datetime.fromisoformat(row["measured"]["recover_until"]),
            evidence=tuple(row["evidence"]),
        )
        for row in read(connection, query)
    ]
    return tuple(sorted((one for one in found if one.until > now), key=lambda one: (one.until, one.key))[:limit])


def results(connection: Connection, units: Units, since: datetime, until: datetime) -> tuple[Waiting, ...]:
    """Activities that began in a period, by kind and result, as the lists of activities count them."""
    found = []
    for kind in ActivityKind:
        for result, number, earliest in connection.execute(_results(kind, units, since, until)).all():
            found.append(Waiting(kind.value, result, number, earliest))
    return tuple(found)


def _results(kind: ActivityKind, units: Units, since: datetime, until: datetime) -> Select[Any]:
    judged = (EVALUATION.c.kind == kind.value) & (EVALUATION.c.subject_key == RECORD.c.key) & current(EVALUATION)
    return (
        select(EVALUATION.c.result, func.count(), func.min(EVALUATION.c.recheck_at))
        .select_from(RECORD.join(EVALUATION, judged))
        .where(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind.value], within(RECORD.c.unit, units))
        .where(RECORD.c.at >= since, RECORD.c.at < until, EVALUATION.c.result.is_not(None))
        .group_by(EVALUATION.c.result)
    )
