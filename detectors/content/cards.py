"""No signal: what a recorder writes when no camera is connected: a card of one vivid colour with words, or bars."""

import cv2
import numpy as np

from detectors.content.base import Plane
from detectors.content.look import Look, core_of

FLAT = 0.55
"""Share of one brightness from which colours are worth looking at."""
TOLERANCE = 2
VIVID = 60
"""Least distance between the channels of a card's colour: grey, black and white cards are frozen, and found so."""
STRIPED = 0.97
LEAST_BARS = 5
STEP = 12


def signal_card(look: Look) -> float:
    """Share 0..1 of the picture that is one vivid colour without grain, or upright bars; 0 where it is neither."""
    return max(card_share(look), bars_share(look))


def card_share(look: Look) -> float:
    """Share of the commonest brightness, where that is a vivid colour."""
    counts = np.bincount(look.core.ravel(), minlength=256)
    level = int(np.argmax(counts))
    share = float(counts[max(0, level - TOLERANCE) : level + TOLERANCE + 1].sum() / look.core.size)
    if share < FLAT:
        return 0.0
    colours = core_of(look.picture.colour())[np.abs(look.core.astype(np.int16) - level) <= TOLERANCE]
    middle = np.median(colours, axis=0)
    vivid = float(middle.max() - middle.min()) >= VIVID
    alike = np.abs(colours.astype(np.int16) - middle).max(axis=1) <= 4 * TOLERANCE
    return share * float(alike.mean()) if vivid else 0.0


def bars_share(look: Look) -> float:
    """Share of points that equal the one above them, where columns form at least five bars of different colours."""
    upper = look.core[: max(2, look.core.shape[0] * 3 // 5)]
    same = float((cv2.absdiff(upper[1:], upper[:-1]) <= TOLERANCE).mean())
    if same < STRIPED:
        return 0.0
    columns = upper.mean(axis=0)
    steps = np.abs(np.diff(columns))
    edges = int(np.count_nonzero((steps[1:-1] >= steps[:-2]) & (steps[1:-1] > steps[2:]) & (steps[1:-1] >= STEP / 2)))
    return same if edges >= LEAST_BARS - 1 and _colourful(look.picture.colour()) else 0.0


def _colourful(colour: Plane) -> bool:
    """Half of the columns are vivid, as in every set of test bars."""
    row = core_of(colour)[: max(1, colour.shape[0] // 3)].mean(axis=0)
    return float(((row.max(axis=1) - row.min(axis=1)) >= VIVID).mean()) >= 0.5
