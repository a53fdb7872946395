"""An open stream for a helper behind the wall (`indexer.guard`): a file itself, or a line over which ranges are asked.

A helper gets no name, no network and no credentials. Of a file of this machine it gets the descriptor. Of any other
stream it gets one end of a line; whoever lends it reads what is asked for at the other end and sends it.
"""

import errno
import io
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO, cast

ASKED = struct.Struct(">QQ")
"""Place and length of what the borrower wants."""
GIVEN = struct.Struct(">q")
"""How many bytes follow; below zero the error's number."""
PIECE = 1 << 20
PATIENCE = 10.0
"""Seconds to wait for a read that is under way when the stream is given back."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What to hand over; `relayed`: every byte goes through the lender's stream. `failures`: what it could not read."""

    descriptor: int
    relayed: bool
    failures: list[OSError] = field(default_factory=list)


@contextmanager
def lent(stream: BinaryIO) -> Iterator[Lent]:
    """Lend a stream; nobody else may use it meanwhile. Raises OSError where nothing can be lent."""
    try:
        descriptor = stream.fileno()
    except (io.UnsupportedOperation, AttributeError):
        descriptor = -1
    if descriptor >= 0:
        yield Lent(descriptor, relayed=False)
        return
    size = stream.seek(0, io.SEEK_END)
    ours, theirs = socket.socketpair()
    one = Lent(theirs.fileno(), relayed=True)
    thread = threading.Thread(target=_serve, args=(ours, stream, size, one.failures), name="bwc-lending", daemon=True)
    with ours, theirs:
        thread.start()
        try:
            yield one
        finally:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)


def _serve(line: socket.socket, stream: BinaryIO, size: int, failures: list[OSError]) -> None:
    """Answer until the line is closed: first the size, then whatever is asked for."""
    with suppress(OSError, ValueError):  # the line is gone, or the stream was closed: there is nobody to answer
        line.sendall(ASKED.pack(size, 0))
        while asked := _exactly(line, ASKED.size):
            place, length = ASKED.unpack(asked)
            try:
                content = _read(stream, place, min(length, PIECE))
            except OSError as error:
                failures.append(error)
                line.sendall(GIVEN.pack(-(error.errno or errno.EIO)))
                continue
            line.sendall(GIVEN.pack(len(content)) + content)


def _read(stream: BinaryIO, place: int, length: int) -> bytes:
    stream.seek(place)
    content = stream.read(length)
    while content and len(content) < length:
        more = stream.read(length - len(content))
        if not more:
            break
        content += more
    return content


def _exactly(line: socket.socket, length: int) -> bytes:
    """So many bytes; none when the line was closed."""
    content = b""
    while len(content) < length:
        part = line.recv(min(length - len(content), PIECE))
        if not part:
            return b""
        content += part
    return content


def borrowed(descriptor: int) -> BinaryIO:
    """In the helper: the stream that a handed over descriptor stands for."""
    if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return cast(BinaryIO, Borrowed(socket.socket(fileno=descriptor)))
    return os.fdopen(descriptor, "rb", buffering=0)


class Borrowed(io.RawIOBase):
    """A stream at the far end of a line."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._place = line, 0
        head = _exactly(line, ASKED.size)
        if not head:
            raise OSError(errno.EPIPE, "the lender is gone")
        self._size: int = ASKED.unpack(head)[0]

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
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        filled = 0
        while filled < len(view) and (some := self._asked(len(view) - filled)):
            view[filled : filled + len(some)] = some
            filled += len(some)
        return filled

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._place)
        buffer = bytearray(left if size is None or size < 0 else min(size, left))
        return bytes(buffer[: self.readinto(buffer)])

    def readall(self) -> bytes:
        return self.read(-1)

    def close(self) -> None:
        if not self.closed:
            self._line.close()
        super().close()

    def _asked(self, length: int) -> bytes:
        """Some of the bytes from here on; none at the end."""
        if self._place >= self._size:
            return b""
        self._line.sendall(ASKED.pack(self._place, min(length, PIECE)))
        head = _exactly(self._line, GIVEN.size)
        if not head:
            raise OSError(errno.EPIPE, "the lender is gone")
        (count,) = GIVEN.unpack(head)
        if count < 0:
            raise OSError(-count, os.strerror(-count))
        content = _exactly(self._line, count)
        if len(content) != count:
            raise OSError(errno.EPIPE, "the lender is gone")
        self._place += count
        return content
