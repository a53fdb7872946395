"""The queue of content checks: what is wanted of each file, whose turn it is, and how much waits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, cast, delete, func, or_, select, update

from domain.clip import FileState
from domain.link import LinkStatus
from domain.measured_parts import Part
from domain.media import TrackKind
from storage.among import among
from storage.bulk import add_rows
from storage.codec import encode
from storage.schema.tables import CLIP, CONTENT, FILE, LINK, PROBE, STORED
from storage.stretches import us
from storage.types import MICROSECOND
from storage.versions import Row, chunks, current

PRIORITIES = (0, 1)
PLAYED = frozenset({TrackKind.VIDEO.value, TrackKind.AUDIO.value})


class ContentState(StrEnum):
    """`waiting`: parts are to be looked at; `done`: none are; `ended`: the last attempt was, by us or by itself."""

    WAITING = "waiting"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Playable:
    """A file with something to look at: its version, and where its clip lies. `length` None: not known."""

    file_id: int
    anchor: str
    size: int
    modified_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    length: timedelta | None
    clock_error: timedelta


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at one priority: clips, media time, and since when the one that waits longest."""

    priority: int
    clips: int
    media: timedelta
    oldest: datetime | None


def parts_of(stored: Iterable[Sequence[int]]) -> tuple[Part, ...]:
    """Parts of media time as they are stored."""
    return tuple((start * MICROSECOND, end * MICROSECOND) for start, end in stored)


def playable(connection: Connection, file_ids: Iterable[int]) -> dict[int, Playable]:
    """Those of the files that are there, are placed or read, and have pictures or sound that run in time."""
    columns = (
        *(CLIP.c.file_id, FILE.c.anchor, PROBE.c.size, PROBE.c.modified_at, CLIP.c.started_at, CLIP.c.ended_at),
        *(CLIP.c.duration, CLIP.c.clock_error, PROBE.c.tracks, STORED.c.state),
    )
    joined = (
        CLIP.join(FILE, FILE.c.id == CLIP.c.file_id)
        .join(STORED, STORED.c.file_id == CLIP.c.file_id)
        .join(PROBE, PROBE.c.file_id == CLIP.c.file_id)
    )
    now = current(CLIP) & current(STORED) & current(PROBE)
    found: dict[int, Playable] = {}
    for part in chunks(file_ids):
        query = select(*columns).select_from(joined).where(now, among(CLIP.c.file_id, part))
        for *values, tracks, state in connection.execute(query).all():
            if state == FileState.PRESENT and any(track["kind"] in PLAYED for track in tracks):
                found[values[0]] = Playable(*values)
    return found


def tracks(connection: Connection, file_id: int) -> frozenset[str]:
    """Which kinds of track of a file are looked at."""
    query = select(PROBE.c.tracks).where(current(PROBE), PROBE.c.file_id == file_id)
    found = connection.execute(query).scalars().all()
    return frozenset(track["kind"] for some in found for track in some) & PLAYED


def queued(connection: Connection, file_ids: Iterable[int]) -> dict[int, Row]:
    """Rows of the queue by file."""
    found: dict[int, Row] = {}
    for part in chunks(file_ids):
        rows = connection.execute(select(CONTENT).where(among(CONTENT.c.file_id, part))).mappings()
        found |= {row["file_id"]: _row(row) for row in rows}
    return found


def _row(row: Row) -> Row:
    """The row by column keys."""
    return {column.key: row[column] for column in CONTENT.c}


def write(connection: Connection, rows: Sequence[Row], known: Iterable[int]) -> None:
    """Rows as they are now, of files that are in the queue already (`known`) and of others."""
    there = frozenset(known)
    coded = [{name: encode(row[name]) if name in CODED else row[name] for name in NAMES} for row in rows]
    if new := [row for row in coded if row["file_id"] not in there]:
        add_rows(connection, CONTENT, new)
    if old := [{f"to_{name}": row[name] for name in NAMES} for row in coded if row["file_id"] in there]:
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in NAMES if name != "file_id"}
        connection.execute(update(CONTENT).where(CONTENT.c.file_id == bindparam("to_file_id")).values(**values), old)


NAMES = tuple(column.key for column in CONTENT.c if column.key != "id")
CODED = ("wanted", "checked", "versions", "problems")


