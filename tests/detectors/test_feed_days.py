"""When a feed's silence is a hole and when it is a quiet day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.feed_days import FeedHole, chance, feed_days
from detectors.limits import Limits

LIMITS = Limits()
DAY = timedelta(days=1)
FIRST = date(2026, 9, 1)  # a Tuesday


def counts(*per_day: int) -> dict[date, int]:
    """Activities on consecutive days from the first."""
    return {FIRST + DAY * n: number for n, number in enumerate(per_day) if number}


def holes(days: Mapping[date, int], until: int, limits: Limits = LIMITS) -> list[tuple[int, int]]:
    """First and last day of every hole, counted from the first day; `until` days are over long enough."""
    return [((h.first - FIRST).days, (h.last - FIRST).days) for h in found(days, until, limits)]


def found(days: Mapping[date, int], until: int, limits: Limits = LIMITS) -> tuple[FeedHole, ...]:
    # Local midnight is 16:00 UTC of the day before; a day's activities have 24 hours to arrive.
    now = datetime(2026, 8, 31, 16, tzinfo=UTC) + DAY * (until + 1)
    return feed_days("110", days, now, limits).holes


def test_the_day_that_a_monthly_export_lacks_is_a_hole() -> None:
    october = counts(*[40] * 29)
    (hole,) = found(october, 30)
    assert (hole.first, hole.last, hole.counted, hole.usual) == (date(2026, 9, 30), date(2026, 9, 30), 0, 40.0)
    assert hole.span.start == datetime(2026, 9, 29, 16, tzinfo=UTC)
    assert hole.span.end == datetime(2026, 9, 30, 16, tzinfo=UTC)


def test_a_day_is_not_asked_about_before_its_activities_must_have_arrived() -> None:
    days = counts(*[40] * 29)
    just = datetime(2026, 10, 1, 16, tzinfo=UTC)  # the thirtieth ended a day ago to the second
    assert feed_days("110", days, just - timedelta(seconds=1), LIMITS).holes == ()
    assert len(feed_days("110", days, just, LIMITS).holes) == 1


def test_it_says_when_the_next_day_can_be_judged() -> None:
    now = datetime(2026, 10, 1, 12, tzinfo=UTC)
    # 20:00 local on October 1: September 30 is over since 20 hours, and is judged at local midnight.
    assert feed_days("110", counts(*[40] * 29), now, LIMITS).next_due == datetime(2026, 10, 1, 16, tzinfo=UTC)


def test_a_feed_that_began_today_is_looked_at_again_when_today_is_over_long_enough() -> None:
    now = datetime(2026, 9, 1, 4, tzinfo=UTC)
    assert feed_days("110", counts(40), now, LIMITS).next_due == datetime(2026, 9, 2, 16, tzinfo=UTC)


def test_far_fewer_than_usual_is_a_hole_and_half_of_the_usual_is_a_quiet_day() -> None:
    assert holes(counts(*[40] * 20, 9, *[40] * 5), 26) == [(20, 20)]
    assert holes(counts(*[40] * 20, 20, *[40] * 5), 26) == []


@pytest.mark.parametrize(("usual", "alarm"), [(1, False), (3, False), (6, False), (8, True), (40, True)])
def test_one_silent_day_means_something_only_where_there_are_many(usual: int, alarm: bool) -> None:
    assert bool(holes(counts(*[usual] * 30, 0, *[usual] * 5), 36)) is alarm


def test_many_silent_days_in_a_row_mean_something_where_there_are_few() -> None:
    """Three a day: after two silent days e^-6 = 0.0025, after three e^-9 = 0.0001."""
    assert holes(counts(*[3] * 30, 0, 0, *[3] * 5), 37) == []
    assert holes(counts(*[3] * 30, 0, 0, 0, *[3] * 5), 38) == [(30, 32)]


def test_a_suite_that_is_closed_on_weekends_has_no_hole_each_weekend() -> None:
    days = {FIRST + DAY * n: 20 for n in range(60) if (FIRST + DAY * n).weekday() < 5}
    assert holes(days, 60) == []
    del days[FIRST + DAY * 43]  # a Wednesday
    assert holes(days, 60) == [(43, 43)]


def test_silence_until_today_is_one_hole_that_grows() -> None:
    days = counts(*[40] * 30)
    assert [holes(days, until) for until in (30, 31, 60)] == [[], [(30, 30)], [(30, 59)]]


def test_a_hole_in_the_first_fortnight_is_seen_by_the_days_that_follow() -> None:
    assert holes(counts(40, 40, 40, 0, *[40] * 26), 30) == [(3, 3)]


def test_with_less_than_a_fortnight_nobody_knows_what_is_usual() -> None:
    result = feed_days("110", counts(50), datetime(2026, 9, 8, tzinfo=UTC), LIMITS)
    assert (result.holes, result.compared) == ((), 0)


def test_a_lasting_fall_is_the_new_usual_after_a_while() -> None:
    """A station that lost most of its beat asks for some weeks, not for ever."""
    assert holes(counts(*[100] * 40, *[10] * 60), 100)[-1][1] < 40 + 28


def test_a_stray_date_of_long_ago_makes_no_hole_of_the_years_between() -> None:
    days = {date(2016, 1, 1): 1, **counts(*[40] * 30)}
    assert holes(days, 30) == []


def test_no_feed_row_no_day() -> None:
    assert feed_days("110", {}, datetime(2026, 9, 8, tzinfo=UTC), LIMITS).holes == ()


@pytest.mark.parametrize(("counted", "expected"), [(0, 7.0), (2, 10.0), (9, 40.0)])
def test_the_chance_is_that_of_poisson(counted: int, expected: float) -> None:
    terms, term = [], exp(-expected)
    for n in range(counted + 1):
        terms.append(term)
        term = term * expected / (n + 1)
    assert chance(counted, expected) == pytest.approx(sum(terms))


def test_the_chance_of_none_where_seven_are_usual_is_that_of_the_tables() -> None:
    assert chance(0, 7.0) == pytest.approx(0.000912, abs=1e-6)
    assert chance(2, 10.0) == pytest.approx(0.002769, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=90), st.integers(0, 40))
def test_holes_are_apart_in_order_and_hold_only_days_that_are_over(per_day: list[int], silent: int) -> None:
    until = len(per_day) + silent
    some = found(counts(*per_day), until)
    assert all(a.last + DAY < b.first for a, b in pairwise(some))
    assert all(h.first <= h.last < FIRST + DAY * until for h in some)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(30, 50), min_size=40, max_size=60), st.integers(0, 39))
def test_ordinary_days_are_no_hole_and_any_silenced_one_is(per_day: list[int], silenced: int) -> None:
    assert holes(counts(*per_day), len(per_day)) == []
    if silenced:
        quiet = [0 if n == silenced else number for n, number in enumerate(per_day)]
        assert holes(counts(*quiet), len(per_day)) == [(silenced, silenced)]
