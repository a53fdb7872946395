"""Quiet hours by the clock on the wall, and the distances between attempts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices import TITLES, NoticeKind, next_distance, parse_quiet
from domain.timespan import utc

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_hours_past_midnight(clock: str, quiet: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-23T{clock}").replace(tzinfo=SHANGHAI)
    assert parse_quiet("22:00-07:00").now(now, SHANGHAI) is quiet


@pytest.mark.parametrize(("clock", "quiet"), [("11:59", False), ("12:00", True), ("13:29", True), ("13:30", False)])
def test_hours_of_one_day(clock: str, quiet: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-23T{clock}").replace(tzinfo=SHANGHAI)
    assert parse_quiet("12:00 - 13:30").now(now, SHANGHAI) is quiet


@pytest.mark.parametrize(
    ("begin", "hours"),
    [
        (utc(2026, 10, 24, 20), 10),  # Berlin, clocks put back: 22:00 to 07:00 lasts ten hours
        (utc(2026, 3, 28, 21), 8),  # put forward: eight
        (utc(2026, 11, 10, 21), 9),
    ],
)
def test_they_last_as_long_as_the_night_does(begin: datetime, hours: int) -> None:
    quiet = parse_quiet("22:00-07:00")
    lasted = sum(quiet.now(begin + number * MINUTE, BERLIN) for number in range(12 * 60))
    assert lasted == hours * 60
    assert not quiet.now(begin - MINUTE, BERLIN)
    assert not quiet.now(begin + timedelta(hours=hours), BERLIN)


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-7", "22:00-25:00", "07:00-07:00", "22:00-07:00-08:00", "22:00Z-07:00Z"]
)
def test_what_is_no_pair_of_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected hours such as"):
        parse_quiet(text)


@given(st.integers(1, 10_000))
def test_the_distance_grows_and_stays_within_two_hours(attempts: int) -> None:
    assert MINUTE <= next_distance(attempts) <= next_distance(attempts + 1) <= timedelta(hours=2)


def test_the_first_distances() -> None:
    assert [next_distance(number) // MINUTE for number in range(1, 10)] == [1, 2, 4, 8, 16, 32, 64, 120, 120]


def test_every_kind_has_its_title_in_both_languages() -> None:
    assert TITLES.keys() == set(NoticeKind)
