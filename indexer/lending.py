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

from indexer.sized_stream import SizedStream

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


class Borrowed(SizedStream):
    """A stream at the far end of a line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        head = _exactly(line, ASKED.size)
        if not head:
            raise OSError(errno.EPIPE, "the lender is gone")
        super().__init__(ASKED.unpack(head)[0])

    def close(self) -> None:
        if not self.closed:
            self._line.close()
        super().close()

    def _some(self, place: int, wanted: int) -> bytes:
        if place >= self._size:
            return b""
        self._line.sendall(ASKED.pack(place, min(wanted, PIECE)))
        head = _exactly(self._line, GIVEN.size)
        if not head:
            raise OSError(errno.EPIPE, "the lender is gone")
        (count,) = GIVEN.unpack(head)
        if count < 0:
            raise OSError(-count, os.strerror(-count))
        content = _exactly(self._line, count)
        if len(content) != count:
            raise OSError(errno.EPIPE, "the lender is gone")
        return content
