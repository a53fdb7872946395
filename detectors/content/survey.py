"""One pass over the pictures of a part: key pictures some seconds apart, and closer where something begins or ends.

Every picture is decoded once and shown to all detectors; what they measured is kept, the picture is let go.
"""

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detectors.content.base import Plane
from detectors.content.frames import PictureStream
from detectors.content.frozen import change as measured_change
from detectors.content.grading import Measured
from detectors.content.look import Look
from detectors.content.picture_detectors import FROZEN_EDGE, PICTURE_DETECTORS
from detectors.content.pictures import DecodedPicture
from detectors.content.quiet_packets import Silences, is_steady

STEP = 10.0
"""Seconds between pictures at most: of a fault of ten seconds one is seen."""
QUIET_STEP = 4.0
"""The same where packets say that the picture may stand still: of a freeze of ten seconds two pictures are seen."""
JITTER = 0.05
"""Seconds by which cameras miss the distance of their key pictures."""
APART = 10.6
"""Key pictures further apart than this cannot show every fault of ten seconds: all pictures are decoded then."""
CLOSE = 2.0
"""Edges are looked for until the pictures beside them are this near."""
SHORTEST = 8.0
"""A fault that cannot last this long is not looked at closer."""
MOST_CLOSER = 400
"""Pictures decoded for edges in one part: a flickering picture has no edges worth more."""
REDRAWN = 0.35
"""What is counted of a change that the encoder alone can have made: refining a frozen picture changes it by up to 2."""
FEATURELESS = 5.0
"""Grey levels of structure up to which a lens may be covered."""
EVERY = 1.0
"""Between key pictures all pictures are decoded, and one a second is looked at."""


@dataclass(slots=True, order=True)
class Sample:
    """What was measured at one moment. `points` are kept for comparing it with its neighbours."""

    at: float
    values: dict[str, float | None] = field(compare=False)
    points: Plane = field(compare=False, repr=False)
    alone: bool = field(compare=False, default=True)


@dataclass(slots=True)
class Survey:
    """The samples of one part in order of time, and how much pictures changed.

    Only pictures that are decoded alone are compared: between them an encoder that has no bits to spare repeats a live
    picture too. `across`: what was compared where a stretch of quiet packets goes on over such a picture.
    """

    start: float
    end: float
    samples: list[Sample] = field(default_factory=list)
    stopped_at: float | None = None  # time was over
    across: list[Measured] = field(default_factory=list)
    silences: Silences = field(default_factory=Silences)
    _changes: dict[tuple[float, float], float | None] = field(default_factory=dict)

    def alone(self) -> list[Sample]:
        """The samples that are compared with each other."""
        return [sample for sample in self.samples if sample.alone]

    def changes(self) -> list[float | None]:
        """Change from each of them to the next, None where they cannot be compared."""
        return [self._change(one, other) for one, other in pairwise(self.alone())]

    def _change(self, one: Sample, other: Sample) -> float | None:
        pair = (one.at, other.at)
        if pair not in self._changes:
            change = measured_change(one.points, other.points)
            drawn = self.is_dead(*pair) and not (_featureless(one) or _featureless(other))
            self._changes[pair] = change * REDRAWN if drawn and change is not None else change
        return self._changes[pair]

    def is_dead(self, since: float, until: float) -> bool:
        """Whether what changed in a stretch can only be the encoder's drawing."""
        return any(start <= since and until <= end for start, end in self.silences.dead)


def _featureless(sample: Sample) -> bool:
    """A covered lens goes as quiet as a frozen picture: what it changes by is its own grain."""
    structure = sample.values["covered"]
    return structure is not None and structure <= FEATURELESS


Times = NDArray[np.float64]
Show = Callable[[DecodedPicture], None]


def survey(
    stream: PictureStream, part: tuple[float, float], show: Show, over: Callable[[], bool], before: Sample | None = None
) -> Survey:
    """Look at the pictures of one part. `show` sees each while it is whole; `over` says that the time is.

    `before`: the last sample of the part that this one goes on from.
    """
    found = Survey(*part, samples=[before] if before else [], silences=stream.silences)
    for picture in _coarse(stream, part):
        insort(found.samples, _sample(picture, show))
        if over():
            found.stopped_at = picture.at
            return found
    _closer(stream, found, show, over)
    found.across = list(_across(stream, found, over))
    return found


def _sample(picture: DecodedPicture, show: Show) -> Sample:
    look = Look(picture)
    values = {detector.name: detector.measure(look) for detector in PICTURE_DETECTORS}
    show(picture)
    picture.release()
    return Sample(picture.at, values, look.points, picture.alone)


def _coarse(stream: PictureStream, part: tuple[float, float]) -> Iterator[DecodedPicture]:
    start, end = part
    if not stream.has_pictures(start - CLOSE, end):
        return
    times = stream.key_times
    numbers = chosen(times, start, end, STEP)
    if not stream.is_still and (not numbers or _sparse(times[numbers], end)):
        yield from stream.every(start, end, QUIET_STEP)
        return
    for since, until in stream.silences.quiet:
        numbers += chosen(times, max(since, start), min(until, end), QUIET_STEP)
    for number in sorted(set(numbers)):
        picture = stream.key(number)
        if picture:
            yield picture


def _sparse(times: Times, end: float) -> bool:
    """Whether a fault of ten seconds may lie between two key pictures."""
    return bool(np.max(np.diff(np.append(times, max(end, times[-1])))) > APART)


