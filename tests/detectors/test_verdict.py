"""How much of a hole lies inside a window, against every position that the clock allows."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from detectors.verdict import hole_inside
from domain.coverage import Bounds
from domain.timespan import Span, utc

MIDNIGHT = utc(2026, 11, 20)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def span(start: int, end: int) -> Span:
    return Span(MIDNIGHT + seconds(start), MIDNIGHT + seconds(end))


spans = st.tuples(st.integers(0, 60), st.integers(0, 40)).map(lambda drawn: span(drawn[0], sum(drawn)))


def test_a_hole_that_a_wrong_clock_can_place_inside_the_window_may_lie_in_it_as_a_whole() -> None:
    """Shifted by an hour it lies behind the window, by half an hour inside."""
    found = hole_inside(span(0, 100), span(1800, 2400), seconds(3600))
    assert found == Bounds(seconds(0), seconds(0), seconds(100))


@given(spans, spans, st.integers(0, 80))
@example(span(10, 20), span(0, 40), 0)
@example(span(0, 40), span(10, 20), 15)
def test_the_bounds_are_those_of_every_shift(hole: Span, window: Span, error: int) -> None:
    """Everything is whole seconds, and so is the shift that gives the most."""
    every = [window.overlap(hole.shifted(seconds(shift))) for shift in range(-error, error + 1)]
    assert hole_inside(hole, window, seconds(error)) == Bounds(min(every), window.overlap(hole), max(every))


def test_an_error_as_long_as_the_calendar_is_no_trouble() -> None:
    found = hole_inside(span(0, 100), span(50, 80), timedelta(days=900_000))
    assert found == Bounds(seconds(0), seconds(30), seconds(30))
