"""What calls tell of a clock: offset and drift beside a unit's habit, and when a lost clock began anew."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from domain.clip import ClockKind, ClockSource, DeviceClock, Habit, TimeSource
from domain.timespan import Span, utc
from indexer.clock import Calls, ClockLimits, ClockSample, conclude, listen
from indexer.clock_periods import PERIOD, evidence, filed_at, period_of, periods_told
from indexer.clock_resets import Shown, as_shown, believed, groups, restore
from indexer.habits import habit_of
from indexer.pipeline.concerned import CLOCK_WINDOW

LIMITS = ClockLimits()
NOW = utc(2026, 12, 20)
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
FIRST = utc(2026, 11, 2, 0, 30)
LEAD, TRAIL = 20.0, -30.0
HABIT = Habit(LEAD, TRAIL, 2.5, 5)


def duty(seed: int, days: int = 12, calls: int = 5) -> tuple[Calls, list[Span]]:
    """Calls with their entered times, and the recordings: begun 20 s before arrival, stopped 30 s after departure."""
    rng = random.Random(seed)
    windows: list[Span] = []
    spans: list[Span] = []
    for day in range(days):
        for call in range(calls):
            start = FIRST + day * DAY + (call + rng.uniform(0, 0.7)) * 8 * HOUR / calls
            window = Span.of(start, rng.uniform(6, 25) * MINUTE)
            windows.append(window)
            begun = window.start - (LEAD + rng.gauss(0, 12)) * SECOND
            spans.append(Span(begun, window.end - (TRAIL + rng.gauss(0, 12)) * SECOND))
    return Calls.stated(windows), spans


def told(
    spans: Sequence[Span], calls: Calls, fast: float, gain: float = 0.0, habit: Habit | None = HABIT
) -> DeviceClock:
    """The clock of a camera that is `fast` seconds ahead on the first day and gains `gain` a day."""
    samples = []
    for number, span in enumerate(spans):
        shown = span.start + (fast + gain * ((span.start - FIRST) / DAY)) * SECOND
        source = TimeSource(ClockSource.NAME, shown.replace(microsecond=0), None, SECOND, "raw")
        samples.append(ClockSample(number, (source,), span.duration))
    return conclude(listen("D", samples, calls, LIMITS, NOW), habit, LIMITS)


@pytest.mark.parametrize("fast", [-300, -45, 40, 95, 1000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beside_a_known_habit_an_offset_is_told_to_a_few_seconds(seed: int, fast: int) -> None:
    calls, spans = duty(seed)
    clock = told(spans, calls, fast)
    assert clock.kind is ClockKind.CONSTANT
    assert abs(clock.offset.total_seconds() + fast) <= 5
    assert abs(clock.offset.total_seconds() + fast) <= clock.error.total_seconds()


@pytest.mark.parametrize("gain", [-43, -5, 4, 20])
def test_drift_is_told_with_its_rate_and_the_bound_holds_on_every_day(gain: int) -> None:
    calls, spans = duty(4)
    clock = told(spans, calls, 10, gain)
    assert clock.kind is ClockKind.DRIFT
    assert clock.drift_s_per_day == pytest.approx(-gain, abs=1)
    for day in range(12):
        true = -(10 + gain * day)
        camera = FIRST + day * DAY - true * SECOND
        assert abs(clock.offset_at(camera).total_seconds() - true) <= min(15, clock.error.total_seconds())


@pytest.mark.parametrize("seed", range(12))
def test_a_right_clock_used_as_is_usual_claims_nothing(seed: int) -> None:
    calls, spans = duty(seed)
    clock = told(spans, calls, 0)
    assert (clock.kind, clock.offset, clock.error) == (ClockKind.NONE, timedelta(0), 10 * SECOND)


def test_the_habit_itself_is_no_fault_of_the_clock_but_a_camera_alone_cannot_tell_them_apart() -> None:
    """Ninety seconds: without the unit's habit it may be one; the bound says so and nothing is claimed."""
    calls, spans = duty(5)
    assert told(spans, calls, 90).kind is ClockKind.CONSTANT
    alone = told(spans, calls, 90, habit=None)
    assert alone.kind is ClockKind.NONE
    assert 90 <= alone.error.total_seconds() <= 200


def test_starts_and_ends_that_disagree_claim_nothing() -> None:
    """Officers who start two minutes late and stop in time: no clock does that."""
    calls, spans = duty(6)
    late = [Span(span.start + 2 * MINUTE, span.end) for span in spans]
    assert told(late, calls, 0).kind is ClockKind.NONE


def test_estimated_arrivals_are_no_evidence() -> None:
    calls, spans = duty(7)
    assert told(spans, Calls(calls.windows), 300).kind is ClockKind.NONE


