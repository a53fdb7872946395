"""What the page of one store says: files by state, what was refused, its scans, what waits to be looked at, what went.

Everything is of the last look at the store; nothing here opens it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, cast, func, select, true

from domain.clip import FileState
from storage.content_queue import ContentState
from storage.queries.filters import Filters
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw, read, read_first
from storage.queries.ways import stated
from storage.scans import newest_looks
from storage.schema.files import UNSETTLED
from storage.schema.tables import CLIP, CONTENT, FILE, FOLDER, SCAN, STORE, STORE_SCAN, STORED
from storage.stretches import us
from storage.types import MICROSECOND
from storage.versions import current

MOST = 100
FILE_COLUMNS = (
    "id",
    "path",
    "state",
    "state_at",
    "bytes",
    "modified_at",
    "device",
    "officer",
    "started_at",
    "ended_at",
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that could not be listed, or entries of it that were left out: (name, why)."""

    path: str
    refused: str | None
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One scan's look at the store. `lasted`: the walk through it."""

    scan: int
    scan_state: str
    state: str
    detail: str
    started_at: datetime
    lasted: timedelta
    folders: int
    files: int
    refused: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A file that is no longer found. `recorded`: end of its clip, None where that is not known."""

    file_id: int
    path: str
    size: int
    first_seen_at: datetime
    last_seen_at: datetime | None
    missing_since: datetime
    recorded: datetime | None
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """Clips whose pictures and sound are still to be looked at."""

    clips: int
    media: timedelta
    oldest: datetime | None


def store_row(connection: Connection, name: str) -> Raw | None:
    """A configured store, None where there is none of that name."""
    return read_first(connection, select(STORE).where(STORE.c.name == name, STORE.c.active))


def file_states(connection: Connection, stores: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """Store → state → how many files, of every state.

    Those that are not simply there are counted; the others are what is left of the files that its last look left.
    """
    theirs = (current(STORED), STORED.c.store_id.in_(list(stores)))
    unsettled = select(STORED.c.store_id, STORED.c.state, func.count()).where(*theirs, stated(UNSETTLED))
    counts = {store: {state.value: 0 for state in FileState} for store in stores}
    for store, state, number in connection.execute(unsettled.group_by(STORED.c.store_id, STORED.c.state)).all():
        counts[store][state] = number
    for store, number in _known(connection, stores).items():
        counts[store][FileState.PRESENT.value] = number - sum(counts[store].values())
    return counts


def _known(connection: Connection, stores: Sequence[int]) -> Mapping[int, int]:
    """How many files each store has, as counted at the end of its last look; counted now where none did."""
    last = {number: look.known for number, look in newest_looks(connection).items()}
    uncounted = [store for store in stores if last.get(store) is None]
    theirs = (current(STORED), STORED.c.store_id.in_(uncounted))
    query = select(STORED.c.store_id, func.count()).where(*theirs).group_by(STORED.c.store_id)
    counted = {row[0]: row[1] for row in connection.execute(query).all()} if uncounted else {}
    return {store: counted.get(store, 0) if store in uncounted else last[store] for store in stores}


def troubled_folders(connection: Connection, store: int) -> tuple[Folder, ...]:
    """Folders that could not be listed, then those of which entries were left out."""
    counted = select(FOLDER).where(current(FOLDER), FOLDER.c.store_id == store)
    refused = read(connection, counted.where(FOLDER.c.refused.is_not(None)).order_by(FOLDER.c.path).limit(MOST))
    rows = read(connection, counted.where(FOLDER.c.refused.is_(None)).order_by(FOLDER.c.path))
    skipped = [row for row in rows if row["skipped"]][:MOST]
    return tuple(
        Folder(row["path"], row["refused"], tuple((str(one[0]), str(one[1])) for one in row["skipped"]))
        for row in (*refused, *skipped)
    )


def looks(connection: Connection, store: int, limit: int) -> tuple[Look, ...]:
    """The latest scans' looks at a store, newest first."""
    query = (
        select(STORE_SCAN, SCAN.c.state.label("scan_state"))
        .join(SCAN, SCAN.c.id == STORE_SCAN.c.scan_id)
        .where(STORE_SCAN.c.store_id == store)
        .order_by(STORE_SCAN.c.scan_id.desc())
        .limit(limit)
    )
    same = ("state", "detail", "started_at", "folders", "files", "refused", "skipped")
    return tuple(
        Look(
            scan=row["scan_id"],
            scan_state=row["scan_state"],
            lasted=row["finished_at"] - row["started_at"],
            **{name: row[name] for name in same},
        )
        for row in read(connection, query)
    )


