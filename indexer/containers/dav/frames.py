"""Frames of Dahua recordings (.dav): the walk that reads their headers and seeks over payloads.

The format has no public standard; this layout is the one that FFmpeg's own demuxer reads. A frame is a header of 24
bytes, an extension, the payload, and a tail that repeats the length. Every frame bears the camera's local date and time
to the second, and the low 16 bits of a clock in milliseconds.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList, read_at

MAGIC = b"DHAV"
HEADER = struct.Struct("<4sBBBBIIIHBB")
TAIL = 8
KEY_PICTURE, SOUND = 0xFD, 0xF0
PICTURES = frozenset({0xFB, 0xFC, KEY_PICTURE, 0xFE})
KINDS = PICTURES | {SOUND, 0xF1}
LEAST = HEADER.size + TAIL
MAX_FRAMES = 5_000_000  # 24 h of 30 pictures and 25 pieces of sound a second
MAX_LOST = 64 * 1024 * 1024  # bytes without a frame behind which none is looked for
BLOCK = 64 * 1024
WINDOW = 4096  # bytes read at once: a picture's header, often the sound behind a small one
SHORT = frozenset({0x80, 0x81, 0x83, 0x84, 0x85, 0x8B, 0x94, 0x96, 0xA0, 0xB2, 0xB4})
LONG = frozenset({0x82, 0x88, 0x8C, 0x91, 0x92, 0x93, 0x95, 0x9A, 0x9B, 0xB3})


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame's header: `date` is packed, `counter` in milliseconds modulo 65,536."""

    kind: int
    channel: int
    number: int
    length: int
    date: int
    counter: int
    extension: int


@dataclass(slots=True)
class Frames:
    """Every frame of one stream, in file order; `first` is the place of the first one, and its header."""

    first: tuple[int, Frame]
    kinds: "array[int]" = field(default_factory=lambda: array("B"))
    numbers: "array[int]" = field(default_factory=lambda: array("I"))
    dates: "array[int]" = field(default_factory=lambda: array("I"))
    counters: "array[int]" = field(default_factory=lambda: array("H"))

    def add(self, frame: Frame) -> None:
        self.kinds.append(frame.kind)
        self.numbers.append(frame.number)
        self.dates.append(frame.date)
        self.counters.append(frame.counter)


Streams = dict[tuple[bool, int], Frames]
"""By whether it is sound, and the channel."""


@dataclass(slots=True)
class Window:
    """The stretch of the file that was read last."""

    source: Source
    raw: bytes = b""
    base: int = 0

    def frame(self, at: int) -> Frame | None:
        """The frame that begins at a place of the file, or None."""
        inside = at - self.base
        if not 0 <= inside <= len(self.raw) - HEADER.size:
            self.raw, self.base, inside = read_at(self.source.stream, at, WINDOW), at, 0
        return header(self.raw, inside)


def header(raw: bytes, at: int = 0) -> Frame | None:
    """The frame that begins at a place of the bytes, or None."""
    if len(raw) < at + HEADER.size:
        return None
    magic, kind, _, channel, _, number, length, date, counter, extension, _ = HEADER.unpack_from(raw, at)
    if magic != MAGIC or kind not in KINDS or length < LEAST + (extension if kind != 0xF1 else 0):
        return None
    return Frame(kind, channel, number, length, date, counter, extension)


def walk(source: Source, problems: ProblemList) -> Streams:
    """Every header, stream by stream. Where no frame follows, the next one is looked for; what lies between is said."""
    streams: Streams = {}
    window = Window(source)
    at: int | None = max(source.head.find(MAGIC), 0)
    following: Frame | None = None
    for _ in range(MAX_FRAMES):
        if at is None or at >= source.size:
            return streams
        frame, following = following or window.frame(at), None
        if frame is None:
            at = _next(source, at, at, problems)
        elif at + frame.length > source.size:
            there = source.size - at
            zh = f"帧声明 {frame.length} 字节，文件内有 {there} 字节"
            detail = say(zh, f"frame of {frame.length} bytes announced, {there} in the file")
            problems.add(ProblemCode.TRUNCATED, detail, at)
            at = _found(source, at + HEADER.size)
        else:
            _keep(streams, at, frame)
            end, since = at + frame.length, at + HEADER.size
            following = window.frame(end)
            at = end if following or end == source.size else _next(source, end, since, problems)
    zh, en = f"超过 {MAX_FRAMES} 帧，不再计数", f"more than {MAX_FRAMES} frames, no more are counted"
    problems.add(ProblemCode.TOO_DEEP, say(zh, en))
    return streams


def _keep(streams: Streams, at: int, frame: Frame) -> None:
    if frame.kind == SOUND or frame.kind in PICTURES:
        key = (frame.kind == SOUND, frame.channel)
        if key not in streams:
            streams[key] = Frames((at, frame))
        streams[key].add(frame)


def _next(source: Source, torn: int, since: int, problems: ProblemList) -> int | None:
    """Where frames go on after `since`, when none begins at `torn`."""
    found = _found(source, since)
    if found is not None:
        zh, en = "应为帧头之处不是帧；已查找下一帧", "no frame where one must begin; the next one was looked for"
        problems.add(ProblemCode.BAD_BOX, say(zh, en), torn)
        return found
    rest = source.size - torn
    blank = not any(read_at(source.stream, torn, min(rest, BLOCK)))
    zh, en = f"{rest} 字节不是帧", f"{rest} bytes that are no frame"
    if blank:
        zh, en = "此后全为零：空间已预留，未写入数据", "only zeros from here on: space kept, nothing written"
    problems.add(ProblemCode.TRUNCATED, say(zh, en), torn)
    return None


def _found(source: Source, since: int) -> int | None:
    """The next place at which a header stands that can be one."""
    at = since
    while at < min(source.size, since + MAX_LOST):
        block = read_at(source.stream, at, BLOCK + HEADER.size)
        inside = block.find(MAGIC)
        while 0 <= inside < BLOCK:
            if header(block, inside) is not None:
                return at + inside
            inside = block.find(MAGIC, inside + 1)
        at += BLOCK
    return None


def date_of(packed: int) -> datetime | None:
    """The camera's local time: seconds, minutes, hours, day, month, years since 2000 from the low bits up."""
    parts = (packed >> 26) + 2000, packed >> 22 & 15, packed >> 17 & 31
    try:
        return datetime(*parts, packed >> 12 & 31, packed >> 6 & 63, packed & 63)  # noqa: DTZ001 (the zone is not in it)
    except ValueError:
        return None


def extensions(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of the parts of an extension, as far as they are known."""
    at = 0
    while at < len(raw):
        kind = raw[at]
        length = 4 if kind in SHORT else 8 if kind in LONG else 0
        if not length or at + length > len(raw):
            return
        yield kind, raw[at + 1 : at + length]
        at += length
