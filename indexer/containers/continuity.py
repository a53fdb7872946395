"""The one rule by which every reader finds holes in a track (`time-and-linking.md` § 3).

Durations come as runs (`counts` samples of `ticks` each), so a steady track of any length costs one step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from domain.media import Discontinuity

Ticks = NDArray[np.int64]

FLOOR_SECONDS = 0.5
NOMINAL_FACTOR = 3
MAX_SECONDS = 366 * 86400  # beyond a year nothing was recorded in one file: the numbers are wrong
MAX_HOLES = 10_000


@dataclass(frozen=True, slots=True)
class Runs:
    """Sample durations in order of presentation (or decoding): run `i` is `counts[i]` samples of `ticks[i]`."""

    counts: Ticks
    ticks: Ticks

    @property
    def samples(self) -> int:
        return int(self.counts.sum()) if len(self.counts) else 0

    @property
    def total(self) -> int:
        """Summed duration in ticks; exact, because neither factor was left unchecked (`tables.durations`)."""
        return int(np.dot(self.counts, self.ticks)) if len(self.counts) else 0


@dataclass(frozen=True, slots=True)
class Hole:
    """Nothing presented from `at` for `length`, in ticks from the first sample."""

    at: int
    length: int


def nominal(runs: Runs) -> int:
    """The most frequent sample duration; among equally frequent ones the middle one. 0 when there is none."""
    real = runs.ticks > 0
    ticks, counts = runs.ticks[real], runs.counts[real]
    if not len(ticks):
        return 0
    values, place = np.unique(ticks, return_inverse=True)
    sums = np.bincount(place, weights=counts)
    best = values[sums == sums.max()]
    return int(best[(len(best) - 1) // 2])


def threshold(usual: int, scale: int) -> float:
    """A sample that lasts longer than this many ticks is followed by a hole."""
    return max(FLOOR_SECONDS * scale, NOMINAL_FACTOR * usual)


def holes(runs: Runs, scale: int) -> tuple[Hole, ...]:
    """Every sample longer than the threshold; its hole begins one nominal duration after the sample does."""
    usual = nominal(runs)
    long = np.flatnonzero(runs.ticks > threshold(usual, scale))
    if not len(long):
        return ()
    starts = np.cumsum(runs.counts * runs.ticks) - runs.counts * runs.ticks
    found: list[Hole] = []
    for run in long:
        length, start = int(runs.ticks[run]), int(starts[run])
        repeats = min(int(runs.counts[run]), MAX_HOLES - len(found))
        found.extend(Hole(start + n * length + usual, length - usual) for n in range(repeats))
    return tuple(found)


def seconds(ticks: int, scale: int) -> Fraction:
    return Fraction(ticks, scale)


def as_delta(value: Fraction) -> timedelta:
    """Seconds as a timedelta, to the nearest microsecond."""
    return timedelta(microseconds=round(value * 1_000_000))


def delivered_rate(samples: int, duration: timedelta, lost: Iterable[Discontinuity]) -> float | None:
    """Samples per second of the time that is on record."""
    recorded = (duration - sum((hole.length for hole in lost), timedelta(0))).total_seconds()
    return samples / recorded if samples and recorded > 0 else None
