"""The generated films: defects lie where their truth says, by ffmpeg's own filters and by looking at pixels."""

import contextlib
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from benchmarks.content.defects import DEFECTS
from benchmarks.content.encode import ENCODINGS
from benchmarks.content.films import Film, Place, pictures, sound, write
from benchmarks.content.plans import PLANS, REST
from benchmarks.content.scenes import SCENES

pytestmark = pytest.mark.slow

H264 = ENCODINGS["H.264 CRF 26, GOP 50"]
SIZE = (320, 180)


def frames(scene: str, *places: Place, seconds: float = 3, clock: int | None = None) -> list[np.ndarray]:
    film = Film(scene, H264, seconds, places, SIZE, 10, clock, seed=5)
    return [frame.copy() for frame in pictures(film, np.random.default_rng(film.seed))]


def luma(frame: np.ndarray) -> np.ndarray:
    return frame[: SIZE[1]].astype(float)


def filtered(path: Path, video: str, audio: str) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path), "-vf", video, "-af", audio]
    return subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr


def told(text: str, *names: str) -> list[float]:
    """The first number after each name."""
    return [float(re.search(rf"{name}: ?([\d.]+)", text).group(1)) for name in names]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", SCENES)
def test_no_two_pictures_of_a_live_scene_are_alike(name: str) -> None:
    """The sensor's noise is another in every frame, also where nothing moves."""
    shown = frames(name, seconds=1)
    changes = [float(np.abs(luma(a) - luma(b)).mean()) for a, b in pairwise(shown)]
    assert min(changes) > 0.5


@pytest.mark.parametrize("name", ["plaster", "painted", "clear sky", "dark"])
def test_what_is_hardest_to_tell_from_a_covered_lens_still_shows_something(name: str) -> None:
    """What many frames have in common has edges in the clean scene and none behind a hand."""
    for places, sharp in (((), True), ((Place("grey cloth", 0, 9),), False)):
        closed = frames(name, *places, seconds=3)[10:]
        shown = np.mean([luma(frame) for frame in closed], axis=0)
        edges = cv2.GaussianBlur(shown, (0, 0), 1.0) - cv2.GaussianBlur(shown, (0, 0), 4.0)
        assert (float(np.abs(edges).max()) > 3.0) is sharp, places


def test_a_frozen_picture_repeats_itself_and_the_clock_runs_on_where_it_should() -> None:
    for name, same in (("frozen", True), ("frozen, clock runs", False)):
        shown = frames("street", Place(name, 1, 3), clock=0)
        assert np.array_equal(shown[11], shown[29]) is same
        below = SIZE[1] // 4
        assert np.array_equal(shown[11][below : SIZE[1]], shown[29][below : SIZE[1]])
        assert not np.array_equal(shown[8][below : SIZE[1]], shown[9][below : SIZE[1]])


def test_upside_down_is_the_picture_turned_by_half_a_circle() -> None:
    right, turned = (
        luma(frames("corridor", *places, seconds=0.1)[0]) for places in ((), (Place("upside down", 0, 1),))
    )
    back = turned[::-1, ::-1]
    assert np.corrcoef(right.ravel(), back.ravel())[0, 1] > 0.9 > np.corrcoef(right.ravel(), turned.ravel())[0, 1]


def test_out_of_focus_takes_the_edges_and_leaves_the_light() -> None:
    sharp, soft = (luma(frames("street", *places, seconds=0.2)[1]) for places in ((), (Place("out of focus", 0, 1),)))
    assert abs(sharp.mean() - soft.mean()) < 4
    smooth = [cv2.Laplacian(cv2.GaussianBlur(one, (0, 0), 1.0), cv2.CV_64F).std() for one in (sharp, soft)]
    assert smooth[1] < 0.5 * smooth[0]


