"""Times in the headers of a movie and its tracks: mvhd, tkhd, mdhd (ISO/IEC 14496-12 § 8.2.2, 8.3.2, 8.4.2).

Creation and modification, in seconds since 1904 UTC; many cameras write the end of the recording into either.
"""

import struct
from collections.abc import Iterator

from indexer.containers.isobmff.boxes import Box, ProblemList, child
from indexer.containers.isobmff.headers import creation_time
from indexer.containers.statements import Statement

NARROW, WIDE = struct.Struct(">4xII"), struct.Struct(">4xQQ")


def movie_times(buffer: memoryview, mvhd: Box) -> Iterator[Statement]:
    yield from _times(buffer, mvhd, "mvhd")


def track_times(buffer: memoryview, trak: Box) -> Iterator[Statement]:
    """What is broken here has been said by whoever reads the samples."""
    header = child(buffer, trak, b"tkhd", ProblemList())
    if header is not None:
        yield from _times(buffer, header, "tkhd")
    media = child(buffer, trak, b"mdia", ProblemList())
    inner = child(buffer, media, b"mdhd", ProblemList()) if media else None
    if inner is not None:
        yield from _times(buffer, inner, "mdhd")


def _times(buffer: memoryview, box: Box, name: str) -> Iterator[Statement]:
    layout = WIDE if box.body < box.end and buffer[box.body] == 1 else NARROW
    if box.end - box.body < layout.size:
        return
    for key, seconds in zip((name, f"{name}-modified"), layout.unpack_from(buffer, box.body), strict=True):
        time = creation_time(seconds)
        if time is not None:
            yield key, time
