"""The lists of recordings and of the gaps in them, in order of lane (camera, room channel, file) and time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, exists, or_, select, tuple_

from storage.queries.activity_ways import recording_way
from storage.queries.filters import Filters, linked_files, wanted_units
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.queries.shapes import FilePlace, GapPart, file_places, gap_parts, place_names
from storage.schema.tables import CLIP, FOOTAGE, RECORDING
from storage.versions import current

COLUMNS = ("id", "device", "officer", "started_at", "ended_at", "clips", "gaps")
GAP_COLUMNS = ("device", "officer", "store", "path", "from", "to", "length_s", "cause", "evidence")
OFFERS = ("unit", "officer", "since", "until", "incident")
KEY = (RECORDING.c.lane, RECORDING.c.started_at)


def _source(connection: Connection, filters: Filters) -> Select[Any]:
    return select(RECORDING).where(current(RECORDING), *_conditions(connection, filters))


def _with_gaps(connection: Connection, filters: Filters) -> Select[Any]:
    return _source(connection, filters).where(cast(RECORDING.c.gaps, Text) != "[]")


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(_has_clip(CLIP.c.unit.in_(units)))
    if filters.officer is not None:
        own = _of_footage(FOOTAGE.c.party == f"badge:{filters.officer}")
        wanted.append(or_(RECORDING.c.officer == filters.officer, own))
    if filters.incident is not None:
        wanted.append(_of_footage(FOOTAGE.c.file_id.in_(linked_files(filters.incident))))
    if filters.since is not None:
        wanted.append(or_(RECORDING.c.ended_at > filters.since, RECORDING.c.started_at >= filters.since))
    if filters.until is not None:
        wanted.append(RECORDING.c.started_at < filters.until)
    return wanted


def _has_clip(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The clip that begins the recording meets the condition."""
    first = and_(CLIP.c.lane == RECORDING.c.lane, CLIP.c.started_at == RECORDING.c.started_at)
    return exists(select(CLIP.c.id).where(current(CLIP), first, condition).correlate(RECORDING))


def _of_footage(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The recording holds footage that meets the condition (found by its own index, not row by row)."""
    keys = select(FOOTAGE.c.lane, FOOTAGE.c.recording_at).where(current(FOOTAGE), condition)
    return tuple_(*KEY).in_(keys)


def _dress(connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    places = file_places(connection, (file_id for raw in raws for file_id in raw["clips"]))
    return [[_recording(raw, places)] for raw in raws]


def _recording(raw: Raw, places: dict[int, FilePlace]) -> Row:
    gaps = [gap.listed() for gap in gap_parts(raw["gaps"])]
    values = (
        f"{raw['lane']}@{raw['started_at'].isoformat()}",
        *(raw["device"], raw["officer"], raw["started_at"], raw["ended_at"], place_names(places, raw["clips"]), gaps),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _dress_gaps(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    places = file_places(connection, (file_id for raw in raws for file_id in raw["clips"]))
    return [[_gap(raw, gap, places) for gap in gap_parts(raw["gaps"]) if _inside(gap, filters)] for raw in raws]


def _inside(gap: GapPart, filters: Filters) -> bool:
    begun = filters.until is None or gap.start < filters.until
    return begun and (filters.since is None or gap.end > filters.since or gap.start >= filters.since)


def _gap(raw: Raw, gap: GapPart, places: dict[int, FilePlace]) -> Row:
    where = _clip_before(gap, [places[file_id] for file_id in raw["clips"] if file_id in places])
    length = (gap.end - gap.start).total_seconds()
    values = (
        *(raw["device"], raw["officer"], where and where.store, where and where.path),
        *(gap.start, gap.end, length, gap.cause, list(gap.evidence)),
    )
    return dict(zip(GAP_COLUMNS, values, strict=True))


def _clip_before(gap: GapPart, clips: Sequence[FilePlace]) -> FilePlace | None:
    """The clip in which the gap begins, or after which it lies."""
    begun = [clip for clip in clips if clip.start is not None and clip.start <= gap.start]
    return max(begun, key=lambda clip: (clip.start, clip.file_id), default=None)


RECORDINGS = ListQuery("recordings", COLUMNS, KEY, _source, _dress, OFFERS, ways=recording_way)
GAPS = ListQuery("gaps", GAP_COLUMNS, KEY, _with_gaps, _dress_gaps, OFFERS, ways=recording_way)
