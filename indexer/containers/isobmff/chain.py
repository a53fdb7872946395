"""Fragment after fragment (moof and mdat, ISO/IEC 14496-12 § 8.8.4) along the top level, each with one read.

How long the next moof will be is guessed from the two before it, so that its header, its content and the header of the
mdat behind it come together.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from indexer.containers.base import Source
from indexer.containers.counted import CountedStream
from indexer.containers.isobmff.boxes import HEADER, MAX_TOP_LEVEL, Box, ProblemList, load, read_at

MAX_FRAGMENT = 8 * 1024 * 1024
FIRST_GUESS, MAX_GUESS = 1024, 64 * 1024  # bytes read on suspicion
HELD = 16 * 1024 * 1024  # bytes of fragments kept from the walk; those behind are read when their turn comes
TOGETHER = 512  # fragments read side by side: one of another structure costs its neighbours no more than that


class Moof(NamedTuple):
    """Where a moof box lies, header included; its content, when it was kept."""

    start: int
    end: int
    content: bytes | None = None


def chain(source: Source, at: int, moofs: list[Moof]) -> int:
    """Collect fragments as long as one whole mdat and one whole moof follow each other; gives where that ends.

    `at` is the first byte behind a moof.
    """
    stream, size, unpack = source.stream, source.size, HEADER.unpack_from
    read = stream.read_at if isinstance(stream, CountedStream) else partial(read_at, stream)
    header, guess, last, held = read(at, 8), FIRST_GUESS, 0, 0
    while len(header) == 8 and len(moofs) < MAX_TOP_LEVEL:
        length, kind = unpack(header)
        if kind != b"mdat" or length < 8 or at + length > size:
            break
        raw = read(at + length, guess)
        if len(raw) < 16:
            break
        behind = at + length
        length, kind = unpack(raw)
        if kind != b"moof" or not 8 <= length <= MAX_FRAGMENT or behind + length > size:
            break
        if len(raw) < length + 8:
            raw = read(behind, length + 8)
        at = behind + length
        held += length
        moofs.append(Moof(behind, at, raw[8:length] if held <= HELD else None))
        header, guess, last = raw[length : length + 8], min(max(length, last) * 9 // 8 + 16, MAX_GUESS), length
    return at


def pieces(source: Source, moofs: list[Moof], problems: ProblemList) -> Iterator[tuple[list[bytes], list[int]]]:
    """Contents and offsets of a few hundred fragments at a time, without those that the file cuts off."""
    for first in range(0, len(moofs), TOGETHER):
        contents: list[bytes] = []
        starts: list[int] = []
        for moof in moofs[first : first + TOGETHER]:
            content = moof.content if moof.content is not None else _loaded(source, moof, problems)
            if content is not None:
                contents.append(content)
                starts.append(moof.start)
        if contents:
            yield contents, starts


def _loaded(source: Source, moof: Moof, problems: ProblemList) -> bytes | None:
    """None of a fragment that is cut off: said already, and its samples' data are beyond the end as well."""
    if moof.end > source.size or moof.end - moof.start > MAX_FRAGMENT:
        return None
    box = Box(b"moof", moof.start, moof.start + 8, moof.end)
    content = load(source.stream, source.head, box, source.size, problems)
    return None if content is None else bytes(content)


def between(moofs: list[Moof], size: int) -> int:
    """Bytes behind the fragments' headers, up to the next one or the end: their media data, box headers left out."""
    ends = [*(moof.start for moof in moofs[1:]), size]
    return sum(max(end - moof.end - HEADER.size, 0) for moof, end in zip(moofs, ends, strict=True))
