"""By how much one picture is turned against another, from points that both show (SIFT, Lowe 2004).

Every quarter turn is a hypothesis of its own: points vote for the one that agrees with the direction of their own
gradients, and the winner must leave all others far behind. So a pattern that looks the same turned says nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.content.base import Plane
from detectors.content.look import core_of

WIDTH = 280
"""Columns of the picture in which points are looked for: as good as more, at a third of the cost."""
MOST_POINTS = 400
CONTRAST = 0.015
"""Of a point: lower than usual, so that a plastered wall has some."""
DISTINCT = 0.85
"""A match must be nearer than the next best by this factor (Lowe § 7.1)."""
SWAY = 35.0
"""Degrees by which a wearer may lean besides."""
OFF = 3.0
"""Columns or rows by which a match may miss the place that the turn gives."""
TRIES = 500
"""Pairs of matches that are tried: enough where one match in ten is right."""
SCALES = (0.4, 2.5)
LEAST = 9
"""Matches that a turn needs, in different places."""
TIMES = 3
"""Matches that it needs for each one of the next best turn."""
SPREAD = 0.35
"""Share of the shorter side over which they lie, both ways, in one of the pictures: a thing in a hand is less."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """Places (columns, rows), directions (degrees) and descriptors (norm 1) of points; the size of what they lie in."""

    places: Floats
    directions: Floats
    descriptors: Floats
    size: tuple[int, int]


def features_of(luma: Plane) -> Features:
    """The strongest points between the margins, where no on-screen text stands."""
    core = core_of(luma)
    if core.shape[1] > WIDTH:
        rows = max(1, round(core.shape[0] * WIDTH / core.shape[1]))
        core = np.asarray(cv2.resize(core, (WIDTH, rows), interpolation=cv2.INTER_AREA), np.uint8)
    finder = cv2.SIFT.create(nfeatures=MOST_POINTS, contrastThreshold=CONTRAST)
    points, described = finder.detectAndCompute(core, np.full(core.shape, 255, np.uint8))
    places = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
    directions = np.array([point.angle for point in points], np.float32)
    rooted = np.zeros((0, 128), np.float32) if described is None else np.asarray(described, np.float32)
    rooted = np.sqrt(rooted / np.maximum(rooted.sum(axis=1, keepdims=True), 1e-6))  # RootSIFT, Arandjelović 2012
    return Features(places, directions, rooted, (core.shape[1], core.shape[0]))


def quarters_between(one: Features, other: Features) -> int | None:
    """Quarters by which the other picture's content is turned clockwise; None where points cannot tell."""
    pairs = _matches(one, other)
    if len(pairs) < LEAST:
        return None
    turned = (other.directions[pairs[:, 1]] - one.directions[pairs[:, 0]]) % 360
    counts = [_agreeing(one, other, pairs[_off(turned, 90.0 * quarters) < SWAY], quarters) for quarters in range(4)]
    best = int(np.argmax(counts))
    second = max(count for quarters, count in enumerate(counts) if quarters != best)
    return best if counts[best] >= max(LEAST, TIMES * second) else None


def _matches(one: Features, other: Features) -> NDArray[np.int64]:
    """Pairs of numbers of points that are like each other and like no third."""
    if min(len(one.places), len(other.places)) < 2:
        return np.zeros((0, 2), np.int64)
    alike = one.descriptors @ other.descriptors.T
    order = np.argsort(-alike, axis=1)[:, :2]
    rows = np.arange(len(alike))
    near, next_best = (np.sqrt(np.maximum(2 - 2 * alike[rows, order[:, place]], 0)) for place in (0, 1))
    clear = near < DISTINCT * next_best
    return np.stack([rows[clear], order[clear, 0]], axis=1)


def _off(angles: NDArray[np.floating], wanted: float) -> NDArray[np.floating]:
    return np.asarray(np.abs((angles - wanted + 180) % 360 - 180))


def _agreeing(one: Features, other: Features, pairs: NDArray[np.int64], quarters: int) -> int:
    """Different places whose matches one turn, shift and zoom explains; 0 where it is another turn or a mere spot."""
    if len(pairs) < 4:
        return 0
    before, after = one.places[pairs[:, 0]], other.places[pairs[:, 1]]
    matrix, inside = cv2.estimateAffinePartial2D(
        before, after, method=cv2.RANSAC, ransacReprojThreshold=OFF, maxIters=TRIES
    )
    if matrix is None:
        return 0
    angle = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    kept = np.asarray(inside).ravel() > 0
    wide = _spread(before[kept], one.size) or _spread(after[kept], other.size)
    if not SCALES[0] < scale < SCALES[1] or _off(np.array([angle]), 90.0 * quarters)[0] > SWAY or not wide:
        return 0
    return min(len(np.unique(np.round(places[kept] / OFF), axis=0)) for places in (before, after))


def _spread(places: Floats, size: tuple[int, int]) -> bool:
    """Whether places lie over a good part of the picture, a few strays apart."""
    low, high = np.percentile(places, [5, 95], axis=0)
    return bool(np.all(high - low >= SPREAD * min(size)))
