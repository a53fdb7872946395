"""From moments to stretches cut by level."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.content.grading import Measured, around, between, graded, level_of, widened

LEVELS = (10.0, 20.0, 30.0)


def seconds(*values: float | None) -> list[Measured]:
    return [Measured(float(at), at + 1.0, value) for at, value in enumerate(values)]


def test_a_stretch_is_cut_where_the_level_changes_and_keeps_its_mildest_value() -> None:
    pieces = graded(seconds(50, 5, 6, 7, 8, 25, 24, 26, 27, 50), LEVELS)
    assert [(one.start, one.end, one.value) for one in pieces] == [(1, 5, 8), (5, 9, 27)]


def test_what_lasts_less_than_two_seconds_is_not_kept() -> None:
    assert graded(seconds(50, 5, 50, 50), LEVELS) == []


def test_a_value_that_hovers_about_a_level_makes_one_piece_of_the_milder_one() -> None:
    pieces = graded(seconds(*[9, 11] * 20), LEVELS)
    assert [(one.start, one.end, one.value) for one in pieces] == [(0, 40, 11)]


def test_what_was_not_measured_ends_a_stretch() -> None:
    pieces = graded(seconds(5, 5, 5, None, 5, 5, 5), LEVELS)
    assert [(one.start, one.end) for one in pieces] == [(0, 3), (4, 7)]


def test_worst_may_be_high() -> None:
    assert level_of(0.95, (0.9, 0.8), worst_high=True) == 0
    assert level_of(0.85, (0.9, 0.8), worst_high=True) == 1
    assert level_of(0.5, (0.9, 0.8), worst_high=True) is None


def test_moments_hold_half_way_to_their_neighbours() -> None:
    assert [(one.start, one.end) for one in around([1, 4, 5], [0, 0, 0], 0, 9)] == [(0, 2.5), (2.5, 4.5), (4.5, 9)]


def test_a_stretch_of_pairs_begins_half_way_to_the_moment_before_it() -> None:
    times = [0.0, 2.0, 4.0, 6.0, 8.0]
    pieces = widened(graded(between(times, [50, 5, 5, 50]), LEVELS), times, 2.0)
    assert [(one.start, one.end) for one in pieces] == [(1.0, 7.0)]


@given(st.lists(st.one_of(st.none(), st.floats(0, 60)), max_size=60))
def test_no_piece_holds_a_value_milder_than_it_says(values: list[float | None]) -> None:
    measured = seconds(*values)
    for piece in graded(measured, LEVELS):
        inside = [one.value for one in measured if piece.start <= one.start and one.end <= piece.end]
        assert all(value is not None and value <= LEVELS[-1] for value in inside)
        assert all(value is not None and value <= LEVELS[piece.level] for value in inside)
