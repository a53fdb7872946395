"""Any input gets an answer: observations for what can be seen, problems for the rest, in bounded time."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from detectors.content.base import Answer, Request
from detectors.content.check import check
from domain.observation import ObservationKind as Kind
from tests.detectors.content import bad_media as bad

pytestmark = pytest.mark.slow
Make = Callable[[Path], Path]
MOST_SECONDS = 20.0
"""Processor time for any of these, ten times what the slowest takes."""
LOST = {Kind.BLACK, Kind.COVERED, Kind.NO_SIGNAL, Kind.SILENT}


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What decoders print of broken media is no message of ours."""
    av.logging.set_level(av.logging.PANIC)


def answer(path: Path, parts: tuple[tuple[timedelta, timedelta], ...] = ()) -> Answer:
    begun = time.process_time()
    with path.open("rb") as stream:
        found = check(stream, Request(path.name, parts, overlay=False))
    assert time.process_time() - begun < MOST_SECONDS
    for one in found.observations:
        assert timedelta(0) <= one.start <= one.end
        assert one.value is None or one.value == one.value, f"not a number: {one}"
    return found


def seconds(found: Answer, kind: Kind) -> float:
    """How much of the clip a kind covers."""
    return sum((one.end - one.start).total_seconds() for one in found.observations if one.kind is kind)


def kinds(found: Answer) -> set[Kind]:
    return {one.kind for one in found.observations}


WHOLE: dict[str, Make] = {
    "variable rate": bad.uneven,
    "one picture a second": bad.slow,
    "no key picture but the first": bad.one_key,
    "interlaced MPEG-2": bad.interlaced,
    "turned by its matrix": bad.turned,
    "begins before zero": bad.negative_start,
    "clock wraps": bad.late_start,
}


