"""Media data whose index (moov) was never written: how much of it there is, and what it looks like.

A camera that lost power leaves an mdat box, often of the full length that was set aside for it and filled only in part.
Without the index nothing plays; but that a recording was made, and how long it may be, can still be said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import read_at

LOOK = 64 * 1024  # bytes looked at, at either end
BLOCK = 16 * 1024  # of zeros: no encoder writes so many one after the other
LONGEST_UNIT = 16 * 1024 * 1024
PROOF = 3  # units behind which another one begins; chance gives one in two thousand places
TRIES = 400  # places that may be a beginning
FURTHER = 32  # pieces read to follow units beyond what is looked at

AVC_UNITS = frozenset(range(1, 13)) | {14, 15, 19, 20}
AVC_SLICES = frozenset({1, 5})
HEVC_UNITS = frozenset(range(10)) | frozenset(range(16, 22)) | frozenset(range(32, 41))
HEVC_SLICES = frozenset(range(10)) | frozenset(range(16, 22))
START_CODE = re.compile(rb"\x00\x00\x01(?=[^\x00])")
LENGTH = re.compile(rb"(?=\x00...[\x01\x02\x06-\x0f\x21\x25-\x28\x40-\x4e\x61\x65-\x68])", re.DOTALL)
MPEG4_STARTS = frozenset({0xB0, 0xB3, 0xB5, 0xB6, 0x00, 0x20})


class Remains(NamedTuple):
    """`held` bytes of media box are in the file, `written` of them were filled; `looks` like what (codec/framing)."""

    held: int
    written: int
    looks: str


def remains(source: Source, begin: int, end: int) -> Remains:
    """Of the bytes from `begin` up to `end` of the file."""
    filled = written(source, begin, end)
    if not filled:
        return Remains(max(end - begin, 0), 0, "blank" if end > begin else "nothing")
    return Remains(end - begin, filled, _looks(source, begin, begin + filled))


def written(source: Source, begin: int, end: int) -> int:
    """How many bytes lie before the zeros that run to the end, found with a few reads whatever the length.

    What is written is taken to be in one piece. Fewer zeros than a block may be media as well and count as such.
    """
    if end - begin < BLOCK or any(read_at(source.stream, max(end - LOOK, begin), min(LOOK, end - begin))[-BLOCK:]):
        return max(end - begin, 0)
    low, high = 0, (end - begin + BLOCK - 1) // BLOCK  # blocks: those before `low` are filled, those from `high` empty
    while low < high:
        middle = (low + high) // 2
        if any(_block(source, begin, middle, end)):
            low = middle + 1
        else:
            high = middle
    if not low:
        return 0
    last = _block(source, begin, low - 1, end)
    return (low - 1) * BLOCK + len(last.rstrip(b"\0"))


def _block(source: Source, begin: int, number: int, end: int) -> bytes:
    at = begin + number * BLOCK
    return read_at(source.stream, at, min(BLOCK, end - at))


def _looks(source: Source, begin: int, end: int) -> str:
    """The first beginning that is followed by more of its kind, near the start and then near the end."""
    first = read_at(source.stream, begin, min(LOOK, end - begin))
    if first.startswith(b"\xff\xd8\xff"):
        return "mjpeg/plain"
    for at in (begin, max(end - LOOK, begin)):
        data = first if at == begin else read_at(source.stream, at, end - at)
        found = _annex_b(data) or _prefixed(source, at, data, end)
        if found:
            return found
    return "unknown" if any(first) else "blank"


def _annex_b(data: bytes) -> str | None:
    """Units behind start codes (ITU-T H.264 Annex B), or MPEG-4 part 2's own."""
    kinds = [data[found.end()] for found in START_CODE.finditer(data)]
    if len(kinds) < PROOF:
        return None
    if sum(kind in MPEG4_STARTS for kind in kinds) * 4 >= len(kinds) * 3:
        return "mpeg4/start-codes"
    for codec, known in (("h264", _avc), ("hevc", _hevc)):
        types = [known(kind) for kind in kinds]
        sets = {"h264": {7, 8, 5, 1}, "hevc": {32, 33, 34, 19, 20, 1}}[codec]
        if None not in types and len(sets & set(types)) >= 2:
            return f"{codec}/start-codes"
    return None


def _avc(first: int) -> int | None:
    """nal_unit_type of a header that may be one (ITU-T H.264 § 7.4.1: parameter sets, IDR pictures are referred to)."""
    kind, referred = first & 31, first >> 5 & 3
    if first & 0x80 or kind not in AVC_UNITS or (kind in (5, 7, 8) and not referred) or (kind in (6, 9) and referred):
        return None
    return kind


def _hevc(first: int) -> int | None:
    """nal_unit_type of the first of the header's two bytes (ITU-T H.265 § 7.3.1.2), of the base layer."""
    kind = first >> 1 & 63
    return kind if not first & 0x81 and kind in HEVC_UNITS else None


def _prefixed(source: Source, begin: int, data: bytes, end: int) -> str | None:
    """Units behind their lengths in four bytes (ISO/IEC 14496-15), as MP4 holds them, between pieces of sound."""
    places = [0, *(found.start() for found in LENGTH.finditer(data))][:TRIES]
    for codec, known, slices in (("h264", _avc, AVC_SLICES), ("hevc", _hevc, HEVC_SLICES)):
        window, links = _Window(source, begin, data, end), dict[int, int]()
        for place in places:
            _follow(window, begin + place, known, links)
        if len(links) >= PROOF and not slices.isdisjoint(links.values()):
            return f"{codec}/lengths"
    return None


@dataclass(slots=True)
class _Window:
    """Bytes of the file up to `end`, most of them in memory; of others only so many pieces are read."""

    source: Source
    begin: int
    data: bytes
    end: int
    left: int = FURTHER

    def at(self, place: int, length: int) -> bytes:
        inside = place - self.begin
        if inside + length <= len(self.data):
            return self.data[inside : inside + length]
        if place + length > self.end or not self.left:
            return b""
        self.left -= 1
        return read_at(self.source.stream, place, length)


def _follow(window: _Window, at: int, known: Callable[[int], int | None], links: dict[int, int]) -> None:
    """Note every unit from here on behind which another one begins: by its place, its type."""
    kind, before = None, at
    while at not in links:
        raw = window.at(at, 6)
        following = known(raw[4]) if len(raw) == 6 else None
        proper = known is _avc or (len(raw) == 6 and raw[5] & 0xF8 == 0 and raw[5] & 7 > 0)
        length = int.from_bytes(raw[:4])
        if following is None or not proper or not 2 <= length <= LONGEST_UNIT:
            return
        if kind is not None:
            links[before] = kind
        kind, before = following, at
        at += 4 + length
