"""The registry of what is measured in pictures: a name, a measure, and the levels at which stretches are told apart.

Levels only cut stretches into pieces; what is too much is for a rule's limit to say. Smaller values are worse.
"""

from collections.abc import Callable
from dataclasses import dataclass

from detectors.content.black import brightest
from detectors.content.blurred import sharpness
from detectors.content.cards import signal_card
from detectors.content.covered import structure
from detectors.content.look import Look
from domain.observation import ObservationKind


@dataclass(frozen=True, slots=True)
class PictureDetector:
    """One measure of single pictures. `levels`: ascending, worst first; beyond the last one nothing is kept.

    `edge`: the level at which a stretch's beginning and end are looked for closely. `worst_high`: the worst values are
    the great ones.
    """

    name: str
    version: int
    kind: ObservationKind
    unit: str
    measure: Callable[[Look], float | None]
    levels: tuple[float, ...]
    edge: float
    worst_high: bool = False

    def shows(self, value: float | None) -> bool:
        """Whether a value is one that a rule might mind."""
        if value is None:
            return False
        return value >= self.edge if self.worst_high else value <= self.edge


PICTURE_DETECTORS = (
    PictureDetector("black", 1, ObservationKind.BLACK, "grey", brightest, levels=(16, 20, 24, 30, 36, 44), edge=30),
    PictureDetector("covered", 1, ObservationKind.COVERED, "grey", structure, levels=(1, 2, 3, 4, 5), edge=3),
    PictureDetector(
        "blurred", 1, ObservationKind.BLURRED, "share", sharpness, levels=(0.15, 0.2, 0.25, 0.3, 0.35), edge=0.3
    ),
    PictureDetector(
        "no-signal", 1, ObservationKind.NO_SIGNAL, "share", signal_card, (0.95, 0.9, 0.8, 0.7), 0.7, worst_high=True
    ),
)

FROZEN_VERSION = 1
FROZEN_LEVELS = (0.1, 0.3, 0.5, 0.8, 1.0, 1.2)
FROZEN_EDGE = 0.8
STILL_LEVELS = (1.5, 2.5, 4.0)
"""Above what is frozen: nothing moves, but the sensor lives."""
