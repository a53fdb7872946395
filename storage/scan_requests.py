"""Scans that somebody asked for: rows that wait until the program takes them, several together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from domain.clip import FileState
from storage.among import among
from storage.schema.tables import SCAN, SCAN_REQUEST, STORE, STORED
from storage.versions import chunks, current

NO_STORE = ""
"""Asked for in place of a store's name: nothing is walked, only what was pushed or linked by hand is worked on."""

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """One request. `stores` empty: all of them. `state`: waiting | running | done | failed."""

    id: int
    at: datetime
    actor: str
    stores: tuple[str, ...]
    confirmed: tuple[str, ...]
    taken_at: datetime | None
    scan: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the requests taken together ask for. `only` empty: all stores."""

    ids: tuple[int, ...]
    only: frozenset[str]
    confirmed: frozenset[str]


def ask_scan(
    connection: Connection, now: datetime, actor: str, stores: Iterable[str] = (), confirmed: Iterable[str] = ()
) -> int:
    """Ask for a scan of some stores (none named: of all), and accept the doubtful absence of some; returns its number.

    The caller writes the link of the audit log.
    """
    row = {"at": now, "actor": actor, "stores": sorted(set(stores)), "confirmed": sorted(set(confirmed))}
    return int(connection.execute(insert(SCAN_REQUEST).returning(SCAN_REQUEST.c.id), row).scalar_one())


def waiting(connection: Connection) -> bool:
    """Whether somebody waits: one look into an index."""
    query = select(SCAN_REQUEST.c.id).where(SCAN_REQUEST.c.taken_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def take(connection: Connection, now: datetime) -> Wanted | None:
    """Take what waits, each request once even where several processes look; None when there is nothing."""
    open_ = SCAN_REQUEST.c.taken_at.is_(None)
    query = select(SCAN_REQUEST.c.id).where(open_).order_by(SCAN_REQUEST.c.id).limit(MOST_AT_ONCE)
    ids = connection.execute(query).scalars().all()
    claim = update(SCAN_REQUEST).where(among(SCAN_REQUEST.c.id, ids), open_).values(taken_at=now)
    rows = connection.execute(claim.returning(SCAN_REQUEST)).all() if ids else []
    if not rows:
        return None
    confirmed = frozenset(name for row in rows for name in row.confirmed)
    every = any(not row.stores and not row.confirmed for row in rows)
    only = frozenset() if every else confirmed | {name for row in rows for name in row.stores}
    return Wanted(tuple(sorted(row.id for row in rows)), only, confirmed)


def note_scan(connection: Connection, ids: Sequence[int], scan: int) -> None:
    """The scan that did what these asked for."""
    for part in chunks(ids):
        connection.execute(update(SCAN_REQUEST).where(among(SCAN_REQUEST.c.id, part)).values(scan_id=scan))


def give_back(connection: Connection, ids: Iterable[int] | None = None) -> None:
    """Let requests wait again whose scan did not come to its end; None: all such, when the program begins."""
    unfinished = SCAN_REQUEST.c.taken_at.is_not(None) & SCAN_REQUEST.c.scan_id.is_(None)
    if ids is not None:
        unfinished &= SCAN_REQUEST.c.id.in_(list(ids))
    connection.execute(update(SCAN_REQUEST).where(unfinished).values(taken_at=None))


def scan_requests(connection: Connection, limit: int = 50, request: int | None = None) -> list[ScanRequest]:
    """The newest requests, newest first, or one of them by its number."""
    query = select(SCAN_REQUEST, SCAN.c.state.label("scan_state")).outerjoin(SCAN, SCAN.c.id == SCAN_REQUEST.c.scan_id)
    if request is not None:
        query = query.where(SCAN_REQUEST.c.id == request)
    rows = connection.execute(query.order_by(SCAN_REQUEST.c.id.desc()).limit(limit)).all()
    return [
        ScanRequest(
            *(row.id, row.at, row.actor, tuple(row.stores), tuple(row.confirmed), row.taken_at, row.scan_id),
            "waiting" if row.taken_at is None else "running" if row.scan_id is None else _ended(row.scan_state),
        )
        for row in rows
    ]


def _ended(state: str) -> str:
    return "done" if state == "complete" else "failed"


def next_settling(connection: Connection, store: str, settle: timedelta, now: datetime) -> datetime | None:
    """When the first of a store's arriving files will have kept still long enough; None when none arrives.

    One that should have by `now` and has not (a temporary name) is left out. A time ahead of the clock says nothing:
    then it is counted from now on.
    """
    arriving = (current(STORED), STORED.c.state == FileState.ARRIVING.value, STORE.c.name == store)
    query = select(STORED.c.modified_at).join(STORE, STORE.c.id == STORED.c.store_id)
    late = STORED.c.modified_at > now - settle
    first = connection.execute(query.where(*arriving, late).order_by(STORED.c.modified_at).limit(1)).scalar()
    return None if first is None else min(first, now) + settle
