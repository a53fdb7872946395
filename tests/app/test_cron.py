"""Crontab lines mean what crontab(5) says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cron import WEEKDAYS, cron_trigger, weekdays

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=ZONE)


def times(line: str, count: int = 3) -> list[str]:
    trigger, found, now = cron_trigger(line, ZONE), [], FRIDAY
    for _ in range(count):
        moment = trigger.get_next_fire_time(None, now)
        found.append(moment.strftime("%a %d %H:%M"))
        now = moment + timedelta(seconds=1)
    return found


def test_every_quarter_of_an_hour() -> None:
    assert times("*/15 * * * *") == ["Fri 20 12:00", "Fri 20 12:15", "Fri 20 12:30"]


def test_weekday_one_is_monday_as_in_cron_not_tuesday_as_in_the_scheduler() -> None:
    assert times("0 8 * * 1", 2) == ["Mon 23 08:00", "Mon 30 08:00"]


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_sunday_has_two_numbers_and_a_name(sunday: str) -> None:
    assert times(f"0 8 * * {sunday}", 1) == ["Sun 22 08:00"]


def test_a_range_of_weekdays_may_end_on_sunday() -> None:
    assert times("0 8 * * 5-7", 3) == ["Sat 21 08:00", "Sun 22 08:00", "Fri 27 08:00"]


def test_day_and_weekday_together_fire_when_either_matches() -> None:
    assert times("0 8 25 * 1", 3) == ["Mon 23 08:00", "Wed 25 08:00", "Mon 30 08:00"]


def test_nicknames_are_understood() -> None:
    assert times("@daily", 1) == ["Sat 21 00:00"]


@pytest.mark.parametrize(
    "line",
    ["", "* * * *", "* * * * * *", "0 8 * * 8", "0 8 * * mo", "0 8 * * 3-1", "0 8 * * */0", "x * * * *", "0 0 30 2 *"],
)
def test_a_line_that_is_no_crontab_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"expected|rror|nrecognized|higher|maximum"):
        cron_trigger(line, ZONE)


@given(st.sets(st.integers(0, 6), min_size=1))
def test_a_list_of_numbers_names_exactly_those_days(days: set[int]) -> None:
    assert weekdays(",".join(map(str, sorted(days)))).split(",") == [WEEKDAYS[day] for day in sorted(days)]
