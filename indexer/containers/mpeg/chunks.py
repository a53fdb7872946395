"""One pass over a file, chunk by chunk, in the same memory again and again.

A thread that reads ahead was tried: on two cores it gained no time and cost half as much again, since the chunk then
comes out of the other core's cache.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from indexer.containers.counted import PAGE, fill, memory
from indexer.containers.mpeg.payload import Bytes

MOST_KEPT = 8 * 1024 * 1024
MARGIN = 256  # bytes behind a chunk that may be read, so that no header needs a look at the end


@dataclass(slots=True)
class Chunks:
    """The bytes from one offset of a file to another, at most `size` at a time.

    Up to `most` bytes that are left of a chunk can be carried in front of the next one.
    """

    stream: BinaryIO
    begin: int
    end: int
    size: int
    most: int
    _carried: Bytes = field(default_factory=lambda: np.empty(0, np.uint8))

    def carry(self, left: Bytes) -> None:
        """These bytes come again, in front of the next chunk."""
        self._carried = left.copy()

    def read(self) -> Iterator[tuple[Bytes, bool]]:
        """Each chunk with MARGIN zeros behind it, and whether it is the last."""
        size = min(self.size, max(self.end - self.begin, 0))
        front = (self.most + PAGE - 1) // PAGE * PAGE if size < self.end - self.begin else 0
        here = memory(front + PAGE + size + MARGIN)
        offset, last = self.begin, False
        self.stream.seek(offset)
        while not last:
            start = front + offset % PAGE  # so that the file's own pages lie on those of the memory
            wanted = min(size, self.end - offset)
            end = start + fill(self.stream, here.data[start : start + wanted])
            offset += end - start
            last = end - start < wanted or offset >= self.end
            begin = start - len(self._carried)
            here[begin:start], here[end : end + MARGIN] = self._carried, 0
            yield here[begin : end + MARGIN], last


class Remembered(io.RawIOBase):
    """A stream whose first bytes are read once, though a reader comes back to them: `head` is there already.

    While it is `learning`, what is read behind that is kept as well, up to MOST_KEPT.
    """

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self._stream = stream
        self._known = bytearray(head)
        self._at = 0
        self._beneath = -1  # where the stream beneath stands
        self.learning = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only from the beginning")
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        known = len(self._known)
        if self._at < known:
            count = min(len(view), known - self._at)
            view[:count] = memoryview(self._known)[self._at : self._at + count]
        else:
            if self._beneath != self._at:
                self._stream.seek(self._at)
            count = fill(self._stream, view)
            self._beneath = self._at + count
            if self.learning and self._at == known < MOST_KEPT:
                self._known += view[:count]
        self._at += count
        return count
