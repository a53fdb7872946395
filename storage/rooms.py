"""Footage of interrogation rooms, and sessions that name no room."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select

from domain.activity import InterrogationSession
from domain.timespan import Span
from storage import activities
from storage.among import among
from storage.schema.tables import CLIP, FOOTAGE, RECORD
from storage.versions import chunks, current


@dataclass(frozen=True, slots=True)
class RoomClip:
    """A clip of a room, as far as it tells how long the room recorded."""

    file_id: int
    span: Span
    channel: str | None
    clock_error: timedelta


def room_clips(connection: Connection, rooms: Iterable[str]) -> dict[str, list[RoomClip]]:
    """By room its placed footage that lasts, in order of start; of two that begin together, by device."""
    found: dict[str, list[RoomClip]] = {}
    columns = (FOOTAGE.c.party, FOOTAGE.c.file_id, FOOTAGE.c.started_at, FOOTAGE.c.ended_at)
    for part in chunks([f"room:{room}" for room in sorted(set(rooms))]):
        query = (
            select(*columns, CLIP.c.channel, CLIP.c.clock_error)
            .join(CLIP, (CLIP.c.file_id == FOOTAGE.c.file_id) & current(CLIP))
            .where(current(FOOTAGE), among(FOOTAGE.c.party, part), FOOTAGE.c.ended_at > FOOTAGE.c.started_at)
            .order_by(FOOTAGE.c.party, FOOTAGE.c.started_at, CLIP.c.device, FOOTAGE.c.file_id)
        )
        for row in connection.execute(query).all():
            clip = RoomClip(row.file_id, Span(row.started_at, row.ended_at), row.channel, row.clock_error)
            found.setdefault(row.party.removeprefix("room:"), []).append(clip)
    return found


def sessions_without_room(connection: Connection) -> list[InterrogationSession]:
    """Sessions of which no feed says where they were."""
    nowhere = RECORD.c.body["room"].as_string().is_(None)
    return activities.records(connection, "sessions", InterrogationSession, nowhere)


def rooms_of_nameless(connection: Connection) -> set[str]:
    """Rooms of which some clips name no recorder."""
    query = select(CLIP.c.room).where(current(CLIP), CLIP.c.device.is_(None), CLIP.c.room.is_not(None)).distinct()
    return set(connection.execute(query).scalars())
