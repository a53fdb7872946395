"""One look a second at what happened, for all listeners together; each is told what lies in its units.

A listener that does not take its events is dropped: it comes back with the place it had reached and is told the rest.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.problems import Refused
from domain.access import Viewer
from domain.wording import say
from storage.queries.events import Happening, Place, happened_since, here

logger = logging.getLogger("bwc.live")
MOST_LISTENERS = 300
MOST_OF_ONE = 12
HELD = 1000
POLL_S = 1.0


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who listens. `queue` holds what is to be told, None at the end."""

    viewer: Viewer
    queue: "asyncio.Queue[Happening | None]" = field(default_factory=lambda: asyncio.Queue(HELD))
    place: Place = field(default_factory=Place)
    dropped: bool = False

    def tell(self, happening: Happening) -> None:
        """Hand one over, if it is for this listener."""
        if self.dropped or not sees(self.viewer, happening):
            return
        if self.queue.full():
            self.end()
        else:
            self.queue.put_nowait(happening)

    def end(self) -> None:
        """Nothing more is told; what was not taken yet is told after the next connection."""
        self.dropped = True
        while not self.queue.empty():  # all of it: a later one alone would pass the earlier ones by
            self.queue.get_nowait()
        self.queue.put_nowait(None)


def sees(viewer: Viewer, happening: Happening) -> bool:
    """Whether a viewer is told of it: as for every list, by the unit it belongs to."""
    return happening.everyone or viewer.sees(happening.unit)


class Hub:
    """All listeners of one server. Everything but `end` is called in the server's event loop."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine = engine
        self.now = now
        self.listeners: set[Listener] = set()
        self.place = Place()
        self.polls = 0
        self.ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poller: asyncio.Task[None] | None = None
        self._joining = asyncio.Lock()

    async def join(self, viewer: Viewer, after: Place | None) -> tuple[Listener, list[Happening]]:
        """A new listener, and what it has missed since `after`. Raises Refused (429, 503)."""
        self._refuse_too_many(viewer)
        listener = Listener(viewer)
        async with self._joining:
            loop = asyncio.get_running_loop()
            if self._poller is None or self._poller.done() or self._loop is not loop:
                self._loop = loop
                self.place = await run_in_threadpool(self._here)
                self._poller = asyncio.create_task(self._poll())
            listener.place = self.place
            self.listeners.add(listener)
        if after is None:
            return listener, []
        try:
            missed = await run_in_threadpool(self._missed, after, listener.place)
        except SQLAlchemyError:
            self.leave(listener)
            raise
        return listener, [one for one in missed if sees(viewer, one)]

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)

    def end(self) -> None:
        """End every stream, from whatever thread: the server is about to stop."""
        self.ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._drop_all)

    def _refuse_too_many(self, viewer: Viewer) -> None:
        if self.ended or len(self.listeners) >= MOST_LISTENERS:
            text = say("实时连接已满，请稍后再试", "too many live streams: try again later")
            raise Refused(503, text, headers={"Retry-After": "30"})
        named = viewer.account is not None or viewer.actor.startswith("token:")
        if named and sum(one.viewer.actor == viewer.actor for one in self.listeners) >= MOST_OF_ONE:
            text = say("同一账号的实时连接过多", f"at most {MOST_OF_ONE} live streams at once")
            raise Refused(429, text, headers={"Retry-After": "30"})

    def _drop_all(self) -> None:
        for listener in self.listeners:
            listener.end()
        self.listeners.clear()

    async def _poll(self) -> None:
        """Until nobody listens. A database that does not answer ends the streams: their listeners come back."""
        while self.listeners and not self.ended:
            begun = time.monotonic()
            try:
                found, place = await run_in_threadpool(self._look)
            except SQLAlchemyError:
                logger.warning("the database does not answer; live streams are ended")
                self._drop_all()
                return
            self.polls += 1
            self.place = place
            for listener in list(self.listeners):
                for happening in found:
                    listener.tell(happening)
                listener.place = place if listener.queue.empty() else listener.place
            await asyncio.sleep(max(0.1, POLL_S - (time.monotonic() - begun)))

    def _here(self) -> Place:
        with self.engine.connect() as connection:
            return here(connection)

    def _look(self) -> tuple[list[Happening], Place]:
        with self.engine.connect() as connection:
            return happened_since(connection, self.place, self.now())

    def _missed(self, after: Place, upto: Place) -> list[Happening]:
        with self.engine.connect() as connection:
            return happened_since(connection, after, self.now(), upto)[0]