def to_look_at(connection: Connection, store: int) -> ToLookAt:
    """What waits of the store's clips."""
    media = cast(func.sum(us(CONTENT.c.waiting)), BigInteger)
    query = (
        select(func.count(), media, func.min(CONTENT.c.queued_at))
        .select_from(CONTENT.join(STORED, and_(STORED.c.file_id == CONTENT.c.file_id, current(STORED))))
        .where(CONTENT.c.state == ContentState.WAITING.value, STORED.c.store_id == store)
    )
    clips, waiting, oldest = connection.execute(query).one()
    return ToLookAt(clips, (waiting or 0) * MICROSECOND, oldest)


def gone_files(connection: Connection, store: int, limit: int = MOST) -> tuple[Gone, ...]:
    """Files that are no longer found, the latest first; last seen by the last believed look before."""
    look = STORE_SCAN.alias()
    seen = (
        select(func.max(look.c.started_at))
        .where(look.c.store_id == STORED.c.store_id, look.c.state == "online", look.c.scan_id < STORED.c.since_scan)
        .scalar_subquery()
    )
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id)
    query = (
        select(STORED, FILE.c.first_seen_at, seen.label("last_seen_at"), _recorded().label("recorded"))
        .select_from(joined)
        .where(current(STORED), stated(UNSETTLED), STORED.c.store_id == store)
        .where(STORED.c.state == FileState.MISSING.value)
        .order_by(STORED.c.state_at.desc(), STORED.c.file_id)
        .limit(limit)
    )
    same = ("file_id", "path", "size", "first_seen_at", "last_seen_at", "recorded", "modified_at")
    return tuple(
        Gone(missing_since=row["state_at"], **{name: row[name] for name in same}) for row in read(connection, query)
    )


def _recorded() -> Any:
    """When the clip of a file ended, as last placed: a file that is gone keeps what was known of it."""
    of_file = select(CLIP.c.ended_at).where(CLIP.c.file_id == STORED.c.file_id).order_by(CLIP.c.id.desc()).limit(1)
    # Two questions: the indexes are of standing versions, and of ended ones.
    standing, ended = (of_file.where(one) for one in (CLIP.c.until_scan.is_(None), CLIP.c.until_scan.is_not(None)))
    return func.coalesce(*(one.correlate(STORED).scalar_subquery() for one in (standing, ended)))


def _files(_connection: Connection, filters: Filters) -> Select[Any]:
    clip = and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP))
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).outerjoin(CLIP, clip)
    columns = (STORED, CLIP.c.device, CLIP.c.officer, CLIP.c.started_at, CLIP.c.ended_at)
    mine = true() if filters.scope is None else STORE.c.unit.in_(filters.scope)
    query = select(*columns).select_from(joined).where(current(STORED), STORE.c.name == filters.store, mine)
    return query if filters.status is None else query.where(STORED.c.state == filters.status)


def _dress_files(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    names = ("file_id", "path", "state", "state_at", "size", *FILE_COLUMNS[5:])
    return [[dict(zip(FILE_COLUMNS, (raw[name] for name in names), strict=True))] for raw in raws]


FILES = ListQuery(
    name="files",
    columns=FILE_COLUMNS,
    key=(STORED.c.file_id,),
    source=_files,
    dress=_dress_files,
    offers=("store", "status"),
    newest_first=True,
)
"""The files of one store, the latest to arrive first; for its page only."""
