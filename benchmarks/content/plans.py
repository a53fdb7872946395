"""Which films are made: every scene clean and with defects; defects and encodings are dealt so that each meets many."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from benchmarks.content.defects import DEFECTS, Defect
from benchmarks.content.encode import ENCODINGS, Encoding
from benchmarks.content.films import Film, Place
from benchmarks.content.scenes import SCENES, Scene

REST = 14.0
"""Seconds without a defect between two."""
SMALL = ("street", "painted", "clear sky", "lamps", "interview", "paper", "dark")
SIZES = ((640, 360), (640, 360), (1280, 720))


class Dealer:
    """Gives in turn what fits, so that all are given about equally often."""

    def __init__(self, names: Iterable[str]) -> None:
        self.waiting = deque(names)

    def next(self, fits: Callable[[Defect], bool]) -> str | None:
        """The one that waits longest of those that fit."""
        for name in list(self.waiting):
            if fits(DEFECTS[name]):
                self.waiting.remove(name)
                self.waiting.append(name)
                return name
        return None


def placed(scene: Scene, encoding: Encoding, dealer: Dealer, lengths: Iterable[float]) -> list[Place]:
    """Defects of these lengths one after the other."""
    places, at = [], REST

    def fits(defect: Defect) -> bool:
        whole = not defect.damage or encoding.suffix != ".ts"  # a packet has no one place in a transport stream
        return defect.fits(scene) and whole

    for length in lengths:
        name = dealer.next(fits)
        if name is not None:
            places.append(Place(name, at, round(at + length, 2)))
        at += length + REST
    return places


def lengths(rng: np.random.Generator, long: int, short: int) -> list[float]:
    """Seconds: long ones of 10.5 to 30, short ones of 2 to 9, mixed."""
    drawn = [*rng.uniform(10.5, 30, long), *rng.uniform(2, 9, short)]
    rng.shuffle(drawn)
    return [round(float(one), 2) for one in drawn]


def full(seed: int) -> list[Film]:
    """Two films with defects and a clean one of every scene, and defects of two minutes in some."""
    rng = np.random.default_rng(seed)
    seen, heard = _dealers(rng)
    encodings = _encodings(list(ENCODINGS.values()))
    films = []
    for number, scene in enumerate(SCENES.values()):
        drawn = rng.integers(1 << 30, size=3)
        for turn in range(2):
            encoding, fps = next(encodings), (25, 15)[(number + turn) % 2]
            wanted = [120.0] if turn and number % 3 == 0 else lengths(rng, 3, 2)
            places = placed(scene, encoding, seen, wanted) + placed(scene, encoding, heard, lengths(rng, 2, 1))
            size = SIZES[(number + turn) % 3]
            films.append(_film(scene, encoding, places, size, (fps, number % 4, int(drawn[turn]))))
        clock = None if number % 5 == 4 else number % 4
        films.append(Film(scene.name, next(encodings), 120, (), SIZES[number % 3], 15, clock, int(drawn[2])))
    return films


def small(seed: int) -> list[Film]:
    """A minute or so of the scenes that are hardest to tell, at one size, for tests."""
    rng = np.random.default_rng(seed)
    seen, heard = _dealers(rng)
    encodings = _encodings([one for one in ENCODINGS.values() if one.codec == "libx264"])
    films = []
    for number, name in enumerate(SMALL):
        scene, encoding = SCENES[name], next(encodings)
        places = placed(scene, encoding, seen, lengths(rng, 2, 0)) + placed(scene, encoding, heard, lengths(rng, 1, 0))
        films.append(_film(scene, encoding, places, (640, 360), (12, number % 4, int(rng.integers(1 << 30)))))
    return films


def _dealers(rng: np.random.Generator) -> tuple[Dealer, Dealer]:
    """Of defects that are seen, and of those that are heard."""
    names = list(DEFECTS)
    rng.shuffle(names)
    return Dealer(n for n in names if not DEFECTS[n].sound), Dealer(n for n in names if DEFECTS[n].sound)


def _encodings(those: list[Encoding]) -> Iterator[Encoding]:
    while True:
        yield from those


def _film(
    scene: Scene, encoding: Encoding, places: list[Place], size: tuple[int, int], rest: tuple[int, int, int]
) -> Film:
    fps, clock, seed = rest
    seconds = max((place.end for place in places), default=30.0) + REST
    return Film(scene.name, encoding, round(seconds), tuple(places), size, fps, clock, seed)


PLANS: dict[str, Callable[[int], list[Film]]] = {"small": small, "full": full}
