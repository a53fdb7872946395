"""Layout: where a picture is bright and where it is rough, in a few cells: what stays while a wearer walks.

Compared with the layouts of neighbouring moments it tells which way up a picture probably stands, for next to nothing.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.content.base import Plane
from detectors.content.look import core_of

CELLS = 6
DETAIL = 96
"""Rows and columns at which roughness is measured."""
DARK = 4.0
"""Grey levels by which cells differ at least: below, a picture has no layout."""
FAINT = 0.3
"""A mean of layouts that has less left than this is not trusted more for it."""
Layout = NDArray[np.float32]
"""Two planes of cells, each of mean 0 and norm 1: brightness, roughness."""


def layout_of(luma: Plane) -> Layout | None:
    """None where there is nothing to see."""
    core = core_of(luma)
    if min(core.shape) < CELLS:
        return None
    even = cv2.resize(core, (DETAIL, DETAIL), interpolation=cv2.INTER_AREA).astype(np.float32)
    rough = np.log1p(np.abs(cv2.Laplacian(even, cv2.CV_32F)))
    cells = [cv2.resize(plane, (CELLS, CELLS), interpolation=cv2.INTER_AREA) for plane in (even, rough)]
    if float(cells[0].std()) < DARK:
        return None
    return np.stack([_unit(np.asarray(plane, np.float32)) for plane in cells])


def _unit(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    plane = plane - plane.mean()
    return np.asarray(plane / max(float(np.sqrt((plane * plane).sum())), 1e-6), np.float32)


def likeness(those: Sequence[Layout], one: Layout) -> NDArray[np.float64]:
    """How like the mean of others a layout is, -2..2, for each number of quarters it may be turned clockwise."""
    mean = np.mean(those, axis=0)
    norm = max(float(np.sqrt((mean * mean).sum() / 2)), FAINT)
    return np.array([float((np.rot90(one, quarters, (1, 2)) * mean).sum()) / norm for quarters in range(4)])
