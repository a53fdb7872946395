"""Pictures inside a stretch of a video stream: how many begin there, and which of them can be decoded alone.

A program stream marks none of them, and gives times to some packets only: there the bytes themselves are looked at.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# NAL units that can begin an access unit (ITU-T H.264 § 7.4.1.2.3): first slices, and what stands before them.
H264_UNIT = re.compile(
    rb"\x00\x00\x01(?:[\x01\x05\x21\x25\x41\x45\x61\x65][\x80-\xff]|[\x06-\x09\x26-\x29\x46-\x49\x66-\x69])"
)
HEVC_UNIT = re.compile(rb"\x00\x00\x01(?:[\x00-\x13\x20-\x2b].[\x80-\xff]|[\x40-\x46\x4e])", re.DOTALL)
PICTURE = re.compile(rb"\x00\x00\x01\x00")
PREFIX = b"\0\0\1"
SEEN = 6  # bytes from a start code on that tell whether a picture can be decoded alone
INTRA = 1  # picture_coding_type (ISO/IEC 13818-2 § 6.3.9)


@dataclass(frozen=True, slots=True)
class Syntax:
    """How pictures begin in a codec.

    `unit` finds what can begin one; `kind` says, by its bytes from the start code on, what it is. `slices` are the
    picture itself, those in `alone` can be decoded alone; `sets` are parameters, which come before such pictures.
    """

    unit: re.Pattern[bytes]
    kind: Callable[[bytes], int]
    slices: frozenset[int]
    alone: frozenset[int]
    sets: frozenset[int]


def _picture_coding_type(unit: bytes) -> int:
    """ISO/IEC 13818-2 § 6.2.3; 0, which is none, where it is cut off."""
    return unit[5] >> 3 & 7 if len(unit) > 5 else 0


CODECS: Mapping[str, Syntax] = {
    "h264": Syntax(H264_UNIT, lambda unit: unit[3] & 31, frozenset({1, 5}), frozenset({5}), frozenset({7})),
    "hevc": Syntax(
        HEVC_UNIT, lambda unit: unit[3] >> 1 & 63, frozenset(range(22)), frozenset(range(16, 22)), frozenset({32, 33})
    ),
} | dict.fromkeys(
    ("mpeg1video", "mpeg2video"),
    Syntax(PICTURE, _picture_coding_type, frozenset(range(8)), frozenset({INTRA}), frozenset()),
)


def _begin(data: bytes, at: int) -> int:
    """Where a start code begins: four bytes long before the first unit of a picture, three elsewhere."""
    return at - 1 if at and not data[at - 1] else at


def pictures(codec: str, data: bytes, before: int) -> list[bool] | None:
    """Of every picture that begins in the first `before` bytes, whether it can be decoded alone.

    What follows completes a start code that is cut there; of a picture of which only parameters are in it they tell.
    None for a codec whose pictures cannot be told.
    """
    syntax = CODECS.get(codec)
    if syntax is None:
        return None
    found: list[bool] = []
    begun = counts = False  # a picture's first units have been seen; it is one of those that begin in time
    for match in syntax.unit.finditer(data):
        unit = data[match.start() : match.start() + SEEN]
        if not begun:
            counts = _begin(data, match.start()) < before
            found += [False] * counts
        kind = syntax.kind(unit)
        begun = kind not in syntax.slices
        if counts:
            found[-1] = found[-1] or kind in syntax.sets if begun else kind in syntax.alone
    return found


def first_alone(codec: str, data: bytes) -> bool | None:
    """Whether the first picture that begins there can be decoded alone; None when none does whose slice is there."""
    syntax = CODECS[codec]
    at = data.find(PREFIX)
    while 0 <= at <= len(data) - SEEN:
        if syntax.unit.match(data, at):
            kind = syntax.kind(data[at : at + SEEN])
            if kind in syntax.slices:
                return kind in syntax.alone
        at = data.find(PREFIX, at + 3)
    return None
