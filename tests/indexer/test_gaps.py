"""Each hole gets the cause that its evidence supports, and `unknown` where it supports none."""

import random
from collections import Counter
from typing import Any

import pytest

from domain.clip import Clip, IndexEntry
from domain.gap import GapCause
from indexer.gaps import GapContext, cause_between, gaps_in_window, gaps_inside
from tests.indexer.clip_builder import at, clip, s, span
from tests.statements import english, in_english


def cause(previous: Clip, following: Clip, **context: Any) -> GapCause:
    found, evidence = cause_between(previous, following, GapContext(**context))
    assert evidence
    assert all(in_english(evidence))
    return found


def pair(before: int | None = 7, after: int | None = 8, closed: bool = True, start: float = 400) -> tuple[Clip, Clip]:
    return clip(0, 287, sequence=before, closed=closed), clip(start, start + 300, sequence=after)


def test_closed_properly_and_numbers_continue_means_stopped_by_hand() -> None:
    assert cause(*pair()) is GapCause.STOPPED


def test_a_hole_in_the_numbers_means_a_lost_file() -> None:
    found, evidence = cause_between(*pair(7, 10))
    assert found is GapCause.LOST_FILE
    assert in_english(evidence) == ("sequence 7 is followed by 10: 2 missing",)


def test_numbers_of_files_that_exist_elsewhere_are_not_lost() -> None:
    assert cause(*pair(7, 9), numbers_present={("CAM0001", 8)}) is GapCause.STOPPED
    assert cause(*pair(7, 9), numbers_present={("CAM0002", 8)}) is GapCause.LOST_FILE


def test_a_file_without_index_means_power_loss() -> None:
    assert cause(*pair(closed=False)) is GapCause.POWER_LOSS
    assert cause(*pair(None, None, closed=False)) is GapCause.POWER_LOSS


def test_without_numbers_a_properly_closed_file_says_nothing() -> None:
    assert cause(*pair(None, 8)) is GapCause.UNKNOWN


def test_numbering_that_starts_again_says_nothing() -> None:
    assert cause(*pair(7, 1)) is GapCause.UNKNOWN


def test_numbers_against_the_time_mean_a_clock_step() -> None:
    assert cause(*pair(9, 5)) is GapCause.CLOCK_STEP


def test_an_overlap_beyond_a_few_seconds_means_a_clock_step() -> None:
    assert cause(*pair(start=200)) is GapCause.CLOCK_STEP


def test_a_short_pause_after_a_usual_cut_length_is_a_roll_over() -> None:
    assert cause(clip(0, 300, sequence=1), clip(310, 600, sequence=2)) is GapCause.ROLL_OVER
    assert cause(clip(0, 300, sequence=1), clip(340, 600, sequence=2)) is GapCause.STOPPED
    assert cause(clip(0, 287, sequence=1), clip(297, 600, sequence=2)) is GapCause.STOPPED


def test_two_cameras_cannot_tell_why() -> None:
    assert cause(clip(0, 290, sequence=1), clip(400, 600, sequence=2, device="CAM0002")) is GapCause.UNKNOWN


def test_a_file_that_the_station_lists_and_the_store_lacks_is_lost() -> None:
    entry = IndexEntry("x/0008.mp4", "CAM0001", started_at=at(290), ended_at=at(395))
    assert cause(*pair(), listed_absent=[entry]) is GapCause.LOST_FILE
    elsewhere = IndexEntry("x/0008.mp4", "CAM0001", started_at=at(900), ended_at=at(1000))
    assert cause(*pair(), listed_absent=[elsewhere]) is GapCause.STOPPED
    other = IndexEntry("x/0008.mp4", "CAM0002", started_at=at(290), ended_at=at(395))
    assert cause(*pair(), listed_absent=[other]) is GapCause.STOPPED


def test_what_cannot_be_read_now_comes_before_every_other_cause() -> None:
    assert cause(*pair(7, 10), store_offline=[span(0, 3600)]) is GapCause.STORE_OFFLINE
    assert cause(*pair(7, 10), not_docked=[span(0, 3600)]) is GapCause.NOT_DOCKED


def test_a_file_that_was_there_is_retention_only_when_it_was_allowed_to_go() -> None:
    gone = clip(287, 400)
    assert cause(*pair(), gone=[gone], retention_floor=at(500)) is GapCause.RETENTION
    assert cause(*pair(), gone=[gone], retention_floor=at(300)) is GapCause.LOST_FILE
    assert cause(*pair(), gone=[gone]) is GapCause.LOST_FILE


def test_gaps_inside_a_file_are_on_the_wall_clock_and_end_with_the_file() -> None:
    one = clip(100, 400, holes=((30, 12), (290, 50)))
    assert [gap.span for gap in gaps_inside(one)] == [span(130, 142), span(390, 400)]
    assert {gap.cause for gap in gaps_inside(one)} == {GapCause.DROPPED}


def test_late_start_and_early_end_are_no_gaps() -> None:
    clips = [clip(50, 200, sequence=1), clip(260, 500, sequence=2)]
    (gap,) = gaps_in_window(span(0, 600), clips)
    assert gap.span == span(200, 260)
    assert gap.cause is GapCause.STOPPED


