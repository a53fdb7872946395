"""Days on which a feed of activities said too little to be believed: a hole in the feed, not a quiet day.

A day is compared with the days before it. Calls come at random (Poisson), so a station with few of them has days
without any, and even weeks; only silence that would be a rare chance is a hole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from statistics import fmean, median

from detectors.limits import Limits
from domain.timespan import Span

DAY = timedelta(days=1)
BASELINE = 28
"""Days to compare with: each day of the week four times."""

LEAST_DAYS = 14
"""With fewer days nobody knows what is usual."""

Counts = Mapping[date, int]
"""Activities by local day; a day that is not named has none."""


@dataclass(frozen=True, slots=True)
class FeedHole:
    """Consecutive days with too little. `usual`: what would be expected in all of them together."""

    feed: str
    first: date
    last: date
    counted: int
    usual: float
    span: Span  # the local days as time


@dataclass(frozen=True, slots=True)
class FeedDays:
    """What was found in one feed. `compared`: days that could be compared; `next_due`: when the next one can be."""

    holes: tuple[FeedHole, ...] = ()
    compared: int = 0
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive days without any activity, or one day with some."""

    days: tuple[date, ...]
    counted: int


def feed_days(feed: str, counts: Counts, now: datetime, limits: Limits) -> FeedDays:
    """Compare every day from the first with an activity to the last whose activities must have arrived by now."""
    arrival = timedelta(hours=limits.feed_arrival_hours)
    until = (now - arrival).astimezone(limits.zone).date()  # this day is not over long enough
    if not counts:
        return FeedDays()
    usual, flagged, compared = _Usual(counts, until), [], 0
    for run in _runs(counts, until):
        expected = usual.expected(run)
        short = expected is not None and _too_little(run.counted, expected, limits)
        compared += len(run.days) if expected is not None else 0
        if short and expected is not None:
            flagged.append((run, expected))
        if not (short and run.counted == 0):
            usual.learn(run)
    next_due = midnight(max(until, min(counts)) + DAY, limits) + arrival
    return FeedDays(_joined(feed, flagged, limits), compared, next_due)


def midnight(day: date, limits: Limits) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), limits.zone).astimezone(UTC)


def _runs(counts: Counts, until: date) -> list[_Run]:
    runs: list[_Run] = []
    silent: list[date] = []
    day = min(counts)
    while day < until:
        if counts.get(day, 0):
            runs += [_Run(tuple(silent), 0)] if silent else []
            runs.append(_Run((day,), counts[day]))
            silent = []
        else:
            silent.append(day)
        day += DAY
    return [*runs, _Run(tuple(silent), 0)] if silent else runs


class _Usual:
    """What is usual: the last four weeks of days that were believed; at the very beginning the days that follow."""

    def __init__(self, counts: Counts, until: date) -> None:
        self._counts = counts
        self._end = min(until - DAY, max(counts))
        self._believed: list[date] = []

    def learn(self, run: _Run) -> None:
        """These days were as days can be."""
        self._believed = [*self._believed, *run.days[-BASELINE:]][-BASELINE:]

    def expected(self, run: _Run) -> float | None:
        """How many activities such days usually have together; None when too little is known."""
        days = self._believed
        if len(days) < LEAST_DAYS and len(run.days) > BASELINE:
            return None  # a stray date long before the feed begins
        later = (run.days[-1] + DAY * n for n in range(1, BASELINE + 1 - len(days)))
        days = [*days, *(day for day in later if day <= self._end)]
        if len(days) < LEAST_DAYS:
            return None
        return sum(self._of_weekday(days, weekday) * n for weekday, n in _weekdays(run.days).items())

    def _of_weekday(self, days: Sequence[date], weekday: int) -> float:
        """The least of the middle, the mean and the middle of the same weekday: in doubt a day was quiet."""
        counts = [self._counts.get(day, 0) for day in days]
        same = [self._counts.get(day, 0) for day in days if day.weekday() == weekday]
        usual = min(median(counts), fmean(counts))
        return min(usual, median(same)) if same else usual


def _weekdays(days: Sequence[date]) -> dict[int, int]:
    found: dict[int, int] = {}
    for day in days:
        found[day.weekday()] = found.get(day.weekday(), 0) + 1
    return found


def _too_little(counted: int, expected: float, limits: Limits) -> bool:
    if counted and counted > limits.feed_low_ratio * expected:
        return False
    return chance(counted, expected) < limits.feed_chance_ratio


def chance(counted: int, expected: float) -> float:
    """The chance of so few or fewer where `expected` are usual (Poisson)."""
    term = total = exp(-expected)
    for n in range(1, counted + 1):
        term *= expected / n
        total += term
    return min(total, 1.0)


def _joined(feed: str, flagged: Sequence[tuple[_Run, float]], limits: Limits) -> tuple[FeedHole, ...]:
    """Runs that follow each other are one hole."""
    holes: list[FeedHole] = []
    for run, expected in flagged:
        first, counted, usual = run.days[0], run.counted, expected
        if holes and holes[-1].last + DAY == first:
            before = holes.pop()
            first, counted, usual = before.first, before.counted + counted, before.usual + usual
        span = Span(midnight(first, limits), midnight(run.days[-1] + DAY, limits))
        holes.append(FeedHole(feed, first, run.days[-1], counted, round(usual, 1), span))
    return tuple(holes)
