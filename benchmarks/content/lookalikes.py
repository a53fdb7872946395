"""Pairs of files that look or sound alike and are no copies of each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.content import encode
from benchmarks.content.encode import ENCODINGS, Encoding
from benchmarks.content.scenes import SCENES
from benchmarks.content.sensor import Frame, Sensor
from benchmarks.content.sounds import SOUNDS, Samples, level, noise

SIZE, FPS = (320, 180), 12
ENCODING = ENCODINGS["H.264 CRF 26, GOP 50"]
OTHER = ENCODINGS["H.265 CRF 30, MKV"]
RATE = ENCODING.rate


@dataclass(frozen=True, slots=True)
class Side:
    """One file of a pair: its scene as it was built (`built`), what differs by day (`day`), and its sound."""

    scene: str
    built: int
    day: int
    sound: Samples
    encoding: Encoding = ENCODING
    card: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """`sides` makes both from the seconds and a seed."""

    name: str
    sides: Callable[[float, int], tuple[Side, Side]]

    def make(self, folder: Path, seconds: float, seed: int) -> tuple[Path, Path]:
        """Both files below the folder."""
        one, other = (
            _written(folder / f"{number}{side.encoding.suffix}", side, seconds)
            for number, side in enumerate(self.sides(seconds, seed))
        )
        return one, other


def _written(path: Path, side: Side, seconds: float) -> Path:
    encode.write(path, side.encoding, FPS, _pictures(side, seconds), side.sound)
    return path


def _pictures(side: Side, seconds: float) -> Iterator[Frame]:
    scene = SCENES[side.scene]
    draw = scene.make(np.random.default_rng(side.built))
    sensor = Sensor(scene, SIZE, np.random.default_rng(side.day), 1 / FPS)
    card = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
    card[: SIZE[1]] = np.arange(SIZE[0]) // 40 * 28 + 20
    for number in range(round(seconds * FPS)):
        yield card.copy() if side.card else sensor.expose(draw(number / FPS + 977.0 * (side.day % 7)))


def heard(samples: Samples, seed: int, reverberation: float, direct: float) -> Samples:
    """The same through another microphone: its own delay, echoes of the room and noise.

    `reverberation`: seconds until echoes fall by 60 dB; `direct`: dB of the direct sound above all echoes together.
    """
    rng = np.random.default_rng(seed)
    count = int(reverberation * RATE)
    echo = rng.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    echo[: int(0.003 * RATE)] = 0
    echo *= level(-direct) / np.sqrt(np.sum(echo**2))
    response = np.concatenate([np.zeros(int(rng.uniform(0, 0.006) * RATE)), [1.0], echo])
    size = 1 << (len(samples) + len(response)).bit_length()
    through = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
    return np.asarray(through + noise(rng, len(samples), 1.0) * level(-50), np.float32)


def _sound(name: str, seconds: float, seed: int) -> Samples:
    return SOUNDS[name](np.random.default_rng(seed), round(seconds * RATE), RATE)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def _two_cameras(scene: str, reverberation: float, direct: float) -> Callable[[float, int], tuple[Side, Side]]:
    def sides(seconds: float, seed: int) -> tuple[Side, Side]:
        said = _sound("speech", seconds, seed)
        one, other = (heard(said, seed * 10 + n, reverberation, direct) for n in (1, 2))
        return Side(scene, seed, seed, one), Side(scene, seed + 50, seed + 51, other)

    return sides


def _two_days(scene: str, sound: str) -> Callable[[float, int], tuple[Side, Side]]:
    def sides(seconds: float, seed: int) -> tuple[Side, Side]:
        return (
            Side(scene, seed, 7 * seed + 1, _sound(sound, seconds, seed)),
            Side(scene, seed, 7 * seed + 2, _sound(sound, seconds, seed + 1), OTHER),
        )

    return sides


def _with(seconds: float, seed: int, made: Samples, starts: tuple[float, float]) -> tuple[Side, Side]:
    """Both have the same sound somewhere in them."""
    sides = []
    for number, start in enumerate(starts):
        own = _sound("street", seconds, seed + number) * np.float32(0.5)
        begin = round(start * RATE)
        end = min(begin + len(made), len(own))
        own[begin:end] += made[: end - begin]
        sides.append(Side("street", seed + 10 * number, seed + number, own))
    return sides[0], sides[1]


def _jingle(seconds: float, seed: int) -> tuple[Side, Side]:
    return _with(seconds, seed, _sound("speech", 7, seed + 99) * np.float32(2), (20, 41))


def _siren(seconds: float, seed: int) -> tuple[Side, Side]:
    """A wail of four seconds, again and again."""
    at = np.arange(round((seconds - 10) * RATE)) / RATE
    pitch = 1000 - 450 * np.cos(2 * np.pi * at / 4)
    wail = sum(np.sin(2 * np.pi * n * np.cumsum(pitch) / RATE) / n for n in (1, 2, 3)) * level(-18)
    return _with(seconds, seed, np.asarray(wail, np.float32), (3, 6))


def _cards(seconds: float, seed: int) -> tuple[Side, Side]:
    return (
        Side("street", seed, seed, _silence(seconds), card=True),
        Side("street", seed, seed, _silence(seconds), OTHER, card=True),
    )


def _silent_rooms(seconds: float, seed: int) -> tuple[Side, Side]:
    return Side("dark", seed, 1, _silence(seconds)), Side("dark", seed + 1, 2, _silence(seconds), OTHER)


PAIRS = (
    Pair("two cameras, one scene, indoors", _two_cameras("corridor", 0.4, 0)),
    Pair("two cameras, one scene, close to who speaks", _two_cameras("corridor", 0.3, 6)),
    Pair("two cameras, one scene, in the open", _two_cameras("street", 0.15, 12)),
    Pair("one room on two days, somebody in it", _two_days("interview", "speech")),
    Pair("one room on two days, nobody in it", _two_days("empty room", "room")),
    Pair("one corridor on two days", _two_days("corridor", "speech")),
    Pair("one wall on two days", _two_days("plaster", "quiet")),
    Pair("digital silence and dark", _silent_rooms),
    Pair("one test card, silence", _cards),
    Pair("the same seven seconds on the radio", _jingle),
    Pair("the same siren", _siren),
)
