"""Bytes of an open file to a player, in pieces, with a bound on how many at once and on standing still.

A file that turns out shorter than it was ends the connection: what was promised cannot be sent.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import anyio
from fastapi import Response
from starlette.types import Message, Receive, Scope, Send

from api.problems import problem
from api.ranges import Part
from domain.wording import say

logger = logging.getLogger("bwc.api")
PIECE = 256 * 1024
RETRY_AFTER_S = 5
HEAD = "bwc.head"
"""Key of a request's scope: only the headers are wanted."""


class NoRoom(Exception):
    """As many streams as may be are being sent."""


@dataclass(slots=True)
class Streams:
    """The streams that are being sent: at most so many at once, and so many to one person.

    `stall`: seconds after which one that takes nothing is ended; players ask again where they stood.
    """

    most: int = 48
    most_each: int = 8
    stall: float = 60.0
    readers: int = 8
    sent: Counter[str] = field(default_factory=Counter)
    limiter: anyio.CapacityLimiter | None = None

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """Count a stream while it is sent. Raises NoRoom."""
        if self.sent.total() >= self.most or self.sent[who] >= self.most_each:
            raise NoRoom
        self.sent[who] += 1
        try:
            yield
        finally:
            self.sent[who] -= 1
            if not self.sent[who]:
                del self.sent[who]

    def disk(self) -> anyio.CapacityLimiter:
        """Threads for reading files: a store that hangs must not take those that answer pages."""
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(self.readers)
        return self.limiter


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent: an open file, which part of it, to whom."""

    file: BinaryIO
    part: Part
    who: str


class Streamed(Response):
    """An answer with a part of a file as its body; the file is closed when it has been sent or given up."""

    def __init__(self, sending: Sending, streams: Streams, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=status, headers={**headers, "Content-Length": str(sending.part.length)})
        self._sending, self._streams = sending, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._sending.file:
            if scope.get(HEAD):
                await send(self._start())
                await send({"type": "http.response.body", "body": b""})
                return
            try:
                with self._streams.one(self._sending.who):
                    await self._send_while_wanted(receive, send)
            except NoRoom:
                told = say("同时播放的人过多，请稍后再试", "too many clips are being played; try again shortly")
                refusal = problem(503, told, headers={"Retry-After": str(RETRY_AFTER_S)})
                await refusal(scope, receive, send)

    def _start(self) -> Message:
        return {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}

    async def _send_while_wanted(self, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_left, receive, tasks.cancel_scope)
            await self._send(send)
            tasks.cancel_scope.cancel()

    async def _send(self, send: Send) -> None:
        """Piece by piece. Without the last message the server breaks the connection, which is what a fault must look
        like."""
        await send(self._start())
        file, part = self._sending.file, self._sending.part
        await anyio.to_thread.run_sync(file.seek, part.start, limiter=self._streams.disk())
        left = part.length
        while left:
            piece = await self._piece(min(PIECE, left))
            if not piece:
                logger.warning("a file became shorter, or could not be read, while it was sent", extra={"left": left})
                return
            left -= len(piece)
            with anyio.move_on_after(self._streams.stall) as waiting:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if waiting.cancelled_caught:
                return
        await send({"type": "http.response.body", "body": b""})

    async def _piece(self, size: int) -> bytes:
        """The next bytes; none at the end of the file, and none where the store gives an error."""
        try:
            return await anyio.to_thread.run_sync(self._sending.file.read, size, limiter=self._streams.disk())
        except OSError:
            return b""


async def _until_left(receive: Receive, scope: anyio.CancelScope) -> None:
    """The player has gone: nothing is read for nobody."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
