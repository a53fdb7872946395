"""Faults that a reader of the code found, each held by what a user would see of it."""

from pathlib import Path

import av
import numpy as np
import pytest

from detectors.content.base import Request
from detectors.content.check import check
from detectors.content.packets import Packets
from detectors.content.quiet_packets import is_steady, silences
from detectors.content.running import Running
from detectors.content.silent import low_sound
from detectors.content.sound import Level, quiet_runs
from domain.observation import ObservationKind as Kind
from tests.detectors.content.films import RATE, film, hum, street
from tests.detectors.content.test_check import answered, during, found, near, with_clock

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.mark.parametrize("gop", [*(pytest.param(gop, marks=pytest.mark.long) for gop in (250, 2000)), 400])
def test_a_freeze_is_found_though_key_pictures_are_far_apart(tmp_path: Path, gop: int) -> None:
    frozen = during(40, 100, with_clock(lambda _: street(40.0)), with_clock(street))
    (stretch,) = found(answered(film(tmp_path / "a.mp4", 130, frozen, gop=gop)), Kind.FROZEN, 0.8)
    assert near(stretch, 40, 100)


def test_a_noise_in_the_middle_of_a_long_silence_does_not_hide_it(tmp_path: Path) -> None:
    def voice(times: np.ndarray) -> np.ndarray:
        dead = (times >= 20) & (times < 100) & ~((times >= 59.7) & (times < 60.3))
        return np.where(dead, 0.0, hum(times))

    path = film(tmp_path / "a.avi", 120, voice=voice, sound="pcm_s16le", codec="mjpeg")
    before, after = found(answered(path), Kind.SILENT, -100)
    assert near(before, 20, 59.7)
    assert near(after, 60.3, 100)


def with_two_tracks(path: Path, seconds: float) -> Path:
    """The first track was never connected, the second one holds the sound."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("aac", rate=RATE, layout="mono") for _ in range(2)]
        for stream, loud in zip(streams, (0.0, 1.0), strict=True):
            for number in range(int(seconds * RATE) // 1024):
                times = (number * 1024 + np.arange(1024)) / RATE
                samples = (loud * hum(times)).astype(np.float32)[None, :]
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                frame.rate, frame.pts = RATE, number * 1024
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_sound_of_a_second_track_is_sound(tmp_path: Path, name: str) -> None:
    answer = answered(with_two_tracks(tmp_path / name, 30))
    assert found(answer, Kind.SILENT, -60) == []
    (heard,) = found(answer, Kind.SOUND_CHECKED, 10)
    assert near(heard, 0, 30)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_a_container_without_index_is_surveyed_by_its_key_pictures(tmp_path: Path, name: str) -> None:
    answer = answered(film(tmp_path / name, 40))
    steps = [one.value for one in answer.observations if one.kind is Kind.PICTURE_CHECKED]
    assert len(steps) == 1
    assert steps[0] == pytest.approx(10, abs=0.5)


def test_a_short_rest_of_low_sound_goes_with_the_minute_before() -> None:
    levels = [Level(at, at + 0.1, -47.0) for at in np.arange(0, 80, 0.1)]
    assert [row[1:3] for row in low_sound(levels, 0, 80)] == [(0, 80)]


def test_one_quiet_sounding_alone_is_a_pause_and_two_are_heard() -> None:
    def sounding(at: float, level: float) -> tuple[float, list[Level]]:
        return at, [Level(at, at + 0.1, level)]

    loudness = [-20, -20, -80, -20, -80, -80, -20]
    soundings = [sounding(4.0 * place, level) for place, level in enumerate(loudness)]
    assert quiet_runs(soundings, (0, 28)) == [(12.0, 24.0)]


def packets(sizes: list[int], rate: int = 10, gop: int = 600) -> Packets:
    numbers = np.arange(len(sizes))
    return Packets(numbers, np.array(sizes), numbers % gop == 0, 1 / rate, 0.0)


def test_equal_packets_are_steady_and_those_of_a_dark_room_are_not() -> None:
    rng = np.random.default_rng(1)
    live = list(rng.integers(900, 1100, 300))
    frozen, room = live + [11] * 200 + live, live + list(rng.integers(12, 140, 200)) + live
    for sizes, steady in ((frozen, True), (room, False)):
        ((since, until),) = silences(packets(sizes), 320 * 180).quiet
        assert (since, until) == (30, 50)
        assert is_steady(packets(sizes), since, until) is steady


def test_pictures_that_use_up_their_time_leave_some_for_the_sound(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 40)
    with path.open("rb") as stream:
        running_out = check(stream, Request(path.name, overlay=False, prints=False, seconds=0.001))
    assert not running_out.complete
    running = Running(Request("a", seconds=1e-9))
    with running.holding_back(0.15):
        assert running.over()
        assert running.allowed == pytest.approx(0.85e-9)
    assert running.allowed == pytest.approx(1e-9)


def test_packets_that_suddenly_hold_nothing_are_dead_and_an_always_quiet_clip_is_not() -> None:
    rng = np.random.default_rng(2)
    live = list(rng.integers(4000, 6000, 300))
    refined = live + [int(size) for size in rng.choice([17, 20, 90], 150)] + live
    assert silences(packets(refined), 320 * 180).dead == [(30, 45)]
    assert silences(packets(list(rng.integers(12, 140, 600))), 320 * 180).dead == []
