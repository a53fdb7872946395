"""Moments of a clip of which people are shown a small picture: a strip of it, and each stretch at begin and middle."""

from collections.abc import Sequence
from datetime import timedelta

from domain.observation import ObservationKind

STRIP = 8
"""Pictures of a strip."""
WITHIN = timedelta(seconds=1.5)
UNSEEN = frozenset(
    {
        ObservationKind.PICTURE_CHECKED,
        ObservationKind.SOUND_CHECKED,
        ObservationKind.OVERLAY_CHECKED,
        ObservationKind.STILL,
        ObservationKind.SILENT,
        ObservationKind.LOW_SOUND,
        ObservationKind.UNDECODABLE,
        ObservationKind.CLOCK,
        ObservationKind.NUMBERS,
    }
)
"""Kinds of which a still shows nothing."""


def spread(parts: Sequence[tuple[float, float]]) -> list[float]:
    """Moments of the strip, spread evenly over the parts; seconds."""
    total = sum(end - start for start, end in parts)
    found = []
    for place in range(STRIP):
        offset = total * (place + 0.5) / STRIP
        for start, end in parts:
            if offset <= end - start:
                found.append(start + offset)
                break
            offset -= end - start
    return found


def begin_and_middle(start: timedelta, end: timedelta) -> tuple[timedelta, timedelta]:
    """The moments that stand for a stretch: a little within it, for where it begins is known to a second or two."""
    return start + min(WITHIN, (end - start) / 4), (start + end) / 2
