"""A clock offset inferred from the population: at which shift do a camera's clips begin when its officers arrive?

Differences `arrival − clip start` of all pairs lie on one sharp line when the camera is wrong by a constant or drifts,
and are noise everywhere else. People press the button by habit, all of a unit alike: what is usual in the unit is taken
off, and what is left beyond it is the camera's clock. Without a known habit the offset has to be more than any habit
explains. Nothing is claimed without enough clips and a clear margin over the second best line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.clip import ClockKind, Habit
from domain.timespan import ZERO, Span
from domain.wording import COLON, COMMA, joined, say
from indexer.clock_docking import Estimate
from indexer.clock_line import Line, Search, fit, posix, rest
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

    `recordings`: how many were begun by hand.
    """

    zone: Estimate | None = None
    begun: Line | None = None
    ended: Line | None = None
    recordings: int = 0

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
    if len(clips) < limits.alignment_min_clips or len(starts) < 2:
        return Alignment(zone, recordings=len(starts))
    search = Search(limits.search_hours * 3600, limits.drift_most_seconds_per_day, limits.alignment_width_seconds)
    begun = _standing(fit(starts, posix(set(calls.arrivals)), search), ahead, limits)
    ended = _standing(fit(ends, posix(set(calls.departures)), search), ahead, limits) if begun else None
    return Alignment(zone, begun, ended, len(starts))


def _standing(line: Line | None, ahead: float, limits: ClockLimits) -> Line | None:
    """The line when it stands out: half of enough recordings lie on it, and on no other line half as many."""
    if line is None or not possible(line.shift, ahead, limits):
        return None
    enough = line.events >= max(LEAST_EVENTS, limits.alignment_min_share * line.of)
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
