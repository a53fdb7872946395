"""One pass over a file: while one chunk is worked on, a thread reads the next into other memory."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from indexer.containers.counted import PAGE, fill, memory
from indexer.containers.mpeg.payload import Bytes

MARGIN = 256  # bytes behind a chunk that may be read, so that no header needs a look at the end
WORTHWHILE = 1 << 20  # bytes of a chunk from where on a thread is quicker


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

    def read(self) -> Generator[tuple[Bytes, bool], None, None]:
        """Each chunk with MARGIN zeros behind it, and whether it is the last. Its memory is used again for a later one.

        Whoever may stop before the end closes the iterator, so that no thread reads on.
        """
        self.stream.seek(self.begin)
        if self.size < WORTHWHILE or self.end - self.begin <= self.size:
            return self._alone()
        return self._ahead()

    def _alone(self) -> Generator[tuple[Bytes, bool], None, None]:
        here, offset, last = self._memory(), self.begin, False
        while not last:
            start, count = self._fill(here, offset)
            offset, last = offset + count, self._is_last(offset, count)
            yield self._whole(here, start, count), last

    def _ahead(self) -> Generator[tuple[Bytes, bool], None, None]:
        here, other, offset, last = self._memory(), self._memory(), self.begin, False
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._fill, here, offset)
            while not last:
                start, count = coming.result()
                offset, last = offset + count, self._is_last(offset, count)
                if not last:
                    coming = reader.submit(self._fill, other, offset)
                yield self._whole(here, start, count), last
                here, other = other, here

    def _memory(self) -> Bytes:
        return memory(self._front + PAGE + min(self.size, max(self.end - self.begin, 0)) + MARGIN)

    @property
    def _front(self) -> int:
        """Room for what is carried: whole pages, so that the file's own pages lie on those of the memory."""
        return (self.most + PAGE - 1) // PAGE * PAGE

    def _fill(self, here: Bytes, offset: int) -> tuple[int, int]:
        start = self._front + offset % PAGE
        return start, fill(self.stream, here.data[start : start + max(min(self.size, self.end - offset), 0)])

    def _is_last(self, offset: int, count: int) -> bool:
        return count < self.size or offset + count >= self.end

    def _whole(self, here: Bytes, start: int, count: int) -> Bytes:
        begin = start - len(self._carried)
        here[begin:start] = self._carried
        here[start + count : start + count + MARGIN] = 0
        self._carried = self._carried[:0]
        return here[begin : start + count + MARGIN]
