"""A clock offset inferred from the population: at which shift do a camera's clips begin when its officers arrive?

Differences `window start − clip start` of all pairs form one sharp peak when the camera is wrong by a constant, and
noise everywhere else. Nothing is claimed without enough clips, a clear margin over the second peak, and an offset that
the habit of starting early or late cannot explain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.clip import ClockKind
from domain.timespan import ZERO, Span
from domain.wording import COLON, COMMA, joined, say
from indexer.clock_docking import Estimate
from indexer.clock_terms import HALF_HOUR, ClockLimits, seconds, signed, whole_zone

Seconds = NDArray[np.float64]
_JOINED = 5.0
"""A clip that begins this soon after another ended continues it: nobody pressed the button."""


@dataclass(frozen=True, slots=True)
class _Peak:
    """A shift in seconds, and how many clips begin with a window of their own there; `spread` is robust (MAD)."""

    shift: float
    clips: int
    spread: float


def align(clips: Sequence[Span], windows: Sequence[Span], ahead: float, limits: ClockLimits) -> Estimate | None:
    """The offset that windows suggest for clips placed by the camera; None without enough of either.

    `ahead`: seconds by which the camera is known to run ahead at least (clips that end after they were imported), 0
    when nothing says so. Kind NONE: looked at, nothing claimed.
    """
    starts, arrivals = _starts(clips), _seconds(sorted({window.start for window in windows}))
    if len(starts) < 2 or len(arrivals) < 2:
        return None
    return _whole_zone(clips, windows, ahead, limits) or _constant(starts, arrivals, ahead, limits)


def count_starts(starts: Sequence[datetime], windows: Sequence[Span], limits: ClockLimits) -> int:
    """How many starts lie close to the start of some window."""
    arrivals = _seconds(sorted({window.start for window in windows}))
    return _matched(_seconds(sorted(starts)), arrivals, limits.zone_start_seconds) if len(arrivals) else 0


def _seconds(times: Sequence[datetime]) -> Seconds:
    return np.array([time.astimezone(UTC).timestamp() for time in times], dtype=np.float64)


def _starts(clips: Sequence[Span]) -> Seconds:
    """Starts at which somebody pressed the button: segments that continue the one before are left out."""
    pressed: list[datetime] = []
    end: datetime | None = None
    for clip in sorted(clips):
        if end is None or clip.start - end > seconds(_JOINED):
            pressed.append(clip.start)
        end = clip.end if end is None else max(end, clip.end)
    return _seconds(pressed)


def _matched(starts: Seconds, arrivals: Seconds, tolerance: float) -> int:
    """Largest one-to-one matching of sorted points at most `tolerance` apart: greedy from the left is best."""
    count = at = 0
    for start in starts:
        while at < len(arrivals) and arrivals[at] < start - tolerance:
            at += 1
        if at < len(arrivals) and arrivals[at] <= start + tolerance:
            count, at = count + 1, at + 1
    return count


def _whole_zone(clips: Sequence[Span], windows: Sequence[Span], ahead: float, limits: ClockLimits) -> Estimate | None:
    """A shift by whole half hours that explains (nearly) all clips, where the camera's own time explains next to none.

    Of a few clips all have to fit, of `zone_many_clips` or more a few may have been started on the way.
    """
    starts, arrivals = _starts(clips), _seconds(sorted({window.start for window in windows}))
    if len(starts) < limits.zone_min_clips - (ahead > 0):
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
    text = joined((_begin_with(explained, len(starts), signed(offset)), rest), COMMA)
    return Estimate(ClockKind.ZONE, offset, seconds(limits.default_clock_error_seconds), (text,))


def _ranked_shifts(starts: Seconds, arrivals: Seconds, ahead: float, limits: ClockLimits) -> list[tuple[int, int]]:
    """(clips explained, half hours) of the possible shifts, best first; empty when none explains nearly all."""
    most = int(seconds(limits.search_hours * 3600) / HALF_HOUR)
    half_hour, tolerance = HALF_HOUR.total_seconds(), limits.zone_start_seconds
    steps = [s for s in range(-most, most + 1) if s and _possible(s * half_hour, ahead, limits)]
    least = min(limits.zone_many_share, 1.0) * len(starts)
    if not any(_near(starts + step * half_hour, arrivals, tolerance) >= least for step in steps):
        return []
    counts = [(_matched(starts + step * half_hour, arrivals, tolerance), step) for step in steps]
    return sorted(counts, key=lambda count: (-count[0], abs(count[1]), count[1]))


def _possible(shift: float, ahead: float, limits: ClockLimits) -> bool:
    """A camera that runs ahead has to be put back by as much at least."""
    return not ahead or shift <= -ahead + limits.habit_seconds


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


def _constant(starts: Seconds, arrivals: Seconds, ahead: float, limits: ClockLimits) -> Estimate | None:
    """The one sharp peak of the differences, if there is one."""
    if len(starts) < limits.alignment_min_clips:
        return None
    differences = _differences(starts, arrivals, limits)
    best = _highest(differences, starts, arrivals, limits)
    if best is None:
        return None
    apart = differences[np.abs(differences - best.shift) > limits.alignment_width_seconds]
    second = _highest(apart, starts, arrivals, limits)
    if not _stands_out(best, second, len(starts), limits) or not _possible(best.shift, ahead, limits):
        return None
    return _judged(best, second, len(starts), limits)


def _differences(starts: Seconds, arrivals: Seconds, limits: ClockLimits) -> Seconds:
    """All `arrival − start` within the search range, sorted; linear in the number of pairs that are near enough."""
    reach = limits.search_hours * 3600
    first = np.searchsorted(arrivals, starts - reach)
    last = np.searchsorted(arrivals, starts + reach, side="right")
    near = [arrivals[a:b] - start for start, a, b in zip(starts, first, last, strict=True)]
    return np.sort(np.concatenate(near)) if near else np.empty(0)


def _highest(differences: Seconds, starts: Seconds, arrivals: Seconds, limits: ClockLimits) -> _Peak | None:
    """The densest stretch of one width, counted one-to-one so that a busy hour cannot count a clip twice."""
    if not len(differences):
        return None
    width = limits.alignment_width_seconds
    crowd = np.searchsorted(differences, differences + width, side="right") - np.arange(len(differences))
    candidates = [_centred(differences, float(differences[i]), width) for i in _crowded(crowd, differences, width)]
    counted = [(_matched(starts + centre, arrivals, width / 2), -abs(centre), centre) for centre in candidates]
    clips, _, centre = max(counted)
    inside = differences[np.abs(differences - centre) <= width / 2]
    spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) if len(inside) else 0.0
    return _Peak(centre, clips, spread)


def _crowded(crowd: NDArray[np.int64], differences: Seconds, width: float, most: int = 8) -> list[int]:
    """Where the most crowded stretches begin, each apart from the others."""
    chosen: list[int] = []
    for index in np.argsort(-crowd, kind="stable"):
        if all(abs(differences[index] - differences[other]) > width / 2 for other in chosen):
            chosen.append(int(index))
        if len(chosen) == most:
            break
    return chosen


def _centred(differences: Seconds, begin: float, width: float) -> float:
    """The median of a stretch, moved until it is its own middle (a few steps suffice)."""
    centre = begin + width / 2
    for _ in range(4):
        inside = differences[np.abs(differences - centre) <= width / 2]
        if not len(inside):
            break
        centre = float(np.median(inside))
    return centre


def _stands_out(best: _Peak, second: _Peak | None, clips: int, limits: ClockLimits) -> bool:
    enough = best.clips >= max(limits.alignment_min_share * clips, limits.alignment_min_clips / 2)
    return enough and best.clips >= limits.alignment_margin * (second.clips if second else 0)


def _judged(best: _Peak, second: _Peak | None, clips: int, limits: ClockLimits) -> Estimate:
    offset, error = seconds(round(best.shift, 1)), seconds(limits.habit_seconds + round(best.spread, 1))
    others = second.clips if second else 0
    rest = say(f"次峰 {others} 个", f"second peak {others}")
    text = joined((_begin_with(best.clips, clips, signed(offset)), rest), COMMA)
    zone = whole_zone(offset, seconds(limits.zone_residual_seconds))
    if zone is not None:
        return Estimate(ClockKind.ZONE, zone, seconds(limits.default_clock_error_seconds), (text,))
    if abs(offset) > 2 * error:
        return Estimate(ClockKind.CONSTANT, offset, error, (text,))
    default = seconds(limits.default_clock_error_seconds)
    if abs(offset) <= seconds(limits.habit_seconds):
        habit = joined((text, say("未超出按键习惯可解释的范围", "no more than habit explains")), COLON)
        return Estimate(ClockKind.NONE, ZERO, default, (habit,))
    doubtful = joined((text, say("是时钟还是习惯，无法分辨", "clock or habit, it cannot be told")), COLON)
    return Estimate(ClockKind.NONE, ZERO, max(default, abs(offset) + seconds(best.spread)), (doubtful,))


def _begin_with(count: int, recordings: int, offset: str) -> str:
    return say(
        f"偏移 {offset} 时 {recordings} 段记录中有 {count} 段与应记录时段同时开始",
        f"{count} of {recordings} recordings begin with a required window at {offset}",
    )
