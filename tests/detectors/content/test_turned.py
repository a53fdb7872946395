"""A camera that turns over while it records is found, with where and by how much; nothing else is taken for it."""

import subprocess
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from benchmarks.content.encode import Encoding
from benchmarks.content.films import Film, Place, write
from benchmarks.content.scenes import SCENES
from benchmarks.content.turned import followed
from detectors.content.base import Plane
from detectors.content.turned import Turned
from detectors.content.turned_features import features_of, quarters_between
from detectors.content.turned_layout import layout_of, likeness
from domain.observation import Observation

pytestmark = [pytest.mark.slow, pytest.mark.long]

H264 = Encoding("H.264 CRF 26", gop=10)


def film(scene: str, seconds: float, *places: Place) -> Film:
    return Film(scene, H264, seconds, places, (480, 270), 5, 0, seed=4)


def told(path: Path) -> list[Observation]:
    turned = Turned()
    followed(path, turned)
    return list(turned.finish())


def seconds(one: Observation) -> tuple[float, float]:
    return one.start.total_seconds(), one.end.total_seconds()


def light(scene: str, at: float, seed: int = 7) -> Plane:
    drawn = SCENES[scene].make(np.random.default_rng(seed))(at)
    return cv2.resize(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY), (480, 270), interpolation=cv2.INTER_AREA)


def leaning(plane: Plane, degrees: float, zoom: float = 1.0) -> Plane:
    """Turned counter-clockwise about its middle."""
    middle = (plane.shape[1] / 2, plane.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, zoom)
    return cv2.warpAffine(plane, matrix, (plane.shape[1], plane.shape[0]))


@pytest.mark.parametrize(
    ("scene", "defect", "degrees"),
    [("corridor", "upside down", 180), ("street", "upside down", 180), ("interview", "on its side", 90)],
)
def test_a_camera_that_turned_over_is_found_with_what_puts_it_right(
    tmp_path: Path, scene: str, defect: str, degrees: int
) -> None:
    """The on-screen clock stays upright, as in life."""
    found = told(write(film(scene, 70, Place(defect, 25, 40)), tmp_path))
    assert [(one.value, one.unit) for one in found] == [(degrees, "deg")]
    start, end = seconds(found[0])
    assert abs(start - 25) <= 2
    assert abs(end - 40) <= 2


def test_a_camera_that_turned_over_and_stayed_so_is_found_until_the_end(tmp_path: Path) -> None:
    (one,) = told(write(film("interview", 70, Place("upside down", 50, 70)), tmp_path))
    start, end = seconds(one)
    assert abs(start - 50) <= 2
    assert end >= 68 - 2


def test_a_display_matrix_neither_makes_a_turn_nor_hides_one(tmp_path: Path) -> None:
    """Players turn the whole of such a file: only what turned within it stands wrong."""
    stored = write(film("corridor", 60, Place("upside down", 25, 40)), tmp_path)
    for degrees in (90, 180):
        marked = tmp_path / f"marked{degrees}.mp4"
        remuxed = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", str(degrees), "-i", str(stored)]
        subprocess.run([*remuxed, "-c", "copy", str(marked)], check=True, capture_output=True)
        with av.open(str(marked)) as container:
            assert abs(next(container.decode(video=0)).rotation) == degrees
        assert [(seconds(one), one.value) for one in told(marked)] == [
            (seconds(one), one.value) for one in told(stored)
        ]


def test_of_a_clip_that_is_turned_from_beginning_to_end_nothing_is_said(tmp_path: Path) -> None:
    """Nothing in it tells which way is up."""
    assert told(write(film("corridor", 40, Place("upside down", 0, 40)), tmp_path)) == []


@pytest.mark.parametrize(
    "scene", ["street", *(pytest.param(scene, marks=pytest.mark.long) for scene in ("painted", "lamps", "paper"))]
)
@pytest.mark.parametrize("defect", ["black", "hand", "bars", "frozen, clock runs"])
def test_nothing_else_that_happens_to_a_picture_is_a_turn(tmp_path: Path, scene: str, defect: str) -> None:
    assert told(write(film(scene, 50, Place(defect, 18, 32)), tmp_path)) == []


