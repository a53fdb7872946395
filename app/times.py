"""Times at the edge: ISO 8601 with the offset of the configured zone out, a date or a time in."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)


def local_iso(instant: datetime, zone: ZoneInfo) -> str:
    """`2026-11-20T08:01:02+08:00`; fractions of a second only where there are any."""
    return instant.astimezone(zone).isoformat()


def parse_when(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A date, or an ISO time, with or without offset, as aware UTC; without offset it is of the zone.

    A bare date is the beginning of that day, or with `end` the beginning of the next, so that a range of dates holds
    its last day whole. Raises ValueError.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(text, zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return (midnight + timedelta(days=1) if end else midnight).astimezone(UTC)
    except OverflowError:
        raise ValueError(f'expected a date between the years 2 and 9998, got "{text}"') from None


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The time that `--as-of` names, as aware UTC; a bare date is the last moment of that day. Raises ValueError."""
    end = parse_when(text, zone, end=True)
    return end - MICROSECOND if parse_when(text, zone) != end else end


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'expected a date or time such as 2026-11-20 or 2026-11-20T08:00, got "{text}"') from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
