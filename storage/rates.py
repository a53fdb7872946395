"""How many bytes the clips of a camera take for how long: what a file that lost its index is compared with."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from domain.clip import FileState
from domain.keeping import Keeping
from storage.among import among
from storage.schema.tables import CLIP, FILE, PROBE, STORED
from storage.stretches import us
from storage.types import MICROSECOND
from storage.versions import chunks, current

SHORTEST = timedelta(seconds=10)
"""Of shorter clips the tables and headers weigh too much."""
WHOLE = 0.999
MOST = 100
RECENT = timedelta(days=60)
SURE = timedelta(hours=1)
"""A clip whose time is known no better tells nothing of how old it was when it came."""
DAY_US = timedelta(days=1) // MICROSECOND


def clip_sizes(connection: Connection, devices: Iterable[str]) -> dict[str, list[tuple[int, timedelta]]]:
    """(bytes, duration) of each device's newest whole clips, at most 100 of each; one query for all the devices."""
    found: dict[str, list[tuple[int, timedelta]]] = {}
    whole = PROBE.c.decodable_share.is_(None) | (PROBE.c.decodable_share >= WHOLE)
    newest = (CLIP.c.started_at.desc(), PROBE.c.size)
    place = func.row_number().over(partition_by=CLIP.c.device, order_by=newest).label("place")
    for part in chunks(sorted(set(devices))):
        ranked = (
            select(CLIP.c.device, PROBE.c.size, PROBE.c.duration, place)
            .join(PROBE, PROBE.c.file_id == CLIP.c.file_id)
            .where(current(CLIP), current(PROBE), among(CLIP.c.device, part))
            .where(CLIP.c.started_at.is_not(None), PROBE.c.playable, PROBE.c.duration >= SHORTEST, whole)
            .subquery()
        )
        query = select(ranked.c.device, ranked.c.size, ranked.c.duration).where(ranked.c.place <= MOST)
        for device, size, duration in connection.execute(query.order_by(ranked.c.device, ranked.c.place)).all():
            found.setdefault(device, []).append((size, duration))
    return found


def unplayable_of(connection: Connection) -> list[tuple[int, str]]:
    """(file, device) of every file that is there and cannot be played, as far as its device is known."""
    unknown = or_(CLIP.c.duration.is_(None), CLIP.c.duration == timedelta(0))
    query = (
        select(CLIP.c.file_id, CLIP.c.device)
        .select_from(STORED.join(CLIP, CLIP.c.file_id == STORED.c.file_id))
        .where(current(STORED), STORED.c.state == FileState.UNREADABLE, current(CLIP))
        .where(CLIP.c.device.is_not(None), unknown)
        .order_by(CLIP.c.file_id)
    )
    return [(file_id, device) for file_id, device in connection.execute(query).all()]


def keepings(connection: Connection, devices: Iterable[str], now: datetime) -> dict[str, Keeping]:
    """What was observed of some devices in the 60 days before `now`; one statement for all of them.

    A file was still on its device at the last complete scan that did not see it yet.
    """
    found = {}
    begun, late = us(CLIP.c.started_at), us(FILE.c.not_seen_before) - us(CLIP.c.ended_at)
    columns = (
        func.sum(STORED.c.size).label("bytes"),
        func.count(func.distinct(begun // DAY_US)).label("days"),
        (func.max(begun) // DAY_US - func.min(begun) // DAY_US + 1).label("whole"),
        func.max(late).label("late"),
    )
    for part in chunks(sorted(set(devices))):
        query = (
            select(CLIP.c.device, *columns)
            .select_from(CLIP.join(STORED, STORED.c.file_id == CLIP.c.file_id).join(FILE, FILE.c.id == CLIP.c.file_id))
            .where(current(CLIP), current(STORED), among(CLIP.c.device, part))
            .where(CLIP.c.started_at.between(now - RECENT, now), CLIP.c.clock_error <= SURE)
            .group_by(CLIP.c.device)
        )
        for row in connection.execute(query).all():
            oldest = timedelta(microseconds=int(row.late)) if row.late and row.late > 0 else None
            found[row.device] = Keeping(float(row.bytes) / float(row.whole), row.days, oldest)
    return found
