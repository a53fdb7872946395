"""日清 and 周结 in the database: what a day or week of a unit still lacks, and closing it, once for each period.

A finding belongs to the day on which it was first seen or became due; one that is open goes along until it is decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, distinct, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from domain.activity import RECORD_KINDS, ActivityKind
from domain.audit import Action, Entry, detail_text
from domain.finding import FindingStatus
from domain.sign_off import DAY, DayState, InTheWay, Period, SignOff, SignOffKind, WeekState, day_period
from domain.timespan import Span
from storage.audit import append
from storage.queries.filters import units_below
from storage.queries.findings import URGENCY, awaiting
from storage.queries.raws import Raw, read, read_first
from storage.reviews import Decider
from storage.schema.tables import EVALUATION, FINDING, RECORD, REVIEW_ENTRY, SIGN_OFF
from storage.sign_off_refusals import AlreadySigned, NotSettled, NotYet
from storage.versions import current, ended

MOST_NAMED = 100
NOT_JUDGED = "not-judged"
"""Activities that no scan has judged yet."""
OPEN = FINDING.c.status == FindingStatus.OPEN.value
WAITING = awaiting()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose rows and by which clock: the unit with those below, "" for all units together."""

    unit: str
    codes: tuple[str, ...] | None
    zone: ZoneInfo
    now: datetime

    def has(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        return [] if self.codes is None else [column.in_(self.codes)]


def day_state(connection: Connection, unit: str, day: date, zone: ZoneInfo, now: datetime) -> DayState:
    """What was to be checked on a day in a unit and those below, and whether it can be signed."""
    return _day(connection, _scope(connection, unit, zone, now), day)


def _scope(connection: Connection, unit: str, zone: ZoneInfo, now: datetime) -> _Scope:
    return _Scope(unit, units_below(connection, unit) if unit else None, zone, now)


def _day(connection: Connection, scope: _Scope, day: date) -> DayState:
    span, signed = day_period(day).span(scope.zone), sign_off_of(connection, scope.unit, day_period(day))
    arrived = Span(_beginning(connection, scope, day), min(span.end, signed.at) if signed else span.end)
    counted = or_(_within(FINDING.c.first_seen_at, arrived), _within(FINDING.c.due_at, span), OPEN)
    mine = [current(FINDING), *scope.has(FINDING.c.unit), FINDING.c.first_seen_at < arrived.end, counted]
    by_status = _counts(connection, mine)
    closed = by_status.get(FindingStatus.CONFIRMED, 0) + by_status.get(FindingStatus.DISMISSED, 0)
    return DayState(
        unit=scope.unit,
        day=day,
        activities=_activities(connection, scope, span),
        open=by_status.get(FindingStatus.OPEN, 0),
        explained=by_status.get(FindingStatus.EXPLAINED, 0),
        decided=closed,
        resolved=_resolved(connection, scope, arrived, span),
        overdue=_count(connection, [*mine, OPEN, FINDING.c.due_at < scope.now]),
        in_the_way=_named(connection, [*mine, OPEN], scope.now),
        signed=signed,
        begun=span.start <= scope.now,
    )


def _beginning(connection: Connection, scope: _Scope, day: date) -> datetime:
    """Where a day begins to count: at its midnight, earlier where the day before was signed before its end."""
    start = day_period(day).span(scope.zone).start
    before = sign_off_of(connection, scope.unit, day_period(day - DAY))
    return min(start, before.at) if before else start


def _within(column: ColumnElement[datetime], span: Span) -> ColumnElement[bool]:
    return and_(column >= span.start, column < span.end)


def _counts(connection: Connection, mine: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    query = select(FINDING.c.status, func.count()).where(*mine).group_by(FINDING.c.status)
    return {row.status: row[1] for row in connection.execute(query).all()}


def _count(connection: Connection, mine: Sequence[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(FINDING).where(*mine)).scalar_one())


def _resolved(connection: Connection, scope: _Scope, arrived: Span, span: Span) -> int:
    """Findings of the day that no longer hold."""
    standing = FINDING.alias()
    stands = exists(select(standing.c.id).where(current(standing), standing.c.key == FINDING.c.key))
    of_day = or_(_within(FINDING.c.first_seen_at, arrived), _within(FINDING.c.due_at, span))
    conditions = [ended(FINDING), *scope.has(FINDING.c.unit), FINDING.c.first_seen_at < arrived.end, of_day, ~stands]
    return int(connection.execute(select(func.count(distinct(FINDING.c.key))).where(*conditions)).scalar_one())


def _activities(connection: Connection, scope: _Scope, span: Span) -> dict[str, int]:
    """Activities of the day by result."""
    found: dict[str, int] = {}
    for kind in ActivityKind:
        verdict = and_(current(EVALUATION), EVALUATION.c.kind == kind.value, EVALUATION.c.subject_key == RECORD.c.key)
        query = (
            select(func.coalesce(EVALUATION.c.result, NOT_JUDGED), func.count())
            .select_from(RECORD.outerjoin(EVALUATION, verdict))
            .where(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind.value], _within(RECORD.c.at, span))
            .where(*scope.has(RECORD.c.unit))
            .group_by(EVALUATION.c.result)
        )
        for result, count in connection.execute(query).all():
            found[result] = found.get(result, 0) + count
    return found


def _named(connection: Connection, mine: Sequence[ColumnElement[bool]], now: datetime) -> tuple[InTheWay, ...]:
    """The most urgent of the findings under some conditions."""
    query = select(FINDING).where(*mine).order_by(URGENCY, FINDING.c.due_at, FINDING.c.key).limit(MOST_NAMED)
    names = ("key", "rule", "flag", "severity", "kind", "subject", "officer", "unit", "status", "due_at")
    return tuple(
        InTheWay(**{name: row[name] for name in names}, overdue=row["due_at"] < now) for row in read(connection, query)
    )


def week_state(connection: Connection, unit: str, week: Period, zone: ZoneInfo, now: datetime) -> WeekState:
    """The days of a week, what is due in it and not settled, and whether it can be closed."""
    scope, span = _scope(connection, unit, zone, now), week.span(zone)
    mine = [current(FINDING), *scope.has(FINDING.c.unit), FINDING.c.due_at < span.end]
    return WeekState(
        unit=unit,
        week=week,
        days=tuple(_day(connection, scope, day) for day in week.days),
        open=_count(connection, [*mine, OPEN]),
        waiting=_count(connection, [*mine, WAITING]),
        overdue=_late(connection, scope, span),
        in_the_way=_named(connection, [*mine, or_(OPEN, WAITING)], now),
        closed=sign_off_of(connection, unit, week),
        ending=day_period(week.days[-1]).span(zone).start <= now,
    )


def _late(connection: Connection, scope: _Scope, span: Span) -> int:
    """Findings due in a week that had no decision by then."""
    first = select(func.min(REVIEW_ENTRY.c.at)).where(REVIEW_ENTRY.c.finding_key == FINDING.c.key).scalar_subquery()
    in_time = or_(first <= FINDING.c.due_at, and_(first.is_(None), ~OPEN))
    late = [FINDING.c.due_at < scope.now, ~func.coalesce(in_time, False)]
    return _count(connection, [current(FINDING), *scope.has(FINDING.c.unit), _within(FINDING.c.due_at, span), *late])


def sign_off_of(connection: Connection, unit: str, period: Period) -> SignOff | None:
    """The sign-off of a unit's day or week, None while there is none."""
    mine = (SIGN_OFF.c.kind == period.kind.value, SIGN_OFF.c.unit == unit, SIGN_OFF.c.period == period.text)
    row = read_first(connection, select(SIGN_OFF).where(*mine))
    return None if row is None else _sign_off(row)


def sign_offs(
    connection: Connection, units: frozenset[str] | None, unit: str | None = None, limit: int = 100
) -> list[SignOff]:
    """Sign-offs of one unit or of all that are seen, newest first."""
    query = select(SIGN_OFF).order_by(SIGN_OFF.c.id.desc()).limit(limit)
    if units is not None:
        query = query.where(SIGN_OFF.c.unit.in_(sorted(units)))
    if unit is not None:
        query = query.where(SIGN_OFF.c.unit == unit)
    return [_sign_off(row) for row in read(connection, query)]


def _sign_off(row: Raw) -> SignOff:
    values = {name: row[name] for name in ("unit", "period", "at", "actor", "note", "summary")}
    return SignOff(kind=SignOffKind(row["kind"]), **values)


def sign_day(
    connection: Connection, who: Decider, unit: str, day: date, zone: ZoneInfo, *, now: datetime, note: str = ""
) -> SignOff:
    """Close a day, in this transaction, the audit log included. Raises SignOffRefused."""
    state = day_state(connection, unit, day, zone, now)
    if state.signed is not None:
        raise AlreadySigned(state.signed)
    if not state.begun:
        raise NotYet(day_period(day).text)
    if not state.possible:
        raise NotSettled(day_period(day).text, state.open, state.in_the_way)
    return _close(connection, who, day_period(day), state, now=now, note=note)


def close_week(
    connection: Connection, who: Decider, unit: str, week: Period, zone: ZoneInfo, *, now: datetime, note: str = ""
) -> SignOff:
    """Close a week, in this transaction, the audit log included. Raises SignOffRefused."""
    state = week_state(connection, unit, week, zone, now)
    if state.closed is not None:
        raise AlreadySigned(state.closed)
    if not state.ending:
        raise NotYet(week.text)
    if not state.possible:
        raise NotSettled(week.text, state.open + state.waiting, state.in_the_way, state.unsigned)
    return _close(connection, who, week, state, now=now, note=note)


def _close(
    connection: Connection, who: Decider, period: Period, state: DayState | WeekState, *, now: datetime, note: str
) -> SignOff:
    made = SignOff(period.kind, state.unit, period.text, now, who.actor, note.strip(), state.summary())
    row = {name: getattr(made, name) for name in ("unit", "period", "at", "actor", "note", "summary")}
    try:
        with connection.begin_nested():
            connection.execute(insert(SIGN_OFF), {**row, "kind": period.kind.value})
    except IntegrityError as error:  # somebody else signed at this moment
        raise AlreadySigned(sign_off_of(connection, state.unit, period)) from error
    detail = detail_text(kind=period.kind, period=period.text, note=made.note, summary=made.summary)
    subject = f"sign-off:{state.unit}:{period.text}"
    append(connection, now, [Entry(who.actor, Action.SIGNED_OFF, subject, state.unit or None, detail, who.origin)])
    return made
