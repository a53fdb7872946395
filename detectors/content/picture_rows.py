"""What a survey of pictures shows, as stretches of each kind."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from detectors.content.grading import Measured, Piece, around, between, graded, widened
from detectors.content.picture_detectors import FROZEN_LEVELS, FROZEN_VERSION, PICTURE_DETECTORS, STILL_LEVELS
from detectors.content.survey import CLOSE, STEP, Survey
from domain.observation import ObservationKind

WIDEST = 2 * STEP
"""Seconds without a picture beyond which the time between is not checked."""
REFINED = 5.0
"""Seconds at most that an encoder needs to draw a frozen picture as well as it can."""
Shown = tuple[str, int, ObservationKind, Piece, str]
"""Detector, version, kind, stretch, unit."""


def shown(survey: Survey) -> Iterator[Shown]:
    """Every stretch that the survey of one part shows, by detector."""
    times = [sample.at for sample in survey.samples]
    end = survey.end if survey.stopped_at is None else survey.stopped_at
    for detector in PICTURE_DETECTORS:
        values = [sample.values[detector.name] for sample in survey.samples]
        measured = around(times, values, min(survey.start, times[0]) if times else 0.0, end)
        for piece in graded(_believed(measured), detector.levels, detector.worst_high):
            yield detector.name, detector.version, detector.kind, piece, detector.unit
    alone = [sample.at for sample in survey.alone()]
    pairs = between(alone, survey.changes())
    for kind, levels in ((ObservationKind.FROZEN, FROZEN_LEVELS), (ObservationKind.STILL, STILL_LEVELS)):
        pieces = widened(graded(_believed(pairs, survey.silences.quiet), levels), alone, CLOSE)
        pieces += [piece for one in survey.across for piece in graded([one], levels)]
        for piece in pieces if kind is ObservationKind.STILL else reached(pieces, survey.silences.quiet, alone):
            yield "frozen", FROZEN_VERSION, kind, piece, "grey"


def reached(pieces: Sequence[Piece], quiet: Sequence[tuple[float, float]], alone: Sequence[float]) -> list[Piece]:
    """Frozen stretches begun and ended where the packets fell silent and spoke again, if that is near.

    An encoder uses the first seconds of a freeze to draw it better: pictures differ, packets are small already. And
    the next picture that can be compared (`alone`) may be far: between it and the stretch, packets tell alone.
    """
    starts, ends = {piece.start for piece in pieces}, {piece.end for piece in pieces}
    found = []
    for piece in pieces:
        before = max((at for at in alone if at < piece.start), default=piece.start)
        after = min((at for at in alone if at > piece.end), default=piece.end)
        earliest, latest = min(before, piece.start - REFINED), max(after, piece.end + REFINED)
        start = next((s for s, e in quiet if earliest <= s <= piece.start <= e), piece.start)
        end = next((e for s, e in quiet if s <= piece.end <= e <= latest), piece.end)
        inner_start, inner_end = piece.start in ends, piece.end in starts
        found.append(replace(piece, start=piece.start if inner_start else start, end=piece.end if inner_end else end))
    return found


def _believed(measured: list[Measured], quiet: Sequence[tuple[float, float]] = ()) -> Iterator[Measured]:
    """A value does not hold over a stretch without a picture, unless packets say that nothing happened meanwhile."""
    for one in measured:
        near = one.end - one.start <= WIDEST
        between = near or any(since <= one.start and one.end <= until for since, until in quiet)
        yield one if between else Measured(one.start, one.end, None)


def checked(survey: Survey) -> Iterator[tuple[float, float, float]]:
    """Stretches that the pictures vouch for, each with the widest step between two: from, to, step."""
    times = [sample.at for sample in survey.samples]
    if not times:
        return
    end = survey.end if survey.stopped_at is None else survey.stopped_at
    first = survey.start if times[0] - survey.start <= WIDEST else times[0]
    start, step = first, 0.0
    for one, other in zip([first, *times], [*times, end], strict=True):
        if other - one > WIDEST:
            if one > start:
                yield start, one, step
            start, step = other, 0.0
        else:
            step = max(step, other - one)
    if end > start or len(times) == 1:
        yield start, max(end, start), step
