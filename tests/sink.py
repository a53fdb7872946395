"""A place on loopback where messages arrive: keeps what was posted, answers as the test says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Sink:
    """`statuses`: answers in turn, 200 once they are used up; `hold`: answers wait until it is set."""

    statuses: list[int] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    hold: threading.Event | None = None
    port: int = 0

    def url(self, path: str = "") -> str:
        """The address in Apprise's form."""
        return f"json://127.0.0.1:{self.port}/{path}"

    def take(self, path: str, content: dict[str, Any]) -> int:
        if self.hold is not None:
            self.hold.wait(20)
        status = self.statuses.pop(0) if self.statuses else 200
        self.messages.append({"path": path, "status": status, **content})
        return status

    @property
    def taken(self) -> list[dict[str, Any]]:
        """What was accepted."""
        return [one for one in self.messages if one["status"] == 200]


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that listens until the block is left."""
    kept = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(kept.take(self.path, json.loads(body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_anything: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
