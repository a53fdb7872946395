"""Payload that lies in pieces, put together."""

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Ticks

Bytes = NDArray[np.uint8]


def windows(data: Bytes, width: int) -> Bytes:
    """Every stretch of so many bytes, as rows that share their memory."""
    return np.ndarray((len(data) - width + 1, width), np.uint8, data, 0, (1, 1))


def joined(data: Bytes, at: Ticks, lengths: Ticks, widest: int) -> Bytes:
    """Pieces of at most `widest` bytes one behind the other; `data` must go on for as many bytes behind each begin.

    Each is copied at full width: what that is too much is overwritten by the next.
    """
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    found = np.empty(total + widest, np.uint8)
    windows(found, widest)[ends - lengths] = windows(data, widest)[at]
    return found[:total]
