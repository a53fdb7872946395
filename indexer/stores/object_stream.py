"""A seekable stream over ranges of an object: few requests, few bytes.

Readers of media look at the head, jump to an index, and read that as one piece, or go through everything in order. So a
jump fetches little, reading on fetches twice as much each time, and the end of an object comes as a whole, since the
index and the bytes that a digest covers lie there.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from indexer.sized_stream import SizedStream

HEAD = 16 * 1024
"""What the first request fetches: the head that readers and the quick digest look at."""
JUMP = 8 * 1024
"""A header of a box or a chunk, and what usually follows it."""
MOST_AHEAD = 8 << 20
MOST_AT_ONCE = 16 << 20
NEAR = 64 * 1024
"""Steps as short as this are reading on: fetching what lies between is cheaper than a request for each."""
PART = 400
"""So small a part of the object is cheaper than another request: a step over it at the beginning, or its end."""
LEAST_END, MOST_END = 16 * 1024, 256 * 1024
"""How much of the end comes as a whole: that part, within these bounds."""
ALIGNED = 512
"""Jumps begin here or there within so many bytes: what lies right before is often looked at next."""
KEPT = 4
"""Pieces held beside the head."""

Fetch = Callable[[int, int], bytes]
"""The bytes from a first to before a last place, all of them. Raises OSError."""


@dataclass(slots=True)
class Ranges:
    """One version of one object, as far as it was fetched; pieces are (place, bytes), the newest last."""

    size: int
    modified_at: datetime
    fetch: Fetch
    head: bytes = b""
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    ahead: int = JUMP

    def at(self, place: int, wanted: int) -> memoryview:
        """Some bytes from a place on, at most so many; none at the end. Raises OSError."""
        if place >= self.size or wanted <= 0:
            return memoryview(b"")
        held = self._held(place)
        if held is None:
            begin, end = self._worth(place, wanted)
            piece = self.fetch(begin, end)
            if len(piece) != end - begin:
                raise OSError(errno.EIO, f"expected {end - begin} bytes at {begin}, got {len(piece)}")
            self.pieces = [*self.pieces[-KEPT + 1 :], (begin, piece)]
            held = memoryview(piece)[place - begin :]
        return held[:wanted]

    def _held(self, place: int) -> memoryview | None:
        if place < len(self.head):
            return memoryview(self.head)[place:]
        for begin, piece in reversed(self.pieces):
            if begin <= place < begin + len(piece):
                return memoryview(piece)[place - begin :]
        return None

    def _worth(self, place: int, wanted: int) -> tuple[int, int]:
        """From where to where to fetch: the bytes wanted at least, as far as one request may bring them."""
        last, piece = self.pieces[-1] if self.pieces else (0, self.head)
        gap = place - (last + len(piece))
        self.ahead = min(2 * self.ahead, MOST_AHEAD) if 0 <= gap <= NEAR else JUMP
        end = min(place + max(min(wanted, MOST_AT_ONCE), self.ahead), self.size)
        part = self.size // PART
        if not self.pieces and 0 < gap <= max(part, NEAR):  # past an index at the beginning, which is read next
            begin = last + len(piece)
        else:
            begin = place if gap == 0 else max(place - place % ALIGNED, len(self.head))
        rest = min(max(part, LEAST_END), MOST_END)
        return (begin, self.size) if end + rest >= self.size and self.size - begin <= MOST_AT_ONCE else (begin, end)


class ObjectStream(SizedStream):
    """One reader's place in an object."""

    def __init__(self, ranges: Ranges) -> None:
        super().__init__(ranges.size)
        self.ranges = ranges

    def _some(self, place: int, wanted: int) -> memoryview:
        return self.ranges.at(place, wanted)
