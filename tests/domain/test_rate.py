"""How long media of unknown length ran: worked out by hand, and laws."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rate import UsualRate, lasted, usual_rate

MINUTE = timedelta(minutes=1)
MBIT = 1_000_000 // 8 * 60
"""Bytes of one minute at 1 Mbit/s."""


def at(*megabits: float) -> list[tuple[int, timedelta]]:
    return [(round(each * MBIT), MINUTE) for each in megabits]


def test_of_few_clips_the_slowest_and_the_fastest_are_the_bounds() -> None:
    found = usual_rate(at(3, 5, 4))
    assert (found.clips, found.low, found.usual, found.high) == (3, 3e6, 4e6, 5e6)
    ran = lasted(30_000_000, found)
    assert ran is not None
    assert (ran.least.total_seconds(), ran.likely.total_seconds(), ran.most.total_seconds()) == (48, 60, 80)


def test_of_many_clips_one_that_is_far_off_changes_nothing() -> None:
    found = usual_rate(at(4, 4, 4, 4, 4, 4, 4, 400))
    assert (found.low, found.usual, found.high) == (4e6, 4e6, 4e6)


@pytest.mark.parametrize("clips", [at(), at(4, 4), at(2, 4, 5)])
def test_too_few_clips_or_too_unlike_ones_allow_no_estimate(clips: list[tuple[int, timedelta]]) -> None:
    assert lasted(1_000_000, usual_rate(clips)) is None


@pytest.mark.parametrize("size", [0, -1, 10**18])
def test_nothing_and_what_no_recording_ever_wrote_last_no_time_that_could_be_named(size: int) -> None:
    assert lasted(size, UsualRate(9, 4e6, 4e6, 4e6)) is None


SIZES = st.lists(st.tuples(st.integers(0, 1 << 62), st.timedeltas(timedelta(0), timedelta(days=9))), max_size=12)


@given(clips=SIZES, size=st.integers(-5, 1 << 63))
def test_whatever_the_clips_are_the_bounds_are_in_order_and_the_order_of_clips_does_not_matter(
    clips: list[tuple[int, timedelta]], size: int
) -> None:
    rate = usual_rate(clips)
    assert rate == usual_rate(clips[::-1])
    assert rate.low <= rate.usual <= rate.high
    ran = lasted(size, rate)
    assert ran is None or timedelta(0) <= ran.least <= ran.likely <= ran.most <= timedelta(days=7)
