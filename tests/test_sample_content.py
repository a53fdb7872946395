"""What is wrong with pictures and sound of the sample is really in the files: measured without our detectors."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sample_media import day
from sample_media.tables import Damage, SampleClip, Shown, Sight

STORES = Path(__file__).resolve().parent.parent / "sample_media" / "stores"
UNPLAYABLE = (Damage.ZERO_LENGTH, Damage.NO_INDEX, Damage.COPYING, Damage.TRUNCATED)
PLAYABLE = [clip for clip in day.CLIPS if clip.damage not in UNPLAYABLE]
TEXT = 1 / 8  # of the height: below it nothing but the scene is drawn
EDGE = 2  # seconds beside the edges of a fault that are not looked at

pytestmark = [pytest.mark.slow, pytest.mark.long]

Grey = NDArray[np.uint8]


def file_of(clip: SampleClip) -> Path:
    return STORES / clip.store / clip.path


def with_fault(what: Sight) -> tuple[SampleClip, Shown]:
    """The one clip of the day that shows it."""
    (found,) = ((clip, shown) for clip in day.CLIPS for shown in clip.shows if shown.what is what)
    return found


def seconds_of(clip: SampleClip) -> list[Grey]:
    """One picture for each second, in its middle."""
    found: dict[int, Grey] = {}
    with av.open(str(file_of(clip))) as media:
        stream = media.streams.video[0]
        begin = float((stream.start_time or 0) * stream.time_base) if stream.time_base else 0.0
        for frame in media.decode(stream):
            second = (frame.time or 0.0) - begin
            if second % 1 >= 0.5 and int(second) not in found:
                found[int(second)] = frame.to_ndarray(format="gray")
    return [found[second] for second in sorted(found)]


def scene(picture: Grey) -> Grey:
    return picture[int(len(picture) * TEXT) :]


def text(picture: Grey) -> Grey:
    return picture[: int(len(picture) * TEXT)]


def brightest(picture: Grey) -> float:
    return float(np.percentile(scene(picture), 99.9))


def edges(picture: Grey) -> float:
    """The sharpest steps of the scene, grey levels from one point to the next."""
    return float(np.percentile(np.abs(np.diff(scene(picture).astype(np.float32), axis=1)), 99.9))


def contrast(picture: Grey) -> float:
    """Strongest structure that is finer than a quarter of the picture."""
    plane = scene(picture).astype(np.float32)
    return float(np.max(np.abs(cv2.GaussianBlur(plane, (0, 0), 3) - cv2.GaussianBlur(plane, (0, 0), 30))))


@pytest.mark.parametrize(
    ("what", "measure", "at_most"),
    [(Sight.BLACK, brightest, 20.0), (Sight.COVERED, contrast, 14.0), (Sight.BLURRED, edges, 5.0)],
)
def test_a_fault_of_the_picture_is_there_from_its_first_second_to_its_last(
    what: Sight, measure: Callable[[Grey], float], at_most: float
) -> None:
    clip, shown = with_fault(what)
    values = [measure(picture) for picture in seconds_of(clip)]
    end = shown.start + shown.seconds
    inside = values[shown.start + EDGE : end - EDGE]
    outside = values[: shown.start - EDGE] + values[end + EDGE :]
    assert max(inside) <= at_most
    assert min(outside) >= 2.5 * at_most
    assert len(inside) > 30


@pytest.mark.parametrize("what", [Sight.BLACK, Sight.FROZEN, Sight.COVERED, Sight.BLURRED])
def test_the_clock_in_the_picture_runs_on_over_a_fault(what: Sight) -> None:
    clip, shown = with_fault(what)
    pictures = seconds_of(clip)[shown.start + EDGE : shown.start + shown.seconds]
    changes = [int((np.abs(text(b).astype(int) - text(a)) > 60).sum()) for a, b in pairwise(pictures)]
    assert min(changes) > 10


def test_the_frozen_picture_stands_still_and_moves_before_and_after() -> None:
    clip, shown = with_fault(Sight.FROZEN)
    pictures = [scene(picture).astype(int) for picture in seconds_of(clip)]
    moved = [int((np.abs(b - a) > 20).sum()) for a, b in pairwise(pictures)]
    first, end = shown.start + EDGE, shown.start + shown.seconds
    assert max(moved[first : end - EDGE]) < 10  # an encoder draws it a little better with time
    assert min(moved[: shown.start - EDGE]) > 100
    assert min(moved[end:]) > 100


def test_the_dead_microphone_gives_nothing_but_zeros() -> None:
    clip, shown = with_fault(Sight.SILENT)
    with av.open(str(file_of(clip))) as media:
        rate = media.streams.audio[0].rate
        heard = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in media.decode(audio=0)])
    inside = heard[(shown.start + 1) * rate : (shown.start + shown.seconds - 1) * rate]
    assert len(inside) > 60 * rate
    assert float(np.abs(inside).max()) == 0.0
    for second in range(shown.start - 1):
        assert float(np.abs(heard[second * rate : (second + 1) * rate]).max()) > 0.001


def test_the_picture_that_is_upside_down_has_its_text_at_the_bottom() -> None:
    clip, _ = with_fault(Sight.TURNED)
    other = next(one for one in day.CLIPS if one.device == clip.device and one is not clip)
    upright = cv2.resize(seconds_of(other)[10], (320, 180), interpolation=cv2.INTER_AREA).astype(int)
    for picture in seconds_of(clip)[::10]:
        small = cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA).astype(int)
        assert np.abs(small[::-1, ::-1] - upright).mean() < 8  # one camera, one scene; people and figures differ
        assert np.abs(small - upright).mean() > 16


def test_the_smaller_copy_shows_a_part_of_its_original() -> None:
    copy = next(clip for clip in day.CLIPS if clip.damage is Damage.RECODED)
    original = next(clip for clip in day.CLIPS if (clip.store, clip.path) == (copy.store, copy.copy_of))
    assert copy.form.width < original.form.width
    assert file_of(copy).stat().st_size < file_of(original).stat().st_size
    size = (copy.form.width, copy.form.height)
    whole = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(int) for picture in seconds_of(original)]
    part = [picture.astype(int) for picture in seconds_of(copy)]
    assert len(part) == copy.seconds
    for second in range(0, len(part), 11):
        apart = [float(np.abs(text(one) - text(part[second])).mean()) for one in whole]
        assert int(np.argmin(apart)) == second + copy.skipped
        assert np.abs(whole[second + copy.skipped] - part[second]).mean() < 4


@pytest.mark.parametrize("clip", PLAYABLE, ids=lambda clip: clip.path.rsplit("/", 1)[-1])
def test_key_pictures_lie_close_enough_for_a_check_that_looks_at_them_alone(clip: SampleClip) -> None:
    with av.open(str(file_of(clip))) as media:
        stream = media.streams.video[0]
        assert stream.time_base
        keys = [
            float(packet.pts * stream.time_base)
            for packet in media.demux(stream)
            if packet.is_keyframe and packet.pts is not None
        ]
    hole = clip.hole[1] if clip.hole else 0
    assert max(b - a for a, b in pairwise(keys)) <= 8.2 + hole
    assert len(keys) >= (clip.seconds - hole) // 8
