"""A seekable stream of a known size over bytes that lie elsewhere: behind requests, or at the far end of a line."""

import errno
import io
from abc import abstractmethod


class SizedStream(io.RawIOBase):
    """One reader's place. A read gives all that is asked for, up to the end; whoever derives from it says how some
    bytes are got (`_some`)."""

    def __init__(self, size: int) -> None:
        self._size, self._place = size, 0

    @abstractmethod
    def _some(self, place: int, wanted: int) -> bytes | memoryview:
        """Some bytes from a place on, at most so many; none at the end. Raises OSError."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence] + offset
        if place < 0:
            raise OSError(errno.EINVAL, "a place before the beginning")
        self._place = place
        return place

    def readinto(self, buffer: object) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        filled = 0
        while filled < len(view) and (some := self._some(self._place, len(view) - filled)):
            view[filled : filled + len(some)] = some
            filled += len(some)
            self._place += len(some)
        return filled

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._place)
        buffer = bytearray(left if size is None or size < 0 else min(size, left))
        return bytes(buffer[: self.readinto(buffer)])

    def readall(self) -> bytes:
        return self.read(-1)

    def write(self, _: object) -> int:
        raise io.UnsupportedOperation("write")
