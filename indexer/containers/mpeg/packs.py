"""The walk over a program stream (ISO/IEC 13818-1 § 2.5.3, ISO/IEC 11172-1): where its PES packets begin.

Packs of one size, as discs and FFmpeg write them, are walked all at once; others one packet after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.containers.base import Source
from indexer.containers.continuity import Ticks

Bytes = NDArray[np.uint8]

PACK, END, SYSTEM, MAP, PADDING = 0xBA, 0xB9, 0xBB, 0xBC, 0xBE
PACK_START = b"\0\0\1\xba"
PIECE = 4 * 1024 * 1024
DISC_PACK = 2048
LONGEST = 6 + 65535
HEAD = 32  # bytes behind a packet's start that hold all of its header that matters
PARTS = 8  # packets in a disc pack


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file: its offset, its bytes, and where in them packets begin (first byte of the start code).

    `lost` counts places where no packet was and the next pack had to be looked for; `cut`: the last packet is not
    whole.
    """

    offset: int
    data: Bytes
    starts: Ticks
    lost: int
    cut: bool


def pieces(source: Source, begin: int = 0, end: int | None = None) -> Iterator[Piece]:
    """The file from one offset to another, in pieces that end with a packet."""
    stop = source.size if end is None else end
    buffer = np.empty(min(PIECE + LONGEST, max(stop - begin, 0)) + HEAD, np.uint8)
    kept, offset = 0, begin
    source.stream.seek(begin)
    while True:
        wanted = min(len(buffer) - HEAD - kept, stop - offset - kept)
        filled = kept + _fill(source, buffer, kept, wanted)
        last = filled - kept < wanted or offset + filled >= stop
        buffer[filled : filled + HEAD] = 0  # what a cut header lacks
        starts, used, lost = _walk(buffer, filled, last)
        yield Piece(offset, buffer[: filled + HEAD], starts, lost, last and used > filled)
        if last:
            return
        used = min(used, filled)
        kept = filled - used
        buffer[:kept] = buffer[used:filled].copy()
        offset += used


def _fill(source: Source, buffer: Bytes, at: int, wanted: int) -> int:
    view, read = buffer.data[at : at + wanted], getattr(source.stream, "readinto", None)
    filled = 0
    while filled < wanted:
        if read is not None:
            count = read(view[filled:]) or 0
        else:
            data = source.stream.read(wanted - filled)
            count = len(data)
            view[filled : filled + count] = data
        if not count:
            break
        filled += count
    return filled


def _walk(buffer: Bytes, filled: int, last: bool) -> tuple[Ticks, int, int]:
    """Packet starts, how far the walk came, and how often it lost its way."""
    rows = filled // DISC_PACK
    if rows > 1:
        packs = buffer[: rows * DISC_PACK].reshape(rows, DISC_PACK)
        if (packs[:, :4] == np.frombuffer(PACK_START, np.uint8)).all():
            starts = _disc_packs(packs)
            if starts is not None:
                rest, used, lost = _packets(buffer, filled, last, rows * DISC_PACK)
                return np.concatenate((starts, rest)), used, lost
    return _packets(buffer, filled, last, 0)


def _disc_packs(packs: Bytes) -> Ticks | None:
    """All packs at once, packet by packet; None when one does not end with its pack."""
    flat = packs.reshape(-1)
    row = np.arange(len(packs)) * DISC_PACK
    second = packs[:, 4] >> 6 == 1
    at = row + np.where(second, 14 + (packs[:, 13] & 7).astype(np.int64), 12)
    found: list[Ticks] = []
    for _ in range(PARTS):
        open_ = at + 6 <= row + DISC_PACK
        if not open_.any():
            break
        at, row = at[open_], row[open_]
        head = flat[at[:, None] + np.arange(6)].astype(np.int64)
        if ((head[:, 0] | head[:, 1]) != 0).any() or (head[:, 2] != 1).any() or (head[:, 3] <= PACK).any():
            return None
        found.append(at)
        at = at + 6 + (head[:, 4] << 8 | head[:, 5])
    if (at > row + DISC_PACK).any() or (at + 6 <= row + DISC_PACK).any():
        return None
    return np.sort(np.concatenate(found))


def _packets(buffer: Bytes, filled: int, last: bool, at: int) -> tuple[Ticks, int, int]:
    """One packet after the other. Before the last piece ends, a packet that is not whole waits for more."""
    data = buffer.data
    found: list[int] = []
    lost = 0
    limit = filled - 6 if last else filled - LONGEST
    while at <= limit:
        if data[at] or data[at + 1] or data[at + 2] != 1 or data[at + 3] < END:
            at, lost = _search(buffer, at + 1, filled, last), lost + 1
            continue
        kind = data[at + 3]
        if kind == PACK:
            at += 14 + (data[at + 13] & 7) if data[at + 4] >> 6 == 1 else 12
        elif kind == END:
            at += 4
        else:
            found.append(at)
            at += 6 + (data[at + 4] << 8 | data[at + 5])
    return np.array(found, np.int64), at, lost


def _search(buffer: Bytes, at: int, filled: int, last: bool) -> int:
    found = buffer[at:filled].tobytes().find(PACK_START)
    if found >= 0:
        return at + found
    return filled if last else max(filled - 3, at)
