"""The walk over a program stream (ISO/IEC 13818-1 § 2.5.3, ISO/IEC 11172-1): where its PES packets begin.

Packs of one size, as discs and FFmpeg write them, are walked all at once; others one packet after the other.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.mpeg.chunks import MARGIN, Chunks
from indexer.containers.mpeg.headers import SEEN
from indexer.containers.mpeg.payload import Bytes, gathered, rows, stretches

PACK, MAP = 0xBA, 0xBC
PACK_START = b"\0\0\1\xba"
END_CODE, PACK_CODE, LAST_CODE = 0x1B9, 0x1BA, 0x1FF
CODE_AND_LENGTH = struct.Struct(">IH")
PIECE = 8 * 1024 * 1024
DISC_PACK = 2048
FIRST_HEAD, SECOND_HEAD = 12, 14  # bytes of a pack header, as MPEG-1 and as MPEG-2 writes it without stuffing

# The beginning of a pack with one packet that fills it, as three words: which of their bits tell, and their values.
TELLING = np.frombuffer(bytes.fromhex("ffffffff c0 0000000000000000 07 ffffff 00 ffff 00000000"), "<u8")
USUAL = np.frombuffer(bytes.fromhex("000001ba 40 0000000000000000 00 000001 00 07ec 00000000"), "<u8")
CODE, PACK_WORD = np.uint64(0xFFFFFFFF), np.uint64(0xBA010000)  # of the first word: the start code
KIND = 17  # where the stream id is
WIDE = 48  # bytes of a pack that hold all of that, in whole words
LONGEST = 6 + 65535
PARTS = 8  # packets in a disc pack

Found = tuple[Ticks, Bytes]  # where packets begin, and their first SEEN bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file: its offset, its bytes, and where in them packets begin (first byte of the start code).

    `heads` are the first SEEN bytes of each packet: taken once, for packs lie far apart and are slow to come to.
    `lost` counts places where no packet was and the next pack had to be looked for; `cut`: the last packet is not
    whole.
    """

    offset: int
    data: Bytes
    starts: Ticks
    heads: Bytes
    lost: int
    cut: bool


def pieces(source: Source, begin: int = 0, end: int | None = None) -> Iterator[Piece]:
    """The file from one offset to another, in pieces that end with a packet."""
    chunks = Chunks(source.stream, begin, source.size if end is None else end, PIECE, LONGEST)
    offset = begin
    for data, last in chunks.read():
        filled = len(data) - MARGIN
        (starts, heads), used, lost = _walk(data, filled, last)
        yield Piece(offset, data, starts, heads, lost, last and used > filled)
        used = min(used, filled)
        chunks.carry(data[used:filled])
        offset += used


def _walk(buffer: Bytes, filled: int, last: bool) -> tuple[Found, int, int]:
    """Packets, how far the walk came, and how often it lost its way."""
    rows = filled // DISC_PACK
    found = _disc_packs(buffer, rows) if rows > 1 else None
    starts, used, lost = _packets(buffer, filled, last, rows * DISC_PACK if found else 0)
    rest = starts, gathered(buffer, starts, SEEN)
    return _both(found, rest) if found else rest, used, lost


def _both(some: Found, others: Found) -> Found:
    return np.concatenate((some[0], others[0])), np.concatenate((some[1], others[1]))


def _disc_packs(buffer: Bytes, count: int) -> Found | None:
    """All packs at once; None when one begins or ends otherwise. Most hold one packet each, which fills them."""
    heads = rows(stretches(buffer[: count * DISC_PACK], WIDE, step=DISC_PACK).copy())
    first, second, third = (heads.view("<u8")[:, column] for column in range(len(USUAL)))
    if (first & CODE != PACK_WORD).any():
        return None
    usual = (first & TELLING[0] == USUAL[0]) & (second & TELLING[1] == USUAL[1]) & (third & TELLING[2] == USUAL[2])
    usual &= heads[:, KIND] > PACK
    places, others = usual.nonzero()[0], (~usual).nonzero()[0]
    packets = stretches(heads.reshape(-1), SEEN, SECOND_HEAD, WIDE)
    found = places * DISC_PACK + SECOND_HEAD, rows(packets[places])
    if not len(others):
        return found
    more = _in_packs(buffer, others * DISC_PACK)
    if more is None:
        return None
    starts, raw = _both(found, (more, gathered(buffer, more, SEEN)))
    order = starts.argsort(kind="stable")
    return starts[order], gathered(raw.reshape(-1), order * SEEN, SEEN)


def _in_packs(buffer: Bytes, begins: Ticks) -> Ticks | None:
    """The packets in the packs that begin there; None when one does not end with its pack."""
    codes: NDArray[np.uint32] = np.ndarray((len(buffer) - 3,), ">u4", buffer, 0, (1,))
    lengths: NDArray[np.uint16] = np.ndarray((len(buffer) - 5,), ">u2", buffer, 4, (1,))
    second = buffer[begins + 4] >> 6 == 1
    at = begins + np.where(second, SECOND_HEAD + (buffer[begins + 13] & 7).astype(np.int64), FIRST_HEAD)
    ends = begins + DISC_PACK
    found: list[Ticks] = []
    for _ in range(PARTS):
        code = codes[at]
        if ((code <= PACK_CODE) | (code > LAST_CODE)).any():
            return None
        found.append(at)
        at = at + 6 + lengths[at]
        goes_on = at + 6 <= ends
        if not goes_on.any():
            return np.concatenate(found) if (at <= ends).all() else None
        if (at > ends).any():
            return None
        at, ends = at[goes_on], ends[goes_on]
    return None


def _packets(buffer: Bytes, filled: int, last: bool, at: int) -> tuple[Ticks, int, int]:
    """One packet after the other. Before the last piece ends, a packet that is not whole waits for more."""
    data, head = buffer.data, CODE_AND_LENGTH.unpack_from
    found: list[int] = []
    lost = 0
    limit = filled - 6 if last else filled - LONGEST
    while at <= limit:
        code, length = head(data, at)
        if PACK_CODE < code <= LAST_CODE:
            found.append(at)
            at += 6 + length
        elif code == PACK_CODE:
            at += SECOND_HEAD + (data[at + 13] & 7) if data[at + 4] >> 6 == 1 else FIRST_HEAD
        elif code == END_CODE:
            at += 4
        else:
            at, lost = _search(buffer, at + 1, filled, last), lost + 1
    return np.array(found, np.int64), at, lost


def _search(buffer: Bytes, at: int, filled: int, last: bool) -> int:
    found = buffer[at:filled].tobytes().find(PACK_START)
    if found >= 0:
        return at + found
    return filled if last else max(filled - 3, at)
