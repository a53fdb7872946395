"""What readings tell together: runs, jumps, standstills, wrong rates, and misreadings that are none of these."""

from collections.abc import Callable, Iterable
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.content.overlay.story import Reading, Story, story

START = 1_795_180_860  # 2026-11-20 13:21:00 as if it were UTC


def readings(
    times: Iterable[float], clock: Callable[[float], float] = lambda at: at, step: float = 1.0
) -> list[Reading]:
    return [Reading(at, START + floor(clock(at) / step) * step, step, f"{at}") for at in times]


def spread(count: int = 11, length: float = 600) -> list[float]:
    return [length * number / (count - 1) for number in range(count)]


def jumps(tale: Story) -> list[tuple[float, float, int]]:
    return [(one.before.at, one.after.at, round(one.gained)) for one in tale.jumps]


def test_a_clock_that_runs_right_is_one_run_within_half_a_second() -> None:
    tale = story(readings([at + 0.37 for at in spread()]))
    assert (len(tale.runs), tale.jumps, tale.stops, tale.doubts) == (1, (), (), ())
    assert tale.runs[0].zero == pytest.approx(START, abs=0.5)


def test_one_reading_alone_is_never_believed() -> None:
    assert story(readings([5.0])).runs == ()
    assert story([]).runs == ()


def test_an_offset_that_steps_and_stays_is_a_jump_between_two_pictures() -> None:
    tale = story(readings(spread(), lambda at: at + (300 if at > 330 else 0)))
    assert jumps(tale) == [(300, 360, 300)]
    assert (300, 360) in tale.doubts


def test_a_cut_of_three_seconds_is_a_jump_and_no_wrong_rate() -> None:
    assert jumps(story(readings([*spread(), 299, 301], lambda at: at + (3 if at > 300 else 0)))) == [(300, 301, 3)]


def test_a_misread_figure_is_no_jump() -> None:
    wrong = readings(spread())
    wrong[4] = Reading(wrong[4].at, wrong[4].shown + 5 * 3600, 1.0, "18 for 13")
    tale = story(wrong)
    assert (len(tale.runs), tale.jumps) == (1, ())
    assert wrong[4] not in tale.runs[0].readings


def test_the_last_picture_alone_makes_no_jump_but_a_doubt() -> None:
    tale = story(readings(spread(), lambda at: at + (77 if at >= 600 else 0)))
    assert tale.jumps == ()
    assert (540, 600) in tale.doubts


def test_two_unsure_readings_that_differ_by_a_lookalike_are_no_jump() -> None:
    true = readings(spread())
    for number in (9, 10):
        true[number] = Reading(true[number].at, true[number].shown + 5 * 3600, 1.0, "18 for 13", sure=0.4)
    assert story(true).jumps == ()


def test_an_edit_by_exactly_five_hours_that_is_read_surely_is_a_jump() -> None:
    assert jumps(story(readings(spread(), lambda at: at + (5 * 3600 if at > 330 else 0)))) == [(300, 360, 18000)]


def test_the_same_second_in_three_pictures_is_a_clock_that_stands_still() -> None:
    tale = story(readings(spread(), lambda at: min(at, 240.5)))
    assert [(stop[0].at, stop[-1].at) for stop in tale.stops] == [(240, 600)]
    assert tale.jumps == ()


def test_what_a_clock_lost_while_it_stood_still_is_no_jump() -> None:
    tale = story(readings(spread(), lambda at: at if at < 200 else 200 if at < 330 else at - 130))
    assert [(stop[0].at, stop[-1].at) for stop in tale.stops] == [(240, 300)] or tale.doubts
    dense = story(
        readings([*spread(), 199, 201, 220, 329, 331], lambda at: at if at < 200 else 200 if at < 330 else at - 130)
    )
    assert [(stop[0].at, stop[-1].at) for stop in dense.stops] == [(201, 329)]
    assert dense.jumps == ()


def test_pictures_within_one_second_show_no_standstill() -> None:
    assert story(readings([10.0, 10.3, 10.6, 10.9])).stops == ()


@pytest.mark.parametrize("rate", [0.9, 0.98, 1.02, 1.25])
def test_a_wrong_rate_is_no_jump_and_is_measured(rate: float) -> None:
    tale = story(readings(spread(), lambda at: at * rate))
    assert (len(tale.runs), tale.jumps) == (1, ())
    assert tale.runs[0].rate == pytest.approx(rate, abs=0.004)


def test_a_clock_without_seconds_asks_when_its_minute_turns() -> None:
    def clock(at: float) -> float:
        return at + 17

    times = spread()
    for _ in range(8):
        tale = story(readings(times, clock, step=60))
        if not tale.turns:
            break
        times += tale.turns
    assert tale.runs[0].wide <= 2
    assert tale.runs[0].zero == pytest.approx(START + 17, abs=1)


@given(
    st.lists(st.floats(0, 7200), min_size=4, max_size=30, unique=True),
    st.floats(-1e6, 1e6),
    st.integers(0, 2**30),
)
def test_a_clock_that_runs_right_never_jumps_stops_or_drifts(times: list[float], offset: float, seed: int) -> None:
    shown = readings(times, lambda at: at + offset)
    tale = story(sorted(shown, key=lambda one: hash((seed, one.at))))
    assert (tale.jumps, tale.stops) == ((), ())
    assert all(run.rate == 1.0 and abs(run.zero - START - offset) <= 0.51 for run in tale.runs)


@given(
    st.lists(st.integers(1, 7199), min_size=8, max_size=30, unique=True),
    st.data(),
)
def test_stray_misreadings_between_good_ones_are_left_out(times: list[int], data: st.DataObject) -> None:
    good = readings(sorted(times))
    bad = data.draw(st.integers(2, len(good) - 3))
    by = data.draw(st.sampled_from([-36000, -600, -10, 10, 40, 3600, 86400 * 31]))
    good[bad] = Reading(good[bad].at, good[bad].shown + by, 1.0, "misread")
    tale = story(good)
    assert (tale.jumps, tale.stops) == ((), ())
    assert all(abs(run.zero - START) <= 0.51 for run in tale.runs)
