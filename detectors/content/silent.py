"""Silence and sound that is much too low, from levels. Digital zero and the quiet of a room are different levels."""

from collections.abc import Iterable, Iterator, Sequence

from detectors.content.grading import Measured, Piece, graded
from detectors.content.sound import DIGITAL_ZERO, STEP, WINDOW, Level
from domain.observation import ObservationKind

VERSION = 1
SILENT_LEVELS = (-100.0, -80.0, -75.0, -70.0, -65.0, -60.0, -55.0, -50.0)
"""dBFS. At or below -100 nothing was sampled at all; a live microphone in the quietest room gives some -75."""
PAUSE = 4.0
"""Seconds of quiet that are no pause of speech; digital zero is kept from two seconds on."""
LOW_LEVELS = (-60.0, -55.0, -50.0, -45.0, -40.0)
SECOND = 1.0
LOW_OVER = 60.0
"""Seconds over which the level of speech is taken: somebody speaks within a minute, or the stretch is silent."""
LOUD = 0.0
LOUD_SHARE = 0.05
"""The level that this share of the time exceeds stands for speech."""
Row = tuple[ObservationKind, float, float, float]
"""Kind, from, to, value."""


def silence(levels: Sequence[Level]) -> list[Row]:
    """Stretches in which every moment is quiet, cut by level. A click of a tenth of a second ends one."""
    seconds = list(_by_second(levels))
    quiet = graded(seconds, SILENT_LEVELS, shortest=PAUSE)
    dead = [one for one in graded(seconds, SILENT_LEVELS[:1]) if not any(_within(one, other) for other in quiet)]
    ordered = sorted((*quiet, *dead), key=lambda piece: piece.start)
    return [(ObservationKind.SILENT, one.start, one.end, max(one.value, DIGITAL_ZERO)) for one in ordered]


def in_all(tracks: Sequence[Sequence[Row]]) -> list[Row]:
    """What is quiet on every sound track at once, each stretch at the level of the loudest."""
    found = list(tracks[0]) if tracks else []
    for other in tracks[1:]:
        found = [
            (kind, max(start, from_), min(end, to), max(value, beside))
            for kind, start, end, value in found
            for of, from_, to, beside in other
            if of is kind and min(end, to) > max(start, from_)
        ]
    return found


def _within(piece: Piece, other: Piece) -> bool:
    return other.start <= piece.start and piece.end <= other.end


def low_sound(levels: Sequence[Level], start: float, end: float) -> list[Row]:
    """Minutes whose speech would be too low to follow; one observation each, nothing where it is loud enough."""
    found = []
    at = start
    while at < end:
        until = (
            end if end - at < 1.5 * LOW_OVER else at + LOW_OVER
        )  # a rest under half a minute goes with the one before
        inside = [level.dbfs for level in levels if at <= level.start < until]
        if inside and until - at >= LOW_OVER / 2:
            ordered = sorted(inside)
            speech = ordered[min(len(ordered) - 1, int(len(ordered) * (1 - LOUD_SHARE)))]
            found.append(Measured(at, until, speech))
        at = until
    return [(ObservationKind.LOW_SOUND, piece.start, piece.end, piece.value) for piece in graded(found, LOW_LEVELS)]


def _by_second(levels: Iterable[Level]) -> Iterator[Measured]:
    """The loudest tenth of each second heard without a break; between soundings it was loud as far as they tell."""
    held: Measured | None = None
    for level in levels:
        follows = held is not None and level.start <= held.end + WINDOW / 2
        if held is not None and follows and level.end - held.start <= SECOND:
            held = Measured(held.start, level.end, max(held.value or DIGITAL_ZERO, level.dbfs))
            continue
        if held is not None:
            yield held
        if held is not None and not follows:
            yield Measured(held.end, level.start, LOUD if level.start - held.end <= 2 * STEP else None)
        held = Measured(held.end if held is not None and follows else level.start, level.end, level.dbfs)
    if held is not None:
        yield held
