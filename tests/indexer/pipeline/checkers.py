"""Stand-ins for the content detectors: they say what they were asked, and misbehave for files whose names say how."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from detectors.content.base import Answer, Print, Region, Request, Still
from domain.observation import Observation, ObservationKind

LOG = "CHECKS_LOG"
"""Environment variable: the file to which each call adds a line."""


def versions() -> dict[str, int]:
    return {"fake": 1}


def check(stream: BinaryIO, request: Request) -> Answer:
    """One observation, print and problem-free answer for each part; `hint` in the log as the number of regions."""
    if os.environ.get(LOG):
        parts = " ".join(f"{start.total_seconds():g}-{end.total_seconds():g}" for start, end in request.parts)
        with Path(os.environ[LOG]).open("a") as log:
            log.write(f"{request.name} {parts or 'whole'} hint={len(request.hint.regions)}\n")
    _misbehave(request.name)
    parts = request.parts or ((timedelta(0), timedelta(seconds=60)),)
    return Answer(
        observations=tuple(_seen(*part) for part in parts),
        stills=(Still(parts[0][0], None, b"jpeg"),) if request.stills else (),
        prints=tuple(Print(start, len(stream.read()) - 2**62) for start, _ in parts),
        regions=(Region(0.1, 0.9, 0.5, 1.0),),
        versions=versions(),
        cpu_seconds=0.25,
    )


def breaks_off(stream: BinaryIO, request: Request) -> Answer:
    """Out of time (out of memory where the name says so) before half of it is looked at, until a minute is left.

    Names with `stuck`: whatever is left, nothing is heard.
    """
    whole = check(stream, request)
    start, end = (request.parts or ((timedelta(0), timedelta(seconds=100)),))[0]
    share = (0.6, 0.4) if end - start > timedelta(seconds=60) else (1.0, 1.0)
    share = (0.6, 0.0) if "stuck" in request.name else share
    kinds = (ObservationKind.PICTURE_CHECKED, ObservationKind.SOUND_CHECKED)
    spans = [(kind, start + part * (end - start)) for kind, part in zip(kinds, share, strict=True) if part]
    spent = 0.5 if "memory" in request.name else request.seconds + 0.1
    return replace(
        whole,
        observations=tuple(Observation("fake", 1, kind, start, until, 1.0, "s") for kind, until in spans),
        cpu_seconds=spent if share[1] < 1 else 0.5,
        complete=share[1] == 1,
    )


def _misbehave(name: str) -> None:
    if "hang" in name:
        time.sleep(3600)
    if "spin" in name:
        while True:
            pass
    if "abort" in name:
        os.abort()
    if "eat" in name:
        bytearray(512 << 20)
    if "raise" in name:
        raise RuntimeError("no such thing\0")
    if "slow" in name:
        time.sleep(0.4)


def nonsense(stream: BinaryIO, request: Request) -> Answer:
    """What no database can hold."""
    return Answer(observations=(_seen(timedelta(seconds=9), timedelta(seconds=1)),))


def _seen(start: timedelta, end: timedelta) -> Observation:
    kind = ObservationKind.PICTURE_CHECKED
    return Observation("fake", 1, kind, start, end, (end - start).total_seconds(), "s", "a\0b")


def overlaid(stream: BinaryIO, request: Request) -> Answer:
    """A clock and numbers in the picture, as the name of the generic Chinese camera family has them, 4 s later."""
    device, officer, start, _ = request.name.rpartition("/")[2].rpartition(":")[2].split("_")
    shown = datetime.strptime(start[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp() + 4
    kinds = ObservationKind
    found = (
        (kinds.PICTURE_CHECKED, 1.0, None),
        (kinds.OVERLAY_CHECKED, 60.0, None),
        (kinds.CLOCK, shown, None),
        (kinds.NUMBERS, 60.0, f"{officer} {device}"),
    )
    ends = timedelta(0), timedelta(seconds=600)
    return Answer(
        observations=tuple(Observation("fake", 1, kind, *ends, value, "s", text) for kind, value, text in found),
        versions=versions(),
    )
