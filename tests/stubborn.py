"""A server on loopback that answers with what it was told to, in order, whatever it is asked."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


class Stubborn:
    """`answers`: (status, body, headers) each given once; `asked`: (method, path with query) of every request."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str]] = []
        self.silent = False
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.command, self.path))
                if outer.silent:
                    outer._released.wait(30)
                    return
                status, body, *headers = outer.answers.pop(0)
                self.send_response(status)
                given: dict[str, Any] = {
                    "Content-Length": str(len(body)),
                    "Last-Modified": "Mon, 15 Jan 2024 06:30:25 GMT",
                }
                for name, value in (given | (headers[0] if headers else {}) | {"Connection": "close"}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def forget(self) -> None:
        """As if it had just begun."""
        self.answers, self.asked, self.silent = [], [], False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Stubborn":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @staticmethod
    def error(code: str) -> bytes:
        return f"<Error><Code>{code}</Code><Message>told by the server</Message></Error>".encode()

    @staticmethod
    def listing(*keys: str, following: str | None = None) -> bytes:
        token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
        cut = "true" if following else "false"
        entry = "<LastModified>2024-01-15T06:30:25.123Z</LastModified><Size>1</Size><ETag>x</ETag>"
        objects = "".join(f"<Contents><Key>{key}</Key>{entry}</Contents>" for key in keys)
        return f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{token}{objects}</ListBucketResult>".encode()
