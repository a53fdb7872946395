"""What every scene is drawn with: textures, a camera that sways, glows. Pictures are rows × columns × blue green red.

Scenes are drawn at 640 × 360 and scaled to the size that is recorded; everything comes from a seeded generator.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
Draw = Callable[[float], Picture]
"""What the lens sees at a time in seconds."""
COLUMNS, ROWS = 640, 360
MARGIN = 48
"""Rows and columns that a panorama has beyond what is seen at once, for swaying."""


def clouds(rng: np.random.Generator, shape: tuple[int, int], grain: float, octaves: int = 4) -> Field:
    """Fractal texture, mean 0 and deviation 1; its largest patches are `grain` pixels wide."""
    rows, columns = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cell = grain / 2**octave
        small = rng.standard_normal((int(rows / cell) + 3, int(columns / cell) + 3), dtype=np.float32)
        whole = cv2.resize(small, None, fx=max(cell, 1), fy=max(cell, 1), interpolation=cv2.INTER_CUBIC)
        total += whole[:rows, :columns] * np.float32(0.6**octave)
    total -= total.mean()
    return (total / max(float(total.std()), 1e-6)).astype(np.float32)


def textured(picture: Field | Picture, *fields: tuple[Field, float]) -> Picture:
    """A picture with fields added to all its colours, each with the deviation named, in grey levels."""
    total = picture.astype(np.float32)
    for field, deviation in fields:
        total += field[..., None] * np.float32(deviation)
    return np.clip(total, 0, 255).astype(np.uint8)


def plain(rows: int, columns: int, colour: tuple[float, float, float]) -> Field:
    """One colour."""
    return np.full((rows, columns, 3), colour, np.float32)


def sloped(rows: int, columns: int, above: tuple[float, ...], below: tuple[float, ...]) -> Field:
    """One colour at the top that becomes another at the bottom."""
    share = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    slope = np.array(above, np.float32) * (1 - share) + np.array(below, np.float32) * share
    return np.repeat(slope, columns, axis=1)


def glow(picture: Picture, at: tuple[float, float], radius: float, colour: tuple[int, int, int]) -> None:
    """Adds a round light with its halo, in place; may lie partly or wholly outside."""
    reach = int(radius * 4) + 1
    rows, columns = picture.shape[:2]
    x, y = int(at[0]), int(at[1])
    left, right, top, bottom = max(x - reach, 0), min(x + reach, columns), max(y - reach, 0), min(y + reach, rows)
    if left >= right or top >= bottom:
        return
    away = np.hypot(np.arange(left, right)[None, :] - at[0], np.arange(top, bottom)[:, None] - at[1])
    light = 1 / (1 + (away / radius) ** 3) - 1 / 65
    part = picture[top:bottom, left:right].astype(np.float32) + light.clip(0)[..., None] * np.array(colour)
    picture[top:bottom, left:right] = part.clip(0, 255)


Sway = Callable[[float], tuple[float, float, float]]


def swaying(rng: np.random.Generator, most: float, steps: float = 1.8) -> Sway:
    """Right, down (pixels) and turned (degrees) by a body that breathes and walks with `steps` a second."""
    phases = rng.uniform(0, 2 * math.pi, 8)
    slow = rng.uniform(0.12, 0.5, 4)

    def sway(at: float) -> tuple[float, float, float]:
        drift = [math.sin(2 * math.pi * pace * at + phase) for pace, phase in zip(slow, phases, strict=False)]
        step = math.sin(2 * math.pi * steps * at + phases[4])
        jolt = math.sin(2 * math.pi * 2 * steps * at + phases[5]) + 0.4 * math.sin(2 * math.pi * 7.3 * at + phases[6])
        return (
            most * (0.6 * drift[0] + 0.4 * drift[1] + 0.2 * step),
            most * (0.4 * drift[2] + 0.3 * jolt),
            most * 0.08 * (drift[3] + 0.3 * step),
        )

    return sway


def to_and_fro(at: float, pace: float, length: float) -> float:
    """Where a walker is who turns at both ends of a length."""
    along = (at * pace) % (2 * length)
    return along if along <= length else 2 * length - along


def seen(panorama: Picture, place: tuple[float, float], turned: float = 0.0, zoom: float = 1.0) -> Picture:
    """What the camera sees whose upper left corner stands at `place` of the panorama."""
    matrix = cv2.getRotationMatrix2D((place[0] + COLUMNS / 2, place[1] + ROWS / 2), turned, zoom)
    matrix[:, 2] -= place
    return cv2.warpAffine(panorama, matrix, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def paste(picture: Picture, thing: Picture, mask: NDArray[np.bool_], at: tuple[float, float]) -> None:
    """A thing before the rest, in place; may lie partly or wholly outside."""
    x, y = int(at[0]), int(at[1])
    rows, columns = thing.shape[:2]
    left, right = max(x, 0), min(x + columns, picture.shape[1])
    top, bottom = max(y, 0), min(y + rows, picture.shape[0])
    if left >= right or top >= bottom:
        return
    inside = (slice(top - y, bottom - y), slice(left - x, right - x))
    np.copyto(picture[top:bottom, left:right], thing[inside], where=mask[inside][..., None])


def person(rng: np.random.Generator, height: int) -> tuple[Picture, NDArray[np.bool_]]:
    """Head, shoulders and body in clothes with folds, and where they cover what is behind."""
    width = height // 2
    drawn = np.zeros((height, width, 3), np.uint8)
    cloth = tuple(int(c) for c in rng.uniform(20, 130, 3))
    skin = tuple(int(c * rng.uniform(0.7, 1.0)) for c in (140, 170, 215))
    middle, head = width // 2, height // 8
    cv2.ellipse(drawn, (middle, int(height * 0.62)), (int(width * 0.42), int(height * 0.40)), 0, 0, 360, cloth, -1)
    cv2.ellipse(drawn, (middle, head + 2), (int(head * 0.75), head), 0, 0, 360, skin, -1)
    cv2.ellipse(drawn, (middle, head // 2 + 2), (int(head * 0.78), head // 2), 0, 180, 360, (25, 22, 20), -1)
    mask = drawn.any(axis=2)
    for side in (-1, 1):
        cv2.circle(drawn, (middle + side * head // 3, head), max(head // 9, 1), (20, 20, 25), -1)
    folds = clouds(rng, (height, width), max(height / 10, 4))
    return textured(drawn, (folds, 9.0)), mask
