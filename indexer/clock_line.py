"""A line through the differences between two series of times: how far off a camera is, and how fast that grows.

Of all pairs (event by the camera, event by the record) only the true ones lie on one line `difference = shift + gain ×
days`; all others are noise. The line is looked for over all plausible gains, then fitted to what lies near it by
medians (Theil-Sen), which a few wrong pairs cannot bend. Conditions and limits: `docs/design/time.md`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
DAY = 86_400.0
MOST_PAIRS = 20_000
MOST_SLOPES = 200  # points of a Theil-Sen fit: slopes cost the square of their number
NARROWEST, WIDEST = 25.0, 60.0  # seconds around the line in which a pair is one of it
ROUNDS = 6
EXACT = 6  # gains that are looked at exactly
MIDDLE_LOSS = 1.1  # the middle is this much less exact than a mean of normal errors
ROBUST = 1.4826
LEAST_SPREAD = 8.0  # seconds: people are no more exact than this, however well a few of their times agree


@dataclass(frozen=True, slots=True)
class Line:
    """`shift` seconds at `middle` (POSIX), growing by `gain` a day; `events` lie on it, `second` on the next best line.

    `flat` is the shift without gain. `spread` is robust (MAD), `days` how long a time the events on it cover.
    """

    shift: float
    gain: float
    flat: float
    middle: float
    events: int
    second: int
    of: int
    spread: float
    days: float

    def moved(self, events: Seconds) -> Seconds:
        """Events brought to where the record has them."""
        return events + self.shift + self.gain * (events - self.middle) / DAY

    @property
    def exact(self) -> float:
        """Standard error of `shift` in seconds, and never less than the clocks' own resolution."""
        return max(MIDDLE_LOSS * self.spread / math.sqrt(max(self.events, 1)), 1.0)

    @property
    def gain_exact(self) -> float:
        """Standard error of `gain` in seconds a day, for events spread evenly."""
        return MIDDLE_LOSS * self.spread * math.sqrt(12 / max(self.events, 1)) / self.days if self.days else math.inf


@dataclass(frozen=True, slots=True)
class Search:
    """How far differences may lie apart, how fast they may grow, and how wide a peak is; seconds (a day)."""

    reach: float
    most_gain: float
    width: float


def posix(times: Iterable[datetime]) -> Seconds:
    """Instants as seconds since 1970, sorted."""
    return np.array(sorted(time.astimezone(UTC).timestamp() for time in times), dtype=np.float64)


def fit(events: Seconds, record: Seconds, search: Search) -> Line | None:
    """The sharpest line of `record − events`, both sorted; None when there is too little to see one."""
    if len(events) < 2 or len(record) < 2:
        return None
    which, apart = _pairs(events, record, search.reach)
    if not len(which):
        return None
    middle = float(np.median(events))
    days = (events[which] - middle) / DAY
    gains = _gains(search, float(np.ptp(events)) / DAY)
    best = _best(days, apart, gains, search.width)
    shift, gain, on_it = _refined(days, apart, (best[1], best[2]), search.width)
    if not on_it.any():
        return None
    rest = np.abs(apart - shift - gain * days) > search.width
    second = _best(days[rest], apart[rest], gains, search.width)[0] if rest.any() else 0
    near, when = apart[on_it], days[on_it]
    left = near - shift - gain * when
    spread = max(ROBUST * float(np.median(np.abs(left - np.median(left)))), LEAST_SPREAD)
    flat = _middle(near)
    count = len(np.unique(which[on_it]))
    return Line(shift, gain, flat, middle, count, second, len(events), spread, float(np.ptp(when)))


def _pairs(events: Seconds, record: Seconds, reach: float) -> tuple[NDArray[np.int64], Seconds]:
    """Every event with every record near enough: which event, and their difference."""
    first = np.searchsorted(record, events - reach)
    counts = np.searchsorted(record, events + reach, side="right") - first
    counts = np.where(np.cumsum(counts) > MOST_PAIRS, 0, counts)
    which = np.repeat(np.arange(len(events)), counts)
    place = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    return which, record[place] - events[which]


def _gains(search: Search, days: float) -> Seconds:
    """Gains so close together that no true line falls between two; none but zero over a short time."""
    if days < 1 or not search.most_gain:
        return np.zeros(1)
    step = search.width / days / 2
    count = math.ceil(search.most_gain / step)
    return np.arange(-count, count + 1, dtype=np.float64) * step


def _best(days: Seconds, apart: Seconds, gains: Seconds, width: float) -> tuple[int, float, float]:
    """Most pairs in one width, its centre, its gain; among equals the smaller gain, then the smaller shift.

    All gains are looked at roughly, by counting in half widths; only those that come near the best one exactly.
    """
    rough = np.array([_crowd(apart - gain * days, width) for gain in gains])
    found = (0, 0.0, 0.0)
    rank = (0, 0.0, 0.0)
    for gain in gains[np.argsort(-rough, kind="stable")[:EXACT]]:
        line = np.sort(apart - gain * days)
        crowd = np.searchsorted(line, line + width, side="right") - np.arange(len(line))
        place = int(crowd.argmax())
        centre = float(np.median(line[place : place + int(crowd[place])]))
        mine = (int(crowd[place]), -abs(float(gain)), -abs(centre))
        if mine > rank:
            rank, found = mine, (int(crowd[place]), centre, float(gain))
    return found


def _crowd(line: Seconds, width: float) -> int:
    """Most values in two neighbouring halves of a width: never more than the best width holds, and nearly as many."""
    cells = ((line - line.min()) / (width / 2)).astype(np.int64)
    counts = np.bincount(cells, minlength=2)
    return int((counts[:-1] + counts[1:]).max())


def _refined(
    days: Seconds, apart: Seconds, start: tuple[float, float], width: float
) -> tuple[float, float, NDArray[np.bool_]]:
    """Shift, gain and which pairs are on the line, from where the search found it."""
    (shift, gain), near = start, width / 2
    on_it = np.abs(apart - shift - gain * days) <= near
    for _ in range(ROUNDS):
        if on_it.sum() < 2:
            break
        gain = _theil_sen(days[on_it], apart[on_it])
        left = apart[on_it] - gain * days[on_it]
        shift = _middle(left)
        near = min(max(3 * ROBUST * float(np.median(np.abs(left - shift))), NARROWEST), WIDEST)
        on_it = np.abs(apart - shift - gain * days) <= near
    return shift, gain, on_it


def _middle(values: Seconds) -> float:
    """Mean of the middle three fifths: nearly as exact as a mean, and bent by wrong pairs as little as a median."""
    cut = len(values) // 5
    return float(np.sort(values)[cut : len(values) - cut].mean())


def _theil_sen(days: Seconds, apart: Seconds) -> float:
    """Median of the slopes between pairs at least half a day apart; 0 of too few."""
    step = -(-len(days) // MOST_SLOPES)
    days, apart = days[::step], apart[::step]
    first, second = np.triu_indices(len(days), 1)
    between = days[second] - days[first]
    far = np.abs(between) >= 0.5
    if far.sum() < 6:
        return 0.0
    return float(np.median((apart[second] - apart[first])[far] / between[far]))


def rest(shift: float) -> float:
    """What is left beside whole half hours: what a habit is measured by, whatever zone the camera is in."""
    return (shift + 900) % 1800 - 900