def forget(connection: Connection, file_ids: Iterable[int]) -> None:
    """Files with nothing to look at leave the queue."""
    for part in chunks(file_ids):
        connection.execute(delete(CONTENT).where(among(CONTENT.c.file_id, part)))


def turn(connection: Connection, now: datetime, limit: int) -> list[Row]:
    """Whose turn it is: by priority, newest clips first; what an earlier attempt ended after those not tried yet."""
    found: list[Row] = []
    for priority in PRIORITIES:
        for state in (ContentState.WAITING, ContentState.ENDED):
            due = CONTENT.c.next_at <= now
            due = or_(CONTENT.c.next_at.is_(None), due) if state is ContentState.WAITING else due
            mine = (CONTENT.c.state == state) & (CONTENT.c.priority == priority) & due
            order = (CONTENT.c.started_at.desc(), CONTENT.c.file_id.desc())
            query = select(CONTENT).where(mine).order_by(*order).limit(limit - len(found))
            found += map(_row, connection.execute(query).mappings())
            if len(found) >= limit:
                return found
    return found


def backlog(connection: Connection) -> list[Backlog]:
    """What waits, by priority; nothing is said of a priority at which nothing does."""
    media = cast(func.sum(us(CONTENT.c.waiting)), BigInteger)  # PostgreSQL adds whole numbers up to a decimal one
    columns = (CONTENT.c.priority, func.count(), media, func.min(CONTENT.c.queued_at))
    query = select(*columns).where(CONTENT.c.state == ContentState.WAITING).group_by(CONTENT.c.priority)
    rows = connection.execute(query.order_by(CONTENT.c.priority)).all()
    return [Backlog(priority, clips, waiting * MICROSECOND, oldest) for priority, clips, waiting, oldest in rows]


def count_ended(connection: Connection) -> int:
    """Clips whose last attempt was ended."""
    query = select(func.count()).select_from(CONTENT).where(CONTENT.c.state == ContentState.ENDED)
    return connection.execute(query).scalar_one()


def asked_of_others(connection: Connection, asked: Iterable[str]) -> list[int]:
    """Files that were looked at by other versions of the detectors. Mostly none: that is told by an index alone."""
    ends = [None, *sorted(asked), None]
    found: list[Any] = []
    for after, before in pairwise(ends):
        beyond = [] if after is None else [CONTENT.c.asked > after]
        beyond += [] if before is None else [CONTENT.c.asked < before]
        found += connection.execute(select(CONTENT.c.file_id).where(*beyond)).scalars()
    return [int(file_id) for file_id in found]


def files_of_activities(connection: Connection, kind: str, numbers: Iterable[str]) -> set[int]:
    """Files that some activities are linked or proposed to."""
    found: set[int] = set()
    for part in chunks(sorted(numbers)):
        query = select(LINK.c.file_id).where(current(LINK), LINK.c.kind == kind, among(LINK.c.number, part))
        found |= set(connection.execute(query.where(LINK.c.status != LinkStatus.REJECTED)).scalars())
    return found


def clip_files(connection: Connection, size: int) -> Iterator[list[int]]:
    """Every file that has a clip, some at a time."""
    after = 0
    while True:
        query = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.file_id > after).order_by(CLIP.c.file_id)
        found = list(connection.execute(query.limit(size)).scalars())
        if not found:
            return
        yield found
        after = found[-1]


def other_bytes(connection: Connection, versions: Mapping[int, tuple[int, datetime]]) -> list[int]:
    """Those of the files that were looked at, or are queued, as other bytes than (size, modification time) now."""
    rows = queued(connection, versions).items()
    return [file_id for file_id, row in rows if (row["size"], row["modified_at"]) != versions[file_id]]


def cameras(connection: Connection, file_ids: Iterable[int]) -> dict[int, tuple[str | None, Mapping[str, Any]]]:
    """(serial of the camera, tags of the file): what tells the model, by file."""
    found: dict[int, tuple[str | None, Mapping[str, Any]]] = {}
    joined = CLIP.join(PROBE, PROBE.c.file_id == CLIP.c.file_id)
    for part in chunks(file_ids):
        query = select(CLIP.c.file_id, CLIP.c.device, PROBE.c.tags).select_from(joined)
        rows = connection.execute(query.where(current(CLIP), current(PROBE), among(CLIP.c.file_id, part))).all()
        found |= {file_id: (device, tags) for file_id, device, tags in rows}
    return found
