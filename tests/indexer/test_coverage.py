"""Coverage of a required window: what is on record, under every plausible clock."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activity import Bound, RequiredWindow
from domain.clip import Clip
from domain.coverage import Bounds, Coverage
from domain.timespan import ZERO
from indexer.coverage import measure
from indexer.gaps import GapContext
from tests.indexer.clip_builder import clip, s, span


def need(start: float, end: float) -> RequiredWindow:
    return RequiredWindow(span(start, end), Bound.STATED, Bound.STATED)


def bounds(low: float, nominal: float, high: float) -> Bounds:
    return Bounds(s(low), s(nominal), s(high))


def test_a_recording_of_the_whole_call_covers_it() -> None:
    one = measure(need(0, 600), [clip(-60, 700, file_id=5)], officer="031021")
    assert one.covered == Bounds.exactly(s(600))
    assert one.late == one.early == Bounds.exactly(ZERO)
    assert (one.ratio, one.gaps, one.clips, one.officer) == (1.0, (), (5,), "031021")


def test_no_clip_covers_nothing_and_is_late_and_early_by_the_whole_window() -> None:
    one = measure(need(0, 600), [clip(700, 900), clip(-900, -10)])
    assert one.covered == Bounds.exactly(ZERO)
    assert one.late == one.early == Bounds.exactly(s(600))
    assert one.clips == ()
    assert not one.may_touch


def test_late_early_and_gap_are_told_apart() -> None:
    one = measure(need(0, 600), [clip(40, 200), clip(250, 500)])
    assert one.covered.nominal == s(410)
    assert one.late.nominal == s(40)
    assert one.early.nominal == s(100)
    assert [gap.span for gap in one.gaps] == [span(200, 250)]


def test_a_roll_over_counts_as_covered_also_on_the_edge_of_the_window() -> None:
    assert measure(need(0, 600), [clip(0, 300), clip(301.5, 600)]).covered.nominal == s(600)
    assert measure(need(0, 600), [clip(-300, -1), clip(0.9, 600)]).late.nominal == ZERO


def test_bounds_hold_every_shift_of_the_clock() -> None:
    one = measure(need(0, 600), [clip(-20, 580, error=30)])
    assert one.covered == bounds(550, 580, 600)
    assert one.late == bounds(0, 0, 10)
    assert one.early == bounds(0, 20, 50)


def test_the_best_shift_may_lie_inside_the_interval() -> None:
    one = measure(need(0, 600), [clip(50, 650, error=200)])
    assert one.covered == bounds(350, 550, 600)


def test_clips_of_one_camera_shift_together_so_a_gap_stays_a_gap() -> None:
    one = measure(need(0, 600), [clip(-300, 200, error=60), clip(300, 900, error=60)])
    assert one.covered == Bounds.exactly(s(500))


def test_clips_of_two_cameras_shift_apart() -> None:
    one = measure(need(0, 600), [clip(-300, 270, error=60), clip(330, 900, error=60, device="CAM0002")])
    assert one.covered == bounds(420, 540, 600)


def test_a_clip_outside_may_touch_under_another_clock() -> None:
    one = measure(need(0, 600), [clip(620, 900, file_id=3, error=60)])
    assert not one.touches
    assert one.may_touch
    assert one.covered == bounds(0, 0, 40)
    assert one.clips == (3,)
    assert one.clock_error == s(60)


def test_a_well_known_clip_does_not_move_with_a_badly_known_one_of_the_same_camera() -> None:
    one = measure(need(0, 600), [clip(0, 600, error=5), clip(2000, 2100, error=5000)])
    assert one.covered == bounds(595, 600, 600)


def test_a_file_time_that_says_nothing_may_lie_anywhere_in_the_window() -> None:
    one = measure(need(0, 600), [clip(40000, 40300, error=86400)])
    assert one.covered == bounds(0, 0, 300)


def test_holes_inside_files_are_not_covered() -> None:
    assert measure(need(0, 600), [clip(0, 600, holes=((100, 30),))]).covered.nominal == s(570)


def test_a_phantom_of_the_frame_rate_counts_as_recorded() -> None:
    clips = [clip(0, 48), clip(60, 108)]
    context = GapContext(phantoms=(span(48, 60), span(108, 120)))
    assert measure(need(0, 120), clips, context=context).covered.nominal == s(120)


def test_unplaced_clips_say_nothing() -> None:
    unplaced = Clip(9, "dock-a", "x.mp4", "CAM0001", None, None, s(10), None, ZERO)
    assert measure(need(0, 600), [unplaced]).covered == Bounds.exactly(ZERO)


def test_a_window_without_length_counts_as_covered() -> None:
    assert measure(need(0, 0), [clip(-10, 10)]).ratio == 1.0


SECONDS = st.integers(-200, 800)


@st.composite
def footage(draw: st.DrawFn, devices: int = 2, error: int | None = None) -> list[Clip]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(SECONDS), draw(st.integers(0, 300))
        device = f"CAM{draw(st.integers(1, devices))}"
        wrong = draw(st.sampled_from((0, 5, 60, 5000))) if error is None else error
        holes = ((draw(st.integers(0, 300)), draw(st.integers(1, 50))),) if draw(st.booleans()) else ()
        found.append(clip(start, start + length, device=device, error=wrong, holes=holes))
    return found


def ordered(value: Bounds) -> bool:
    return value.low <= value.nominal <= value.high


def inside(one: Coverage, value: timedelta) -> bool:
    return ZERO <= value <= one.required


@settings(deadline=None)
@given(footage(), st.integers(0, 600))
def test_covered_and_uncovered_are_what_was_needed(clips: list[Clip], length: int) -> None:
    one = measure(need(0, length), clips)
    holes = sum((gap.duration for gap in one.gaps), ZERO)
    if one.touches:
        assert one.covered.nominal + one.late.nominal + one.early.nominal + holes == one.required
    else:
        assert one.late.nominal == one.early.nominal == one.required


@settings(deadline=None)
@given(footage(), st.integers(0, 600))
def test_bounds_are_ordered_and_inside_the_window(clips: list[Clip], length: int) -> None:
    one = measure(need(0, length), clips)
    for value in (one.covered, one.late, one.early):
        assert ordered(value)
        assert inside(one, value.low)
        assert inside(one, value.high)


@settings(deadline=None)
@given(footage(), footage())
def test_more_clips_never_cover_less(clips: list[Clip], more: list[Clip]) -> None:
    window = need(0, 600)
    assert measure(window, [*clips, *more]).covered.nominal >= measure(window, clips).covered.nominal


@pytest.mark.slow
@settings(deadline=None)
@given(footage(devices=1, error=60), footage(devices=1, error=60))
def test_more_clips_of_one_camera_never_lower_a_bound(clips: list[Clip], more: list[Clip]) -> None:
    window = need(0, 600)
    few, many = measure(window, clips).covered, measure(window, [*clips, *more]).covered
    assert many.low >= few.low
    assert many.high >= few.high


@pytest.mark.slow
@settings(deadline=None)
@given(footage(devices=1, error=60), st.integers(-60, 60))
def test_no_shift_of_one_clock_leaves_the_bounds(clips: list[Clip], shift: int) -> None:
    """The exact claim behind `low` and `high`, tried at every second of the interval."""
    window = need(0, 600)
    one = measure(window, clips)
    shifted = [clip_at(part, shift) for part in clips]
    other = measure(window, shifted)
    assert one.covered.low <= other.covered.nominal <= one.covered.high
    assert one.late.low <= other.late.nominal <= one.late.high
    assert one.early.low <= other.early.nominal <= one.early.high


def clip_at(part: Clip, shift: int) -> Clip:
    return replace(part, span=part.span.shifted(s(shift)) if part.span else None, clock_error=ZERO)


@settings(deadline=None)
@given(footage())
def test_the_order_of_clips_changes_nothing(clips: list[Clip]) -> None:
    window = need(0, 600)
    assert measure(window, clips[::-1]) == measure(window, clips)
