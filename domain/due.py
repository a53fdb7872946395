"""Deadlines as people ask for them: past due, due today, due this week."""

from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.sign_off import day_period, week_period
from domain.timespan import Span

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Due(StrEnum):
    OVERDUE = "overdue"  # 已过时限
    TODAY = "today"  # 今日到期
    WEEK = "week"  # 本周到期


def due_span(due: Due, now: datetime, zone: ZoneInfo) -> Span:
    """When a deadline lies that is called so now: days and weeks (Monday to Sunday) are those of the zone."""
    if due is Due.OVERDUE:
        return Span(LONG_AGO, now)
    today = now.astimezone(zone).date()
    return (day_period(today) if due is Due.TODAY else week_period(today)).span(zone)
