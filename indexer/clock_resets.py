"""Clips of a clock that began anew (2000-01-01 00:00): when that was, told by the calls that the officer was on.

Between themselves such clips are right: their camera ran on from the moment it lost its time. One shift moves all of
them, and it is bounded by the clips before and after. Where one shift lets them begin and end with calls, and no other
does, the clips are placed by it; else they stay without a time, between their bounds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from domain.clip import Habit, TimeSource
from domain.timespan import ZERO, Span
from domain.wording import say
from indexer.clock_alignment import CERTAIN, Calls
from indexer.clock_line import ROBUST, Seconds, posix
from indexer.clock_terms import CAMERA_SOURCES, ClockLimits, seconds
from indexer.clock_zone import pressed

LONGEST = timedelta(days=14)
"""Bounds farther apart than this hold so many calls that some would fit by chance."""

PAUSE = timedelta(hours=20)
"""A camera at rest for longer has been docked, and set."""

LEAST = 4
"""Starts and ends that have to fit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip as a lost clock shows it, and the bounds that its true time has."""

    file_id: int
    span: Span
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class _Peak:
    """A shift in seconds, how many starts and ends fit there, and how far they lie apart (robust)."""

    shift: float
    events: int
    spread: float


@dataclass(frozen=True, slots=True)
class Restored:
    """What to add to the times shown, bounded by ± `error`, and why."""

    offset: timedelta
    error: timedelta
    reason: str


def groups(clips: Iterable[Shown]) -> list[list[Shown]]:
    """Clips between the same bounds that one run of a lost clock may have written, in order of the times shown."""
    found: list[list[Shown]] = []
    for clip in sorted(clips, key=lambda clip: (clip.earliest, clip.latest, clip.span, clip.file_id)):
        last = found[-1][-1] if found else None
        same = last is not None and (last.earliest, last.latest) == (clip.earliest, clip.latest)
        if last is not None and same and clip.span.start - last.span.end <= PAUSE:
            found[-1].append(clip)
        else:
            found.append([clip])
    return found


def restore(group: Sequence[Shown], calls: Calls, habit: Habit | None, limits: ClockLimits) -> Restored | None:
    """The one shift at which a group's recordings begin and end with calls; None where none stands out."""
    first, length = group[0], group[-1].span.end - group[0].span.start
    room = first.latest - first.earliest - length
    if not ZERO <= room <= LONGEST:
        return None
    moved = first.earliest - first.span.start
    starts, ends = pressed([clip.span.shifted(moved) for clip in group])
    lead, trail = (habit.lead_s, habit.trail_s) if habit else (0.0, 0.0)
    begun = _apart(starts, posix(set(calls.arrivals)) - lead, 0)
    ended = _apart(ends, posix(set(calls.departures)) - trail, len(starts))
    found = _standing(np.concatenate((begun, ended)), room.total_seconds(), limits)
    if found is None:
        return None
    best, others = found
    usual = 2 * habit.spread_s if habit else limits.habit_seconds
    error = max(CERTAIN * best.spread / math.sqrt(best.events) + usual, limits.default_clock_error_seconds)
    text = say(
        f"时钟曾丢失：{len(starts)} 段记录的起止有 {best.events} 处与到达或离开时间相符（次优 {others} 处），据此推定",
        f"the clock was lost: told by {best.events} starts and ends of {len(starts)} recordings that fit arrivals and "
        f"departures, next best {others}",
    )
    return Restored(moved + seconds(round(best.shift, 1)), seconds(round(error, 1)), text)


def _standing(apart: Seconds, room: float, limits: ClockLimits) -> tuple[_Peak, int] | None:
    """The shift inside the bounds at which most events fit, and how many fit at the next best; None where unclear."""
    slack, width = limits.default_clock_error_seconds, limits.alignment_width_seconds
    apart = apart[(apart[:, 0] >= -slack) & (apart[:, 0] <= room + slack)]
    best = _peak(apart, width)
    if best is None or best.events < LEAST:
        return None
    second = _peak(apart[np.abs(apart[:, 0] - best.shift) > width], width)
    others = second.events if second else 0
    return (best, others) if best.events >= limits.alignment_margin * others else None


def _apart(events: Seconds, record: Seconds, number: int) -> Seconds:
    """Every event with every record: their difference, and which event it is, numbered from `number`."""
    apart = record[None, :] - events[:, None]
    which = np.broadcast_to(np.arange(number, number + len(events))[:, None], apart.shape)
    return np.column_stack((apart.ravel(), which.ravel()))


def _peak(apart: Seconds, width: float) -> _Peak | None:
    """Where in one width the differences of most events meet."""
    apart = apart[np.argsort(apart[:, 0], kind="stable")]
    last = np.searchsorted(apart[:, 0], apart[:, 0] + width, side="right")
    crowd = [len(np.unique(apart[first:after, 1])) for first, after in enumerate(last)]
    if not crowd:
        return None
    place = int(np.argmax(crowd))
    inside = apart[place : last[place], 0]
    middle = float(np.median(inside))
    return _Peak(middle, crowd[place], ROBUST * float(np.median(np.abs(inside - middle))))


def shown_by(sources: Iterable[TimeSource]) -> TimeSource | None:
    """The most trusted of a camera's own sources that shows a lost clock's time."""
    shown = {source.source: source for source in sources if source.shown is not None}
    return next((shown[source] for source in CAMERA_SOURCES if source in shown), None)


def as_shown(sources: Iterable[TimeSource]) -> tuple[TimeSource, ...]:
    """The sources as they were read: what a lost clock shows is not believed, whatever was made of it before."""
    return tuple(replace(source, start=None) if source.shown is not None else source for source in sources)


def believed(sources: Iterable[TimeSource], restored: Restored | None) -> tuple[TimeSource, ...]:
    """The sources with the one start that a restored clock gives."""
    read = as_shown(sources)
    best = shown_by(read)
    if restored is None or best is None or best.shown is None:
        return read
    return tuple(replace(one, start=one.shown + restored.offset) if one is best and one.shown else one for one in read)
