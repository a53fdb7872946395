"""One clip in, measurements out: what a fault looks and sounds like to the whole check, at known places."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from detectors.content.base import Answer, Request
from detectors.content.check import check
from domain.observation import ObservationKind as Kind
from domain.observation import stretches
from tests.detectors.content.films import Draw, film, hum, street

pytestmark = [pytest.mark.slow, pytest.mark.long]

EDGE = 2.0


def answered(path: Path, **asked: object) -> Answer:
    with path.open("rb") as stream:
        return check(stream, Request(path.name, overlay=False, prints=False, **asked))  # type: ignore[arg-type]


def found(answer: Answer, kind: Kind, most: float) -> list[tuple[float, float]]:
    return [(a.total_seconds(), b.total_seconds()) for a, b in stretches(answer.observations, kind, most)]


def during(start: float, end: float, fault: Callable[[float], np.ndarray], usual: Draw = street) -> Draw:
    return lambda at: fault(at) if start <= at < end else usual(at)


def black(_: float) -> np.ndarray:
    return np.full((180, 320, 3), 4, np.uint8)


def with_clock(draw: Draw) -> Draw:
    """White letters that change every second in the upper margin."""

    def drawn(at: float) -> np.ndarray:
        picture = draw(at).copy()
        for place in range(20):
            if (int(at) >> (place % 5)) & 1 or place % 2:
                picture[6:18, 10 + 12 * place : 18 + 12 * place] = 250
        return picture

    return drawn


def cloth(at: float) -> np.ndarray:
    """A lens covered: dark, brighter towards one side, with the sensor's grain."""
    shade = np.linspace(20, 70, 320)[None, :, None] * np.ones((180, 1, 3))
    grain = np.random.default_rng(int(at * 1000)).normal(0, 4, shade.shape)
    return np.clip(shade + grain, 0, 255).astype(np.uint8)


def near(stretch: tuple[float, float], start: float, end: float) -> bool:
    return abs(stretch[0] - start) <= EDGE and abs(stretch[1] - end) <= EDGE


def test_a_clean_film_is_wholly_checked_and_shows_nothing(tmp_path: Path) -> None:
    answer = answered(film(tmp_path / "a.mp4", 40))
    assert {one.kind for one in answer.observations} == {Kind.PICTURE_CHECKED, Kind.SOUND_CHECKED}
    for kind in (Kind.PICTURE_CHECKED, Kind.SOUND_CHECKED):
        (stretch,) = found(answer, kind, 10)
        assert near(stretch, 0, 40)
    assert answer.problems == ()
    assert answer.complete


@pytest.mark.parametrize("place", ["detectors.content.frames.picture_of", "detectors.content.check.av.open"])
def test_a_check_that_runs_out_of_memory_says_that_it_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """For one picture, and for the file as a whole: no exception, and not the file's fault."""

    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    path = film(tmp_path / "a.mp4", 12)
    monkeypatch.setattr(place, refuse)
    answer = answered(path)
    assert not answer.complete
    assert any("MemoryError" in problem.detail for problem in answer.problems)


