"""What every request of one application shares: the database, the zone of shown times, the version, the clock.

It lies in `app.state.house`; nothing of it is a global, so two applications can live in one process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment
from sqlalchemy import Connection, Engine

from api.streaming import Streams
from indexer.proxies import Proxies
from indexer.stills import Stills


def utc_now() -> datetime:
    """The clock of a running server; tests hand in another one."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Made once by `create_app`. `now` is the clock by which a deadline counts as passed.

    `stills` shows small pictures of clips, `proxies` plays them; None: this server does not. `streams` are those sent.
    """

    engine: Engine
    zone: ZoneInfo
    version: str
    templates: Environment
    now: Callable[[], datetime] = utc_now
    stills: Stills | None = None
    proxies: Proxies | None = None
    streams: Streams = field(default_factory=Streams)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction for one answer, rolled back at the end: all parts of a page show the same moment."""
        with self.engine.connect() as connection:
            yield connection


def house_of(request: Request) -> House:
    """The house that the request came to."""
    house: House = request.app.state.house
    return house
