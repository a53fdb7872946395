"""What a content detector measured over a stretch of a clip: a figure with its unit, and no judgement.

A stretch is measured far beyond what any rule would accept, and cut into pieces by what was measured, so that another
limit is another sum over pieces and never another decoding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ObservationKind(StrEnum):
    """What was measured. `-checked` says that a stretch was looked at: without it nothing else means anything."""

    PICTURE_CHECKED = "picture-checked"  # value: widest step between two pictures looked at, s
    SOUND_CHECKED = "sound-checked"  # value: widest step between two soundings, s
    OVERLAY_CHECKED = "overlay-checked"  # value: pictures in which the on-screen clock was looked for, count
    UNDECODABLE = "undecodable"  # value: damaged or missing pictures or sounds, count
    BLACK = "black"  # value: brightest part, grey levels 0..255
    FROZEN = "frozen"  # value: largest change between pictures, grey levels; too little for any live sensor
    STILL = "still"  # value: largest change between pictures, grey levels; nothing moved
    COVERED = "covered"  # value: strongest structure, grey levels
    BLURRED = "blurred"  # value: sharpest edge, share 0..1 of what focus gives
    NO_SIGNAL = "no-signal"  # value: share 0..1 of the picture that is a card or bars; detail says which
    TURNED = "turned"  # value: degrees clockwise that would put the picture right
    SILENT = "silent"  # value: loudest moment, dBFS; -120 is digital zero
    LOW_SOUND = "low-sound"  # value: level that a twentieth of the time exceeds, dBFS
    CLOCK = "clock"  # value: what the on-screen clock shows at media time zero, s since 1970; None: not known to 2 s
    CLOCK_MISSING = "clock-missing"  # value: pictures without an on-screen clock, count
    CLOCK_STOPPED = "clock-stopped"  # value: seconds that passed while it showed the same
    CLOCK_JUMP = "clock-jump"  # value: seconds it gained (lost: negative) against the media between two pictures
    NUMBERS = "numbers"  # value: pictures that show them, count; detail: the numbers beside the clock


@dataclass(frozen=True, slots=True)
class Observation:
    """One measurement over `start`..`end`, media time of the clip. `detail` is text that was read or names a form."""

    detector: str
    version: int
    kind: ObservationKind
    start: timedelta
    end: timedelta
    value: float | None
    unit: str  # s | count | grey | share | deg | dBFS | local-epoch-s
    detail: str | None = None


def stretches(
    observations: Iterable[Observation], kind: ObservationKind, most: float, join: timedelta = timedelta(seconds=0)
) -> list[tuple[timedelta, timedelta]]:
    """Where pieces of a kind with at most this value follow each other, each stretch as a whole.

    `join`: a break up to this long between two pieces is none.
    """
    pieces = sorted(
        (one.start, one.end) for one in observations if one.kind is kind and one.value is not None and one.value <= most
    )
    found: list[tuple[timedelta, timedelta]] = []
    for start, end in pieces:
        if found and start <= found[-1][1] + join:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