def chosen(times: Times, start: float, end: float, step: float) -> list[int]:
    """Numbers of the key pictures to look at: each the last one within a step of the one before."""
    inside = np.flatnonzero((times >= start - CLOSE) & (times < end))
    if not len(inside):
        return []
    found = [int(inside[0])]
    while found[-1] < inside[-1]:
        reach = int(np.searchsorted(times, times[found[-1]] + step + JITTER, side="right")) - 1
        found.append(min(max(reach, found[-1] + 1), int(inside[-1])))
    return found


def reaching(times: Times, part: tuple[float, float], *, before: bool, after: bool) -> tuple[float, float]:
    """A part with the key pictures of a step before its beginning and after its end."""
    start, end = part
    earlier = times[(times < start) & (times >= start - APART)]
    later = times[(times >= end) & (times <= end + APART)]
    return (
        float(earlier[0]) if before and len(earlier) else start,
        float(later[-1]) + JITTER if after and len(later) else end,
    )


def _across(stream: PictureStream, found: Survey, over: Callable[[], bool]) -> Iterator[Measured]:
    """Where fewer than two pictures of a quiet stretch can be compared: the one there is, against what it replaced.

    Where there is none at all, pictures that repeat each other prove nothing unless the packets are as alike as well.
    """
    for since, until in stream.silences.quiet:
        if until <= found.start or since >= found.end or over():
            continue
        inside = [sample for sample in found.alone() if since < sample.at < until]
        change = None
        if len(inside) == 1:
            change = _replaced(stream, since, inside[0])
        elif not inside and is_steady(stream.packets, since, until):
            change = _throughout([sample for sample in found.samples if since < sample.at < until])
        if change is not None:
            yield Measured(since, until, change)


def _replaced(stream: PictureStream, since: float, sample: Sample) -> float | None:
    """Change from the picture just before one that is decoded alone to that one."""
    before = None
    for picture in stream.every(max(since, sample.at - EVERY), sample.at - 0.001, 0.0):
        before = Look(picture).points
        picture.release()
    return None if before is None else measured_change(before, sample.points)


def _throughout(samples: Sequence[Sample]) -> float | None:
    """The greatest change from the first of some samples to any other."""
    changes = [measured_change(samples[0].points, other.points) for other in samples[1:]]
    return max((one for one in changes if one is not None), default=None)


def _closer(stream: PictureStream, found: Survey, show: Show, over: Callable[[], bool]) -> None:
    """Halve the time around every edge until it is close, or no key picture lies between."""
    tried: set[float] = set()
    for _ in range(MOST_CLOSER):
        gap = next((gap for gap in _edges(found) if gap[0] not in tried), None)
        if gap is None or over():
            return
        number = _between(stream.key_times, *gap)
        picture = stream.key(number) if number is not None else None
        if picture is None or not gap[0] < picture.at < gap[1]:
            tried.add(gap[0])
            _fill(stream, found, gap, show)
            continue
        insort(found.samples, _sample(picture, show))


def _between(times: Times, start: float, end: float) -> int | None:
    """The key picture nearest to the middle of a gap."""
    inside = np.flatnonzero((times > start + 0.01) & (times < end - 0.01))
    if not len(inside):
        return None
    return int(inside[np.argmin(np.abs(times[inside] - (start + end) / 2))])


def _fill(stream: PictureStream, found: Survey, gap: tuple[float, float], show: Show) -> None:
    for picture in stream.every(gap[0] + EVERY, gap[1] - EVERY / 2, EVERY):
        if gap[0] < picture.at < gap[1]:
            insort(found.samples, _sample(picture, show))


def _edges(found: Survey) -> Iterator[tuple[float, float]]:
    """Gaps wider than close, beside a stretch that shows something and may be long enough."""
    samples = found.samples
    flags = [[detector.shows(one.values[detector.name]) for one in samples] for detector in PICTURE_DETECTORS]
    for shown in flags:
        yield from _beside(samples, shown)
    small = [change is not None and change <= FROZEN_EDGE for change in found.changes()]
    yield from _beside_pairs(found.alone(), small)


def _runs(shown: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last place of each run of True."""
    start = None
    for place, one in enumerate([*shown, False]):
        if one and start is None:
            start = place
        elif not one and start is not None:
            yield start, place - 1
            start = None


def _beside(samples: Sequence[Sample], shown: Sequence[bool]) -> Iterator[tuple[float, float]]:
    for first, last in _runs(shown):
        before, after = max(first - 1, 0), min(last + 1, len(samples) - 1)
        if samples[after].at - samples[before].at >= SHORTEST:
            yield from _wide(samples, (before, first), (last, after))


def _beside_pairs(samples: Sequence[Sample], small: Sequence[bool]) -> Iterator[tuple[float, float]]:
    """As `_beside`, where a run is of pairs: it begins before its first pair's first picture."""
    for first, last in _runs(small):
        before, after = max(first - 1, 0), min(last + 2, len(samples) - 1)
        if samples[after].at - samples[before].at >= SHORTEST:
            yield from _wide(samples, (before, first), (last + 1, after))


def _wide(samples: Sequence[Sample], *gaps: tuple[int, int]) -> Iterator[tuple[float, float]]:
    for start, end in gaps:
        if samples[end].at - samples[start].at > CLOSE:
            yield samples[start].at, samples[end].at
