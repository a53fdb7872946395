"""Days and weeks as people write them, in the zone of the unit."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.sign_off import day_period, parse_period, week_period
from domain.timespan import Span

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("text", ["2026-11-22", "2026-W47", "2020-W53", "2027-W01"])
def test_a_period_is_written_as_it_was_read(text: str) -> None:
    assert parse_period(text).text == text


@pytest.mark.parametrize("text", ["", "2026", "2026-11", "2026-11-31", "2026-W54", "2026-w47", "2026-W4", "20261122"])
def test_what_is_no_day_and_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a day"):
        parse_period(text)


def test_a_week_goes_from_monday_to_sunday() -> None:
    week = week_period(date(2026, 11, 22))
    assert week.text == "2026-W47"
    assert (week.days[0], week.days[-1], len(week.days)) == (date(2026, 11, 16), date(2026, 11, 22), 7)


def test_the_first_days_of_a_year_may_belong_to_the_last_week_of_the_year_before() -> None:
    assert week_period(date(2027, 1, 1)).text == "2026-W53"


def test_a_day_lasts_from_midnight_to_midnight_of_its_zone() -> None:
    begin, end = datetime(2026, 11, 21, 16, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert day_period(date(2026, 11, 22)).span(SHANGHAI) == Span(begin, end)


def test_a_day_on_which_clocks_go_back_has_25_hours() -> None:
    span = day_period(date(2026, 10, 25)).span(ZoneInfo("Europe/Berlin"))
    assert (span.end - span.start).total_seconds() == 25 * 3600