@pytest.mark.parametrize(("name", "most", "least"), [("digital zero", 0.0, 0.0), ("unplugged", 3e-4, 1e-5)])
def test_lost_sound_is_as_low_as_it_is_said(name: str, most: float, least: float) -> None:
    film = Film("street", H264, 9, (Place(name, 3, 6),), seed=2)
    samples = sound(film, np.random.default_rng(2))
    inside = float(samples[3 * H264.rate : 6 * H264.rate].std())
    assert least <= inside <= most
    assert float(samples[: 3 * H264.rate].std()) > 3e-3


def test_ffmpeg_finds_what_was_injected_where_it_was_injected(tmp_path: Path) -> None:
    places = (Place("black", 3, 6), Place("frozen", 9, 13), Place("digital zero", 2, 7))
    path = write(Film("street", H264, 16, places, SIZE, 12, None, seed=4), tmp_path)
    text = filtered(path, "blackdetect=d=1,freezedetect=n=-45dB:d=2.5", "silencedetect=n=-70dB:d=2")
    assert told(text, "black_start", "black_end") == pytest.approx([3, 6], abs=0.1)
    assert told(text.split("freeze_start", 2)[-1], "freeze_end") == pytest.approx([13], abs=0.15)
    assert told(text, "silence_start", "silence_end") == pytest.approx([2, 7], abs=0.2)


def decoded(path: Path) -> dict[float, np.ndarray]:
    """Every picture that can be had, by its time."""
    shown = {}
    with av.open(str(path)) as found:
        found.streams.video[0].thread_count = 1
        for packet in found.demux(video=0):
            with contextlib.suppress(av.error.InvalidDataError):
                shown |= {float(frame.time): frame.to_ndarray(format="gray") for frame in packet.decode()}
    return shown


def test_damage_begins_where_it_is_put_and_ends_with_its_group_of_pictures(tmp_path: Path) -> None:
    film = Film("street", H264, 14, (Place("damaged", 4, 7),), SIZE, 10, None, seed=4)
    (tmp_path / "whole").mkdir()
    whole = decoded(write(replace(film, places=()), tmp_path / "whole"))
    hurt = decoded(write(film, tmp_path))
    unlike = [at for at, picture in whole.items() if at not in hurt or not np.array_equal(hurt[at], picture)]
    assert min(unlike) == 4.0
    assert 6.9 <= max(unlike) < 10.0  # key pictures stand at 5 and 10


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_gives_a_file_that_plays_as_long_as_the_film(name: str, tmp_path: Path) -> None:
    path = write(Film("corridor", ENCODINGS[name], 6, (), SIZE if "AVI" in name else (640, 360), 12), tmp_path)
    with av.open(str(path)) as found:
        shown = sum(1 for _ in found.decode(video=0))
        assert found.streams.video[0].codec_context.name in ("h264", "hevc", "mjpeg")
    with av.open(str(path)) as found:
        heard = sum(frame.samples / frame.sample_rate for frame in found.decode(audio=0))
    assert shown == 72
    assert heard == pytest.approx(6, abs=0.2)


def test_the_same_seed_gives_the_same_film_and_another_seed_another() -> None:
    first, again, other = (
        list(pictures(Film("rain", H264, 0.3, (), SIZE, 10), np.random.default_rng(seed))) for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_full_plan_holds_every_defect_and_scene_and_none_meets_another() -> None:
    films = PLANS["full"](1)
    assert {place.defect for film in films for place in film.places} == set(DEFECTS)
    assert {film.scene for film in films} == {film.scene for film in films if not film.places} == set(SCENES)
    assert {film.encoding.name for film in films} == set(ENCODINGS)
    for film in films:
        for heard in (True, False):
            spans = [(p.start, p.end) for p in film.places if bool(DEFECTS[p.defect].sound) is heard]
            assert all(b[0] - a[1] >= REST - 0.1 for a, b in pairwise(spans))
            assert all(end < film.seconds for _, end in spans)
    assert {round(p.end - p.start) for film in films for p in film.places} >= {2, 120}
