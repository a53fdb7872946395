"""GoPro's metadata format in udta: key (4 characters), type, size, repeat (16 bit big-endian), padded to 32 bits.

Type 0 holds further ones (DEVC: one device). Only what names the camera is read; measurements lie in a track.
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.statements import Statement, text

HEAD = struct.Struct(">4sBBH")
NESTED, TEXT = 0, ord("c")
MAX_DEPTH = 6
MAX_ENTRIES = 1_000  # of the whole box
KEYS: Mapping[bytes, str] = MappingProxyType(
    {b"MINF": "model", b"CASN": "serial", b"FMWR": "firmware", b"DVNM": "device name"}
)
# DVNM of these is no name of a camera
PARTS = frozenset({"global settings", "camera", "highlights", "geometry calibrations", "back lens", "front lens"})


def statements(content: bytes) -> Iterator[Statement]:
    """Make, model, serial and firmware; a device name stands in for a model that is not stated."""
    yield "make", "GoPro"
    names = []
    for key, raw in _entries(content):
        said = text(raw.split(b"\0")[0]).strip()
        if KEYS[key] != "device name":
            yield KEYS[key], said
        elif said.lower() not in PARTS:
            names.append(said)
    yield from (("model", name) for name in names)


def _entries(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The texts that are asked for, from every depth, in file order."""
    open_ends = [(0, len(content))]  # where to go on, and where that container ends; the innermost last
    for _ in range(MAX_ENTRIES):
        at, end = open_ends.pop()
        while end - at < HEAD.size:
            if not open_ends:
                return
            at, end = open_ends.pop()
        key, kind, size, repeat = HEAD.unpack_from(content, at)
        body, length = at + HEAD.size, size * repeat
        open_ends.append((body + (length + 3 & ~3), end))
        if kind == NESTED and len(open_ends) <= MAX_DEPTH:
            open_ends.append((body, min(body + length, end)))
        elif kind == TEXT and key in KEYS:
            yield key, content[body : min(body + length, end)]
