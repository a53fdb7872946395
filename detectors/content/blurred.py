"""Blurred: no edge in the picture is as narrow as a focused lens makes it.

An edge that is smoothed once more loses much of its steepness when it was narrow, and little when it was wide already
(the idea of Crete et al., The blur effect, 2007). Only strong edges are asked, so that grain says nothing; each part of
the picture answers for itself and the sharper ones count: a near or moving thing is no fault of the lens.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.content.look import Look, smoothed

AGAIN = 1.0
"""Gaussian width of the second smoothing, points of the small picture."""
FOCUSED = 0.55
"""Steepness that an edge of a focused lens loses: it is half a point wide."""
STEEP = 3.5
"""Grey levels a point from which an edge is strong, after the second smoothing."""
PARTS = (3, 6)
LEAST_EDGE = 12
"""Points of strong edge that a part needs to answer."""
SHARPER = 0.7
"""Of the parts that answer, the one that this share does not exceed."""
LEAST_PARTS = 3


def sharpness(look: Look) -> float | None:
    """Share 0..1 of the sharpness that focus gives; None where the picture has too few edges to tell."""
    plane = look.core.astype(np.float32)
    again = smoothed(plane, AGAIN)
    answers = [
        answer
        for across in (True, False)
        for answer in _parts(np.abs(_slope(plane, across)), np.abs(_slope(again, across)))
    ]
    if len(answers) < LEAST_PARTS:
        return None
    answers.sort()
    return min(1.0, answers[min(len(answers) - 1, int(len(answers) * SHARPER))] / FOCUSED)


def _slope(plane: NDArray[np.float32], across: bool) -> NDArray[np.float32]:
    kernel = np.array([[-0.5, 0.0, 0.5]], np.float32)
    return np.asarray(cv2.filter2D(plane, cv2.CV_32F, kernel if across else kernel.T), np.float32)


def _parts(before: NDArray[np.float32], after: NDArray[np.float32]) -> list[float]:
    """What each part of the picture says its strong edges lost, 0..1."""
    strong = after >= STEEP
    count, kept, had = (_sums(plane) for plane in (strong, after * strong, np.maximum(before, after) * strong))
    told = count >= LEAST_EDGE
    return [float(1 - k / h) for k, h in zip(kept[told], had[told], strict=True) if h > 0]


def _sums(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    """Sum of each part; the rest of a division is left out."""
    rows, columns = (max(1, size // count) for size, count in zip(plane.shape, PARTS, strict=True))
    whole = plane[: rows * PARTS[0], : columns * PARTS[1]]
    if whole.shape != (rows * PARTS[0], columns * PARTS[1]):
        return np.zeros(0, np.float32)
    return np.asarray(whole.reshape(PARTS[0], rows, PARTS[1], columns).sum((1, 3), np.float32).ravel(), np.float32)