@pytest.mark.parametrize("scene", ["street", "corridor", "plaster", "snow", "car", "interview", "empty room"])
def test_points_tell_a_quarter_and_a_half_turn_of_a_camera_that_moves(scene: str) -> None:
    before, after = light(scene, 10), light(scene, 10.5)
    for degrees, quarters in ((0, 0), (12, 0), (90, 3), (180, 2), (168, 2), (270, 1)):
        assert quarters_between(features_of(before), features_of(leaning(after, degrees))) == quarters, degrees


@pytest.mark.parametrize("other", ["street", "plaster", "paper", "lamps", "snow"])
def test_points_of_two_scenes_tell_no_turn(other: str) -> None:
    for at in (5.0, 25.0, 45.0):
        told = quarters_between(features_of(light("corridor", at)), features_of(light(other, at)))
        assert told in (None, 0)


def test_a_pattern_that_looks_the_same_turned_tells_nothing() -> None:
    """Tiles, blinds, a chequered floor: upright may not be taken for turned."""
    rows, columns = np.indices((270, 480))
    noise = np.random.default_rng(1).normal(0, 3, (2, 270, 480))
    for pattern in ((rows // 24 + columns // 24) % 2, (rows % 30 < 4) | (columns % 30 < 4), rows // 12 % 2):
        shown = [np.clip(60 + 120 * pattern + grain, 0, 255).astype(np.uint8) for grain in noise]
        moved = np.roll(shown[1], (7, 11), axis=(0, 1))
        assert quarters_between(features_of(shown[0]), features_of(shown[1])) in (None, 0)
        assert quarters_between(features_of(shown[0]), features_of(moved)) in (None, 0)


def test_a_paper_turned_in_the_hand_is_no_turn_of_the_camera() -> None:
    """What is behind it stays upright."""
    room = light("interview", 5)
    paper = light("paper", 5)[80:200, 150:330]
    pictures = []
    for sheet in (paper, paper[::-1, ::-1]):
        shown = room.copy()
        shown[80:200, 150:330] = sheet
        pictures.append(features_of(shown))
    assert quarters_between(*pictures) in (None, 0)


@pytest.mark.parametrize("scene", ["street", "corridor", "rain", "interview"])
def test_the_layout_of_a_scene_tells_upside_down_whatever_passes_by(scene: str) -> None:
    found = [layout_of(light(scene, at)) for at in range(0, 54, 9)]
    layouts = [one for one in found if one is not None]
    assert len(layouts) == len(found)
    upside_down = layout_of(leaning(light(scene, 58), 180))
    upright = layout_of(light(scene, 58))
    assert upright is not None
    assert upside_down is not None
    assert np.argmax(likeness(layouts, upright)) == 0
    assert np.argmax(likeness(layouts, upside_down)) == 2


def test_a_dark_or_tiny_picture_has_no_layout_and_no_points() -> None:
    grain = np.random.default_rng(2).normal(18, 1.5, (270, 480)).clip(0, 255).astype(np.uint8)
    assert layout_of(grain) is None
    for plane in (grain, np.zeros((2, 2), np.uint8), np.zeros((1, 480), np.uint8)):
        assert layout_of(plane) is None
        assert quarters_between(features_of(plane), features_of(plane)) in (None, 0)


def test_pictures_that_were_asked_for_and_cannot_be_decoded_end_the_search() -> None:
    """Before the survey nothing is asked for, and that takes nothing from what is asked later."""
    turned = Turned()
    assert turned.wanted() == []
    for number in range(8):
        plane = light("corridor", number * 9.0)
        turned.see(Shown(number * 9.0, leaning(plane, 180) if number == 4 else plane))
    assert turned.wanted()
    rounds = 0
    while turned.wanted():
        rounds += 1
        assert rounds < 5
    assert turned.finish() == ()


class Shown:
    """A picture without a frame behind it."""

    def __init__(self, at: float, luma: Plane) -> None:
        self.at, self.luma, self.points = at, luma, luma

    def colour(self) -> Plane:
        return np.repeat(self.luma[..., None], 3, axis=2)

    whole = colour