def test_a_habit_is_the_middle_of_a_units_cameras_and_a_wrong_clock_does_not_bend_it() -> None:
    leads = [(18.0, -29.0), (22.0, -31.0), (21.0, -30.0), (19.0, -33.0), (400.0, 350.0)]
    assert habit_of(leads, LIMITS) == Habit(20.0, -30.0, 3.0, LIMITS.habit_min_cameras)
    assert habit_of(leads[:4], LIMITS) is None


# --- periods ---


def test_a_clip_tells_its_own_period_and_the_near_one() -> None:
    start = period_of(FIRST)
    assert start <= FIRST < start + timedelta(days=14)
    middle = start + timedelta(days=7)
    assert periods_told(Span(middle, middle)) == [start]
    assert periods_told(Span(start, start)) == [start - timedelta(days=14), start]
    for period in periods_told(Span(start, start)):
        assert evidence(period).contains(start)


def test_a_clip_is_filed_by_what_it_states_and_by_its_import_where_the_clock_was_lost() -> None:
    modified = TimeSource(ClockSource.MODIFIED, FIRST + DAY, FIRST + DAY, DAY, "m")
    name = TimeSource(ClockSource.NAME, FIRST, None, SECOND, "n")
    lost = TimeSource(ClockSource.NAME, None, None, SECOND, "n", lost=True, shown=utc(2000, 1, 1))
    assert filed_at((modified, name), NOW) == FIRST
    assert filed_at((modified,), NOW) == FIRST + DAY
    assert filed_at((modified, lost), NOW) == NOW


# --- lost clocks ---


def lost_clips(spans: Sequence[Span], earliest: datetime, latest: datetime) -> list[Shown]:
    """The same recordings as a camera shows them whose clock began anew five minutes before the first."""
    moved = utc(2000, 1, 1, 0, 5) - spans[0].start
    return [Shown(n, span.shifted(moved), earliest, latest) for n, span in enumerate(spans)]


def test_one_days_clips_of_a_lost_clock_are_placed_by_the_calls_they_fit() -> None:
    calls, spans = duty(8)
    mine = spans[25:30]  # the sixth day
    day = FIRST + 5 * DAY
    (group,) = groups(lost_clips(mine, day - 4 * HOUR, day + 20 * HOUR))
    found = restore(group, calls, HABIT, LIMITS)
    assert found is not None
    wrong = group[0].span.start + found.offset - mine[0].start
    assert abs(wrong) <= min(found.error, 30 * SECOND)


def test_a_lost_clip_alone_fits_many_calls_and_stays_without_a_time() -> None:
    calls, spans = duty(8)
    day = FIRST + 5 * DAY
    (group,) = groups(lost_clips(spans[25:26], day - 4 * HOUR, day + 20 * HOUR))
    assert restore(group, calls, HABIT, LIMITS) is None


@pytest.mark.parametrize("seed", range(20))
def test_clips_that_have_nothing_to_do_with_the_calls_are_not_placed_by_them(seed: int) -> None:
    calls, _ = duty(seed)
    rng = random.Random(seed)
    starts = sorted(FIRST + 5 * DAY + rng.uniform(0, 8) * HOUR for _ in range(5))
    noise = [Span.of(start, rng.uniform(2, 12) * MINUTE) for start in starts]
    day = FIRST + 5 * DAY
    for group in groups(lost_clips(noise, day - 4 * HOUR, day + 20 * HOUR)):
        assert restore(group, calls, HABIT, LIMITS) is None


def test_what_was_made_of_a_lost_clock_is_forgotten_when_it_is_looked_at_again() -> None:
    calls, spans = duty(8)
    lost = TimeSource(ClockSource.NAME, None, None, SECOND, "n", lost=True, shown=utc(2000, 1, 1, 0, 5))
    day = FIRST + 5 * DAY
    (group,) = groups(lost_clips(spans[25:30], day - 4 * HOUR, day + 20 * HOUR))
    placed = believed((lost,), restore(group, calls, HABIT, LIMITS))
    assert placed[0].start is not None
    assert as_shown(placed) == (lost,)


def test_a_camera_whose_clips_begin_with_no_call_is_not_believed_even_where_nothing_is_claimed() -> None:
    """Nine clips are too few for an offset; but hardly one begins when its officer arrived."""
    calls, spans = duty(9)
    few = spans[:9]
    assert told(few, calls, 0).error == 10 * SECOND
    doubted = told(few, calls, 300)
    assert doubted.kind is ClockKind.NONE
    assert doubted.error >= 300 * SECOND


def test_whatever_a_camera_was_issued_for_reaches_all_clips_of_the_periods_that_it_tells() -> None:
    """Who held a camera at one end of a period's evidence concerns a clip at the other end of the period."""
    start = period_of(FIRST)
    days = evidence(start)
    assert days.end - start <= CLOCK_WINDOW
    assert start + PERIOD - days.start <= CLOCK_WINDOW
