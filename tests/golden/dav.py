"""Dahua recordings: real frames from FFmpeg's encoders, in DHAV frames that FFmpeg's own demuxer reads."""

import functools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import av

from tests.golden import media

BEGUN = datetime(2024, 1, 15, 14, 30, 25)
PICTURE_CODECS = {"h264": 8, "hevc": 12}
SOUND_CODECS = {"pcm_alaw": 0x0E, "aac": 0x1A}
RATES = {8000: 2, 16000: 4}
KEY, PICTURE, SOUND, OTHER = 0xFD, 0xFC, 0xF0, 0xF1


@dataclass(frozen=True)
class Unit:
    """What is framed: kind, milliseconds from the beginning, payload, extension."""

    kind: int
    at: int
    payload: bytes
    extension: bytes = b""


@functools.cache
def pictures(codec: str, rate: int = 25, seconds: int = 3) -> tuple[Unit, ...]:
    """The encoder's access units with start codes, a key picture each second."""
    recipe = (media.H264 if codec == "h264" else media.H265) | {"g": rate, "bf": 0, "f": codec}
    if codec == "hevc":
        recipe["x265-params"] = f"log-level=none:pools=1:keyint={rate}:min-keyint={rate}:bframes=0"
    path = media.encoded(f"for-dav-{rate}-{seconds}.{codec}", recipe | {"an": None}, seconds, rate=rate)
    found = []
    for place, (payload, alone) in enumerate(_packets(path, codec)):
        shape = bytes((0x80, 0, 160 // 8, 120 // 8, 0x81, 0, PICTURE_CODECS[codec], rate)) if alone else b""
        found.append(Unit(KEY if alone else PICTURE, place * 1000 // rate, payload, shape))
    return tuple(found)


@functools.cache
def sounds(codec: str, seconds: int = 3) -> tuple[Unit, ...]:
    """AAC frames of 64 ms with ADTS headers, or A-law in pieces of 40 ms."""
    frequency = 16000 if codec == "aac" else 8000
    shape = bytes((0x83, 1, SOUND_CODECS[codec], RATES[frequency]))
    if codec == "aac":
        path = media.encoded(f"for-dav-{seconds}.aac", media.SOUND | {"vn": None, "f": "adts"}, seconds)
        return tuple(Unit(SOUND, n * 64, payload, shape) for n, (payload, _) in enumerate(_packets(path, "aac")))
    recipe = {"c:a": "pcm_alaw", "ar": 8000, "vn": None, "f": "alaw"}
    raw = media.encoded(f"for-dav-{seconds}.al", recipe, seconds).read_bytes()
    return tuple(Unit(SOUND, n // 8, raw[n : n + 320], shape) for n in range(0, len(raw), 320))


def _packets(path: Path, form: str) -> Iterator[tuple[bytes, bool]]:
    with av.open(str(path), format=form) as container:
        for packet in container.demux():
            if packet.size:
                yield bytes(packet), bool(packet.is_keyframe)


def recording(*streams: tuple[Unit, ...], begun: datetime = BEGUN, counter: int = 64_000, lead: bytes = b"") -> bytes:
    """The streams' units by time, each numbered in its own stream; the clock of 16 bits begins at `counter`."""
    units = sorted(((unit.at, number, unit) for stream in streams for number, unit in enumerate(stream)), key=_order)
    return lead + b"".join(
        frame(unit, number, begun + timedelta(milliseconds=at), (counter + at) % 65_536) for at, number, unit in units
    )


def _order(one: tuple[int, int, Unit]) -> tuple[int, bool]:
    return one[0], one[2].kind == SOUND


def frame(unit: Unit, number: int, date: datetime, counter: int) -> bytes:
    length = 24 + len(unit.extension) + len(unit.payload) + 8
    head = struct.pack(
        "<4sBBBBIIIHB", b"DHAV", unit.kind, 0, 0, 0, number, length, packed(date), counter, len(unit.extension)
    )
    body = head + bytes((sum(head) & 0xFF,)) + unit.extension + unit.payload
    return body + struct.pack("<4sI", b"dhav", length)


def packed(date: datetime) -> int:
    day = (date.year - 2000) << 26 | date.month << 22 | date.day << 17
    return day | date.hour << 12 | date.minute << 6 | date.second


LEAD = b"DAHUA".ljust(0x400, b"\0")
INFORMATION = Unit(OTHER, 0, b"\0" * 40)
RECIPES: dict[str, Callable[[], bytes]] = {
    "h264-alaw.dav": lambda: recording(pictures("h264"), sounds("pcm_alaw")),
    "hevc-aac.dav": lambda: recording(pictures("hevc"), sounds("aac")),
    "headed.dav": lambda: recording((INFORMATION,), pictures("h264"), sounds("pcm_alaw"), lead=LEAD),
}


@functools.cache
def clip(name: str) -> Path:
    path = media.folder() / name
    path.write_bytes(RECIPES[name]())
    return path
