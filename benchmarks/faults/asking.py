"""Many readers on kept connections, each asking one address after another: sockets, for thousands in one process."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

PATIENCE_S = 120.0
LISTS = ("findings", "incidents", "clips", "coverage", "links", "scans", "stores", "recordings")
OVERVIEW = "/api/v1/overview?from=2026-09-01&to=2026-09-07"
PAGES = ("/", "/findings", "/stores")


class Cut(ConnectionError):
    """The connection ended before the answer was whole."""


@dataclass(slots=True)
class Asked:
    """Seconds of every answer, how many of each status, and connections that the server ended."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    without_retry: int = 0

    @property
    def faults(self) -> int:
        """Answers of 5xx, but for 503 that says when to come again."""
        bad = sum(count for status, count in self.statuses.items() if status >= 500)
        return bad - self.statuses[503] + self.without_retry

    def at(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        if not self.seconds:
            return 0.0
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(slots=True)
class Connection:
    """One kept connection."""

    host: str
    port: int
    asked: Asked
    headers: str = ""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, method: str = "GET", body: bytes = b"", accept: str = "*/*") -> tuple[int, bytes]:
        """Status and content; a connection that the server had closed is opened again once."""
        begun = time.monotonic()
        for attempt in (1, 2):
            try:
                status, headers, content = await self._ask(path, method, body, accept)
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                self.asked.cut += 1
                if attempt == 2:
                    raise
        self.asked.seconds.append(time.monotonic() - begun)
        self.asked.statuses[status] += 1
        self.asked.without_retry += status == 503 and "retry-after" not in headers
        return status, content

    async def _ask(self, path: str, method: str, body: bytes, accept: str) -> tuple[int, dict[str, str], bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: {accept}\r\n{self.headers}"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{head}{kind}\r\n".encode() + body)
        await writer.drain()
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        content = await _body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return int(first.split()[1]), headers, content

    async def close(self) -> None:
        """Let go of the socket."""
        streams, self.streams = self.streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(ConnectionError):
                await streams[1].wait_closed()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding", "") != "chunked":
        return b""
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)


def connection(address: str, asked: Asked, secret: str = "") -> Connection:
    """A connection that is opened with its first question; `secret` of a token."""
    parts = urlsplit(address)
    headers = f"Authorization: Bearer {secret}\r\n" if secret else ""
    return Connection(parts.hostname or "", parts.port or 80, asked, headers)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many readers, each of whom asks, and then reads for `pause` seconds on average."""

    count: int
    pause: float
    details: Sequence[str] = ()
    asked: Asked = field(default_factory=Asked)

    async def read(self, address: str, stop: asyncio.Event) -> Asked:
        """All of them until the event is set."""
        each = (self._one(connection(address, self.asked), Random(number), stop) for number in range(self.count))
        await asyncio.gather(*each)
        return self.asked

    async def _one(self, mine: Connection, random: Random, stop: asyncio.Event) -> None:
        await _rest(stop, random.uniform(0, self.pause))
        while not stop.is_set():
            path = self._next(random)
            accept = "text/html" if path in PAGES else "application/json"
            await asyncio.wait_for(mine.ask(path, accept=accept), PATIENCE_S)
            await _rest(stop, random.expovariate(1 / self.pause) if self.pause else 0)
        await mine.close()

    def _next(self, random: Random) -> str:
        lists = [f"/api/v1/{name}?limit=50" for name in LISTS]
        return random.choice([*lists, *self.details[: len(lists)], OVERVIEW, *PAGES])


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
