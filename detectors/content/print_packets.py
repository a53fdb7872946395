"""What a clip's coded pictures weigh, as fingerprints: a copy whose pictures were not encoded again has the same.

Costs no decoding. How much each picture weighs more than the one before is the same in every container, whatever it
puts around pictures; moments are chosen by the digest itself, so that a part cut out has the same ones.
"""

from datetime import timedelta

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detectors.content.base import Print
from detectors.content.packets import Packets
from domain.prints import FINE, KEY, RUN, packed

LENGTH = 12
"""Pictures of one fingerprint."""
VARIED = 6
"""Different weights among them, at least: the same picture again and again, and test cards, have few."""
AROUND = 4.5
"""Seconds on both sides in which no other digest is smaller."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def packet_prints(packets: Packets, part: tuple[float, float]) -> list[Print]:
    """Fingerprints of a part, seconds of media time."""
    alone, times = packets.alone, packets.times
    if len(alone) and alone.mean() <= 0.5:  # pictures coded alone carry what containers differ in
        times, sizes = times[~alone], packets.sizes[~alone]
    else:
        sizes = packets.sizes
    inside = (times >= part[0]) & (times < part[1])
    times, sizes = times[inside], sizes[inside]
    if len(sizes) < LENGTH + 1:
        return []
    runs = sliding_window_view(np.diff(sizes), LENGTH)
    digests = _digests(runs)
    found = []
    for place in _smallest(times[: len(digests)], digests):
        if len(np.unique(runs[place])) >= VARIED:
            digest = int(digests[place])
            value = packed(digest >> 64 - KEY, (RUN, RUN), digest & (1 << FINE) - 1)
            found.append(Print(timedelta(milliseconds=max(0, round(float(times[place]) * 1000))), value))
    return found


def _digests(runs: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Of each row, all 64 bits mixed (after splitmix64)."""
    total = np.zeros(len(runs), np.uint64)
    for column in range(runs.shape[1]):
        total = (total ^ runs[:, column].astype(np.uint64)) * _MIX
        total ^= total >> np.uint64(29)
    return total


def _smallest(times: NDArray[np.float64], digests: NDArray[np.uint64]) -> list[int]:
    """Places whose digest is the smallest for some seconds around."""
    free = np.ones(len(digests), bool)
    found: list[int] = []
    for place in np.argsort(digests, kind="stable"):
        if free[place]:
            found.append(int(place))
            free &= np.abs(times - times[place]) > AROUND
            if not free.any():
                break
    return sorted(found)
