"""Placement: which source is believed, with what offset and bound, and what is said about the others."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clip import ClockKind, ClockSource, DeviceClock, TimeSource
from domain.timespan import Span, utc
from domain.wording import halves
from indexer.clock import ClockLimits, unverified_clock
from indexer.placement import Placement, place
from tests.statements import english

LIMITS = ClockLimits()
NOW = utc(2026, 11, 21, 4)
START = utc(2026, 11, 20, 6, 30)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
INDEX, NAME, CONTAINER = ClockSource.CLIP_INDEX, ClockSource.NAME, ClockSource.CONTAINER
EXIF, MODIFIED = ClockSource.EXIF, ClockSource.MODIFIED
LOST = "时钟丢失：早于 2015 年 / lost clock: before 2015"
ERRORS = {INDEX: 2, NAME: 1, CONTAINER: 1, EXIF: 1, MODIFIED: 86_400}


def states(source: ClockSource, start: datetime | None, reason: str = "", lost: bool = False) -> TimeSource:
    raw = f"raw {reason} {lost}"  # what was read decides what is said about it
    return TimeSource(source, start, None, ERRORS[source] * SECOND, raw, reason=reason, lost=lost)


def clock(
    kind: ClockKind = ClockKind.NONE,
    offset: timedelta = timedelta(0),
    *,
    off: tuple[ClockSource, ...] = (),
    shift: timedelta = timedelta(0),
    copied: bool = False,
) -> DeviceClock:
    return DeviceClock("D", kind, offset, 10 * SECOND, zone_sources=off, zone_shift=shift, list_copied=copied)


def put(*sources: TimeSource, by: DeviceClock | None = None, duration: timedelta | None = TEN) -> Placement:
    return place(sources, duration, by or clock(), LIMITS, NOW)


def reasons(placement: Placement) -> dict[ClockSource, str]:
    return {source.source: english(source.reason) for source in placement.sources}


ORDER = [INDEX, NAME, CONTAINER, EXIF, MODIFIED]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_most_trusted_source_that_states_a_start_is_chosen(first: int) -> None:
    placed = put(*(states(source, START + i * SECOND) for i, source in enumerate(ORDER) if i >= first))
    assert placed.source is ORDER[first]
    assert placed.span == Span.of(START + first * SECOND, TEN)
    assert [source.source for source in placed.sources if source.chosen] == [ORDER[first]]


def test_the_bound_is_reading_plus_clock() -> None:
    assert put(states(NAME, START)).error == 11 * SECOND
    assert put(states(INDEX, START)).error == 12 * SECOND
    assert put(states(MODIFIED, START)).error == timedelta(days=1)


def test_the_offset_of_the_clock_is_applied_to_camera_times_and_not_to_the_stations_list() -> None:
    wrong = clock(ClockKind.CONSTANT, -HOUR)
    placed = put(states(NAME, START), by=wrong)
    assert (placed.span, placed.offset) == (Span.of(START - HOUR, TEN), -HOUR)
    listed = put(states(INDEX, START - HOUR), states(NAME, START), by=wrong)
    assert (listed.span, listed.offset) == (Span.of(START - HOUR, TEN), timedelta(0))
    assert reasons(listed)[NAME] == "not chosen: agrees within 1 s, after correction by -1:00:00"


def test_a_list_that_copies_the_camera_is_corrected_with_it() -> None:
    placed = put(states(INDEX, START), states(NAME, START), by=clock(ClockKind.CONSTANT, -HOUR, copied=True))
    assert placed.span == Span.of(START - HOUR, TEN)
    assert reasons(placed)[NAME].startswith("not chosen: agrees within 1 s")


def test_what_is_unsure_about_the_camera_does_not_spread_to_the_stations_list() -> None:
    vague = DeviceClock("D", ClockKind.CONSTANT, -HOUR, timedelta(hours=6))
    assert put(states(INDEX, START), states(NAME, START), by=vague).error == 12 * SECOND
    assert put(states(NAME, START), by=vague).error == timedelta(hours=6, seconds=1)


def test_a_modification_time_is_never_corrected() -> None:
    assert put(states(MODIFIED, START), by=clock(ClockKind.CONSTANT, -HOUR)).span == Span.of(START, TEN)


def test_a_zone_fault_of_the_container_leaves_the_name_in_place_and_is_named() -> None:
    placed = put(
        states(NAME, START),
        states(CONTAINER, START + 8 * HOUR),
        by=clock(ClockKind.ZONE, off=(CONTAINER,), shift=-8 * HOUR),
    )
    assert placed.span == Span.of(START, TEN)
    assert reasons(placed)[CONTAINER] == "not chosen: differs +8:00:00: zone fault"


def test_a_name_that_is_a_zone_off_yields_to_the_container() -> None:
    faulty = clock(ClockKind.ZONE, off=(NAME,), shift=8 * HOUR)
    placed = put(states(NAME, START - 8 * HOUR), states(CONTAINER, START), by=faulty)
    assert placed.source is CONTAINER
    assert placed.span == Span.of(START, TEN)


def test_a_source_that_is_a_zone_off_serves_corrected_when_it_is_alone() -> None:
    faulty = clock(ClockKind.ZONE, off=(CONTAINER,), shift=-8 * HOUR)
    placed = put(states(CONTAINER, START + 8 * HOUR), states(MODIFIED, START + HOUR), by=faulty)
    assert (placed.source, placed.span) == (CONTAINER, Span.of(START, TEN))


def test_a_source_that_is_a_zone_off_by_nobody_knows_what_is_not_believed() -> None:
    placed = put(states(CONTAINER, START), by=clock(ClockKind.ZONE, off=(CONTAINER,)))
    assert placed.span is None
    assert "off by a whole zone" in reasons(placed)[CONTAINER]


def test_a_clip_of_a_lost_clock_has_no_place_though_its_file_was_modified_some_day() -> None:
    placed = put(states(NAME, None, LOST, lost=True), states(MODIFIED, START))
    assert (placed.span, placed.source) == (None, None)
    assert not any(source.chosen for source in placed.sources)
    assert reasons(placed)[NAME] == "lost clock: before 2015"
    assert "clock is lost" in reasons(placed)[MODIFIED]


def test_it_is_the_mark_and_not_the_words_that_make_a_clock_lost() -> None:
    assert put(states(NAME, None, LOST), states(MODIFIED, START)).source is MODIFIED
    assert put(states(NAME, None, "电池耗尽 / flat battery", lost=True), states(MODIFIED, START)).source is None


def test_the_stations_list_places_a_clip_of_a_lost_clock() -> None:
    placed = put(states(INDEX, START), states(NAME, None, LOST, lost=True), states(MODIFIED, START))
    assert (placed.source, placed.span) == (INDEX, Span.of(START, TEN))


def test_a_container_that_lost_its_time_does_not_spoil_a_good_name() -> None:
    placed = put(states(NAME, START), states(CONTAINER, None, LOST, lost=True))
    assert placed.source is NAME


def test_every_loser_says_how_it_differs() -> None:
    placed = put(states(NAME, START), states(CONTAINER, START + 37 * SECOND), states(MODIFIED, START + HOUR))
    assert reasons(placed) == {
        NAME: "chosen: most trusted that states a start",
        CONTAINER: "not chosen: differs +0:00:37",
        MODIFIED: "not chosen: file modified +1:00:00 from the end of recording",
    }


def test_a_reason_found_while_reading_is_kept_before_the_verdict() -> None:
    placed = put(states(NAME, START), states(CONTAINER, START, "所记为结束：-0:10:00 / states the end: -0:10:00"))
    assert reasons(placed)[CONTAINER] == "states the end: -0:10:00; not chosen: agrees within 1 s"
    chinese = {source.source: halves(source.reason)[0] for source in placed.sources}
    assert chinese[CONTAINER] == "所记为结束：-0:10:00；未采用：一致，相差不超过 1 秒"


def test_a_clip_that_would_end_after_the_scan_is_off_by_that_much_at_least() -> None:
    placed = put(states(NAME, NOW + HOUR))
    assert placed.error == HOUR + TEN
    assert "after the scan" in reasons(placed)[NAME]


def test_a_clip_of_unknown_duration_lies_at_one_instant() -> None:
    assert put(states(NAME, START), duration=None).span == Span(START, START)


def test_nothing_at_all_gives_no_place() -> None:
    assert put().span is None


believable = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 11, 20)).map(
    lambda t: utc(t.year, t.month, t.day, t.hour, t.minute, t.second)
)
found = st.sampled_from(["", LOST, "副本 / a copy", "said in one language"])
candidates = st.lists(
    st.builds(states, st.sampled_from(ORDER), st.none() | believable, found, st.booleans()), max_size=8
)
clocks = st.builds(
    clock,
    st.sampled_from(ClockKind),
    st.timedeltas(min_value=-8 * HOUR, max_value=8 * HOUR),
    off=st.sampled_from([(), (NAME,), (CONTAINER,)]),
    shift=st.sampled_from([timedelta(0), 8 * HOUR]),
    copied=st.booleans(),
)


@pytest.mark.slow
@given(candidates, clocks, st.randoms())
def test_placement_does_not_depend_on_the_order_of_the_sources(sources: list, by: DeviceClock, random) -> None:
    shuffled = random.sample(sources, len(sources))
    assert put(*sources, by=by) == put(*shuffled, by=by)


@given(candidates, clocks)
def test_no_source_is_lost_or_changed_but_for_choice_and_reason(sources: list, by: DeviceClock) -> None:
    def bare(some: list | tuple) -> list:
        return sorted((s.source.value, str(s.start), s.error, s.raw) for s in some)

    assert bare(put(*sources, by=by).sources) == bare(sources)


@given(candidates, clocks)
def test_placing_again_from_what_was_placed_changes_nothing(sources: list, by: DeviceClock) -> None:
    once = put(*sources, by=by)
    assert put(*once.sources, by=by) == once


@given(candidates)
def test_exactly_the_placed_clips_have_one_chosen_source(sources: list) -> None:
    placed = put(*sources, by=unverified_clock("D", LIMITS))
    assert sum(source.chosen for source in placed.sources) == (placed.span is not None)
