"""A clock offset inferred from the population: at which shift do a camera's clips begin when its officers arrive?

Differences `arrival − clip start` of all pairs lie on one sharp line when the camera is wrong by a constant or drifts,
and are noise everywhere else. People press the button by habit, all of a unit alike: what is usual in the unit is taken
off, and what is left beyond it is the camera's clock. Without a known habit the offset has to be more than any habit
explains. Nothing is claimed without enough clips and a clear margin over the second best line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.clip import ClockKind, Habit
from domain.timespan import ZERO, Span
from domain.wording import COLON, COMMA, joined, say
from indexer.clock_docking import Estimate
from indexer.clock_line import Line, Search, Seconds, fit, posix, rest
from indexer.clock_terms import ClockLimits, seconds, signed, whole_zone
from indexer.clock_zone import begin_with, possible, pressed, whole_zone_off

LEAST_EVENTS = 5
CERTAIN = 3.0
"""Standard errors within which the truth is taken to lie."""
MOVING = 5.0
"""Standard errors from which a gain is a drift."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Of those who carried a camera: all required windows, and the arrivals and departures that somebody entered."""

    windows: tuple[Span, ...] = ()
    arrivals: tuple[datetime, ...] = ()
    departures: tuple[datetime, ...] = ()

    @classmethod
    def stated(cls, windows: Sequence[Span]) -> "Calls":
        """Windows whose ends were all entered."""
        return cls(tuple(windows), tuple(w.start for w in windows), tuple(w.end for w in windows))


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a camera's clips lie to the calls. `zone`: off by half hours, told by few clips; else the two lines.

    `near`: recordings begun by hand with an entered arrival not far from it as the camera has it; `fitting`: those of
    them that begin with it. `weak`: the best line, whether it stands out or not. `recordings`: how many there are;
    `touching`: how many of them share time with a required window.
    """

    zone: Estimate | None = None
    begun: Line | None = None
    ended: Line | None = None
    near: int = 0
    fitting: int = 0
    weak: Line | None = None
    recordings: int = 0
    touching: int = 0

    @property
    def lead_s(self) -> float | None:
        """Seconds from the press to the entered arrival, beside whole half hours."""
        return rest(self.begun.flat) if self.begun else None

    @property
    def trail_s(self) -> float | None:
        """Seconds from the stop to the entered departure, beside whole half hours."""
        return rest(self.ended.flat) if self.ended else None


def align(clips: Sequence[Span], calls: Calls, ahead: float, limits: ClockLimits) -> Alignment:
    """What the calls suggest for clips placed by the camera; nothing of it where it does not stand out.

    `ahead`: seconds by which the camera is known to run ahead at least (clips that end after they were imported), 0
    when nothing says so.
    """
    zone = whole_zone_off(clips, calls.windows, ahead, limits)
    starts, ends = pressed(clips)
    arrivals = posix(set(calls.arrivals))
    near, fitting = _fitting(starts, arrivals, limits)
    found = Alignment(zone, near=near, fitting=fitting, recordings=len(starts), touching=_touching(starts, ends, calls))
    if near < limits.doubt_min_recordings and len(clips) < limits.alignment_min_clips:
        return found
    search = Search(limits.search_hours * 3600, limits.drift_most_seconds_per_day, limits.alignment_width_seconds)
    weak = fit(starts, arrivals, search)
    enough = len(clips) >= limits.alignment_min_clips or len(starts) >= limits.alignment_min_recordings
    begun = _standing(weak, starts, arrivals, ahead, limits) if enough else None
    departures = posix(set(calls.departures))
    ended = _standing(fit(ends, departures, search), ends, departures, ahead, limits) if begun else None
    return replace(found, begun=begun, ended=ended, weak=weak)


def _touching(starts: Seconds, ends: Seconds, calls: Calls) -> int:
    """How many recordings share time with a required window."""
    windows = np.array([[w.start.timestamp(), w.end.timestamp()] for w in calls.windows]).reshape(-1, 2)
    shared = (starts[:, None] < windows[None, :, 1]) & (ends[:, None] > windows[None, :, 0])
    return int(shared.any(axis=1).sum())


def _fitting(starts: Seconds, arrivals: Seconds, limits: ClockLimits) -> tuple[int, int]:
    """How many recordings have an arrival near, and how many of them begin with it."""
    if not len(starts) or not len(arrivals):
        return 0, 0
    after = np.clip(np.searchsorted(arrivals, starts), 1, len(arrivals) - 1) if len(arrivals) > 1 else np.zeros(1, int)
    apart = np.minimum(np.abs(arrivals[after] - starts), np.abs(arrivals[after - 1] - starts))
    near = apart <= limits.doubt_near_seconds
    return int(near.sum()), int((apart <= limits.habit_seconds + limits.habit_seconds / 4).sum())


def _standing(line: Line | None, events: Seconds, record: Seconds, ahead: float, limits: ClockLimits) -> Line | None:
    """The line when it stands out: on no other one lie half as many recordings, and half of those lie on it that have
    an entered time near at all (others were made for something else, or nobody entered when)."""
    if line is None or not possible(line.shift, ahead, limits):
        return None
    near, _ = _fitting(line.moved(events), record, limits)
    enough = line.events >= max(LEAST_EVENTS, limits.alignment_min_share * min(near, line.of))
    return line if enough and line.events >= limits.alignment_margin * line.second else None


def claimed(found: Alignment, habit: Habit | None, limits: ClockLimits) -> Estimate | None:
    """The offset that an alignment proves, the unit's habit taken off; kind NONE: looked at, nothing claimed."""
    if found.zone is not None:
        return found.zone
    if found.begun is None:
        return None
    moves = _moves(found.begun, limits)
    if habit is None:
        return _without_habit(found, moves, limits)
    value, agree = _beside_habit(found, habit, moves)
    bound = CERTAIN * found.begun.exact + 2 * habit.spread_s + limits.name_error_seconds
    least = limits.alignment_resolution_seconds
    return _judged(found, moves, (value, max(bound, least), least), agree, limits)


