"""`python -m benchmarks.content.turned [--seed N] [--processes N]`: turned pictures found, and never where none is.

Every scene that has an above and a below is turned in both ways; every scene is filmed clean, and with everything else
that may happen to a picture. Prints recall, edges, false alarms and what it costs.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import av
import cv2
import numpy as np

from benchmarks.content.defects import DEFECTS
from benchmarks.content.encode import Encoding
from benchmarks.content.films import Film, Place, write
from benchmarks.content.scenes import SCENES
from benchmarks.content.score import Score, percentile
from detectors.content.base import Picture, Request
from detectors.content.frames import PictureStream, first_pictures
from detectors.content.picture_check import ROUNDS, Follower, Watch, check_pictures, picture_at
from detectors.content.running import Running
from detectors.content.turned import Turned
from domain.observation import Observation
from domain.observation import ObservationKind as Kind

ENCODINGS = (
    Encoding("H.264 CRF 26, GOP 10", gop=10),
    Encoding("H.264 CRF 34, GOP 60, veryfast", quality=34, gop=60, preset="veryfast"),
    Encoding("H.265 CRF 30, MKV", suffix=".mkv", codec="libx265", quality=30, gop=25, sound="pcm_s16le"),
)
FPS = 6
LENGTHS = (10.5, 20.0)
REST = 28.0
"""Seconds before, between and after: most of a film stands upright."""
OTHERS = ("black", "frozen, clock runs", "hand", "out of focus", "blue card", "bars", "damaged")


def planned(seed: int) -> list[Film]:
    """Turned, clean and otherwise disturbed films."""
    rng = np.random.default_rng(seed)
    films = []
    for number, scene in enumerate(SCENES.values()):
        others = [OTHERS[(number * 2 + place) % len(OTHERS)] for place in range(2)]
        plans: list[Sequence[str]] = [[], others]
        if scene.upright:
            plans += [("upside down",) * 2, ("on its side",) * 2]
        for turn, names in enumerate(plans):
            encoding, clock = ENCODINGS[(number + turn) % len(ENCODINGS)], (number + turn) % 4
            places = list(_placed(names, [round(float(x), 2) for x in rng.permutation(LENGTHS)]))
            seconds = round(max((one.end for one in places), default=80.0) + REST)
            films.append(
                Film(scene.name, encoding, seconds, places, (640, 360), FPS, clock, int(rng.integers(1 << 30)))
            )
    return films


def _placed(names: Sequence[str], lengths: Sequence[float]) -> Iterator[Place]:
    at = REST
    for number, name in enumerate(names):
        end = at + lengths[number % len(lengths)]
        yield Place(name, round(at, 2), round(end, 2))
        at = end + REST


@dataclass(slots=True)
class Timed:
    """The detector, and the processor seconds that it costs, the pictures it asks for included."""

    turned: Turned = field(default_factory=Turned)
    seeing: float = 0.0
    asked: int = 0
    since: float = 0.0
    asking: float = 0.0

    def see(self, picture: Picture) -> None:
        """Timed."""
        begun = time.process_time()
        self.turned.see(picture)
        self.seeing += time.process_time() - begun

    def wanted(self) -> list[float]:
        """From the first moment asked for until none is, everything is the detector's cost."""
        begun = time.process_time()
        moments = self.turned.wanted()
        self.since = self.since or (begun if moments else 0.0)
        self.asking = time.process_time() - self.since if self.since else 0.0
        self.asked += len(moments)
        return moments

    def look(self, picture: Picture) -> None:
        """Timed as a part of asking."""
        self.turned.look(picture)


class Both(Watch, Follower, Protocol):
    """Sees the survey, then asks for more."""


def followed(path: Path, watch: Both) -> None:
    """A whole file as the check passes it by, with nobody else who asks for pictures."""
    with av.open(str(path)) as container:
        check_pictures(container, Running(Request(path.name, stills=False, overlay=False)), [watch])
    with av.open(str(path)) as container:
        source = first_pictures(container)
        assert source is not None
        stream = PictureStream(container, source)
        for _ in range(ROUNDS):
            shown = (picture_at(stream, at) for at in watch.wanted())
            for picture in filter(None, shown):
                watch.look(picture)


@dataclass(frozen=True, slots=True)
class Checked:
    """A film, what was said of it and what that cost."""

    film: Film
    observations: tuple[Observation, ...]
    timed: Timed


def checked(film: Film) -> Checked:
    """Make a film and look at it with this detector only."""
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.PANIC)
    timed = Timed()
    with tempfile.TemporaryDirectory(prefix="bwc-turned-") as folder:
        path = write(film, Path(folder))
        followed(path, timed)
        return Checked(film, timed.turned.finish(film.seconds), timed)


def show(found: Sequence[Checked]) -> None:
    """Print figures, misses and alarms."""
    score = Score()
    for one in found:
        score.add(one.film, one.observations)
        print(
            f"  {one.film.name:55} {len(one.film.places)} places, {len(one.observations)} said,"
            f" asked {one.timed.asked:3}, {one.timed.seeing:.3f} + {one.timed.asking:.2f} s"
        )
    met = [one for one in score.met if Kind.TURNED in one.truth.kinds]
    for name in ("upside down", "on its side"):
        these = [one for one in met if one.truth.name == name]
        edges = score.edges(name=name)
        print(f"{name}: found {sum(one.found for one in these)}/{len(these)}, ", end="")
        print("edges median, p95, max " + ", ".join(f"{percentile(edges, share):.2f}" for share in (0.5, 0.95, 1)))
    for miss in [one for one in met if not one.found]:
        print(f"  missed {miss.truth.name} at {miss.truth.start}..{miss.truth.end}: {miss.where.name}")
    wrong = [one for one in found for said in one.observations if said.value != wanted_degrees(one.film, said)]
    alarms = [one for one in score.alarms if one.kind is Kind.TURNED]
    print(
        f"false alarms {len(alarms)} in {score.clean[Kind.TURNED] / 3600:.2f} clean hours; wrong degrees {len(wrong)}"
    )
    for alarm in alarms:
        print(f"  alarm {alarm.start:.1f}..{alarm.end:.1f}: {alarm.where.name} (seed {alarm.where.seed})")


def wanted_degrees(film: Film, said: Observation) -> float | None:
    """What puts the picture right at the middle of what was said."""
    middle = (said.start + said.end).total_seconds() / 2
    names = [place.defect for place in film.places if place.holds(middle)]
    turned = [name for name in names if Kind.TURNED in DEFECTS[name].kinds]
    return {"upside down": 180.0, "on its side": 90.0}[turned[0]] if turned else None


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description="turned pictures against generated films")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    films = planned(given.seed)
    if given.processes == 1:
        show([checked(film) for film in films])
        return
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        show(list(pool.map(checked, films)))


if __name__ == "__main__":
    main()
