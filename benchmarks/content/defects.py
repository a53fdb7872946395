"""What goes wrong with picture and sound, put into a film at a known place, and what must be found there.

A defect changes the light before the sensor (`lens`), the frame before the clock is written on it (`signal`), the frame
with the clock (`output`), the sound, or bytes of the finished file (`damage`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.content.pictures import COLUMNS, ROWS, Field, Picture, clouds
from benchmarks.content.scenes import Scene
from benchmarks.content.sensor import Frame
from benchmarks.content.sounds import Samples, level, noise
from domain.observation import ObservationKind as Kind

LOST = frozenset({Kind.BLACK, Kind.COVERED, Kind.NO_SIGNAL})
"""Kinds that say the same to people: there is no picture of the scene."""
UNSHARP = LOST | {Kind.BLURRED}
CONSTANT = LOST | {Kind.FROZEN, Kind.BLURRED}
Lens = Callable[[Picture, float], Picture]
Signal = Callable[[Frame, float], Frame]
Voice = Callable[[Samples, int], Samples]


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to go wrong. `kinds`: any of them finds it; `also`: what else may be said of it without being false.

    The makers get a generator and give the change for one place; the change is told the seconds since it began.
    """

    name: str
    kinds: frozenset[Kind]
    also: frozenset[Kind] = frozenset()
    lens: Callable[[np.random.Generator], Lens] | None = None
    signal: Callable[[np.random.Generator], Signal] | None = None
    output: Callable[[np.random.Generator], Signal] | None = None
    sound: Callable[[np.random.Generator], Voice] | None = None
    damage: bool = False

    def fits(self, scene: Scene) -> bool:
        """Whether somebody who sees the scene could tell."""
        if Kind.TURNED in self.kinds:
            return scene.upright
        if Kind.BLURRED in self.kinds:
            return scene.edges
        return scene.lit or self.kinds != LOST or self.lens is None


@dataclass(frozen=True, slots=True)
class Truth:
    """What must be found from `start` to `end` (seconds of media time); not required: it may be said, no more."""

    name: str
    kinds: frozenset[Kind]
    also: frozenset[Kind]
    start: float
    end: float
    required: bool = True

    @property
    def length(self) -> float:
        return self.end - self.start


def _hand(rng: np.random.Generator, base: float, leak: tuple[float, float, float], weave: float) -> Lens:
    """Something before the lens, out of focus, lit from one side, that moves a little."""
    soft = cv2.GaussianBlur(clouds(rng, (ROWS + 80, COLUMNS + 80), 400, 1), (0, 0), 40)
    soft /= max(float(np.abs(soft).max()), 1e-6)
    side = soft[..., None] * np.array(leak, np.float32) * 0.5 + np.float32(base)
    if weave:
        threads = cv2.GaussianBlur(clouds(rng, soft.shape, 30, 2), (0, 0), 9)
        side += threads[..., None] * np.float32(weave)
    phase = rng.uniform(0, 6)

    def cover(light: Picture, since: float) -> Picture:
        x, y = 40 + 30 * np.sin(0.7 * since + phase), 40 + 30 * np.sin(0.45 * since + 2 * phase)
        part = side[int(y) : int(y) + ROWS, int(x) : int(x) + COLUMNS]
        closed = min(since / 0.3, 1.0)  # a hand takes a moment to close
        drift = 1 + 0.12 * np.sin(0.9 * since)
        covered: Field = part * np.float32(closed * drift)
        if closed < 1:
            covered = covered + light * np.float32(1 - closed)
        return np.clip(covered, 0, 255).astype(np.uint8)

    return cover


def _covered(
    base: float, leak: tuple[float, float, float], weave: float = 0.0
) -> Callable[[np.random.Generator], Lens]:
    return lambda rng: _hand(rng, base, leak, weave)


def _defocused(rng: np.random.Generator) -> Lens:
    sigma = rng.uniform(2.5, 6.0)  # 5 to 12 pixels at 720 rows
    return lambda light, _: cv2.GaussianBlur(light, (0, 0), sigma)


def _fogged(rng: np.random.Generator) -> Lens:
    sigma, veil = rng.uniform(4, 6), float(rng.uniform(120, 170))
    return lambda light, _: cv2.convertScaleAbs(cv2.GaussianBlur(light, (0, 0), sigma), alpha=0.45, beta=veil * 0.5)


