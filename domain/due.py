"""Deadlines as people ask for them: past due, due today, due this week."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.sign_off import day_period, week_period
from domain.timespan import Span

MOMENT = timedelta(microseconds=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Due(StrEnum):
    OVERDUE = "overdue"  # 已过时限
    TODAY = "today"  # 今日到期
    WEEK = "week"  # 本周到期


def due_span(due: Due, now: datetime, zone: ZoneInfo) -> Span:
    """When a deadline lies that is called so now: days and weeks (Monday to Sunday) are those of the zone.

    A deadline at the stroke of midnight is the end of the day before: it is due on that day.
    """
    if due is Due.OVERDUE:
        return Span(LONG_AGO, now)
    today = now.astimezone(zone).date()
    span = (day_period(today) if due is Due.TODAY else week_period(today)).span(zone)
    return Span(span.start + MOMENT, span.end + MOMENT)
