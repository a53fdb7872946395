"""What the page 今日自查 says: open findings by flag beside yesterday's, what is due first, what can be recovered.

Every count has the conditions of the list that it leads to.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, case, func, select, true

from domain.activity import RECORD_KINDS, ActivityKind
from domain.finding import ActivityResult, FindingStatus, Flag, Severity
from domain.timespan import Span
from storage.queries.findings import IS_OPEN, finding_fields
from storage.queries.paging import Row
from storage.queries.raws import read
from storage.queries.ways import unindexed
from storage.schema.tables import DAY_TALLY, EVALUATION, FINDING, RECORD, REVIEW_ENTRY, SCAN
from storage.tallies import freshness
from storage.versions import chunks, current

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


def along(units: Units) -> ColumnElement[bool]:
    """As `within`, of rows that are found in another order: no index of units is to lead the way."""
    return true() if units is None else unindexed(FINDING.c.unit).in_(list(units))


def flag_counts(
    connection: Connection, units: Units, now: datetime, morning: datetime, today: Span
) -> tuple[FlagCount, ...]:
    """One for each flag. `morning`: when the local day began; `today`: when a deadline lies that is due on it."""
    due, mine = FINDING.c.due_at, (current(FINDING), IS_OPEN)
    query = select(
        FINDING.c.flag,
        func.count(),
        func.count(case((due < now, 1))),
        func.count(case(((due >= today.start) & (due < today.end), 1))),
    ).where(*mine, within(FINDING.c.unit, units))
    found = {row[0]: tuple(row[1:]) for row in connection.execute(query.group_by(FINDING.c.flag)).all()}
    before = open_when(connection, units, morning, {flag: counts[0] for flag, counts in found.items()})
    counts = []
    for flag in Flag:
        number, overdue, due_now = found.get(flag.value, (0, 0, 0))
        then = None if before is None else before.get(flag.value, 0)
        counts.append(FlagCount(flag.value, number, then, overdue, due_now))
    return tuple(counts)


def open_when(
    connection: Connection, units: Units, then: datetime, now_open: Mapping[str, int] | None = None
) -> Mapping[str, int] | None:
    """How many findings of each flag were open at an instant; None when no scan had begun by then.

    Counted back from those open now (`now_open`, where the caller has it), by what has changed since: nothing that
    stayed as it was is looked at.
    """
    scan = connection.execute(select(func.max(SCAN.c.id)).where(SCAN.c.started_at < then)).scalar()
    if scan is None:
        return None
    mine = within(FINDING.c.unit, units)
    if now_open is None:
        standing = select(FINDING.c.flag, func.count()).where(current(FINDING), IS_OPEN, mine)
        now_open = dict(_pairs(connection, standing.group_by(FINDING.c.flag)))
    counts = Counter(now_open)
    newer = select(FINDING.c.flag, func.count()).where(current(FINDING), IS_OPEN, FINDING.c.since_scan > scan, mine)
    counts.subtract(dict(_pairs(connection, newer.group_by(FINDING.c.flag))))
    stood = _first_statuses(connection, then)
    past = (FINDING.c.until_scan > scan, FINDING.c.since_scan <= scan, mine)
    told = select(FINDING.c.key, FINDING.c.flag, FINDING.c.status)
    for key, flag, status in connection.execute(told.where(*past)).all():
        counts[flag] += stood.get(key, status) == FindingStatus.OPEN
    for part in chunks(stood):
        kept = (current(FINDING), FINDING.c.key.in_(part), FINDING.c.since_scan <= scan, mine)
        for key, flag, status in connection.execute(
            select(FINDING.c.key, FINDING.c.flag, FINDING.c.status).where(*kept)
        ):
            counts[flag] += (stood[key] == FindingStatus.OPEN) - (status == FindingStatus.OPEN)
    return counts


def _pairs(connection: Connection, query: Select[Any]) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in connection.execute(query).all()]


def _first_statuses(connection: Connection, then: datetime) -> dict[str, str]:
    """Of findings decided since an instant the status that each had before the first of these decisions.

    Statuses are changed in place: this is how it stood.
    """
    columns = (REVIEW_ENTRY.c.finding_key, REVIEW_ENTRY.c.before)
    query = select(*columns).where(REVIEW_ENTRY.c.at >= then).order_by(REVIEW_ENTRY.c.number.desc())
    return dict(_pairs(connection, query))


def most_urgent(connection: Connection, units: Units, limit: int) -> list[Row]:
    """Open findings as rows of the list: first due first, faults before warnings."""
    query = select(FINDING).where(current(FINDING), IS_OPEN, along(units))
    ordered = query.order_by(FINDING.c.due_at, URGENCY, FINDING.c.key).limit(limit)
    return [finding_fields(raw) for raw in read(connection, ordered)]


def recoverable(connection: Connection, units: Units, now: datetime, limit: int) -> tuple[Recoverable, ...]:
    """Soonest lost first; without those that are past it, or that somebody found to be no fault."""
    settled = (FindingStatus.DISMISSED.value, FindingStatus.RESOLVED.value)
    wanted = (current(FINDING), FINDING.c.recover_until > now, FINDING.c.status.not_in(settled))
    query = select(FINDING).where(*wanted, along(units)).order_by(FINDING.c.recover_until, FINDING.c.key).limit(limit)
    return tuple(
        Recoverable(
            *(row["key"], row["rule"], row["kind"], row["subject"], row["officer"]),
            until=row["recover_until"],
            evidence=tuple(row["evidence"]),
        )
        for row in read(connection, query)
    )


def results(
    connection: Connection, units: Units, since: datetime, until: datetime, zone: ZoneInfo
) -> tuple[Waiting, ...]:
    """Activities that began in a period, by kind and result, as the lists of activities count them.

    Of every unit together they are summed over the days as the last scan counted them, where nothing waits.
    """
    if units is None and not freshness(connection).waiting:
        return tuple(
            one for kind in ActivityKind for one in _summed(connection, kind, day_of(since, zone), day_of(until, zone))
        )
    found = []
    for kind in ActivityKind:
        for result, number, earliest in connection.execute(_results(kind, units, since, until)).all():
            found.append(Waiting(kind.value, result, number, earliest))
    return tuple(found)


def _summed(connection: Connection, kind: ActivityKind, since: str, until: str) -> Iterator[Waiting]:
    of_kind = (DAY_TALLY.c.kind == kind.value, DAY_TALLY.c.day >= since, DAY_TALLY.c.day < until)
    sums = select(*(func.sum(DAY_TALLY.c[one.value]) for one in ActivityResult)).where(*of_kind)
    waiting = (EVALUATION.c.kind == kind.value, EVALUATION.c.result == ActivityResult.PENDING.value)
    for result, number in zip(ActivityResult, connection.execute(sums).one(), strict=True):
        if number and result is ActivityResult.PENDING:
            again = select(func.min(EVALUATION.c.recheck_at)).where(current(EVALUATION), *waiting)
            yield Waiting(kind.value, result.value, int(number), connection.execute(again).scalar())
        elif number:
            yield Waiting(kind.value, result.value, int(number), None)


def day_of(instant: datetime, zone: ZoneInfo) -> str:
    """YYYY-MM-DD of the zone."""
    return instant.astimezone(zone).date().isoformat()


def _results(kind: ActivityKind, units: Units, since: datetime, until: datetime) -> Select[Any]:
    judged = (EVALUATION.c.kind == kind.value) & (EVALUATION.c.subject_key == RECORD.c.key) & current(EVALUATION)
    return (
        select(EVALUATION.c.result, func.count(), func.min(EVALUATION.c.recheck_at))
        .select_from(RECORD.join(EVALUATION, judged))
        .where(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind.value], within(RECORD.c.unit, units))
        .where(RECORD.c.at >= since, RECORD.c.at < until, EVALUATION.c.result.is_not(None))
        .group_by(EVALUATION.c.result)
    )
