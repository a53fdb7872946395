"""The written forms of time, told apart by shape: dates in four orders, compact digits, epochs, spreadsheet days.

Only what can be read in one way is read: 03/04/2026 is refused, 13/04/2026 is not. Raises ValueError otherwise.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

SPREADSHEET_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (local time until it is placed)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SERIAL_DAYS = (32874, 72685)  # 1990-01-01 .. 2098-12-31
EPOCH_SECONDS = (631_152_000, 1_999_999_999)  # 1990 .. 2033; ten digits beyond are more likely yyyymmddhh
EPOCH_UNITS = {9: 1, 10: 1, 13: 1_000, 16: 1_000_000}  # digits before the point → ticks a second

_CHINESE = str.maketrans({"年": "-", "月": "-", "日": " ", "号": " ", "时": ":", "点": ":", "分": ":", "秒": " "})
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)[一二三四五六日天]")
_HALF = re.compile(r"(?i)(上午|凌晨|早上|下午|晚上|(?<![a-z])[ap]\.?m\.?(?![a-z]))")
_AFTER = (
    r"(?:[T\s,_-]+(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{1,2})(?:[:.](?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_DATED = tuple(
    re.compile(day + _AFTER, re.IGNORECASE)
    for day in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<one>\d{1,2})[-/.](?P<other>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<day>\d{1,2})[- ](?P<month>[A-Z]{3}|\d{1,2}-)[- ](?P<year>\d{4}|\d\d)",  # Oracle: 20-11月-26
        r"(?P<month>[A-Z]{3})[A-Z]* +(?P<day>\d{1,2}),? +(?P<year>\d{4})",  # SQL Server: Nov 20 2026  8:01AM
    )
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?")
_COMPACT = re.compile(r"(\d{8})[T_ -]?(\d{4}(?:\d\d)?)(?:[.,]?(\d{3}))?(Z|[+-]\d{2}:?\d{2})?")
_NUMBER = re.compile(r"(\d{5,16})(?:\.(\d*))?")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse(text: str) -> datetime | date | timedelta:
    """An instant (naive: local), a day, or a time of day as time since midnight. Raises ValueError, OverflowError."""
    text = unicodedata.normalize("NFKC", text)
    if (number := _NUMBER.fullmatch(text)) and (moment := _from_number(number)):
        return moment
    if text.isdecimal() and len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if compact := _COMPACT.fullmatch(text):
        return _from_compact(compact)
    half = _HALF.search(text)
    text = _HALF.sub(" ", _WEEKDAY.sub(" ", text)).translate(_CHINESE)
    text = " ".join(text.split()).replace(": ", ":").rstrip(": ")
    if clock := _CLOCK.fullmatch(text):
        return _since_midnight(clock, half)
    for form in _DATED:
        if match := form.fullmatch(text):
            return _from_parts(match, half)
    raise ValueError(f"no known form of time: {text!r}")


def from_serial(days: float) -> datetime:
    """A spreadsheet's day number, to the second: five decimals hold no more."""
    return SPREADSHEET_ZERO + timedelta(seconds=round(days * 86400))


def _from_number(match: re.Match[str]) -> datetime | None:
    value, digits = float(match[0]), len(match[1])
    if digits == 5:
        return from_serial(value) if SERIAL_DAYS[0] <= value < SERIAL_DAYS[1] else None
    ticks = EPOCH_UNITS.get(digits)
    if ticks and EPOCH_SECONDS[0] <= value / ticks <= EPOCH_SECONDS[1]:
        return EPOCH + timedelta(microseconds=round(value * 1_000_000 / ticks))
    return None


def _from_compact(match: re.Match[str]) -> datetime:
    """yyyymmdd hhmm[ss[mmm]], with or without separators."""
    day, clock = match[1], match[2]
    return datetime(
        int(day[:4]),
        int(day[4:6]),
        int(day[6:]),
        int(clock[:2]),
        int(clock[2:4]),
        int(clock[4:] or 0),
        int(match[3] or 0) * 1000,
        tzinfo=_zone(match[4]),
    )


def _from_parts(match: re.Match[str], half: re.Match[str] | None) -> datetime | date:
    parts = match.groupdict()
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    month, day = _month_and_day(parts)
    if parts["hour"] is None:
        return date(year, month, day)
    return datetime(year, month, day, tzinfo=_zone(parts["zone"])) + _since_midnight(match, half)


def _month_and_day(parts: dict[str, str]) -> tuple[int, int]:
    if "one" not in parts:
        month = parts["month"].strip("-")
        return (int(month) if month.isdecimal() else _month_named(month)), int(parts["day"])
    one, other = int(parts["one"]), int(parts["other"])
    if one <= 12 and other <= 12 and one != other:
        raise ValueError("day and month cannot be told apart")
    return (other, one) if one > 12 else (one, other)


def _month_named(name: str) -> int:
    return _MONTH_NAMES.index(name[:3].casefold()) + 1  # ValueError when it is none


def _since_midnight(match: re.Match[str], half: re.Match[str] | None) -> timedelta:
    """Time since midnight, with morning and afternoon; 24:00 is the next midnight."""
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[1][0] in "下晚pP" else 0)
    elapsed = timedelta(hours=hour, minutes=minute, seconds=second)
    if minute > 59 or second > 59 or elapsed > DAY:
        raise ValueError(f"no time of day: {match[0]!r}")
    return elapsed + timedelta(microseconds=int((match["fraction"] or "0").ljust(6, "0")[:6]))


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def time_of_day(elapsed: timedelta) -> time:
    """Time since midnight as a time of day; a whole day is midnight again."""
    return (SPREADSHEET_ZERO + elapsed % DAY).time()
