"""Black: nothing in the picture is brighter than a level, not even a lamp far away at night."""

import numpy as np

from detectors.content.look import Look, smoothed

SPOT = 1.0
"""Gaussian width, points of half the small picture: a single hot point of the sensor is no light."""


def brightest(look: Look) -> float:
    """Grey level of the brightest spot of the core. A lid before the lens gives some 16; a faint lamp 60 and more."""
    return float(np.max(smoothed(look.fine, SPOT)))
