"""Stand-ins for the making of stills: they count their calls, and misbehave for moments that say how."""

import os
import time
from pathlib import Path
from typing import BinaryIO

from detectors.content.base import Still
from detectors.content.stills_asked import Made, Moments

LOG = "STILLS_LOG"
"""Environment variable: the file to which each call adds a line."""
HANG, ABORT, NOTHING, SLOW = 1001, 1002, 1003, 1004
"""Seconds of media at which something else happens."""


def make(stream: BinaryIO, request: Moments) -> Made:
    """A picture for each moment, its true time a second later for a strip."""
    asked = [round(at.total_seconds()) for at in request.at]
    with Path(os.environ[LOG]).open("a") as log:
        log.write(f"{','.join(map(str, asked))} {'exact' if request.exact else 'strip'}\n")
    if HANG in asked:
        time.sleep(3600)
    if ABORT in asked:
        os.abort()
    if SLOW in asked:
        time.sleep(2)
    if NOTHING in asked:
        return Made(problem="无 / nothing there")
    content = b"\xff\xd8" + stream.read(8) + b"\xff\xd9"
    later = type(request.at[0])(seconds=0 if request.exact else 1)
    return Made(tuple((at, Still(at + later, None, content)) for at in request.at))
