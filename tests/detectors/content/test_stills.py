"""Pictures that a person asks for: of the moment, small, and an answer whatever the file is."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.content.moments import STRIP, begin_and_middle, spread
from detectors.content.stills import Making, make
from detectors.content.stills_asked import Made, Moments
from tests.detectors.content import bad_media as bad
from tests.detectors.content.films import film

pytestmark = pytest.mark.slow


def made(path: Path, *seconds: float, exact: bool = True) -> Made:
    with path.open("rb") as stream:
        return make(stream, Moments(tuple(timedelta(seconds=one) for one in seconds), exact))


def brightening(at: float) -> np.ndarray:
    """Ten grey levels brighter each second."""
    return np.full((180, 320, 3), int(at) * 10 + 5, np.uint8)


def brightness(jpeg: bytes) -> float:
    return float(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE).mean())


def test_the_picture_is_that_of_the_moment_however_far_key_pictures_lie_apart(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20, brightening, gop=100)  # a key picture each 10 s
    answer = made(path, 7.0, 12.5, 19.9)
    assert [round(still.at.total_seconds(), 1) for _, still in answer.stills] == [7.0, 12.5, 19.9]
    assert [brightness(still.jpeg) for _, still in answer.stills] == pytest.approx([75, 125, 195], abs=4)
    assert answer.problem is None


def test_a_strip_takes_key_pictures_and_says_their_true_time(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20, brightening, gop=100)
    answer = made(path, 7.0, 12.0, 17.5, exact=False)
    assert [still.at.total_seconds() for _, still in answer.stills] == [10, 10, 17.5]  # none near the last


def test_what_would_cost_too_much_to_reach_is_stood_for_by_the_nearest_key_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "a.mp4", 20, brightening, gop=200)
    monkeypatch.setattr(Making.__init__, "__defaults__", (320 * 180 * 150,))
    answer = made(path, 8.0, 15.0, 9.0)  # 81 pictures, then 151, then 91 of which 69 are left
    assert [still.at.total_seconds() for _, still in answer.stills] == [8, 0, 0]


def test_after_the_last_picture_and_in_a_film_of_one_the_nearest_there_is_is_shown(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 4, brightening)
    ((_, still),) = made(path, 3600.0).stills
    assert still.at == timedelta(seconds=3)
    assert len(made(bad.one_frame(tmp_path), 0.0, 5.0).stills) == 2


def test_a_photo_is_shown_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    cv2.imwrite(str(path), np.full((1200, 1600, 3), 130, np.uint8))
    stills = made(path, 0.0, 9.0).stills
    assert [brightness(still.jpeg) for _, still in stills] == pytest.approx([130, 130], abs=3)
    assert all(len(still.jpeg) < 60_000 for _, still in stills)


@pytest.mark.parametrize(
    ("make_file", "word"),
    [(bad.sound_only, "no picture"), (bad.nothing, "could not"), (bad.random_bytes, "could not")],
)
def test_where_there_is_no_picture_the_reason_is_told(
    make_file: Callable[[Path], Path], word: str, tmp_path: Path
) -> None:
    answer = made(make_file(tmp_path), 0.0, 1.0)
    assert answer.stills == ()
    assert word in (answer.problem or "")


def test_what_is_damaged_costs_its_own_picture_only(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 10, voice=None)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 40_000] = os.urandom(40_000)
    path.write_bytes(bytes(content))
    shown = {asked.seconds for asked, _ in made(path, 0.0, 9.0).stills}
    assert shown == {0, 9}


def test_a_strip_lies_evenly_in_the_parts_alone() -> None:
    assert spread([(0.0, 8.0)]) == [0.5 + n for n in range(STRIP)]
    assert spread([(0.0, 2.0), (100.0, 106.0)]) == [0.5, 1.5, 100.5, 101.5, 102.5, 103.5, 104.5, 105.5]


def test_the_still_at_a_beginning_lies_within_the_stretch_for_its_edge_is_not_exact() -> None:
    begin, middle = begin_and_middle(timedelta(seconds=10), timedelta(seconds=20))
    assert timedelta(seconds=11) <= begin < middle == timedelta(seconds=15)
    assert begin_and_middle(timedelta(seconds=10), timedelta(seconds=10)) == (timedelta(seconds=10),) * 2
