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
FEW_MAY = 2.0
"""So many times more may all but those few blocks change than the middle one: what an encoder writes for a clock that
ticks spills into its surroundings. A live sensor changes the middle block too, who moves changes more than a few."""


def change(before: Plane, after: Plane) -> float | None:
    """Grey levels by which the picture changed; None where the pictures differ in size.

    Each is the points of a picture's core (`Look.points`). Coded twice from one source, pictures differ by less than
    0.8; a live sensor before an empty room gives 1.0 and more even at a low bit rate.
    """
    if before.shape != after.shape:
        return None
    rows, columns = before.shape[0] // BLOCK, before.shape[1] // BLOCK
    if not rows or not columns:
        return float(cv2.absdiff(before, after).mean())
    difference = cv2.absdiff(before[: rows * BLOCK, : columns * BLOCK], after[: rows * BLOCK, : columns * BLOCK])
    blocks = np.sort(cv2.resize(difference.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA).ravel())
    most = blocks[min(len(blocks) - 1, int(len(blocks) * (1 - FEW)))]
    return float(max(blocks[len(blocks) // 2], most / FEW_MAY))
