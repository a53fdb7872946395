"""Where a picture may stand still, by how little its packets hold: the same picture again costs an encoder nothing.

It only says where to look; pictures decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.content.packets import Packets

Stretch = tuple[float, float]
SHORTEST = 7.0
"""Seconds from which a quiet stretch is looked at: less than the ten that must be found."""
BREAK = 1.5
SHARE = 0.15
"""Of the clip's usual packet: less is quiet."""
BITS_A_POINT = 0.004
"""Less is quiet whatever is usual: a whole clip may be frozen."""
DEAD = 0.05
DRAWN = 3.0
STEADY, FEW_BYTES = 1.1, 2
"""The largest second against the smallest: a tenth more, and a stamp of a few bytes."""
ALIKE = 0.02
"""Pictures that are each coded alone are quiet where their sizes differ by no more than this share."""


@dataclass(frozen=True, slots=True)
class Silences:
    """Stretches of media time, seconds. `quiet`: the picture may stand still. `dead`: no live sensor goes so quiet.

    Dead packets hold next to nothing of what is usual in the clip; pictures still differ there, for an encoder with
    bits to spare goes on drawing the same one better.
    """

    quiet: list[Stretch] = field(default_factory=list)
    dead: list[Stretch] = field(default_factory=list)


def silences(packets: Packets, points: int) -> Silences:
    """Where little or nothing is written. `points`: of one picture."""
    if len(packets.stamps) < 2:
        return Silences()
    order = np.argsort(packets.stamps, kind="stable")
    times, sizes, alone = packets.times[order], packets.sizes[order], packets.alone[order]
    if alone.mean() > 0.5:
        return Silences(_runs(times[alone], _alike(sizes[alone])))
    seconds, middles = _by_second(times[~alone], sizes[~alone])
    usual = float(np.median(middles)) if len(middles) else 0.0
    quiet = middles <= max(SHARE * usual, BITS_A_POINT * points / 8)
    return Silences(_runs(seconds, quiet), _runs(seconds, middles <= DEAD * usual))


def is_steady(packets: Packets, since: float, until: float) -> bool:
    """Whether packets of a quiet stretch are all but equal, second by second: what a live sensor never gives.

    The first seconds are left out: an encoder uses them to draw the picture better.
    """
    times = packets.times
    inside = (times >= since + DRAWN) & (times < until) & ~packets.alone
    _, middles = _by_second(times[inside], packets.sizes[inside])
    return len(middles) >= SHORTEST - DRAWN and float(middles.max()) <= STEADY * float(middles.min()) + FEW_BYTES


def _by_second(times: NDArray[np.float64], sizes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle size of the packets of each second that has any: an on-screen clock that ticks is one packet of many."""
    order = np.argsort(times, kind="stable")
    seconds, starts = np.unique(np.floor(times[order]), return_index=True)
    parts = np.split(sizes[order], starts[1:])
    return seconds, np.array([np.median(part) for part in parts] if len(seconds) else [], np.float64)


def _alike(sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each picture is as large as the one before or after it."""
    near = np.abs(np.diff(sizes)) <= ALIKE * np.maximum(sizes[1:], 1)
    return np.append(near, False) | np.insert(near, 0, False)


def _runs(times: NDArray[np.float64], quiet: NDArray[np.bool_]) -> list[tuple[float, float]]:
    found = []
    for start, end in _joined(times[quiet].tolist()):
        if end - start >= SHORTEST:
            found.append((start, end))
    return found


def _joined(times: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Moments that follow each other closely, as stretches; each moment stands for its second."""
    stretch: tuple[float, float] | None = None
    for at in times:
        if stretch and at - stretch[1] <= BREAK:
            stretch = (stretch[0], at + 1.0)
        else:
            if stretch:
                yield stretch
            stretch = (at, at + 1.0)
    if stretch:
        yield stretch
