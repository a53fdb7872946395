"""What a cell says about time, and where local time lies on the wall clock.

Reading and placing are apart: `read_time` says what is written (an instant, a day without a time, a time without a
day, nothing), `to_utc` places local time. A placeholder (1900-01-01, **:**:**, 9999-12-31) is never a time.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.wording import say
from indexer.feeds.cells import Cell, cleaned, says_nothing
from indexer.feeds.time_text import SERIAL_DAYS, from_serial, parse, time_of_day

FIRST_YEAR, LAST_YEAR = 1990, 2098  # 1900, 1970, 2099 and 9999 are placeholders
NO_DATE = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1))  # what programs put before a bare time of day
MIDNIGHT = time()


class Unstated(StrEnum):
    """Why a cell gives no time."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    UNREADABLE = "unreadable"


Stated = datetime | date | time | Unstated
"""A naive datetime is local time, an aware one is as written; a date has no time of day, a time has no date."""


def read_time(cell: Cell) -> Stated:
    """What the cell says about time. Never raises: a text that is no time is `Unstated.UNREADABLE`."""
    if isinstance(cell, str):
        return _read_text(cleaned(cell))
    if isinstance(cell, datetime | date):
        return _believable(cell)
    if isinstance(cell, time):
        return cell.replace(tzinfo=None) if cell.replace(tzinfo=None) != MIDNIGHT else Unstated.PLACEHOLDER
    if isinstance(cell, timedelta):
        return _from_elapsed(cell)
    if isinstance(cell, Decimal):
        cell = float(cell) if cell.is_finite() else None
    if isinstance(cell, float) and 0 < cell < 1:
        return from_serial(cell).time()
    return _read_text(cleaned(cell))


def _read_text(text: str) -> Stated:
    if not text:
        return Unstated.EMPTY
    try:
        if len(text) == 19 and text[4] == "-" and text[10] in " T" and text[13] == ":":
            return _believable(datetime.fromisoformat(text))  # the usual form, ten times faster
    except ValueError:
        pass  # not that form after all: 0000-00-00, full-width digits ...
    if says_nothing(text) or not text.strip(" 0:-/.T"):
        return Unstated.PLACEHOLDER
    try:
        moment = parse(text)
    except (ValueError, OverflowError):
        return Unstated.UNREADABLE
    return time_of_day(moment) if isinstance(moment, timedelta) else _believable(moment)


def _believable(moment: datetime | date) -> Stated:
    if FIRST_YEAR <= moment.year <= LAST_YEAR:
        return moment
    if isinstance(moment, datetime) and moment.date() in NO_DATE and moment.time() != MIDNIGHT:
        return moment.time()
    return Unstated.PLACEHOLDER


def _from_elapsed(elapsed: timedelta) -> Stated:
    """A spreadsheet cell formatted as hours: a time of day, or a full date in an unusual format."""
    days = elapsed / timedelta(days=1)
    if SERIAL_DAYS[0] <= days < SERIAL_DAYS[1]:
        return from_serial(days)
    if not elapsed:
        return Unstated.PLACEHOLDER
    return time_of_day(elapsed) if 0 < days < 1 else Unstated.UNREADABLE


def _less(moment: datetime, offset: timedelta | None) -> datetime:
    return (moment - (offset or timedelta(0))).replace(tzinfo=UTC, fold=0)


def to_utc(moment: datetime, zone: ZoneInfo, after: datetime | None = None) -> tuple[datetime, str | None]:
    """The instant in UTC, and what had to be assumed. `after`: the event before it (UTC), which can settle an hour
    that the clocks of autumn show twice."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), None
    first, second = (_less(moment, zone.utcoffset(moment.replace(fold=fold))) for fold in (0, 1))
    if first == second:
        return first, None
    if first > second:
        return first, say(
            f"{moment} 在 {zone.key} 不存在（时钟拨快），按 {first:%H:%M:%S}Z 处理",
            f"{moment} does not exist in {zone.key} (clocks went forward), taken as {first:%H:%M:%S}Z",
        )
    settled = after is not None and first < after <= second
    zh, en = ("第二次", "second") if settled else ("第一次", "first")
    return (second if settled else first), say(
        f"{moment} 在 {zone.key} 出现两次（时钟拨慢），按{zh}处理",
        f"{moment} happens twice in {zone.key} (clocks went back), taken as the {en}",
    )
