"""Clips of one device become recordings, joined on its own clock; a wrong frame rate is seen through."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clip import Clip, ClockSource, Recording, TimeSource
from domain.gap import GapCause
from indexer.recordings import RecordingLimits, assemble
from tests.indexer.clip_builder import at, clip, s, segments, span
from tests.statements import in_english


def shape(recordings: tuple[Recording, ...]) -> list[list[int]]:
    return [[part.file_id for part in one.clips] for one in recordings]


def test_segments_that_follow_within_two_seconds_are_one_recording() -> None:
    clips = [clip(0, 300, file_id=1), clip(301.5, 600, file_id=2), clip(602, 700, file_id=3)]
    one = assemble(clips)
    assert shape(one) == [[1, 2, 3]]
    assert one[0].span == span(0, 700)
    assert one[0].device == "CAM0001"


@pytest.mark.parametrize(("hole", "joined"), [(2.9, True), (3.1, False)])
def test_the_resolution_of_a_name_is_added_to_the_two_seconds(hole: float, joined: bool) -> None:
    assert len(assemble([clip(0, 300), clip(300 + hole, 600)])) == (1 if joined else 2)


def test_the_resolution_comes_from_the_chosen_source() -> None:
    def listed(start: float, end: float) -> Clip:
        source = TimeSource(ClockSource.CLIP_INDEX, at(start), None, s(2), "", chosen=True)
        return clip(start, end, sources=(source,))

    assert len(assemble([listed(0, 300), listed(303.9, 600)])) == 1


def test_a_large_clock_error_joins_nothing_because_both_clips_share_the_clock() -> None:
    assert len(assemble([clip(0, 300, error=3600), clip(310, 600, error=3600)])) == 2


def test_a_small_overlap_is_tolerated_and_a_large_one_is_a_clock_step() -> None:
    assert len(assemble([clip(0, 300), clip(296, 600)])) == 1
    assert len(assemble([clip(0, 300), clip(280, 600)])) == 2


def test_unplaced_clips_and_stills_are_left_out() -> None:
    still = clip(10, 10, has_picture=True, has_sound=False)
    unplaced = Clip(9, "dock-a", "x.mp4", "CAM0001", None, None, s(10), None, timedelta(0))
    assert shape(assemble([still, unplaced, clip(0, 300, file_id=1)])) == [[1]]
    assert assemble([]) == ()


def test_a_copy_belongs_to_the_recording_and_does_not_break_it() -> None:
    clips = [clip(0, 300, file_id=1), clip(0, 300, file_id=2, path="other/1.mp4"), clip(300, 600, file_id=3)]
    assert shape(assemble(clips)) == [[1, 2, 3]]


def test_channels_of_one_recorder_are_kept_apart() -> None:
    clips = [clip(0, 300, file_id=1, channel="CH1"), clip(300, 600, file_id=2, channel="CH2")]
    assert shape(assemble(clips)) == [[1], [2]]


def test_files_without_device_hold_together_by_folder_only() -> None:
    clips = [
        clip(0, 300, file_id=1, device=None, path="a/1.mp4"),
        clip(300, 600, file_id=2, device=None, path="a/2.mp4"),
        clip(600, 900, file_id=3, device=None, path="b/3.mp4"),
    ]
    assert shape(assemble(clips)) == [[1, 2], [3]]


def test_holes_inside_files_are_gaps_of_the_recording() -> None:
    (one,) = assemble([clip(0, 300, holes=((100, 12),)), clip(300, 600)])
    assert [(gap.span, gap.cause) for gap in one.gaps] == [(span(100, 112), GapCause.DROPPED)]


def test_a_slow_roll_over_is_noted_and_a_seam_within_the_resolution_is_not() -> None:
    (one,) = assemble([clip(0, 300), clip(302, 600), clip(600.5, 900)])
    assert [(gap.span, gap.cause) for gap in one.gaps] == [(span(300, 302), GapCause.ROLL_OVER)]


def slow_camera(walls: list[float], ratio: float = 0.8, sequence: int | None = 1) -> list[Clip]:
    """Segments that run on without a break while the file declares more frames a second than it got."""
    clips, start = [], 0.0
    for n, wall in enumerate(walls):
        clips.append(clip(start, start + wall * ratio, file_id=n + 1, sequence=sequence and sequence + n))
        start += wall
    return clips


def test_twenty_frames_declared_as_25_are_one_continuous_recording() -> None:
    (one,) = assemble(slow_camera([60] * 10))
    assert one.span == span(0, 600)
    assert {gap.cause for gap in one.gaps} == {GapCause.FRAME_RATE}
    assert [part.span for part in one.clips] == [span(60 * n, 60 * n + 60) for n in range(10)]
    assert all("0.800" in in_english(gap.evidence)[0] for gap in one.gaps)


def test_segments_of_different_length_show_a_wrong_rate_too() -> None:
    (one,) = assemble(slow_camera([100, 173, 250, 131, 90]))
    assert one.span.duration == pytest.approx(s(744), abs=s(0.1))


def test_media_longer_than_the_wall_is_shortened_to_the_next_start() -> None:
    (one,) = assemble(slow_camera([60, 120, 60, 180], ratio=1.25))
    assert [part.span.end for part in one.clips if part.span] == [at(60), at(180), at(240), at(420)]
    assert one.gaps == ()


def test_a_constant_pause_at_each_cut_is_no_wrong_frame_rate() -> None:
    clips = [clip(310 * n, 310 * n + 300) for n in range(8)]
    assert len(assemble(clips)) == 8


def test_one_seamless_pair_proves_that_the_camera_keeps_time() -> None:
    clips = slow_camera([60] * 6)
    last = clips[-1].span
    assert last is not None
    tail = clip((last.end - at(0)).total_seconds(), (last.end - at(0)).total_seconds() + 60, sequence=7)
    assert len(assemble([*clips, tail])) > 1


def test_a_stop_between_two_runs_of_a_slow_camera_stays_a_stop() -> None:
    first = slow_camera([60] * 6)
    second = [clip(1000 + 60 * n, 1048 + 60 * n, sequence=20 + n) for n in range(6)]
    assert [one.span for one in assemble([*first, *second])] == [span(0, 360), span(1000, 1360)]


def test_a_ratio_within_two_percent_of_one_is_no_wrong_frame_rate() -> None:
    assert len(assemble(slow_camera([400, 600, 900, 700], ratio=0.985))) == 4


def test_too_few_segments_show_nothing() -> None:
    assert len(assemble(slow_camera([60] * 3))) == 3


def test_limits_are_what_the_operator_sets() -> None:
    assert len(assemble([clip(0, 300), clip(310, 600)], RecordingLimits(join_seconds=10))) == 1


LENGTHS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 300)), min_size=1, max_size=12)


@given(LENGTHS, st.randoms(use_true_random=False))
def test_every_placed_clip_is_in_exactly_one_recording_whatever_the_order(
    lengths: list[tuple[int, int]], rng: random.Random
) -> None:
    clips, start = [], 0
    for n, (pause, length) in enumerate(lengths):
        start += pause
        clips.append(clip(start, start + length, file_id=n + 1))
        start += length
    expected = assemble(clips)
    assert sorted(part for one in shape(expected) for part in one) == [n + 1 for n in range(len(lengths))]
    rng.shuffle(clips)
    assert assemble(clips) == expected


def test_seamless_segments_of_a_whole_shift_are_one_recording() -> None:
    assert len(assemble(segments(0, 8 * 3600, 300))) == 1
