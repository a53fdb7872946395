"""A period as people write it: 2026-11-22, 2026-W47, 2026-11, or FROM..TO with dates of which the last is included."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.timespan import Span
from domain.wording import say

WEEK = re.compile(r"(\d{4})-W(\d{2})")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MONTH = re.compile(r"(\d{4})-(\d{2})")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """`word` names it in one way only; `span` is half-open, from midnight to midnight of the zone it was read in."""

    word: str
    span: Span
    zone: ZoneInfo

    @property
    def days(self) -> tuple[date, ...]:
        """Every local day of it."""
        first, last = _days(self.word)
        return tuple(first + number * DAY for number in range((last - first).days + 1))

    def before(self) -> "Period | None":
        """The month before a month, else as many days up to this one's first; None at the beginning of the calendar."""
        first, last = _days(self.word)
        try:
            if MONTH.fullmatch(self.word):
                return parse_period((first - DAY).strftime("%Y-%m"), self.zone)
            if WEEK.fullmatch(self.word):
                year, week, _ = (first - 7 * DAY).isocalendar()
                return parse_period(f"{year:04}-W{week:02}", self.zone)
            length = last - first + DAY
            return parse_period(f"{first - length}..{first - DAY}", self.zone)
        except (ValueError, OverflowError):
            return None


def parse_period(text: str, zone: ZoneInfo) -> Period:
    """Weeks are those of ISO 8601, Monday to Sunday. Raises ValueError saying what is expected."""
    try:
        first, last = _days(text.strip())
        if last < first:
            raise ValueError("turned round")
        return Period(text.strip(), Span(_midnight(first, zone), _midnight(last + DAY, zone)), zone)
    except (ValueError, OverflowError):
        said = say("期间应如", "period: expected such as")
        raise ValueError(f"{said} 2026-11-22, 2026-W47, 2026-11, 2026-11-01..2026-11-15; got {text[:40]!r}") from None


def _days(text: str) -> tuple[date, date]:
    if ".." in text:
        begin, _, end = text.partition("..")
        return _date(begin), _date(end)
    if week := WEEK.fullmatch(text):
        monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return monday, monday + 6 * DAY
    if month := MONTH.fullmatch(text):
        first = date(int(month[1]), int(month[2]), 1)
        return first, (first + 31 * DAY).replace(day=1) - DAY
    day = _date(text)
    return day, day


def _date(text: str) -> date:
    """One spelling only: Python itself would take 20261122 and 2026-W47-7 as well."""
    if not DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The word of the month that a moment lies in."""
    return moment.astimezone(zone).strftime("%Y-%m")
