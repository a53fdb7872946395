"""A camera that is off by whole half hours: told by where its clips begin, from a handful of them.

At the right shift (nearly) all clips begin with a required window of their own, at the camera's own time next to none.
"""

import math
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from domain.clip import ClockKind
from domain.timespan import Span
from domain.wording import COMMA, joined, say
from indexer.clock_docking import Estimate
from indexer.clock_line import Seconds, posix
from indexer.clock_terms import HALF_HOUR, ClockLimits, seconds, signed

_JOINED = 5.0
"""A clip that begins this soon after another ended continues it: nobody pressed the button."""


def whole_zone_off(
    clips: Sequence[Span], windows: Sequence[Span], ahead: float, limits: ClockLimits
) -> Estimate | None:
    """A shift by whole half hours that explains (nearly) all clips, where the camera's own time explains next to none.

    Of a few clips all have to fit, of `zone_many_clips` or more a few may have been started on the way.
    """
    starts, arrivals = pressed(clips)[0], posix({window.start for window in windows})
    if len(arrivals) < 2 or len(starts) < max(2, limits.zone_min_clips - (ahead > 0)):
        return None
    many = len(starts) >= limits.zone_many_clips
    needed = math.ceil(limits.zone_many_share * len(starts)) if many else len(starts)
    ranked = _ranked_shifts(starts, arrivals, ahead, limits)
    if not ranked or ranked[0][0] < needed:
        return None
    explained, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else 0
    touching = sum(any(clip.overlaps(window) for window in windows) for clip in clips)
    if second * limits.alignment_margin > explained or touching > limits.fault_min_share * len(clips):
        return None
    offset = ranked[0][1] * HALF_HOUR
    if abs(_residual(starts + offset.total_seconds(), arrivals, limits)) > limits.zone_residual_seconds:
        return None
    rest = say(
        f"次优偏移 {second} 个；按设备时间 {len(clips)} 个片段中有 {touching} 个触及应记录时段",
        f"next best shift {second}; as the camera has it {touching} of {len(clips)} clips touch one",
    )
    text = joined((begin_with(explained, len(starts), signed(offset)), rest), COMMA)
    return Estimate(ClockKind.ZONE, offset, seconds(limits.default_clock_error_seconds), (text,))


def count_starts(starts: Sequence[datetime], windows: Sequence[Span], limits: ClockLimits) -> int:
    """How many starts lie close to the start of some window."""
    arrivals = posix({window.start for window in windows})
    return _matched(posix(starts), arrivals, limits.zone_start_seconds) if len(arrivals) else 0


def pressed(clips: Sequence[Span]) -> tuple[Seconds, Seconds]:
    """When the button was pressed and when recording stopped, sorted: files that go on in the next one are joined."""
    starts: list[datetime] = []
    ends: list[datetime] = []
    for clip in sorted(clips):
        if ends and clip.start - ends[-1] <= seconds(_JOINED):
            ends[-1] = max(ends[-1], clip.end)
        else:
            starts.append(clip.start)
            ends.append(clip.end)
    return posix(starts), posix(ends)


def _ranked_shifts(starts: Seconds, arrivals: Seconds, ahead: float, limits: ClockLimits) -> list[tuple[int, int]]:
    """(clips explained, half hours) of the possible shifts, best first; empty when none explains nearly all."""
    most = int(seconds(limits.search_hours * 3600) / HALF_HOUR)
    half_hour, tolerance = HALF_HOUR.total_seconds(), limits.zone_start_seconds
    steps = [s for s in range(-most, most + 1) if s and possible(s * half_hour, ahead, limits)]
    least = min(limits.zone_many_share, 1.0) * len(starts)
    if not any(_near(starts + step * half_hour, arrivals, tolerance) >= least for step in steps):
        return []
    counts = [(_matched(starts + step * half_hour, arrivals, tolerance), step) for step in steps]
    return sorted(counts, key=lambda count: (-count[0], abs(count[1]), count[1]))


def possible(shift: float, ahead: float, limits: ClockLimits) -> bool:
    """A camera that runs ahead has to be put back by as much at least."""
    return not ahead or shift <= -ahead + limits.habit_seconds


def _matched(starts: Seconds, arrivals: Seconds, tolerance: float) -> int:
    """Largest one-to-one matching of sorted points at most `tolerance` apart: greedy from the left is best."""
    count = at = 0
    for start in starts:
        while at < len(arrivals) and arrivals[at] < start - tolerance:
            at += 1
        if at < len(arrivals) and arrivals[at] <= start + tolerance:
            count, at = count + 1, at + 1
    return count


def _near(starts: Seconds, arrivals: Seconds, tolerance: float) -> int:
    """How many starts have an arrival nearby: a cheap upper bound of the one-to-one matching."""
    first = np.searchsorted(arrivals, starts - tolerance)
    return int((np.searchsorted(arrivals, starts + tolerance, side="right") > first).sum())


def _residual(starts: Seconds, arrivals: Seconds, limits: ClockLimits) -> float:
    """Median of what the nearest arrival still differs by, among the starts that have one nearby."""
    after = np.clip(np.searchsorted(arrivals, starts), 1, len(arrivals) - 1)
    before_gap, after_gap = arrivals[after - 1] - starts, arrivals[after] - starts
    nearest = np.where(np.abs(before_gap) <= np.abs(after_gap), before_gap, after_gap)
    return float(np.median(nearest[np.abs(nearest) <= limits.zone_start_seconds]))


def begin_with(count: int, recordings: int, offset: str) -> str:
    """Said of recordings that begin with required windows at an offset."""
    return say(
        f"偏移 {offset} 时 {recordings} 段记录中有 {count} 段与应记录时段同时开始",
        f"{count} of {recordings} recordings begin with a required window at {offset}",
    )