def _moves(line: Line, limits: ClockLimits) -> bool:
    """Whether the shift grows by more than chance and resolution explain."""
    return abs(line.gain) > MOVING * line.gain_exact and abs(line.gain) * line.days > limits.alignment_claim_seconds


def _beside_habit(found: Alignment, habit: Habit, moves: bool) -> tuple[float, bool]:
    """The shift beyond what is usual, and whether starts and ends say the same."""
    begun, ended = found.begun, found.ended
    assert begun is not None  # the caller looked
    value = (begun.shift if moves else begun.flat) - habit.lead_s
    if ended is None:
        return value, True
    other = (ended.shift if moves else ended.flat) - habit.trail_s
    if moves:  # both at the same instant
        other += ended.gain * (begun.middle - ended.middle) / timedelta(days=1).total_seconds()
    if abs(other - value) > CERTAIN * (begun.exact + ended.exact) + 2 * habit.spread_s + 15:
        return value, False
    weights = (begun.exact**-2.0, ended.exact**-2.0)
    return (value * weights[0] + other * weights[1]) / sum(weights), True


def _without_habit(found: Alignment, moves: bool, limits: ClockLimits) -> Estimate:
    begun = found.begun
    assert begun is not None  # the caller looked
    value = begun.shift if moves else begun.flat
    bound = limits.habit_seconds + CERTAIN * begun.exact
    farthest = abs(value) + (abs(begun.gain) * begun.days / 2 if moves else 0.0)
    believed = farthest > 2 * bound or _is_zone(value, limits)
    return _judged(found, moves, (value, bound, limits.habit_seconds), believed, limits)


def _is_zone(value: float, limits: ClockLimits) -> bool:
    return whole_zone(seconds(value), seconds(limits.zone_residual_seconds)) is not None


def _judged(
    found: Alignment, moves: bool, shift: tuple[float, float, float], believed: bool, limits: ClockLimits
) -> Estimate:
    """A claim where the shift goes beyond its bound and is `believed`, in words; else no claim and an honest bound.

    `shift`: value, bound, and how much of it is nothing unusual.
    """
    line, (value, bound, usual) = found.begun, shift
    assert line is not None  # the caller looked
    offset, error = seconds(round(value, 1)), seconds(round(bound, 1))
    rest_of = say(f"次优 {line.second} 段", f"next best {line.second}")
    text = joined((begin_with(line.events, line.of, signed(offset)), rest_of), COMMA)
    default = seconds(limits.default_clock_error_seconds)
    zone = whole_zone(offset, seconds(limits.zone_residual_seconds))
    if zone is not None and believed and not moves:
        return Estimate(ClockKind.ZONE, zone, max(default, abs(offset - zone)), (text,))
    if moves and believed:
        return _drifting(line, offset, error, text)
    if believed and abs(value) > max(bound, limits.alignment_claim_seconds):
        return Estimate(ClockKind.CONSTANT, offset, error, (text,))
    if abs(value) <= usual:
        why = say("未超出按键习惯可解释的范围", "no more than habit explains")
        return Estimate(ClockKind.NONE, ZERO, default, (joined((text, why), COLON),))
    why = say("是时钟还是习惯，无法分辨", "clock or habit, it cannot be told")
    return Estimate(ClockKind.NONE, ZERO, max(default, abs(offset) + error), (joined((text, why), COLON),))


def _drifting(line: Line, offset: timedelta, error: timedelta, text: str) -> Estimate:
    """The bound holds over all of the days that were looked at: what is unsure of the gain is part of it."""
    grown = say(
        f"{line.days:.0f} 天内每日漂移 {line.gain:+.1f} 秒", f"drift {line.gain:+.1f} s a day over {line.days:.0f} days"
    )
    wide = error + seconds(round(CERTAIN * line.gain_exact * line.days / 2, 1))
    at = datetime.fromtimestamp(line.middle, UTC)
    return Estimate(ClockKind.DRIFT, offset, wide, (joined((text, grown), COMMA),), line.gain, at)
