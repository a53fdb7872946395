"""A stream that counts what is read through it: `bytes_read` of every probe."""

import io
import mmap
import os
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

PAGE = mmap.PAGESIZE
MUCH = 256 * 1024  # bytes from where on it tells


class CountedStream(io.RawIOBase):
    """Reads like the stream beneath it. `bytes_read` may be raised by who reads past it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._file = stream.fileno() if isinstance(stream, io.FileIO) else None
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Of the stream beneath; io.UnsupportedOperation when it is no file of this machine."""
        return self._stream.fileno()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.bytes_read += len(data)
        return data

    def read_at(self, offset: int, length: int) -> bytes:
        """As many of `length` bytes from `offset` on as there are; where the stream stands afterwards is not said.

        Of a plain file one system call instead of two: fragments are read one by one.
        """
        data = os.pread(self._file, length, offset) if self._file is not None else self._read_at(offset, length)
        while data and len(data) < length:  # an unbuffered stream may give less than asked for
            more = self._read_at(offset + len(data), length - len(data))
            if not more:
                break
            data += more
        self.bytes_read += len(data)
        return data

    def _read_at(self, offset: int, length: int) -> bytes:
        if self._file is not None:
            return os.pread(self._file, length, offset)
        self._stream.seek(offset)
        return self._stream.read(length) or b""

    def readinto(self, buffer: Any) -> int | None:
        """Into memory that is there already: what a pass over a whole file needs."""
        stream = self._stream
        if isinstance(stream, io.RawIOBase | io.BufferedIOBase):
            count = stream.readinto(buffer)
        else:
            view = memoryview(buffer).cast("B")
            data = stream.read(len(view))
            count = len(data)
            view[:count] = data
        self.bytes_read += count or 0
        return count


def memory(size: int) -> NDArray[np.uint8]:
    """Memory that begins with a page. What lies at `offset` in a file is best read to `offset % PAGE` in it.

    Where it lies a few bytes further, as NumPy's own memory does, x86 processors copy it four times slower.
    """
    if size < MUCH:
        return np.empty(size, np.uint8)
    pages = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.uint8)


def fill(stream: BinaryIO, view: memoryview) -> int:
    """Reads until the memory is full or the stream ends; how many bytes there are."""
    read = getattr(stream, "readinto", None)
    filled = 0
    while filled < len(view):
        if read is not None:
            count = read(view[filled:]) or 0
        else:
            data = stream.read(len(view) - filled)
            count = len(data)
            view[filled : filled + count] = data
        if not count:
            break
        filled += count
    return filled
