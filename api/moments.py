"""Dates and times as people and programs write them in addresses, read in the configured zone."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SPACE_FOR_PLUS = re.compile(r"(T[0-9:.]+) (\d\d(:?\d\d)?)")


def parse_moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A date, or an ISO 8601 time; without offset it is of the zone. A date as `end` includes its whole day.

    An unescaped `+` of an address arrives as a space and is read as the plus it was. Raises ValueError.
    """
    text = text.strip()
    if mended := SPACE_FOR_PLUS.search(text):
        text = f"{text[: mended.start()]}{mended[1]}+{mended[2]}"
    try:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            instant = datetime.fromisoformat(text)
        else:
            instant = datetime(day.year, day.month, day.day) + timedelta(days=1 if end else 0)  # noqa: DTZ001
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"expected a date or time such as 2026-11-20 or 2026-11-20T08:00+08:00, got {text!r}"
        ) from None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day of the zone begins, as aware UTC: what a filter `from` of that date means."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The time of `as_of`, as aware UTC; a bare date is the last moment of that day. Raises ValueError."""
    end = parse_moment(text, zone, end=True)
    return end - timedelta(microseconds=1) if parse_moment(text, zone) != end else end
