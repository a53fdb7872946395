"""Periods as people write them."""

from zoneinfo import ZoneInfo

import pytest

from domain.period import month_of, parse_period
from domain.timespan import Span, utc

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026-11-22", utc(2026, 11, 21, 16), utc(2026, 11, 22, 16)),
        ("2026-W47", utc(2026, 11, 15, 16), utc(2026, 11, 22, 16)),  # 16 November 2026 is a Monday
        ("2026-11", utc(2026, 10, 31, 16), utc(2026, 11, 30, 16)),
        ("2026-02", utc(2026, 1, 31, 16), utc(2026, 2, 28, 16)),
        ("2026-11-20..2026-11-22", utc(2026, 11, 19, 16), utc(2026, 11, 22, 16)),
        ("2026-12", utc(2026, 11, 30, 16), utc(2026, 12, 31, 16)),
    ],
)
def test_a_period_goes_from_midnight_to_midnight_of_its_zone(text: str, first, after) -> None:
    assert parse_period(text, SHANGHAI).span == Span(first, after)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-W54", "20261122", "2026-11-22..2026-11-20", "..", "2026-11-31", "9999-12"]
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="2026-W47"):
        parse_period(text, SHANGHAI)


def test_the_day_the_clocks_go_back_has_25_hours() -> None:
    span = parse_period("2026-10-25", ZoneInfo("Europe/Berlin")).span
    assert span.duration.total_seconds() == 25 * 3600


def test_the_month_of_a_moment_is_that_of_the_zone() -> None:
    assert month_of(utc(2026, 10, 31, 16), SHANGHAI) == "2026-11"
