"""Fingerprints: the same after another encoding, none where there is nothing to tell, nothing where nobody asked."""

import io
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from benchmarks.content import encode
from benchmarks.content.encode import ENCODINGS
from benchmarks.content.films import Film, write
from benchmarks.content.lookalikes import heard
from benchmarks.content.sounds import speech
from detectors.content.base import Plane, Print, Request
from detectors.content.check import check
from detectors.content.packets import Packets
from detectors.content.print_packets import packet_prints
from detectors.content.print_sound import RATE, values_of
from detectors.content.prints import PicturePrints, value_of
from domain.prints import alike, apart, is_run, is_still
from indexer.copies import copies_of

SOUND = speech(np.random.default_rng(4), 40 * RATE, RATE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture by its brightness alone."""

    at: float
    luma: Plane

    @property
    def points(self) -> Plane:
        return self.luma

    def colour(self) -> Plane:
        raise AssertionError("fingerprints need no colour")

    whole = colour


def view(seed: int, at: float = 0.0) -> Shown:
    """Blots of all sizes."""
    rng = np.random.default_rng(seed)
    blots = sum(
        cv2.resize(rng.uniform(-1, 1, (n, n)).astype(np.float32), (480, 270), interpolation=cv2.INTER_CUBIC)
        for n in (2, 4, 8, 16)
    )
    return Shown(at, np.clip(128 + 40 * np.asarray(blots), 0, 255).astype(np.uint8))


def resampled(samples: np.ndarray, shift: int, noise: float) -> np.ndarray:
    """From another sample on, with noise of this share of its level."""
    rng = np.random.default_rng(1)
    cut = samples[shift:]
    return np.asarray(cut + rng.standard_normal(len(cut)) * cut.std() * noise, np.float32)


@pytest.mark.parametrize("shift", [1, 77, 12345])
def test_sound_has_the_same_moments_wherever_it_is_cut(shift: int) -> None:
    whole = values_of(SOUND)
    part = values_of(resampled(SOUND, shift, 0.05))
    assert len(part) >= 10
    same = sum(
        any(abs(at + shift / RATE - before) < 0.1 and alike(value, other) for before, other in whole)
        for at, value in part
    )
    assert same / len(part) > 0.7, "of other sound one in a hundred thousand"


def test_half_as_loud_is_the_same_sound() -> None:
    loud, low = ({(round(at, 2), value) for at, value in values_of(SOUND * np.float32(by))} for by in (1, 0.4))
    assert len(loud & low) / len(loud) > 0.9


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(20 * RATE, np.float32),
        np.full(20 * RATE, 0.5, np.float32),
        np.sin(np.arange(20 * RATE) * 2 * np.pi * 440 / RATE).astype(np.float32),
        SOUND[:100],
        SOUND[:0],
    ],
    ids=["digital zero", "constant", "a tone", "too short", "none"],
)
def test_where_nothing_changes_there_is_nothing_to_tell(samples: np.ndarray) -> None:
    assert values_of(samples) == []


def test_a_picture_is_the_same_smaller_darker_and_with_grain() -> None:
    one = view(1)
    small = cv2.resize(one.luma, (160, 90), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(2).normal(0, 6, small.shape)
    other = value_of(Shown(0, np.clip(small * 0.8 + grain, 0, 255).astype(np.uint8)))
    first = value_of(one)
    assert first is not None
    assert other is not None
    assert apart(first, other) <= 6
    strange = value_of(view(2))
    assert strange is not None
    assert apart(first, strange) >= 16


@pytest.mark.parametrize(
    "luma", [np.zeros((270, 480), np.uint8), np.full((2, 2), 90, np.uint8), np.zeros((1, 1), np.uint8)]
)
def test_a_picture_without_structure_tells_nothing(luma: Plane) -> None:
    assert value_of(Shown(0, luma)) is None


def test_a_picture_like_its_neighbours_is_kept_now_and_then_as_no_evidence() -> None:
    seen = PicturePrints()
    for number in range(20):
        seen.see(view(1, number * 9.0))
    found = seen.prints()
    assert all(is_still(one.value) for one in found)
    assert len(found) == 5, "one in 36 s of 171"


def test_pictures_that_move_are_evidence_in_order_of_time() -> None:
    seen = PicturePrints()
    for number in (3, 1, 2, 0):
        seen.see(view(number, number * 9.0))
    found = seen.prints()
    assert [one.at.total_seconds() for one in found] == [0, 9, 18, 27]
    assert not any(is_still(one.value) for one in found)


def coded(sizes: list[int], start: float = 0.0) -> Packets:
    count = len(sizes)
    alone = np.arange(count) % 25 == 0
    return Packets(np.arange(count) + round(start * 25), np.array(sizes, np.int64), alone, 1 / 25, 0.0)


def test_coded_pictures_have_the_same_fingerprints_in_another_container_and_from_another_place_on() -> None:
    """Every picture has some bytes more there, key pictures many."""
    sizes = np.random.default_rng(1).integers(500, 9000, 25 * 60).tolist()
    elsewhere = [size + (80 if number % 25 == 0 else 6) for number, size in enumerate(sizes)][500:]
    whole = packet_prints(coded(sizes), (0, 60))
    part = {one.value for one in packet_prints(coded(elsewhere), (0, 40))}
    assert 5 <= len(whole) <= 14
    assert all(is_run(one.value) for one in whole)
    inner = [one for one in whole if timedelta(seconds=28) < one.at < timedelta(seconds=52)]
    assert inner
    assert {one.value for one in inner} <= part


@pytest.mark.parametrize("sizes", [[31] * 1500, [31, 32] * 750, [], [5, 6, 7]], ids=["same", "two", "none", "few"])
def test_the_same_picture_again_and_again_has_none(sizes: list[int]) -> None:
    assert packet_prints(coded(sizes), (0, 60)) == []


def asked(path: Path, prints: bool = True) -> tuple[Print, ...]:
    answer = check(io.BytesIO(path.read_bytes()), Request(path.name, stills=False, overlay=False, prints=prints))
    assert ("prints" in answer.versions) is prints
    return answer.prints


def encoded_again(path: Path, target: Path, *options: str) -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *options[:4], "-i", str(path), *options[4:]]
    subprocess.run([*command, str(target)], check=True, capture_output=True)
    return target


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty seconds of a street."""
    av.logging.set_level(av.logging.PANIC)
    film = Film("street", ENCODINGS["H.264 CRF 26, GOP 50"], 50, size=(320, 180), fps=10, clock=None)
    return write(film, tmp_path_factory.mktemp("street"))


@pytest.mark.slow
def test_a_part_in_another_codec_size_and_rate_is_a_copy_and_its_place_is_told(street: Path, tmp_path: Path) -> None:
    options = "-ss 11 -t 35 -r 8 -vf scale=200:-2 -c:v libx265 -x265-params log-level=none -c:a aac -b:a 64k"
    part = encoded_again(street, tmp_path / "part.mp4", *options.split())
    (match,) = copies_of(asked(part), {1: asked(street)})
    assert match.sound
    assert (match.there[0] - match.here[0]).total_seconds() == pytest.approx(11, abs=0.15)
    assert (match.here[1] - match.here[0]).total_seconds() > 25


@pytest.mark.slow
def test_pictures_handed_on_without_sound_and_not_encoded_again_are_a_copy(street: Path, tmp_path: Path) -> None:
    part = encoded_again(street, tmp_path / "part.mkv", *"-ss 10 -t 38 -an -c copy".split())
    (match,) = copies_of(asked(part), {1: asked(street)})
    assert (match.sound, match.picture) == (False, True)


def grey(luma: Plane) -> Plane:
    """As encoders take it."""
    colours = np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)
    return np.concatenate([luma[: luma.shape[0] // 2 * 2], colours])


@pytest.mark.slow
def test_nobody_asked_nothing_made(street: Path) -> None:
    assert asked(street, prints=False) == ()


@pytest.mark.slow
@pytest.mark.long
def test_two_cameras_at_one_scene_are_no_copies(street: Path, tmp_path: Path) -> None:
    """They hear the same voice from two places and see two sides of it."""
    encoding = ENCODINGS["H.264 CRF 26, GOP 50"]
    said = speech(np.random.default_rng(8), 60 * encoding.rate, encoding.rate)
    found = []
    for number in (1, 2):
        path = tmp_path / f"{number}.mp4"
        sight = [grey(view(n + 100 * number).luma) for n in range(60)]
        encode.write(path, encoding, 1, sight, heard(said, number, 0.4, 0))
        found.append(asked(path))
    assert min(len([one for one in some if one.sound]) for some in found) > 15
    assert copies_of(found[0], {1: found[1]}) == []
