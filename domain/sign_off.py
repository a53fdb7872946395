"""日清 and 周结: the days and weeks that a unit closes, and what has to be settled before (review-pages.md).

A day begins where the day before was closed: what arrives for a day that is signed counts to the next one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.timespan import Span

DAY = timedelta(days=1)
WEEK = re.compile(r"(\d{4})-W(\d{2})")
LONGEST_NOTE = 500
YEARS = range(1970, 3000)
"""Beside the ends of the calendar there is no day before or after."""


class SignOffKind(StrEnum):
    DAY = "day"  # 日清
    WEEK = "week"  # 周结


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day in the zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or a week of ISO 8601 (Monday to Sunday), by its first day."""

    kind: SignOffKind
    first: date

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + number * DAY for number in range(1 if self.kind is SignOffKind.DAY else 7))

    @property
    def text(self) -> str:
        """`2026-11-22` or `2026-W47`."""
        if self.kind is SignOffKind.DAY:
            return self.first.isoformat()
        year, week, _ = self.first.isocalendar()
        return f"{year:04}-W{week:02}"

    def span(self, zone: ZoneInfo) -> Span:
        """From local midnight to local midnight."""
        days = self.days
        return Span(midnight(days[0], zone), midnight(days[-1] + DAY, zone))


def day_period(day: date) -> Period:
    return Period(SignOffKind.DAY, day)


def week_period(day: date) -> Period:
    """The week that a day lies in."""
    return Period(SignOffKind.WEEK, day - day.weekday() * DAY)


def parse_period(text: str) -> Period:
    """`2026-11-22` or `2026-W47`. Raises ValueError."""
    match = WEEK.fullmatch(text)
    try:
        if match:
            found = week_period(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        else:
            found = day_period(date.fromisoformat(text if len(text) == 10 else ""))
        if found.first.year in YEARS:
            return found
    except ValueError:
        pass
    raise ValueError(f"expected a day such as 2026-11-22 or a week such as 2026-W47, got {text[:20]!r}")


@dataclass(frozen=True, slots=True)
class SignOff:
    """A closed day or week of a unit ("" = all units together), with the counts that were seen then."""

    kind: SignOffKind
    unit: str
    period: str
    at: datetime
    actor: str
    note: str
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A finding that has to be settled first."""

    key: str
    rule: str
    flag: str
    severity: str
    kind: str
    subject: str
    officer: str | None
    unit: str | None
    status: str
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class DayState:
    """What was to be checked on a day, in a unit and those below: activities by result, findings by their state.

    `open` are those that stand in the way, `in_the_way` the most urgent of them; `begun`: the day is not in the future.
    """

    unit: str
    day: date
    activities: Mapping[str, int]
    open: int
    explained: int
    decided: int
    resolved: int
    overdue: int
    in_the_way: tuple[InTheWay, ...]
    signed: SignOff | None
    begun: bool

    @property
    def findings(self) -> int:
        return self.open + self.explained + self.decided + self.resolved

    @property
    def empty(self) -> bool:
        """Nothing was to be decided."""
        return self.findings == 0

    @property
    def possible(self) -> bool:
        """Whether the day can be signed now."""
        return self.begun and self.signed is None and self.open == 0

    def summary(self) -> dict[str, object]:
        """The counts as they are kept with a sign-off."""
        counts = {name: getattr(self, name) for name in ("findings", "open", "explained", "decided", "resolved")}
        return {"activities": dict(self.activities), **counts, "overdue": self.overdue}


@dataclass(frozen=True, slots=True)
class WeekState:
    """A week of a unit: its days, what is due in it and not settled, and how many were late.

    `open` findings have no decision, `waiting` ones an explanation that nobody accepted or returned yet; `overdue`
    counts findings of the week that were settled after their time or are past it now.
    """

    unit: str
    week: Period
    days: tuple[DayState, ...]
    open: int
    waiting: int
    overdue: int
    in_the_way: tuple[InTheWay, ...]
    closed: SignOff | None
    ending: bool

    @property
    def unsigned(self) -> tuple[date, ...]:
        """Days that have something to check and are not signed."""
        return tuple(day.day for day in self.days if day.signed is None and not day.empty)

    @property
    def possible(self) -> bool:
        """Whether the week can be closed now: on its last day or later."""
        return self.ending and self.closed is None and not self.unsigned and not self.open + self.waiting

    def summary(self) -> dict[str, object]:
        signed = sum(1 for day in self.days if day.signed)
        findings = sum(day.findings for day in self.days)
        return {"signed": signed, "findings": findings, "overdue": self.overdue}
