"""One open stream for FFmpeg, as a source that it can seek in: a server on loopback for as long as it is needed.

FFmpeg seeks in descriptors of files and in answers over HTTP, nothing else. So a stream that is no file of this machine
is served to it at an address of which one part is 256 random bits: others on this machine who look for open ports find
a server that answers 404 to everything. It gives ranges of this one stream, to one connection at a time.
"""

import hmac
import io
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO

PIECE = 256 * 1024
HERE = "127.0.0.1"
RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
IDLE_S = 120.0
BUFFER = 256 * 1024
"""What lies between us and FFmpeg: what it has not taken when it seeks was fetched in vain."""


@contextmanager
def relayed(stream: BinaryIO) -> Iterator[str]:
    """The address; nobody else may use the stream meanwhile. Raises OSError where no port can be had."""
    relay = _Relay(stream)
    thread = threading.Thread(target=relay.serve_forever, args=(0.05,), name="bwc-relay", daemon=True)
    thread.start()
    try:
        yield relay.address
    finally:
        relay.ended = True
        relay.shutdown()
        relay.server_close()
        thread.join()


class _Relay(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 8

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__((HERE, 0), _Answer)
        self.stream, self.turn, self.ended = stream, threading.Lock(), False
        self.size = stream.seek(0, io.SEEK_END)
        self.path = f"/{secrets.token_urlsafe(32)}"

    @property
    def address(self) -> str:
        return f"http://{HERE}:{self.server_address[1]}{self.path}"

    def piece(self, place: int, length: int) -> bytes:
        """Some bytes; none at the end, or when the stream is given back."""
        with self.turn:
            if self.ended:
                return b""
            self.stream.seek(place)
            return self.stream.read(length)

    def handle_error(self, request: object, client_address: object) -> None:
        """FFmpeg goes away in the middle of an answer whenever it seeks: nothing to tell."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    wbufsize = 0
    server: _Relay

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:
        """The address is a secret: nothing is logged."""

    def version_string(self) -> str:
        return "bwc"

    def _answer(self, *, with_body: bool) -> None:
        self.close_connection = True
        if not hmac.compare_digest(self.path.encode(), self.server.path.encode()):
            self.send_error(404)
            return
        size = self.server.size
        part = RANGE.fullmatch(self.headers.get("Range", "bytes=0-"))
        begin = int(part[1]) if part else 0
        end = min(int(part[2]) + 1 if part and part[2] else size, size)
        if begin >= end:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if part and "Range" in self.headers else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        self.end_headers()
        if with_body:
            self._send(begin, end)

    def _send(self, place: int, end: int) -> None:
        """A fault of the store ends the connection early, which FFmpeg takes for the fault that it is."""
        with suppress(OSError, ValueError):
            while place < end and (piece := self.server.piece(place, min(PIECE, end - place))):
                self.wfile.write(piece)
                place += len(piece)
