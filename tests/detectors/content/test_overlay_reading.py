"""What a text on the screen shows: every usual form of date and time, what is no clock, the numbers beside it."""

from datetime import datetime

import pytest

from detectors.content.overlay.reading import looks_like_clock, numbers, repaired, shown

AFTERNOON = datetime(2026, 11, 20, 13, 22, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 13:22:05",
        "2026/11/20 13:22:05",
        "2026.11.20 13:22:05",
        "20261120 132205",
        "20261120132205",
        "2026年11月20日 13:22:05 星期五",
        "2026年11月20日 星期五 13:22:05",
        "2026年11月20日13时22分05秒",
        "11-20-2026 13:22:05",
        "20-11-2026 13:22:05",
        "26-11-20 13:22:05",
        "2026-11-20 01:22:05 PM",
        "2026-11-20 下午01:22:05",
        "13:22:05 2026-11-20",
        "2026-11-2013:22:05",
        "2026-11-20 13 22 05",
        "2026-11-20 132205",
        "2O26-11-2O l3:22:OS",
        "DSJ1234567 012345 2026-11-20 13:22:05 23.5℃",
    ],
)
def test_every_usual_form_shows_the_same_second(text: str) -> None:
    what = shown(repaired(text))
    assert what is not None
    assert ([moment.at for moment in what.moments], what.step) == ([AFTERNOON], 1.0)


def test_a_clock_without_seconds_tells_minutes_only() -> None:
    what = shown("2026-11-20 13:22")
    assert what is not None
    assert (what.moments[0].at, what.step) == (datetime(2026, 11, 20, 13, 22), 60.0)


def test_thousandths_are_kept() -> None:
    what = shown("2026-11-20 13:22:05.250")
    assert what is not None
    assert (what.moments[0].at.microsecond, what.step) == (250_000, 0.001)


@pytest.mark.parametrize(("text", "hour"), [("12:00:05 AM", 0), ("12:00:05 PM", 12), ("11:00:05 PM", 23)])
def test_twelve_oclock_is_midnight_in_the_morning_and_noon_in_the_afternoon(text: str, hour: int) -> None:
    what = shown(f"2026-11-20 {text}")
    assert what is not None
    assert what.moments[0].at.hour == hour


def test_day_and_month_that_may_be_exchanged_give_both() -> None:
    what = shown("05-06-2026 13:22:05")
    assert what is not None
    assert {(one.order, one.at.month, one.at.day) for one in what.moments} == {("dmy", 6, 5), ("mdy", 5, 6)}


def test_a_weekday_that_is_not_that_dates_is_noticed() -> None:
    right, wrong = shown("2026年11月20日 13:22:05 星期五"), shown("2026年11月26日 13:22:05 星期五")
    assert right is not None
    assert wrong is not None
    assert (right.week, wrong.week) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "13:22:05",
        "2026-13-20 10:00:00",
        "2026-02-30 10:00:00",
        "2026-11-20 13:22:0",
        "2026-11-20 25:22:05",
        "2026年11月20日 星期五",
        "营业时间 09:00-21:30",
        "110 021-12345678",
        "沪A12345",
    ],
)
def test_what_lacks_a_date_a_time_or_a_figure_is_no_clock(text: str) -> None:
    assert shown(repaired(text)) is None


def test_a_clock_half_read_is_told_from_a_sign_in_the_scene() -> None:
    assert looks_like_clock("2026-11-2 13:2205")
    assert not looks_like_clock("09:00-21:30")
    assert not looks_like_clock("12345 110")


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("2026-11-20 13:22:05 DSJ-1234567 012345", ("DSJ-1234567", "012345")),
        ("温度:23.5 湿度:45%", ("23.5", "45%")),
        ("23.5℃ 45%RH", ("23.5℃", "45%RH")),
        ("N31.23041 E121.47370", ("N31.23041", "E121.47370")),
        ("2026-11-20 13:22:05", ()),
        ("13:22:05", ()),
        ("上海市公安局", ()),
    ],
)
def test_numbers_beside_the_clock(text: str, beside: tuple[str, ...]) -> None:
    assert numbers(text) == beside
