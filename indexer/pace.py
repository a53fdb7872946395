"""Is a hole between segments real, or does the file only declare a frame rate that the camera did not deliver?

A camera that declares 25 and delivers 20 frames a second writes media shorter than the wall clock: after each segment
a phantom hole shows. The hypothesis "media ÷ wall is constant over the device's segments" is tested here, against
the rival "the camera pauses for a constant time at each cut"; where both fit, nothing is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import median

from domain.clip import Clip
from domain.media import Discontinuity
from domain.timespan import ZERO, Span
from domain.wording import say

SECOND = timedelta(seconds=1)
PLAUSIBLE = (0.5, 1.6)  # media ÷ wall beyond these is a stop or a lost file, not a wrong rate
SHORTEST = timedelta(seconds=20)  # below, the one-second resolution of names drowns the ratio
SLACK = 0.005  # of the ratio: frame times vary
DEVIATION = 0.02  # from 1: less than this makes no hole worth explaining
PAIRS = 3
AGREEING = 0.75
CUT = 30.0  # cameras cut at whole half minutes


@dataclass(frozen=True, slots=True)
class Pace:
    """Media time ÷ wall time of a device, and on how many consecutive segments it rests."""

    ratio: float
    pairs: int

    @property
    def evidence(self) -> str:
        return say(
            f"连续 {self.pairs} 段的媒体时长与实际时长之比恒为 {self.ratio:.3f}",
            f"media/wall ratio {self.ratio:.3f} constant over {self.pairs} consecutive segments",
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    wall: float
    media: float

    @property
    def ratio(self) -> float:
        return self.media / self.wall


def true_pace(clips: Sequence[Clip], reading: timedelta = SECOND) -> Pace | None:
    """The device's pace, when its segments show a constant ratio other than 1; None when nothing can be claimed.

    `clips` are one device's placed clips in order of start, copies left out; `reading` is the resolution of a start.
    """
    pairs = _pairs(clips)
    if len(pairs) < PAIRS:
        return None
    middle = median(pair.ratio for pair in pairs)
    agreeing = [p for p in pairs if abs(p.ratio - middle) <= 2 * reading.total_seconds() / p.wall + SLACK]
    if abs(middle - 1) < DEVIATION or len(agreeing) < max(PAIRS, AGREEING * len(pairs)):
        return None
    if any(abs(p.wall - p.media) <= reading.total_seconds() for p in pairs):
        return None  # a seamless pair: the camera keeps time
    if not (_pauses_differ(agreeing, reading) or _cut_by_the_wall(agreeing, reading)):
        return None
    return Pace(sum(p.media for p in agreeing) / sum(p.wall for p in agreeing), len(agreeing))


def at_pace(clip: Clip, pace: Pace, following: Clip | None = None) -> Clip:
    """The clip as long as it really ran: to the start of the segment that follows it, else duration ÷ ratio."""
    if clip.span is None:
        return clip
    end = clip.span.start + clip.span.duration / pace.ratio
    if following is not None and following.span is not None:
        end = following.span.start
    holes = tuple(Discontinuity(hole.at / pace.ratio, hole.length / pace.ratio) for hole in clip.discontinuities)
    return replace(clip, span=Span(clip.span.start, max(end, clip.span.start)), discontinuities=holes)


def follows_at_pace(previous: Clip, following: Clip, pace: Pace, tolerance: timedelta) -> bool:
    """True when the hole between the two is what the pace predicts."""
    if previous.span is None or following.span is None:
        return False
    predicted = previous.span.start + previous.span.duration / pace.ratio
    slack = previous.span.duration * (2 * SLACK)
    return abs(following.span.start - predicted) <= tolerance + slack


def _pairs(clips: Sequence[Clip]) -> list[_Pair]:
    found = []
    for previous, following in pairwise(clips):
        if previous.span is None or following.span is None or not _numbers_continue(previous, following):
            continue
        wall, media = following.span.start - previous.span.start, previous.span.duration
        if wall > ZERO and media >= SHORTEST and PLAUSIBLE[0] <= media / wall <= PLAUSIBLE[1]:
            found.append(_Pair(wall.total_seconds(), media.total_seconds()))
    return found


def _numbers_continue(previous: Clip, following: Clip) -> bool:
    """Unknown numbers do not speak against it."""
    return previous.sequence is None or following.sequence is None or following.sequence == previous.sequence + 1


def _pauses_differ(pairs: Sequence[_Pair], reading: timedelta) -> bool:
    """Segments of different length with one ratio: a constant pause at each cut is ruled out."""
    pauses = [pair.wall - pair.media for pair in pairs]
    return max(pauses) - min(pauses) > 2 * reading.total_seconds() + 1


def _cut_by_the_wall(pairs: Sequence[_Pair], reading: timedelta) -> bool:
    """Starts lie a whole cut apart on the wall clock while the media does not: the camera cut by its clock."""
    return all(_off_cut(p.wall) <= reading.total_seconds() and _off_cut(p.media) > 1.0 for p in pairs)


def _off_cut(seconds: float) -> float:
    return abs(seconds - round(seconds / CUT) * CUT)