@pytest.mark.parametrize("make", WHOLE.values(), ids=WHOLE)
def test_a_strange_but_whole_film_is_looked_at_from_end_to_end(make: Make, tmp_path: Path) -> None:
    found = answer(make(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) == pytest.approx(bad.SECONDS, abs=2.2)
    assert seconds(found, Kind.SOUND_CHECKED) == pytest.approx(bad.SECONDS, abs=2.2)
    assert not kinds(found) & (LOST | {Kind.FROZEN, Kind.UNDECODABLE})


FORMS = {
    "yuv444p": ("libx264", "yuv444p"),
    "yuv420p10le": ("libx265", "yuv420p10le"),
    "gray": ("ffv1", "gray"),
    "gray16le": ("ffv1", "gray16le"),
    "pal8": ("qtrle", "pal8"),
    "rgb24": ("qtrle", "rgb24"),
    "monob": ("rawvideo", "monob"),
    "yuvj420p": ("mjpeg", "yuvj420p"),
    "yuv410p": ("ffv1", "yuv410p"),
    "bgra": ("png", "rgba"),
    "gbrp": ("ffv1", "gbrp"),
}


@pytest.mark.parametrize(("codec", "form"), FORMS.values(), ids=FORMS)
def test_every_form_of_pixels_is_looked_at(codec: str, form: str, tmp_path: Path) -> None:
    suffix = {"qtrle": ".mov", "rawvideo": ".avi"}.get(codec, ".mkv")
    found = answer(bad.pictures_of(codec, form, suffix)(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) == pytest.approx(bad.SECONDS, abs=2.2)
    assert not kinds(found) & {Kind.BLACK, Kind.COVERED, Kind.UNDECODABLE}


@pytest.mark.parametrize("size", ["2x2", "16x16", "17x33", "4096x16", "16x2160", "482x270"])
def test_every_size_is_answered(size: str, tmp_path: Path) -> None:
    found = answer(bad.sized(size)(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) > 0 or found.problems


def test_sound_alone_is_heard_and_no_picture_is_claimed(tmp_path: Path) -> None:
    found = answer(bad.sound_only(tmp_path))
    assert seconds(found, Kind.SOUND_CHECKED) == pytest.approx(bad.SECONDS, abs=0.5)
    assert not kinds(found) & {Kind.PICTURE_CHECKED, Kind.BLACK, Kind.SILENT}


def test_pictures_alone_are_seen_and_silence_is_not_claimed(tmp_path: Path) -> None:
    found = answer(bad.picture_only(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) == pytest.approx(bad.SECONDS, abs=2.2)
    assert not kinds(found) & {Kind.SOUND_CHECKED, Kind.SILENT, Kind.LOW_SOUND}


@pytest.mark.parametrize("make", [bad.one_frame, bad.still_8k, bad.film_8k])
def test_one_picture_or_three_huge_ones_are_seen_and_nothing_is_said_against_them(make: Make, tmp_path: Path) -> None:
    found = answer(make(tmp_path))
    assert Kind.PICTURE_CHECKED in kinds(found) or found.problems
    assert not kinds(found) & (LOST | {Kind.FROZEN})


def test_both_sizes_of_a_film_that_grows_are_looked_at(tmp_path: Path) -> None:
    found = answer(bad.grown(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) > 0
    assert not kinds(found) & LOST


def test_random_bytes_in_the_middle_are_told_and_the_ends_are_still_seen(tmp_path: Path) -> None:
    found = answer(bad.hurt(tmp_path))
    assert found.problems
    assert Kind.UNDECODABLE in kinds(found)
    hurt = [one for one in found.observations if one.kind is Kind.UNDECODABLE]
    assert all(timedelta(seconds=10) < one.start <= one.end < timedelta(seconds=32) for one in hurt)
    checked = [one for one in found.observations if one.kind is Kind.PICTURE_CHECKED]
    assert min(one.start for one in checked) < timedelta(seconds=2)
    assert max(one.end for one in checked) > timedelta(seconds=bad.LONG - 3)


@pytest.mark.parametrize("make", [bad.cut_index_first, bad.cut_stream])
def test_of_a_film_that_was_cut_the_part_that_is_there_is_seen(make: Make, tmp_path: Path) -> None:
    found = answer(make(tmp_path))
    assert seconds(found, Kind.PICTURE_CHECKED) > 3
    assert seconds(found, Kind.PICTURE_CHECKED) < 9 or found.problems
    assert not kinds(found) & LOST


@pytest.mark.parametrize(
    "make",
    [
        bad.nothing,
        bad.random_bytes,
        bad.cut_index_last,
    ],
)
def test_what_cannot_be_opened_is_a_problem_and_nothing_is_claimed(make: Make, tmp_path: Path) -> None:
    found = answer(make(tmp_path))
    assert found.problems
    assert found.observations == ()


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    "make",
    [
        bad.wrong_duration,
        bad.centuries,
    ],
)
def test_a_header_that_says_days_or_years_neither_takes_them_nor_claims_them(make: Make, tmp_path: Path) -> None:
    found = answer(make(tmp_path))
    assert 9 < seconds(found, Kind.PICTURE_CHECKED) < 15
    assert not kinds(found) & LOST


def test_parts_beyond_the_end_and_backwards_are_answered(tmp_path: Path) -> None:
    path, second = bad.plain(tmp_path / "plain.mp4"), timedelta(seconds=1)
    beyond = answer(path, ((50 * second, 60 * second),))
    assert not kinds(beyond) & (LOST | {Kind.FROZEN})
    assert seconds(beyond, Kind.PICTURE_CHECKED) < 1
    answer(path, ((5 * second, 2 * second), (3 * second, 3 * second)))


def test_a_part_is_looked_at_and_the_rest_is_not(tmp_path: Path) -> None:
    path, second = bad.plain(tmp_path / "plain.mp4"), timedelta(seconds=1)
    found = answer(path, ((4 * second, 8 * second),))
    checked = [one for one in found.observations if one.kind is Kind.PICTURE_CHECKED]
    assert seconds(found, Kind.PICTURE_CHECKED) == pytest.approx(4, abs=1.1)
    assert all(one.start >= 2 * second and one.end <= 10 * second for one in checked)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("originals")
    made = [
        bad.plain(folder / f"short{suffix}", seconds=4, size="160x120") for suffix in (".mp4", ".ts", ".mkv", ".avi")
    ]
    return {path.suffix: path.read_bytes() for path in made}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv", ".avi"])
def test_bytes_changed_anywhere_are_answered(
    originals: dict[str, bytes], tmp_path: Path, suffix: str, seed: int
) -> None:
    rng, content = np.random.default_rng(seed), bytearray(originals[suffix])
    for _ in range(rng.integers(1, 13)):
        at = int(rng.integers(0, len(content)))
        piece = rng.bytes(int(rng.integers(1, 65)))
        content[at : at + len(piece)] = piece
    path = tmp_path / f"changed{suffix}"
    path.write_bytes(bytes(content[: int(rng.integers(len(content) // 2, len(content) + 1))]))
    answer(path)
