"""Clips, recordings, footage and device clocks as rows and as domain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from domain.clip import Clip, ClockSource, DeviceClock, FileState, Recording, TimeSource
from domain.gap import Gap
from domain.media import Discontinuity
from domain.timespan import Span
from storage.codec import decode, encode
from storage.schema.tables import CLIP, DEVICE_CLOCK, FILE, FOOTAGE, PROBE, RECORDING, STORE, STORED
from storage.types import MICROSECOND
from storage.versions import Change, Row, chunks, current, replace


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip with what only the database knows: its lane, name pattern and whether its file is still there.

    `present`: there and playable; `unplayable`: there, but nothing in it can be played.
    """

    clip: Clip
    lane: str
    name_pattern: str | None
    evidence: tuple[str, ...]
    present: bool = True
    unplayable: bool = False


def clip_row(placed: PlacedClip) -> Row:
    """The row of a placed clip."""
    clip = placed.clip
    return {
        **{name: getattr(clip, name) for name in SAME},
        "lane": placed.lane,
        "started_at": clip.span and clip.span.start,
        "ended_at": clip.span and clip.span.end,
        "clock_source": clip.clock_source and clip.clock_source.value,
        "sources": encode(clip.sources),
        "discontinuities": [[d.at // MICROSECOND, d.length // MICROSECOND] for d in clip.discontinuities],
        "name_pattern": placed.name_pattern,
        "evidence": list(placed.evidence),
    }


SAME = (
    *("file_id", "device", "officer", "room", "channel", "unit", "sequence", "duration", "clock_error"),
    *("clock_offset", "closed", "has_sound", "has_picture"),
)


def _placed(row: Any) -> PlacedClip:
    clip = Clip(
        **{name: row[name] for name in SAME},
        store=row["store_name"],
        path=row["path"],
        span=Span(row["started_at"], row["ended_at"]) if row["started_at"] is not None else None,
        clock_source=ClockSource(row["clock_source"]) if row["clock_source"] else None,
        sources=tuple(decode(TimeSource, source) for source in row["sources"]),
        discontinuities=tuple(
            Discontinuity(timedelta(microseconds=at), timedelta(microseconds=length))
            for at, length in row["discontinuities"]
        ),
    )
    present, unplayable = row["state"] == FileState.PRESENT, row["state"] == FileState.UNREADABLE
    return PlacedClip(clip, row["lane"], row["name_pattern"], tuple(row["evidence"]), present, unplayable)


def clips(connection: Connection, *where: ColumnElement[bool]) -> list[PlacedClip]:
    """Current clips under a condition on CLIP or STORED, in order of file."""
    query = (
        select(CLIP, STORED.c.path, STORED.c.state, STORE.c.name.label("store_name"))
        .join(STORED, STORED.c.file_id == CLIP.c.file_id)
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .where(current(CLIP), current(STORED), *where)
        .order_by(CLIP.c.file_id)
    )
    return [_placed(row) for row in connection.execute(query).mappings()]


def clips_of_files(connection: Connection, file_ids: Iterable[int]) -> dict[int, PlacedClip]:
    """Current clips by file."""
    found = {}
    for part in chunks(file_ids):
        for placed in clips(connection, CLIP.c.file_id.in_(part)):
            found[placed.clip.file_id] = placed
    return found


def replace_clips(
    connection: Connection, file_ids: Sequence[int], placed: Sequence[PlacedClip], scan: int
) -> list[Change]:
    """The clips of the given files; files without a clip lose theirs."""
    rows = {one.clip.file_id: clip_row(one) for one in placed}
    changes: list[Change] = []
    for part in chunks(file_ids):
        mine = [rows[file_id] for file_id in part if file_id in rows]
        changes += replace(connection, CLIP, CLIP.c.file_id.in_(part), mine, key=("file_id",), scan=scan)
    return changes


def save_clock(connection: Connection, clock: DeviceClock, scan: int) -> bool:
    """What is known of a device's clock; True when that changed."""
    row = {
        "device": clock.device,
        "kind": clock.kind.value,
        "offset": clock.offset,
        "error": clock.error,
        "body": encode(clock),
    }
    scope = DEVICE_CLOCK.c.device == clock.device
    return bool(replace(connection, DEVICE_CLOCK, scope, [row], key=("device",), scan=scan))


def clocks(connection: Connection, devices: Iterable[str]) -> dict[str, DeviceClock]:
    """Device clocks by serial."""
    found = {}
    for part in chunks(devices):
        query = select(DEVICE_CLOCK.c.body).where(current(DEVICE_CLOCK), DEVICE_CLOCK.c.device.in_(part))
        for body in connection.execute(query).scalars():
            clock = decode(DeviceClock, body)
            found[clock.device] = clock
    return found


def recordings_touching(connection: Connection, lane: str, span: Span) -> list[Row]:
    """Current recordings of a lane that touch a stretch of time."""
    query = select(RECORDING).where(
        current(RECORDING),
        RECORDING.c.lane == lane,
        RECORDING.c.started_at <= span.end,
        RECORDING.c.ended_at >= span.start,
    )
    return list(connection.execute(query.order_by(RECORDING.c.started_at)).mappings())


def replace_recordings(
    connection: Connection, lane: str, span: Span, found: Sequence[Recording], scan: int
) -> list[Change]:
    """The recordings of a lane that begin inside `span`."""
    rows = [
        {
            "first_file": one.clips[0].file_id,
            "lane": lane,
            "device": one.device,
            "officer": next((clip.officer for clip in one.clips if clip.officer), None),
            "started_at": one.span.start,
            "ended_at": one.span.end,
            "clips": [clip.file_id for clip in one.clips],
            "gaps": encode(one.gaps),
        }
        for one in found
    ]
    inside = (RECORDING.c.started_at >= span.start) & (RECORDING.c.started_at <= span.end)
    # A file whose time or lane changed may still head a recording elsewhere: that one ends here and now.
    moved = RECORDING.c.first_file.in_([row["first_file"] for row in rows])
    scope = ((RECORDING.c.lane == lane) & inside) | moved
    return replace(connection, RECORDING, scope, rows, key=("first_file",), scan=scan)


def recording_rows(connection: Connection, first_files: Iterable[int]) -> dict[int, Row]:
    """Current recordings by their first file."""
    found: dict[int, Row] = {}
    for part in chunks(sorted(first_files)):
        query = select(RECORDING).where(current(RECORDING), RECORDING.c.first_file.in_(part))
        found.update({row["first_file"]: row for row in connection.execute(query).mappings()})
    return found


def gaps_of(row: Row) -> tuple[Gap, ...]:
    """The gaps of a recording row."""
    return tuple(decode(Gap, gap) for gap in row["gaps"])


def replace_footage(connection: Connection, file_ids: Sequence[int], rows: Sequence[Row], scan: int) -> list[Change]:
    """Whose footage the given files are."""
    by_file: dict[int, list[Row]] = {}
    for row in rows:
        by_file.setdefault(row["file_id"], []).append(row)
    changes: list[Change] = []
    for part in chunks(file_ids):
        mine = [row for file_id in part for row in by_file.get(file_id, ())]
        changes += replace(connection, FOOTAGE, FOOTAGE.c.file_id.in_(part), mine, key=("party", "file_id"), scan=scan)
    return changes


def footage_of(connection: Connection, party: str, span: Span) -> list[Row]:
    """Placed footage of one party that touches a stretch of time."""
    query = select(FOOTAGE).where(
        current(FOOTAGE), FOOTAGE.c.party == party, FOOTAGE.c.started_at <= span.end, FOOTAGE.c.ended_at >= span.start
    )
    return list(connection.execute(query.order_by(FOOTAGE.c.started_at, FOOTAGE.c.file_id)).mappings())


def footage_of_recordings(connection: Connection, party: str, first_files: Iterable[int]) -> list[Row]:
    """All footage of one party that belongs to some recordings, however far it lies."""
    found: list[Row] = []
    for part in chunks(sorted(first_files)):
        query = select(FOOTAGE).where(current(FOOTAGE), FOOTAGE.c.party == party, FOOTAGE.c.recording_file.in_(part))
        found += connection.execute(query.order_by(FOOTAGE.c.started_at, FOOTAGE.c.file_id)).mappings()
    return found


def unplaced_footage(connection: Connection, parties: Iterable[str]) -> dict[str, list[Any]]:
    """Footage without a believable time, by party: (file_id, name, first_seen_at, not_seen_before)."""
    found: dict[str, list[Any]] = {}
    for part in chunks(parties):
        query = (
            select(
                FOOTAGE.c.party,
                FOOTAGE.c.file_id,
                STORED.c.path,
                STORE.c.name,
                FILE.c.first_seen_at,
                FILE.c.not_seen_before,
            )
            .join(STORED, STORED.c.file_id == FOOTAGE.c.file_id)
            .join(FILE, FILE.c.id == FOOTAGE.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .where(current(FOOTAGE), current(STORED), FOOTAGE.c.party.in_(part), FOOTAGE.c.started_at.is_(None))
            .order_by(FOOTAGE.c.file_id)
        )
        for row in connection.execute(query).all():
            found.setdefault(row.party, []).append(row)
    return found


def silent_numbers(connection: Connection, devices: Iterable[str]) -> set[tuple[str, int]]:
    """(device, sequence) of files that exist without being placed footage: stills, lost clocks, unreadable ones."""
    found: set[tuple[str, int]] = set()
    for part in chunks(sorted(devices)):
        silent = CLIP.c.started_at.is_(None) | CLIP.c.duration.is_(None) | (CLIP.c.duration == timedelta(0))
        query = select(CLIP.c.device, CLIP.c.sequence).where(
            current(CLIP), CLIP.c.device.in_(part), CLIP.c.sequence.is_not(None), silent
        )
        found |= {(row.device, row.sequence) for row in connection.execute(query).all()}
    return found


def tagged_devices(connection: Connection, devices: Iterable[str]) -> frozenset[str]:
    """Devices of which some video or sound file carries vendor tags."""
    found: set[str] = set()
    for part in chunks(devices):
        query = (
            select(CLIP.c.device, PROBE.c.tags)
            .join(PROBE, PROBE.c.file_id == CLIP.c.file_id)
            .where(current(CLIP), current(PROBE), CLIP.c.device.in_(part), CLIP.c.duration > timedelta(0))
        )
        found |= {row.device for row in connection.execute(query).all() if row.tags}
    return frozenset(found)
