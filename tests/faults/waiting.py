"""Waiting for something that comes when it comes."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], seconds: float = 30.0) -> bool:
    """Whether it became so in time."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found)
