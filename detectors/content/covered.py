"""Covered: whatever its brightness, nothing stands out of the picture: a hand, cloth, a wall touched by the lens.

A night scene has few lights, but they stand out; a wall has its plaster; grain of the sensor alone does not count.
"""

import numpy as np

from detectors.content.look import Look, exceeded_by

FEW = 0.01
GRAIN = 5.5
"""Standard deviations beyond which grain, even of a hundred thousand points, does not reach."""

PLAINLY = 15.0
"""Grey levels from which a sixteenth of the points is proof enough that the lens is free."""


def structure(look: Look) -> float:
    """Grey levels by which a hundredth of the picture stands out, or a single spot beyond what grain explains."""
    relief = np.abs(look.relief)
    roughly = exceeded_by(np.ascontiguousarray(relief[::4, ::4]), FEW)
    if roughly > PLAINLY:
        return roughly
    deviation = 1.4826 * exceeded_by(relief, 0.5)  # of a Gaussian, from its median
    spot = float(np.max(relief)) - GRAIN * deviation
    return max(exceeded_by(relief, FEW), spot)
