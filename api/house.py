"""What every request of one application shares: the databases, the zone of shown times, the version, the clock.

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

from api.identity.doors import DoorSettings
from api.identity.limiter import Limiter, Recent, Strangers
from api.metrics import Requests
from api.pushing import Understand, nothing_understood
from api.streaming import Streams
from api.timetable import Timetable, nothing_planned
from api.trials import Desk
from indexer.proxies import Proxies
from indexer.stills import Stills


def utc_now() -> datetime:
    """The clock of a running server; tests hand in another one."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Made once by `create_app`. `now` is the clock by which a deadline counts as passed.

    `engine` only reads, `writer` is for decisions and the audit log. `stills` shows small pictures of clips, `proxies`
    plays them; None: this server does not. `understand` reads pushed rows. `streams` are those being sent. `desk`: what
    config.toml says and how to try other limits; None: limits cannot be changed. `timetable`: when jobs
    are due. `requests`: answers are counted there.
    """

    engine: Engine
    writer: Engine
    zone: ZoneInfo
    version: str
    templates: Environment
    doors: DoorSettings
    now: Callable[[], datetime] = utc_now
    stills: Stills | None = None
    proxies: Proxies | None = None
    understand: Understand = nothing_understood
    streams: Streams = field(default_factory=Streams)
    limiter: Limiter = field(default_factory=Limiter)
    viewed: Recent = field(default_factory=Recent)
    strangers: Strangers = field(default_factory=Strangers)
    desk: Desk | None = None
    timetable: Timetable = nothing_planned
    requests: Requests = field(default_factory=Requests)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction for one answer, rolled back at the end: all parts of a page show the same moment."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction for one decision, with its link of the audit log; undone when anything fails."""
        with self.writer.begin() as connection:
            yield connection


def house_of(request: Request) -> House:
    """The house that the request came to."""
    house: House = request.app.state.house
    return house
