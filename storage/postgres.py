"""Engines on a PostgreSQL server: how long anybody waits for anything, how many connections, who they say they are."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.codec import dumps
from storage.settings import DatabaseSettings, Use

KEPT_OPEN = 5
"""Connections of a pool that stay open; the others, up to `[database] connections`, close after use."""
WAIT_S = 10.0
"""How long somebody waits for a connection of a pool that has none free."""
RECYCLE_S = 1800
"""Firewalls forget connections that are silent for long."""
ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""A server whose cable was pulled is noticed within a minute (seconds; the last in milliseconds)."""
ASKED_QUICKLY = (
    "jit = off",
    "max_parallel_workers_per_gather = 0",
    "random_page_cost = 1.1",
    "plan_cache_mode = force_custom_plan",
)
"""A page asks for a hundred rows through an index, a batch of a scan for some thousand: workers and compiled code cost
more than they gain there, rows in memory are not far apart, and a plan made once for every value would miss the index
that fits this one.
"""
CANCELLED, LOCKED_OUT = "57014", "55P03"
GONE = ("08", "57P", "25P03")
"""Connection failed; shut down or starting up; given up while it was silent (`idle_seconds`)."""


def server_engine(url: URL, settings: DatabaseSettings, use: Use) -> Engine:
    """An engine on a server."""
    kept = min(KEPT_OPEN, settings.connections)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dumps,
        pool_pre_ping=True,
        pool_size=kept,
        max_overflow=settings.connections - kept,
        pool_timeout=WAIT_S,
        pool_recycle=RECYCLE_S,
        connect_args={name: value for name, value in _introduced(settings, use).items() if name not in url.query},
    )
    event.listen(engine, "connect", _prepared(_limits(settings, use)))
    return engine


def _introduced(settings: DatabaseSettings, use: Use) -> dict[str, Any]:
    return {"application_name": use.value, "connect_timeout": settings.connect_seconds, **ALIVE}


def _limits(settings: DatabaseSettings, use: Use) -> Sequence[str]:
    """What a connection is told when it is new."""
    if use.writes:
        return (
            *ASKED_QUICKLY,
            f"lock_timeout = {settings.lock_seconds * 1000}",
            f"idle_in_transaction_session_timeout = {settings.idle_seconds * 1000}",
        )
    if use is Use.ANSWERING:
        return (*ASKED_QUICKLY, f"statement_timeout = {settings.answer_seconds * 1000}")
    return ASKED_QUICKLY


def _prepared(limits: Sequence[str]) -> Callable[[Any, ConnectionPoolEntry], None]:
    told = "; ".join(f"SET {limit}" for limit in limits)

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute(told)
        connection.commit()

    return prepare


def state_of(error: BaseException) -> str | None:
    """PostgreSQL's five characters for what went wrong (its appendix A); None where it said none."""
    found: str | None = getattr(getattr(error, "orig", None), "sqlstate", None)
    return found


def took_too_long(error: BaseException) -> bool:
    """A statement lasted longer than `[database] answer_seconds`."""
    return state_of(error) == CANCELLED


def waited_too_long(error: BaseException) -> bool:
    """Another writer held what was wanted for longer than `[database] lock_seconds`."""
    return state_of(error) == LOCKED_OUT


def connection_lost(error: BaseException) -> bool:
    """The server went away in the middle of a conversation, or could not be reached any more."""
    if not isinstance(error, DBAPIError) or not type(error.orig).__module__.startswith("psycopg"):
        return False
    state = state_of(error)
    if state is None:  # said by the driver, not by the server: there was none, or it fell silent
        return isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state.startswith(GONE)