def _rotated(degrees: int) -> Callable[[np.random.Generator], Lens]:
    zoom = 1.0 if degrees == 180 else COLUMNS / ROWS
    matrix = cv2.getRotationMatrix2D((COLUMNS / 2, ROWS / 2), degrees, zoom)
    return lambda _: lambda light, _since: cv2.warpAffine(light, matrix, (COLUMNS, ROWS))


def _black(rng: np.random.Generator) -> Signal:
    floor, spread = int(rng.integers(16, 23)), float(rng.uniform(0, 1.2))

    def blacken(frame: Frame, _: float) -> Frame:
        dark = np.full_like(frame, floor)
        rows = frame.shape[0] * 2 // 3
        if spread > 0.4:
            cv2.randn(dark[:rows], floor, spread)
        dark[rows:] = 128
        return dark

    return blacken


def _frozen(_: np.random.Generator) -> Signal:
    kept: list[Frame] = []

    def repeat(frame: Frame, _since: float) -> Frame:
        if not kept:
            kept.append(frame.copy())
        return kept[0].copy()

    return repeat


def _card(colour: tuple[int, int, int], text: str) -> Callable[[np.random.Generator], Signal]:
    def make(_: np.random.Generator) -> Signal:
        def show(frame: Frame, _since: float) -> Frame:
            rows, columns = frame.shape[0] * 2 // 3, frame.shape[1]
            card = np.full((rows, columns, 3), colour, np.uint8)
            scale = rows / 300
            place = (int(columns / 2 - 9 * scale * len(text)), rows // 2)
            cv2.putText(card, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (235, 235, 235), max(int(2 * scale), 1))
            return cv2.cvtColor(card, cv2.COLOR_BGR2YUV_I420)

        return show

    return make


def _bars(_: np.random.Generator) -> Signal:
    def show(frame: Frame, _since: float) -> Frame:
        rows, columns = frame.shape[0] * 2 // 3, frame.shape[1]
        card = np.zeros((rows, columns, 3), np.uint8)
        for number in range(8):  # white yellow cyan green magenta red blue black
            code = 7 - number
            colour = (191 * (code & 1), 191 * (code >> 2 & 1), 191 * (code >> 1 & 1))
            card[:, columns * number // 8 : columns * (number + 1) // 8] = colour
        return cv2.cvtColor(card, cv2.COLOR_BGR2YUV_I420)

    return show


def _unplugged(rng: np.random.Generator) -> Voice:
    return lambda samples, _rate: noise(rng, len(samples), 0.3) * np.float32(level(-76))


def _of(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


_SILENT, _LOW = _of(Kind.SILENT), _of(Kind.LOW_SOUND)
_ALL = (
    Defect("black", LOST, CONSTANT, output=_black),
    Defect("black, clock on", LOST, CONSTANT, signal=_black),
    Defect("frozen", _of(Kind.FROZEN), output=_frozen),
    Defect("frozen, clock runs", _of(Kind.FROZEN), signal=_frozen),
    Defect("hand", LOST, UNSHARP, lens=_covered(26, (10, 14, 46))),
    Defect("bright cloth", LOST, UNSHARP, lens=_covered(205, (30, 30, 30), 0.8)),
    Defect("grey cloth", LOST, UNSHARP, lens=_covered(118, (14, 14, 14))),
    Defect("dark cloth", LOST, UNSHARP, lens=_covered(9, (3, 3, 4))),
    Defect("out of focus", _of(Kind.BLURRED), LOST, lens=_defocused),
    Defect("fogged", _of(Kind.BLURRED), LOST, lens=_fogged),
    Defect("blue card", LOST, CONSTANT, signal=_card((200, 30, 20), "NO SIGNAL")),
    Defect("black card", LOST | {Kind.FROZEN}, CONSTANT, output=_card((0, 0, 0), "NO VIDEO")),
    Defect("bars", _of(Kind.NO_SIGNAL), CONSTANT, signal=_bars),
    Defect("upside down", _of(Kind.TURNED), lens=_rotated(180)),
    Defect("on its side", _of(Kind.TURNED), lens=_rotated(90)),
    Defect("digital zero", _SILENT, _LOW, sound=lambda _: lambda samples, _rate: samples * np.float32(0)),
    Defect("unplugged", _SILENT, _LOW, sound=_unplugged),
    Defect("muffled", _SILENT | _LOW, sound=lambda _: lambda samples, _rate: samples * np.float32(level(-55))),
    Defect("damaged", _of(Kind.UNDECODABLE), CONSTANT | {Kind.STILL, Kind.TURNED}, damage=True),
)
DEFECTS: Mapping[str, Defect] = {defect.name: defect for defect in _ALL}
