"""What several detectors need of one picture, worked out once: its core, smoothed, and what stands out of it.

The core leaves out the margins, where cameras write their clock and numbers: those stay sharp and bright whatever is
before the lens.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.content.base import Picture, Plane

MARGIN = 0.14
"""Share of the height left out above and below: on-screen text of all cameras that were seen stands there."""
FINE, COARSE = 0.7, 2.5
"""Gaussian widths, in points of half the small picture, between which structure is looked for: grain is finer, shading
coarser."""


def core_of(plane: Plane) -> Plane:
    """The rows between the margins."""
    rows = plane.shape[0]
    cut = int(rows * MARGIN)
    return plane[cut : rows - cut] if rows - 2 * cut >= 1 else plane


@dataclass(frozen=True)
class Look:
    """One picture being looked at. Values are grey levels 0..255."""

    picture: Picture

    @property
    def at(self) -> float:
        return self.picture.at

    @cached_property
    def core(self) -> Plane:
        return core_of(self.picture.luma)

    @cached_property
    def points(self) -> Plane:
        """The core with the sensor's grain."""
        return core_of(self.picture.points)

    @cached_property
    def fine(self) -> NDArray[np.float32]:
        """The core at half its size, without its grain."""
        rows, columns = self.core.shape
        half = self.core[: rows // 2 * 2, : columns // 2 * 2] if min(rows, columns) > 1 else self.core
        size = (max(1, columns // 2), max(1, rows // 2))
        return smoothed(cv2.resize(half.astype(np.float32), size, interpolation=cv2.INTER_AREA), FINE)

    @cached_property
    def relief(self) -> NDArray[np.float32]:
        """What stands out of its surroundings, brighter or darker."""
        return np.asarray(self.fine - smoothed(self.fine, COARSE), np.float32)


def smoothed(plane: NDArray[Any], width: float) -> NDArray[np.float32]:
    """Gaussian smoothing that goes on at the edge as the picture ends there."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), width, borderType=cv2.BORDER_REPLICATE), np.float32)


def exceeded_by(values: NDArray[np.float32], share: float) -> float:
    """The value that this share of all exceeds (0: the greatest)."""
    flat = values.ravel()
    place = min(len(flat) - 1, int(len(flat) * (1 - share)))
    return float(np.partition(flat, place)[place])
