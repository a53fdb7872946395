"""A film: one scene, its defects at their places, and the file it becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.content import encode
from benchmarks.content.defects import DEFECTS, Defect, Lens, Signal, Truth
from benchmarks.content.encode import Encoding
from benchmarks.content.scenes import SCENES
from benchmarks.content.sensor import Clock, Frame, Sensor, Size
from benchmarks.content.sounds import LOW, SOUNDS, Samples
from domain.observation import ObservationKind as Kind


@dataclass(frozen=True, slots=True)
class Place:
    """A defect from `start` to `end`, seconds."""

    defect: str
    start: float
    end: float

    def holds(self, at: float) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Film:
    """What is to be made. `clock`: the corner in which it is written, None: not at all."""

    scene: str
    encoding: Encoding
    seconds: float
    places: Sequence[Place] = ()
    size: Size = (640, 360)
    fps: int = 25
    clock: int | None = 0
    seed: int = 1

    @property
    def name(self) -> str:
        return f"{self.scene}, {self.encoding.name}, {self.size[1]} rows"

    def truths(self) -> list[Truth]:
        """What must be found in it, and what may be."""
        found = [_truth(place) for place in self.places]
        group = self.encoding.gop / self.fps  # what follows damage cannot be decoded before the next key picture
        found += [_after(one, one.end + group) for one in found if DEFECTS[one.name].damage]
        if SCENES[self.scene].sound in LOW:
            found.append(Truth("low in itself", frozenset(), frozenset({Kind.LOW_SOUND}), 0, self.seconds, False))
        if not SCENES[self.scene].lit:
            found.append(Truth("dark in itself", frozenset(), frozenset({Kind.BLURRED}), 0, self.seconds, False))
        return found


def _truth(place: Place) -> Truth:
    defect = DEFECTS[place.defect]
    return Truth(defect.name, defect.kinds, defect.kinds | defect.also, place.start, place.end)


def _after(truth: Truth, end: float) -> Truth:
    return Truth(f"after {truth.name}", frozenset(), truth.also, truth.end, end, required=False)


def write(film: Film, folder: Path) -> Path:
    """Encodes it below the folder."""
    path = folder / f"film{film.encoding.suffix}"
    rng = np.random.default_rng(film.seed)
    encode.write(path, film.encoding, film.fps, pictures(film, rng), sound(film, rng))
    for place in film.places:
        if DEFECTS[place.defect].damage:
            encode.damage(path, place.start, place.end, rng)
    return path


def pictures(film: Film, rng: np.random.Generator) -> Iterator[Frame]:
    """Frame by frame: light, lens, sensor, signal, clock, output."""
    scene = SCENES[film.scene]
    draw = scene.make(rng)
    sensor = Sensor(scene, film.size, rng, 1 / film.fps)
    clock = Clock(film.size, film.clock) if film.clock is not None else None
    lenses, signals, outputs = _changes(film.places, rng)
    for number in range(round(film.seconds * film.fps)):
        at = number / film.fps
        light = draw(at)
        for place, change in lenses:
            light = change(light, at - place.start) if place.holds(at) else light
        frame = _changed(sensor.expose(light), signals, at)
        if clock is not None:
            clock.write(frame, at)
        yield _changed(frame, outputs, at)


def _changed(frame: Frame, signals: Sequence[tuple[Place, Signal]], at: float) -> Frame:
    for place, change in signals:
        if place.holds(at):
            frame = change(frame, at - place.start)
    return frame


def _changes(
    places: Sequence[Place], rng: np.random.Generator
) -> tuple[list[tuple[Place, Lens]], list[tuple[Place, Signal]], list[tuple[Place, Signal]]]:
    known = [(place, DEFECTS[place.defect]) for place in places]
    return (
        [(place, defect.lens(rng)) for place, defect in known if defect.lens],
        [(place, defect.signal(rng)) for place, defect in known if defect.signal],
        [(place, defect.output(rng)) for place, defect in known if defect.output],
    )


def sound(film: Film, rng: np.random.Generator) -> Samples:
    """The whole of it, with its defects."""
    rate = film.encoding.rate
    samples = SOUNDS[SCENES[film.scene].sound](rng, round(film.seconds * rate), rate)
    for place in film.places:
        defect: Defect = DEFECTS[place.defect]
        if defect.sound:
            part = slice(round(place.start * rate), round(place.end * rate))
            samples[part] = defect.sound(rng)(samples[part], rate)
    return samples