def test_a_hole_up_to_the_joining_is_no_gap() -> None:
    assert gaps_in_window(span(0, 600), [clip(0, 300), clip(302, 600)]) == ()
    assert len(gaps_in_window(span(0, 600), [clip(0, 300), clip(302.1, 600)])) == 1


def test_the_cause_comes_from_the_camera_that_stopped_and_went_on() -> None:
    clips = [
        clip(0, 200, device="CAM0002", sequence=5, file_id=11),
        clip(0, 200, sequence=1, file_id=12),
        clip(260, 600, sequence=2, file_id=13),
    ]
    (gap,) = gaps_in_window(span(0, 600), clips)
    assert gap.cause is GapCause.STOPPED


def test_another_camera_that_goes_on_leaves_no_gap() -> None:
    clips = [clip(0, 200), clip(260, 600), clip(150, 300, device="CAM0002")]
    assert gaps_in_window(span(0, 600), clips) == ()


def test_a_hole_inside_a_file_says_so_and_a_hole_outside_the_window_does_not_count() -> None:
    clips = [clip(-300, 900, holes=((100, 20), (500, 12)))]
    (gap,) = gaps_in_window(span(0, 600), clips)
    assert gap.span == span(200, 212)
    assert gap.cause is GapCause.DROPPED
    assert "12.0 s at 500.0 s" in english(gap.evidence[0])


def test_a_hole_that_the_recordings_explain_as_wrong_frame_rate_is_no_gap() -> None:
    clips = [clip(0, 48), clip(60, 108)]
    context = GapContext(phantoms=(span(48, 60),))
    assert len(gaps_in_window(span(0, 100), clips)) == 1
    assert gaps_in_window(span(0, 100), clips, context) == ()


def test_no_clips_no_gaps() -> None:
    assert gaps_in_window(span(0, 600), []) == ()


def generated(rng: random.Random, truth: GapCause) -> tuple[Clip, Clip, GapContext]:
    """Two neighbours with a hole that has this true cause, as a camera and its station would leave it."""
    number, length, hole = rng.randint(2, 9000), rng.choice([rng.uniform(20, 290), 300.0, 600.0]), rng.uniform(20, 900)
    if truth is GapCause.ROLL_OVER:
        length, hole = rng.choice([300.0, 600.0, 1800.0]), rng.uniform(0, 14)
    if truth is GapCause.CLOCK_STEP:
        hole = -rng.uniform(6, 19)
    step = rng.randint(2, 4) if truth is GapCause.LOST_FILE else 1
    previous = clip(0, length, sequence=number, closed=truth is not GapCause.POWER_LOSS)
    following = clip(length + hole, length + hole + 300, sequence=number + step)
    offline = (span(0, 90000),) if truth is GapCause.STORE_OFFLINE else ()
    return previous, following, GapContext(store_offline=offline)


CAUSES = (
    GapCause.STOPPED,
    GapCause.ROLL_OVER,
    GapCause.CLOCK_STEP,
    GapCause.LOST_FILE,
    GapCause.POWER_LOSS,
    GapCause.STORE_OFFLINE,
)


@pytest.mark.parametrize("truth", CAUSES)
def test_generated_causes_are_recognised(truth: GapCause) -> None:
    """The confusion matrix of `docs/design/linking.md` is diagonal for causes that leave their evidence."""
    rng = random.Random(20)
    found = Counter(cause_between(*generated(rng, truth))[0] for _ in range(300))
    assert found == {truth: 300}


@pytest.mark.parametrize("truth", [GapCause.STOPPED, GapCause.LOST_FILE, GapCause.ROLL_OVER])
def test_without_numbers_no_cause_is_claimed_wrongly(truth: GapCause) -> None:
    rng = random.Random(21)
    for _ in range(50):
        previous, following, context = generated(rng, truth)
        bare = [clip(0, p.span.duration.total_seconds()) for p in (previous,) if p.span]
        start = following.span.start if following.span else at(0)
        after = clip((start - at(0)).total_seconds(), (start - at(0)).total_seconds() + s(300).total_seconds())
        assert cause_between(bare[0], after, context)[0] is GapCause.UNKNOWN


def test_a_file_begun_in_the_hole_that_has_no_index_tells_of_lost_power_and_no_other_file_of_a_stop_by_hand() -> None:
    present = {("CAM0001", 8)}
    assert cause(*pair(7, 9), numbers_present=present) is GapCause.STOPPED
    broken = [clip(287, 287, sequence=8, closed=False)]
    assert cause(*pair(7, 9), numbers_present=present, unplayable=broken) is GapCause.POWER_LOSS
    encrypted = [clip(290, 290, sequence=8)]
    assert cause(*pair(7, 9), numbers_present=present, unplayable=encrypted) is GapCause.UNKNOWN
    elsewhere = [clip(100, 100, closed=False), clip(290, 290, device="CAM0002", closed=False)]
    assert cause(*pair(7, 9), numbers_present=present, unplayable=elsewhere) is GapCause.STOPPED
