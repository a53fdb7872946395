"""Counting pictures inside a stretch of a video stream: where times leave room for one, the bytes are looked at."""

import re
from collections.abc import Callable, Mapping

# NAL units that can begin an access unit (ITU-T H.264 § 7.4.1.2.3): first slices, and what stands before them.
H264_UNIT = re.compile(rb"\x00\x00\x01(?:[\x01\x05\x21\x25\x41\x45\x61\x65][\x80-\xff]|[\x06-\x09\x26-\x29\x46-\x69])")
HEVC_UNIT = re.compile(rb"\x00\x00\x01(?:[\x00-\x13\x20-\x2b].[\x80-\xff]|[\x40-\x46\x4e])", re.DOTALL)
PICTURE = re.compile(rb"\x00\x00\x01\x00")


Counter = Callable[[bytes, int], int]


def _begin(data: bytes, at: int) -> int:
    """Where a start code begins: four bytes long before the first unit of a picture, three elsewhere."""
    return at - 1 if at and not data[at - 1] else at


def _plain(data: bytes, before: int) -> int:
    return sum(_begin(data, found.start()) < before for found in PICTURE.finditer(data))


def _units(pattern: re.Pattern[bytes], is_slice: Callable[[int], bool]) -> Counter:
    """Counts access units: one begins with a first slice, or with the first unit that stands before it."""

    def count(data: bytes, before: int) -> int:
        found, open_ = 0, False
        for unit in pattern.finditer(data):
            if not open_ and _begin(data, unit.start()) < before:
                found += 1
            open_ = not is_slice(data[unit.start() + 3])
        return found

    return count


COUNTERS: Mapping[str, Counter] = {
    "h264": _units(H264_UNIT, lambda first: first & 31 in (1, 5)),
    "hevc": _units(HEVC_UNIT, lambda first: first >> 1 & 63 < 22),
    "mpeg1video": _plain,
    "mpeg2video": _plain,
}


def pictures(codec: str, data: bytes, before: int) -> int | None:
    """How many pictures begin in the first `before` bytes; what follows completes a start code that is cut there.

    None for a codec whose pictures cannot be told.
    """
    counter = COUNTERS.get(codec)
    return None if counter is None else counter(data, before)
