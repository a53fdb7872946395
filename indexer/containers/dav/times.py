"""When frames of a Dahua recording are shown: the date to the second, made finer by the clock of 16 bits.

The clock runs round every 65.5 s; the date says how often. Where the two disagree and the frames' numbers go on,
somebody set the date: nothing was lost, and the clock is right. Where numbers do not go on, the date is.
"""

from dataclasses import dataclass

import numpy as np

from indexer.containers.continuity import Ticks
from indexer.containers.dav.frames import Frames, date_of

ROUND = 1 << 16
SLACK = 1100  # milliseconds: the date has no fraction of a second
SECOND = 1000
MOSTLY = 10  # a clock that disagrees more often than once in so many frames is none


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds from the file's first frame; how often the date was set, and ran back without a reason."""

    times: Ticks
    clock_set: int = 0
    backwards: int = 0


def seconds(dates: Ticks) -> Ticks:
    """Packed dates as seconds since the first that is one; what is none repeats the one before it."""
    packed, place = np.unique(dates, return_inverse=True)
    known = [date_of(int(one)) for one in packed]
    valid = np.array([one is not None for one in known])
    if not valid.any():
        return np.zeros(len(dates), np.int64)
    origin = next(one for one in known if one is not None)
    counted = np.array([int((one - origin).total_seconds()) if one else 0 for one in known], np.int64)
    good = valid[place]
    last_good = np.maximum.accumulate(np.where(good, np.arange(len(dates)), 0))
    last_good[: int(good.argmax())] = int(good.argmax())
    return counted[place][last_good]


def line(frames: Frames, begin: tuple[int, int], rate: int) -> Line:
    """The times of one stream; `begin` is date and counter of the file's first frame, `rate` the declared one."""
    dates = np.concatenate(([begin[0]], np.frombuffer(frames.dates, np.uint32))).astype(np.int64)
    counters = np.concatenate(([begin[1]], np.frombuffer(frames.counters, np.uint16))).astype(np.int64)
    when = seconds(dates)
    if not np.ptp(counters):
        return Line(_spread(when[1:] - when[0], rate))
    if int(counters.max()) < SECOND and np.ptp(when) > 1:  # not a clock that runs round: the part of the second
        fine = when * SECOND + counters
        return Line((fine - fine[0])[1:])
    stated = np.diff(when) * SECOND
    step = np.diff(counters) % ROUND
    rounds = np.rint((stated - step) / ROUND).astype(np.int64)
    moved = step + rounds * ROUND
    differ = np.abs(moved - stated) > SLACK
    if int(differ.sum()) * MOSTLY > len(differ) and len(differ) > MOSTLY:
        return Line(_spread(when[1:] - when[0], rate))
    numbers = np.frombuffer(frames.numbers, np.uint32).astype(np.int64)
    going_on = np.concatenate(([False], np.abs(np.diff(numbers)) <= 2))  # other streams may number between
    was_set = differ & going_on & (step < ROUND // 2)
    moved = np.where(differ, np.where(was_set, step, stated), moved)
    back = moved < -SLACK
    usual = int(np.median(moved[~back])) if not back.all() else 0
    return Line(np.cumsum(np.where(back, max(usual, 1), moved)), int(was_set.sum()), int(back.sum()))


def _spread(when: Ticks, rate: int) -> Ticks:
    """Without a clock: the frames of one second lie evenly in it."""
    begins = np.flatnonzero(np.concatenate(([True], np.diff(when) != 0)))
    counts = np.diff(np.append(begins, len(when)))
    place = np.arange(len(when)) - np.repeat(begins, counts)
    each = np.repeat(np.maximum(counts, max(rate, 1)), counts)
    spread: Ticks = when * SECOND + place * SECOND // each
    return spread