@pytest.mark.parametrize(
    ("fault", "kind", "most"),
    [(black, Kind.BLACK, 30), (with_clock(black), Kind.BLACK, 30), (cloth, Kind.COVERED, 3)],
    ids=["black", "black under a clock", "covered"],
)
@pytest.mark.parametrize("gop", [10, 100])
def test_a_fault_of_eleven_seconds_is_found_where_it_is(
    tmp_path: Path, fault: Draw, kind: Kind, most: float, gop: int
) -> None:
    answer = answered(film(tmp_path / "a.mp4", 45, during(17.3, 28.3, fault), gop=gop))
    (stretch,) = found(answer, kind, most)
    assert near(stretch, 17.3, 28.3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_freeze_is_found_though_the_clock_on_it_runs_on(tmp_path: Path, name: str) -> None:
    usual = with_clock(street)
    answer = answered(film(tmp_path / name, 50, during(20.4, 31.4, with_clock(lambda _: street(20.4)), usual)))
    (stretch,) = found(answer, Kind.FROZEN, 0.75)
    assert near(stretch, 20.4, 31.4)


def test_silence_of_a_dead_microphone_and_of_a_room_are_told_apart(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)

    def voice(times: np.ndarray) -> np.ndarray:
        loud = hum(times)
        room = noise.normal(0, 10 ** (-70 / 20), times.shape)
        return np.where((times >= 10) & (times < 22), 0.0, np.where((times >= 40) & (times < 55), room, loud))

    answer = answered(film(tmp_path / "a.avi", 70, voice=voice, sound="pcm_s16le", codec="mjpeg"))
    dead, quiet = found(answer, Kind.SILENT, -60)
    assert near(dead, 10, 22)
    assert near(quiet, 40, 55)
    assert found(answer, Kind.SILENT, -100) == [dead]


def test_sound_that_is_much_too_low_is_told_with_its_level(tmp_path: Path) -> None:
    answer = answered(film(tmp_path / "a.mp4", 60, voice=lambda times: hum(times, -52)))
    (low,) = [one for one in answer.observations if one.kind is Kind.LOW_SOUND]
    assert low.value == pytest.approx(-52, abs=3)


def test_only_the_parts_asked_for_are_looked_at(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 60, during(5, 20, black))
    answer = answered(path, parts=((timedelta(seconds=30), timedelta(seconds=50)),))
    assert found(answer, Kind.BLACK, 30) == []
    (stretch,) = found(answer, Kind.PICTURE_CHECKED, 10)
    assert near(stretch, 30, 50)


@pytest.mark.parametrize("border", [33.0, pytest.param(47.0, marks=pytest.mark.long), 53.5])
@pytest.mark.parametrize("fault", ["black", "frozen"])
def test_a_fault_that_goes_on_from_one_part_into_the_next_is_as_long_as_looked_at_at_once(
    tmp_path: Path, fault: str, border: float
) -> None:
    """A key picture each 8 s: the last one of the first part lies well before the border."""
    draw, kind, most = (black, Kind.BLACK, 30) if fault == "black" else (lambda _: street(30.4), Kind.FROZEN, 0.75)
    usual = with_clock(street)
    path = film(tmp_path / "a.mp4", 90, during(30.4, 70.4, with_clock(draw), usual), gop=80)
    parts = [(timedelta(0), timedelta(seconds=border)), (timedelta(seconds=border), timedelta(seconds=90))]
    rows = [one for part in parts for one in answered(path, parts=(part,)).observations]
    assert all(any(a <= one.start <= one.end <= b for a, b in parts) for one in rows)
    (stretch,) = [(a.total_seconds(), b.total_seconds()) for a, b in stretches(rows, kind, most)]
    assert near(stretch, 30.4, 70.4)


def test_stills_show_the_strip_and_every_fault_at_begin_and_middle(tmp_path: Path) -> None:
    answer = answered(film(tmp_path / "a.mp4", 60, during(20, 40, black)))
    assert sum(still.of is None for still in answer.stills) == 8
    shown = [still.at.total_seconds() for still in answer.stills if still.of == "black"]
    assert [abs(at - place) <= EDGE for at, place in zip(shown, (20, 30), strict=True)] == [True, True]
    assert all(still.jpeg.startswith(b"\xff\xd8") for still in answer.stills)


def test_a_check_whose_time_is_over_says_how_far_it_came(tmp_path: Path) -> None:
    answer = answered(film(tmp_path / "a.mp4", 60), seconds=0.0)
    assert not answer.complete
    seen = found(answer, Kind.PICTURE_CHECKED, 10)
    assert not answer.complete
    assert not seen or seen[-1][1] < 60


def test_what_is_no_media_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"not a film" * 1000)
    answer = answered(path)
    assert answer.observations == ()
    assert len(answer.problems) == 1
