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
FEW = 16  # rows up to which plain numbers are faster than arrays
NARROW = 1 << 16  # ticks from the shortest to the longest sample up to which a table of all lengths is faster


@dataclass(frozen=True, slots=True)
class Runs:
    """Sample durations in order of presentation (or decoding): run `i` is `counts[i]` samples of `ticks[i]`."""

    counts: Ticks
    ticks: Ticks

    @property
    def samples(self) -> int:
        return int(self.counts.sum()) if len(self.counts) > 1 else int(self.counts[0]) if len(self.counts) else 0

    @property
    def total(self) -> int:
        """Summed duration in ticks; exact, because neither factor was left unchecked (`tables.durations`)."""
        if len(self.counts) == 1:
            return int(self.counts[0]) * int(self.ticks[0])
        return int(np.dot(self.counts, self.ticks)) if len(self.counts) else 0


@dataclass(frozen=True, slots=True)
class Hole:
    """Nothing presented from `at` for `length`, in ticks from the first sample."""

    at: int
    length: int


def nominal(runs: Runs) -> int:
    """The most frequent sample duration; among equally frequent ones the middle one. 0 when there is none."""
    if len(runs.ticks) <= FEW:
        return _nominal_of_few(runs)
    real = runs.ticks > 0
    ticks, counts = runs.ticks[real], runs.counts[real]
    if not len(ticks):
        return 0
    least = int(ticks.min())
    if int(ticks.max()) - least < NARROW and counts.any():
        sums = np.bincount(ticks - least, weights=counts)
        best = np.flatnonzero(sums == sums.max()) + least
    else:
        values, place = np.unique(ticks, return_inverse=True)
        sums = np.bincount(place, weights=counts)
        best = values[sums == sums.max()]
    return int(best[(len(best) - 1) // 2])


def _nominal_of_few(runs: Runs) -> int:
    sums: dict[int, int] = {}
    for count, ticks in zip(runs.counts.tolist(), runs.ticks.tolist(), strict=True):
        if ticks > 0:
            sums[ticks] = sums.get(ticks, 0) + count
    most = max(sums.values(), default=0)
    best = sorted(ticks for ticks, count in sums.items() if count == most)
    return best[(len(best) - 1) // 2] if best else 0


def threshold(usual: int, scale: int) -> float:
    """A sample that lasts longer than this many ticks is followed by a hole."""
    return max(FLOOR_SECONDS * scale, NOMINAL_FACTOR * usual)


def holes(runs: Runs, scale: int, usual: int | None = None) -> tuple[Hole, ...]:
    """Every sample longer than the threshold; its hole begins one usual duration (`nominal`) after the sample does."""
    usual = nominal(runs) if usual is None else usual
    least = threshold(usual, scale)
    if not len(runs.ticks) or int(runs.ticks.max()) <= least:
        return ()
    long = np.flatnonzero(runs.ticks > least)
    starts = np.cumsum(runs.counts * runs.ticks) - runs.counts * runs.ticks
    found: list[Hole] = []
    for run in long:
        length, start = int(runs.ticks[run]), int(starts[run])
        repeats = min(int(runs.counts[run]), MAX_HOLES - len(found))
        found.extend(Hole(start + n * length + usual, length - usual) for n in range(repeats))
    return tuple(found)


def as_delta(value: Fraction) -> timedelta:
    """Seconds as a timedelta, to the nearest microsecond."""
    return timedelta(microseconds=round(value * 1_000_000))


def lasting(ticks: int | Fraction, scale: int) -> timedelta:
    """`as_delta` of ticks at so many a second; of whole ticks without a fraction on the way."""
    if not isinstance(ticks, int):
        return as_delta(ticks / scale)
    whole, rest = divmod(ticks * 2_000_000 + scale, 2 * scale)
    return timedelta(microseconds=whole - (rest == 0 and whole & 1))  # halves go to the even one, as in round()


def delivered_rate(samples: int, duration: timedelta, lost: Iterable[Discontinuity]) -> float | None:
    """Samples per second of the time that is on record."""
    recorded = (duration - sum((hole.length for hole in lost), timedelta(0))).total_seconds()
    return samples / recorded if samples and recorded > 0 else None
