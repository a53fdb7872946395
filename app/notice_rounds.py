"""Who is told: what lies ahead of each unit, what passed its deadline, what is in trouble, as notices that wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app import notice_content as content
from app.notify_settings import NotifyTo
from detectors import RULES
from detectors.nonstandard_feeds import HOLE_RULE
from detectors.retention import months_later
from domain.due import MOMENT, Due, due_span
from domain.jobs import JobState
from domain.notices import NoticeKind
from domain.wording import say
from storage.jobs import known_jobs, last_run
from storage.notices import add_notice
from storage.queries.ahead import (
    ahead,
    broken_feeds,
    open_of_rule,
    recorded_between,
    recoverable_soon,
    units_above,
)
from storage.queries.filters import units_below
from storage.queries.today import most_urgent
from storage.queries.unit_register import unit_names
from storage.scans import store_states

ITEMS = 5
"""Findings that a morning list names for each unit."""
RECOVER_SOON = timedelta(hours=48)
LEAVING_DAYS = 14
FAILED_LATELY = timedelta(days=1)
NO_UNIT = say("未定单位", "no unit")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to be told. `key` without the kind."""

    kind: NoticeKind
    key: str
    unit: str | None
    lines: tuple[str, ...]


@dataclass(slots=True)
class Audience:
    """The receivers, and for each the units that it is told of (None: every one)."""

    connection: Connection
    receivers: Sequence[NotifyTo]
    units: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.receivers:
            below = {code for unit in one.units for code in units_below(self.connection, unit)}
            self.units[one.name] = frozenset(below) if one.units else None

    def tell(self, now: datetime, told: Iterable[Told]) -> int:
        """Have each thing told to whom it concerns, once for each key; returns how many notices are new."""
        new = 0
        for one in told:
            for receiver in self.receivers:
                if self._concerned(receiver, one):
                    whole = (f"{one.kind}:{one.key}", one.unit, one.lines)
                    new += add_notice(self.connection, now, receiver.name, one.kind, whole)
        return new

    def _concerned(self, receiver: NotifyTo, one: Told) -> bool:
        units = self.units[receiver.name]
        fits = not receiver.kinds or one.kind.value in receiver.kinds
        return fits and (units is None or one.unit in units)


def day_of(now: datetime, zone: ZoneInfo) -> str:
    return now.astimezone(zone).date().isoformat()


def unit_word(names: dict[str, str], unit: str | None) -> str:
    """The name of a unit, its code where it has none."""
    return NO_UNIT if unit is None else names.get(unit, unit)


def morning(connection: Connection, now: datetime, zone: ZoneInfo, months: int) -> list[Told]:
    """The list of each unit that has anything open, or footage that will be lost soon."""
    today = due_span(Due.TODAY, now, zone)
    units, names = ahead(connection, now, today.end), unit_names(connection)
    fetch = recoverable_soon(connection, now, now + RECOVER_SOON)
    leaving = leaving_soon(connection, now, months)
    found = []
    for unit in sorted({*units, *fetch, *leaving}, key=str):
        lines = [content.unit_line(unit_word(names, unit), units[unit])] if unit in units else []
        if unit in units:
            lines += _items(connection, unit, zone)
        extra = [content.recover_line(fetch[unit], zone)] if unit in fetch else []
        extra += [content.leaving_line(leaving[unit], LEAVING_DAYS)] if unit in leaving else []
        if extra and not lines:
            lines = [content.of_unit(unit_word(names, unit), say("无待核实问题", "no open finding"))]
        found.append(Told(NoticeKind.MORNING, f"{unit or '-'}:{day_of(now, zone)}", unit, (*lines, *extra)))
    return found


def _items(connection: Connection, unit: str | None, zone: ZoneInfo) -> list[str]:
    """The most urgent findings of a unit."""
    titles = {rule.id: (rule.title_zh, rule.title_en) for rule in RULES}
    rows = most_urgent(connection, [unit], ITEMS) if unit is not None else []
    return [content.finding_line(row, titles.get(row["rule"], (row["rule"],) * 2), zone) for row in rows]


def leaving_soon(connection: Connection, now: datetime, months: int) -> dict[str | None, int]:
    """Clips by unit whose retention of so many months ends within the next days."""
    start, end = (months_later(at, -months) for at in (now, now + timedelta(days=LEAVING_DAYS)))
    return recorded_between(connection, start, end)


def deadlines(connection: Connection, now: datetime, zone: ZoneInfo, hours: float) -> tuple[list[Told], dict[str, int]]:
    """What becomes due within so many hours, to its unit; what passed its deadline, to the unit above. And counts."""
    until = now + timedelta(hours=hours)
    units, names, above = ahead(connection, now, until), unit_names(connection), units_above(connection)
    day, found = day_of(now, zone), []
    for unit in sorted(units, key=str):
        one, name = units[unit], unit_word(names, unit)
        if one.first_due is not None:
            key = f"{unit or '-'}:{day_of(one.first_due - MOMENT, zone)}"  # midnight ends the day before
            line = content.deadline_line(name, one.due, one.first_due, zone)
            found.append(Told(NoticeKind.DEADLINE, key, unit, (line,)))
        if one.overdue:
            told = above.get(unit, unit) if unit is not None else None
            found.append(
                Told(NoticeKind.OVERDUE, f"{unit or '-'}:{day}", told, (content.overdue_line(name, one.overdue),))
            )
    counts = {"due": sum(one.due for one in units.values()), "overdue": sum(one.overdue for one in units.values())}
    return found, counts


def troubles(connection: Connection, now: datetime, zone: ZoneInfo) -> list[Told]:
    """Stores in doubt or out of reach, feeds that cannot be read or have holes, jobs that failed: once a day each."""
    day = day_of(now, zone)
    found = [
        Told(NoticeKind.STORE, f"{one.name}:{one.state}:{day}", one.unit, (content.store_line(one.name, one.state),))
        for one in store_states(connection).values()
        if one.state in ("doubtful", "unreachable")
    ]
    found += [
        Told(NoticeKind.FEED, f"{name}:{day}", None, (content.feed_line(name),)) for name in broken_feeds(connection)
    ]
    found += [
        Told(NoticeKind.FEED, f"hole:{key}", unit, evidence[:1])
        for key, unit, evidence in open_of_rule(connection, HOLE_RULE)
        if evidence
    ]
    return [*found, *_failed_jobs(connection, now, zone)]


def _failed_jobs(connection: Connection, now: datetime, zone: ZoneInfo) -> list[Told]:
    found = []
    for job in known_jobs(connection):
        last = last_run(connection, job, JobState.DONE, JobState.FAILED)
        ended = last.finished_at if last is not None and last.state is JobState.FAILED else None
        if ended is not None and now - ended <= FAILED_LATELY:
            line = content.job_line(job, ended, zone)
            found.append(Told(NoticeKind.JOB, f"{job}:{day_of(ended, zone)}", None, (line,)))
    return found
