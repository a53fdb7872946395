"""Transport packets in step (ISO/IEC 13818-1 § 2.4.3.2), read in blocks.

Of most packets nothing has to be known: they go on with the stream of the packet before them. One comparison tells
them from those that begin something, and only these are looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.containers.base import Source
from indexer.containers.continuity import Ticks
from indexer.containers.counted import PAGE, fill, memory
from indexer.containers.handover import HandOver
from indexer.containers.mpeg.payload import Bytes

Words = NDArray[np.uint32]

PACKET, HEADER = 188, 4
PACKETS_A_TIME = 65_536  # the fewer calls, the less they cost; the memory stays a few megabytes
MARGIN = 256  # bytes behind a block that may be read, so that no header needs a look at the end
# A packet header as a little-endian word: byte 0 is the lowest.
SYNC, START, IDENTIFIER = 0xFF, 0x4000, 0x00FF1F00
SCRAMBLED, ADAPTED, LOADED, COUNTER = 0xC0000000, 0x20000000, 0x10000000, 24
SYNC_BYTE = 0x47
PLAIN, ONE_FURTHER, NO_FLAGS = 0xF0004000, 0x01000000, 0x0FFFFFFF
PROOF = 3  # packets in step after which the search for them ends
WINDOW = 1 << 16
MOST_LOST, MOST_BYTES = 1000, 1 << 30  # places where no packet was, and bytes searched in all of them


@dataclass(frozen=True, slots=True)
class Block:
    """Packets in step, as stretches: a packet and those behind it that only go on with it.

    `data` holds `count` packets from their first sync byte on, one each `length` bytes; `offset` is its place in the
    file. Of each stretch: `at` is where in the data it begins, `words` the header of its first packet, `keys` the
    packet identifier in it, `counts` how many packets it has. Of its first packet: where in it the payload begins (at
    PACKET when there is none), and the flags of its adaptation field.
    """

    data: Bytes
    length: int
    offset: int
    count: int
    at: Ticks
    words: Words
    keys: Words
    counts: Ticks
    payload: Ticks
    flags: Bytes


@dataclass(slots=True)
class Walk:
    """Goes over the file, from the first whole packet on. `lost` are the places where none was: offset and bytes.

    `rest` counts the bytes behind the last packet.
    """

    source: Source
    length: int
    first: int
    packets: int = PACKETS_A_TIME
    lost: list[tuple[int, int]] = field(default_factory=list)
    rest: int = 0
    searching: bool = False
    _at: int = 0

    def blocks(self) -> Iterator[Block]:
        """Blocks one behind the other, in the same memory again and again. Raises HandOver when too much is lost."""
        room = min(self.packets * self.length, self.source.size - self.first)
        buffer = memory(PAGE + room + MARGIN)
        offset, kept = self.first, 0
        self.source.stream.seek(offset)
        while True:
            begin = offset % PAGE
            view = buffer.data[begin + kept : begin + room]
            filled = kept + fill(self.source.stream, view)
            last = filled < room or offset + filled >= self.source.size
            self._at = 0
            yield from self._in(buffer[begin : begin + filled + MARGIN], offset, last)
            if last:
                self.rest = filled - self._at
                return
            kept = filled - self._at
            left = buffer[begin + self._at : begin + filled].copy()
            offset += self._at
            buffer[offset % PAGE : offset % PAGE + kept] = left

    def _in(self, data: Bytes, offset: int, last: bool) -> Iterator[Block]:
        """The blocks of what is in memory: one, or more where the step is lost."""
        filled = len(data) - MARGIN
        while True:
            if self.searching:
                self._search(data[:filled], offset, last)
            spare = self.length - PACKET if last else 0  # the last packet is whole without what stands between two
            rows = (filled - self._at + spare) // self.length
            if self.searching or rows <= 0:
                return
            found = _block(data[self._at :], self.length, rows, offset + self._at)
            self._at += found.count * self.length
            if found.count:
                yield found
            if found.count == rows:
                return
            self._lose(offset + self._at)

    def _lose(self, offset: int) -> None:
        self.searching = True
        self.lost.append((offset, 0))
        if len(self.lost) > MOST_LOST:
            raise HandOver(f"more than {MOST_LOST} places where no packet was", offset)

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
            raise HandOver(f"no packets in {MOST_BYTES} bytes", offset + begun)


def _block(data: Bytes, length: int, rows: int, offset: int) -> Block:
    """As many of the packets as are in step."""
    words: Words = np.ndarray((rows,), "<u4", data, 0, (length,)).copy()
    differs = (words & PLAIN) != LOADED
    differs[1:] |= ((words[1:] - words[:-1]) & NO_FLAGS) != ONE_FURTHER
    differs[0] = True
    heads = np.flatnonzero(differs)
    words = words[heads]
    wrong = np.flatnonzero((words & SYNC) != SYNC_BYTE)
    if len(wrong):
        rows = int(heads[wrong[0]])
        heads, words = heads[: wrong[0]], words[: wrong[0]]
    at = heads * length
    extra = np.where(words & ADAPTED, data[at + HEADER], 0)
    payload = np.where(words & ADAPTED, HEADER + 1 + extra.astype(np.int64), HEADER)
    payload = np.where(words & LOADED, np.minimum(payload, PACKET), PACKET)
    flags = np.where(extra, data[at + HEADER + 1], 0).astype(np.uint8)
    keys: Words = words & np.uint32(IDENTIFIER)
    return Block(data, length, offset, rows, at, words, keys, np.diff(heads, append=rows), payload, flags)
