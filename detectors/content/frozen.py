"""Frozen: two moments look more alike than a live sensor ever makes them. Still: only grain and light changed.

The margins are left out, so a picture that stands while its on-screen clock runs on is found too. Points are compared,
not areas: averaging would hide the grain by which a live picture shows itself.
"""

import cv2
import numpy as np

from detectors.content.base import Plane

BLOCK = 12
FEW = 0.03
"""Share of the blocks that may change: on-screen text outside the margins, a blinking lamp of the camera itself."""


def change(before: Plane, after: Plane) -> float | None:
    """Grey levels by which all but a few blocks changed at most; None where the pictures differ in size.

    Each is the points of a picture's core (`Look.points`).
    """
    if before.shape != after.shape:
        return None
    rows, columns = before.shape[0] // BLOCK, before.shape[1] // BLOCK
    if not rows or not columns:
        return float(cv2.absdiff(before, after).mean())
    difference = cv2.absdiff(before[: rows * BLOCK, : columns * BLOCK], after[: rows * BLOCK, : columns * BLOCK])
    blocks = cv2.resize(difference.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA).ravel()
    return float(np.sort(blocks)[min(len(blocks) - 1, int(len(blocks) * (1 - FEW)))])
