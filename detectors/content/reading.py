"""The clip's bytes as libav reads them: places that cannot be are the content's fault, not the store's."""

import errno
import io
from typing import BinaryIO

FURTHEST = 1 << 62


class Reading(io.RawIOBase):
    """A stream for libav. A seek to before the beginning is refused in its own way; errors of the store are raised."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = 0 if whence == io.SEEK_SET else self._stream.tell() if whence == io.SEEK_CUR else None
        if base is not None and not 0 <= base + offset < FURTHEST:
            return -errno.EINVAL
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()
