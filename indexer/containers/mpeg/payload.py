"""Bytes that lie in pieces, put together: many short stretches of memory at once."""

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Ticks

Bytes = NDArray[np.uint8]


def stretches(data: Bytes, width: int, begin: int = 0, step: int = 1) -> NDArray[np.void]:
    """Every stretch of so many bytes as one item, each `step` bytes behind the one before it; they share their memory.

    NumPy copies an item much faster than a row of an array.
    """
    return np.ndarray(((len(data) - begin - width) // step + 1,), f"V{width}", data, begin, (step,))


def gathered(data: Bytes, at: Ticks, width: int) -> Bytes:
    """So many bytes from each place on, as rows."""
    return rows(stretches(data, width)[at])


def rows(items: NDArray[np.void]) -> Bytes:
    """Copied items as rows of bytes."""
    return items.view(np.uint8).reshape(len(items), items.itemsize)


def joined(data: Bytes, at: Ticks, lengths: Ticks, widest: int) -> Bytes:
    """Pieces of at most `widest` bytes one behind the other; `data` must go on for as many bytes behind each begin.

    Each is copied at full width: what that is too much is overwritten by the next.
    """
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    found = np.empty(total + widest, np.uint8)
    stretches(found, widest)[ends - lengths] = stretches(data, widest)[at]
    return found[:total]
