"""Transport packets in step (ISO/IEC 13818-1 § 2.4.3.2), read one behind the other and sifted.

Of most packets nothing has to be known: they go on with the pictures of the packet before them. A comparison of
headers tells them from those that begin something, and only these are kept to be looked at, many at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.wording import say
from indexer.containers.about import many_lost
from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.handover import HandOver
from indexer.containers.mpeg.chunks import MARGIN, Chunks
from indexer.containers.mpeg.payload import Bytes, stretches

Words = NDArray[np.uint32]
Mask = NDArray[np.bool_]
Fields = NDArray[np.uint16]  # length and flags of an adaptation field

PACKET, HEADER = 188, 4
PACKETS_A_TIME = 16_384
MANY, MOST = 8192, 65_536  # packets kept with their bytes, and in all, from where on they are looked at
# A packet header as a little-endian word: byte 0 is the lowest.
SYNC, START, IDENTIFIER = 0xFF, 0x4000, 0x00FF1F00
SCRAMBLED, ADAPTED, LOADED, COUNTER = 0xC0000000, 0x20000000, 0x10000000, 24
SYNC_BYTE, KEY = 0x47, SYNC | IDENTIFIER
PLAIN = SCRAMBLED | ADAPTED | LOADED | START  # of these, a packet that only goes on has LOADED alone
# The next header is the one before it and ONE_FURTHER; where its counter wraps, the difference is by WRAPPED smaller.
ONE_FURTHER, WRAPPED = 0x01000000, 0x10000000
ALIKE = 0xFFFFFFFF ^ WRAPPED
START_ADAPTED = START | ADAPTED
FAR = 100  # bytes of adaptation field behind which a PES header may have no room
BLANK = 0
SPARE = 5  # packets that may be left of what was read before
PROOF = 3  # packets in step after which the search for them ends
FIRST = np.zeros(1, np.int64)
WINDOW = 1 << 16
MOST_LOST, MOST_BYTES = 1000, 1 << 30  # places where no packet was, and bytes searched in all of them


def key(number: int) -> int:
    """Sync byte and packet identifier as they stand in a header word."""
    return (number >> 8 & 0x1F) << 8 | (number & 0xFF) << 16 | SYNC_BYTE


@dataclass(frozen=True, slots=True)
class Block:
    """Packets to be looked at. One may stand for more, that only go on with it.

    Of each: where in `data` it begins (BLANK when its bytes do not matter), its place in the file, its header as a
    word, its key, how many packets it stands for, where in it the payload begins (at PACKET when there is none), and
    the flags of its adaptation field.
    """

    data: Bytes
    at: Ticks
    places: Ticks
    words: Words
    keys: Words
    counts: Ticks
    payload: Ticks
    flags: Bytes


@dataclass(slots=True)
class Kept:
    """Packets that wait to be looked at: of those whose bytes matter, `rows` are in `data` behind an empty one."""

    data: Bytes
    rows: int = 1
    count: int = 0
    _parts: list[tuple[Mask, Ticks, Words, Ticks, Fields]] = field(default_factory=list)
    _whole: bool = False  # a header goes on in the packets that come next

    def sift(self, data: Bytes, rows: int, length: int, offset: int, bulk: list[int]) -> int:
        """Keeps what matters of so many packets, that lie at `offset` in the file; gives how many are in step."""
        words: Words = np.ndarray((rows,), "<u4", data, 0, (length,)).copy()
        heads = _heads(words, bulk)
        words = words[heads]
        wrong = (words & SYNC != SYNC_BYTE).nonzero()[0]
        if len(wrong):
            rows, heads, words = int(heads[wrong[0]]), heads[: wrong[0]], words[: wrong[0]]
        places = heads * length
        fields: Fields = np.ndarray((len(data) - HEADER - 1,), "<u2", data, HEADER, (1,))[places]
        far = bool(((words & START_ADAPTED == START_ADAPTED) & (fields & 0xFF > FAR)).any())
        matters = words & START != 0
        if far or self._whole:
            matters[:] = True
        else:
            matters |= ~_among(words, KEY, bulk)
        self._whole = far
        copied = places[matters]
        stretches(self.data, PACKET, 0, PACKET)[self.rows : self.rows + len(copied)] = stretches(data, PACKET)[copied]
        self._parts.append((matters, places + offset, words, _counts(heads, rows), fields))
        self.rows, self.count = self.rows + len(copied), self.count + len(heads)
        return rows

    def block(self) -> Block:
        """All that are kept; then there are none."""
        matters, places, words, counts, fields = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        at = np.full(len(matters), BLANK)
        at[matters] = np.arange(1, self.rows) * PACKET
        extra = np.where(words & ADAPTED, fields & 0xFF, 0)
        payload = np.where(words & ADAPTED, HEADER + 1 + extra.astype(np.int64), HEADER)
        payload = np.where(words & LOADED, np.minimum(payload, PACKET), PACKET)
        flags = np.where(extra, fields >> 8, 0).astype(np.uint8)
        data = self.data[: self.rows * PACKET + MARGIN]
        self._parts, self.rows, self.count = [], 1, 0
        return Block(data, at, places, words, words & np.uint32(KEY), counts, payload, flags)


def _heads(words: Words, bulk: list[int]) -> Ticks:
    """Which packets matter: of some streams only those that do not just go on with what stands before them."""
    if not bulk:
        return np.arange(len(words))
    step = words[1:] - words[:-1]
    step += np.uint32(WRAPPED)
    step &= np.uint32(ALIKE)
    stays = step == ONE_FURTHER
    stays &= _among(words[1:], KEY | PLAIN, [one | LOADED for one in bulk])
    heads = np.empty(len(stays) + 1 - np.count_nonzero(stays), np.int64)
    heads[0] = 0
    np.add(np.logical_not(stays, out=stays).nonzero()[0], 1, out=heads[1:])
    return heads


def _among(words: Words, bits: int, values: list[int]) -> Mask:
    """Which of them have one of the values in some bits."""
    masked = words & np.uint32(bits)
    found: Mask = masked == values[0] if values else np.zeros(len(words), np.bool_)
    for value in values[1:]:
        found |= masked == value
    return found


def _counts(heads: Ticks, rows: int) -> Ticks:
    """How many packets there are from each to the next."""
    counts = np.empty_like(heads)
    np.subtract(heads[1:], heads[:-1], out=counts[:-1])
    counts[-1:] = rows - heads[-1:]
    return counts


@dataclass(slots=True)
class Walk:
    """Goes over the file, from the first whole packet on.

    Of the streams in `bulk`, by key, packets that only go on are not kept. `lost` are the places where no packet was:
    offset and bytes. `rest` counts the bytes behind the last packet.
    """

    source: Source
    length: int
    first: int
    packets: int = PACKETS_A_TIME
    bulk: list[int] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    rest: int = 0
    searching: bool = False
    _at: int = 0

    def blocks(self) -> Iterator[Block]:
        """What has to be looked at, in the same memory again and again. Raises HandOver when too much is lost."""
        size = self.packets * self.length
        kept = Kept(np.empty((min(size, self.source.size) // self.length + SPARE + MANY) * PACKET + MARGIN, np.uint8))
        kept.data[:PACKET] = 0
        chunks = Chunks(self.source.stream, self.first, self.source.size, size, SPARE * self.length)
        offset = self.first
        for data, last in chunks.read():
            self._at = 0
            self._sift(kept, data, offset, last)
            if kept.count and (last or kept.rows >= min(MANY, self.packets) or kept.count >= MOST):
                yield kept.block()
            offset += self._at
            self.rest = len(data) - MARGIN - self._at
            chunks.carry(data[self._at : len(data) - MARGIN])

    def _sift(self, kept: Kept, data: Bytes, offset: int, last: bool) -> None:
        """All that is in memory, in one go or, where the step is lost, in several."""
        filled = len(data) - MARGIN
        while True:
            if self.searching:
                self._search(data[:filled], offset, last)
            spare = self.length - PACKET if last else 0  # the last packet is whole without what stands between two
            rows = (filled - self._at + spare) // self.length
            if self.searching or rows <= 0:
                return
            good = kept.sift(data[self._at :], rows, self.length, offset + self._at, self.bulk)
            self._at += good * self.length
            if good == rows:
                return
            self._lose(offset + self._at)

    def _lose(self, offset: int) -> None:
        self.searching = True
        self.lost.append((offset, 0))
        if len(self.lost) > MOST_LOST:
            raise HandOver(many_lost(MOST_LOST), offset)

    def _search(self, data: Bytes, offset: int, last: bool) -> None:
        """On to where packets follow in step: to the end of what is in memory when there is none."""
        begun = self._at
        end = max(len(data) - self.length * (1 if last else PROOF), begun)
        while self._at < end and self.searching:
            stop = min(self._at + WINDOW, end)
            good = data[self._at : stop] == SYNC_BYTE
            for number in range(1, PROOF):
                ahead = data[self._at + number * self.length : stop + number * self.length]
                good[: len(ahead)] &= ahead == SYNC_BYTE
            self.searching = not good.any()
            self._at = stop if self.searching else self._at + int(good.argmax())
        if last and self.searching:
            self._at = len(data)
        place, length = self.lost[-1]
        self.lost[-1] = place, length + self._at - begun
        if sum(length for _, length in self.lost) > MOST_BYTES:
            raise HandOver(say(f"{MOST_BYTES} 字节内没有数据包", f"no packets in {MOST_BYTES} bytes"), offset + begun)
