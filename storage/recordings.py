"""Clips, recordings and device clocks as rows and as domain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select, String, cast, func, select, update

from domain.clip import Clip, ClockSource, FileState, Recording, TimeSource
from domain.gap import Gap
from domain.media import Discontinuity
from domain.timespan import Span
from storage.among import among
from storage.codec import decode
from storage.schema.tables import CLIP, PROBE, RECORDING, STORE, STORED
from storage.stretches import Stretch, begins_in, rows_by_stretch, touches
from storage.types import MICROSECOND
from storage.versions import Change, Row, chunks, current, replace, settle


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
        "sources": clip.sources,
        "discontinuities": [[d.at // MICROSECOND, d.length // MICROSECOND] for d in clip.discontinuities],
        "name_pattern": placed.name_pattern,
        "evidence": list(placed.evidence),
    }


SAME = (
    *("file_id", "device", "officer", "room", "channel", "unit", "sequence", "duration", "clock_error"),
    *("clock_offset", "closed", "has_sound", "has_picture", "earliest", "latest"),
)


def _placed(row: Any, *, reasoned: bool = True) -> PlacedClip:
    """`reasoned`: the row has the columns of WHY."""
    clip = Clip(
        **{name: row[name] for name in SAME},
        store=row["store_name"],
        path=row["path"],
        span=Span(row["started_at"], row["ended_at"]) if row["started_at"] is not None else None,
        clock_source=ClockSource(row["clock_source"]) if row["clock_source"] else None,
        sources=tuple([decode(TimeSource, source) for source in row["sources"]]) if reasoned else (),
        discontinuities=tuple(
            Discontinuity(timedelta(microseconds=at), timedelta(microseconds=length))
            for at, length in row["discontinuities"]
        ),
    )
    present, unplayable = row["state"] == FileState.PRESENT, row["state"] == FileState.UNREADABLE
    evidence = tuple(row["evidence"]) if reasoned else ()
    return PlacedClip(clip, row["lane"], row["name_pattern"], evidence, present, unplayable)


def clips(connection: Connection, *where: ColumnElement[bool], reasoned: bool = True) -> list[PlacedClip]:
    """Current clips under a condition on CLIP or STORED, in order of file; `reasoned`: with what WHY names."""
    query = _clips_query(CLIP, reasoned=reasoned).where(*where).order_by(CLIP.c.file_id)
    return [_placed(row, reasoned=reasoned) for row in connection.execute(query).mappings().all()]


WHY = ("sources", "evidence")
"""Columns that say why a clip lies where it does: half of what reading a clip costs."""


def _clips_query(begin: FromClause, *, reasoned: bool = True) -> Select[Any]:
    joined = begin.join(STORED, STORED.c.file_id == CLIP.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
    told = [one for one in CLIP.c if reasoned or one.key not in WHY]
    columns = (*told, STORED.c.path, STORED.c.state, STORE.c.name.label("store_name"))
    return select(*columns).select_from(joined).where(current(CLIP), current(STORED))


def clips_begun(connection: Connection, stretches: Sequence[Stretch], of: str = "lane") -> list[list[PlacedClip]]:
    """For each (lane, stretch) the clips that begin in it, in order of file; `of` "device": each (device, stretch)."""

    def query(stretch: CTE) -> Select[Any]:
        begun = (CLIP.c[of] == stretch.c.name) & begins_in(CLIP, stretch)
        return _clips_query(stretch.join(CLIP, begun)).order_by(CLIP.c.file_id)

    return [[_placed(row) for row in rows] for rows in rows_by_stretch(connection, stretches, query)]


def count_begun(connection: Connection, stretches: Sequence[Stretch], of: str = "lane") -> list[int]:
    """How many clips `clips_begun` gives for each stretch."""

    def query(stretch: CTE) -> Select[Any]:
        begun = (CLIP.c[of] == stretch.c.name) & begins_in(CLIP, stretch)
        counted = select(func.count().label("clips")).select_from(stretch.join(CLIP, begun))
        return counted.where(current(CLIP)).group_by(stretch.c.n)

    return [rows[0]["clips"] if rows else 0 for rows in rows_by_stretch(connection, stretches, query)]


def clips_of_files(connection: Connection, file_ids: Iterable[int], *, reasoned: bool = True) -> dict[int, PlacedClip]:
    """Current clips by file."""
    found = {}
    for part in chunks(file_ids):
        for placed in clips(connection, among(CLIP.c.file_id, part), reasoned=reasoned):
            found[placed.clip.file_id] = placed
    return found


def clips_in_time(connection: Connection, file_ids: Iterable[int]) -> dict[int, PlacedClip]:
    """As `clips_of_files`, but without the reasons (`sources`, `evidence`): enough to link and to measure coverage."""
    return clips_of_files(connection, file_ids, reasoned=False)


def spans_of_files(connection: Connection, file_ids: Iterable[int]) -> dict[int, Span]:
    """Where the clips of files lie, those that lie anywhere."""
    found: dict[int, Span] = {}
    for part in chunks(file_ids):
        query = select(CLIP.c.file_id, CLIP.c.started_at, CLIP.c.ended_at).where(current(CLIP))
        rows = connection.execute(query.where(among(CLIP.c.file_id, part), CLIP.c.started_at.is_not(None))).all()
        found |= {file_id: Span(start, end) for file_id, start, end in rows}
    return found


def replace_clips(
    connection: Connection, file_ids: Sequence[int], placed: Sequence[PlacedClip], scan: int
) -> list[Change]:
    """The clips of the given files; files without a clip lose theirs."""
    rows = {one.clip.file_id: clip_row(one) for one in placed}
    changes: list[Change] = []
    for part in chunks(file_ids):
        modified = _modified(connection, [file_id for file_id in part if file_id in rows])
        mine = [
            {**row, "listed_at": row["started_at"] or modified.get(file_id)}
            for file_id in part
            if (row := rows.get(file_id)) is not None
        ]
        changes += replace(connection, CLIP, among(CLIP.c.file_id, part), mine, key=("file_id",), scan=scan)
        _note_placed(connection, part, set(rows))
    return changes


def _modified(connection: Connection, file_ids: Sequence[int]) -> dict[int, datetime]:
    query = select(STORED.c.file_id, STORED.c.modified_at).where(current(STORED), among(STORED.c.file_id, file_ids))
    return {row.file_id: row.modified_at for row in connection.execute(query).all()}


def _note_placed(connection: Connection, file_ids: Sequence[int], placed: set[int]) -> None:
    """Which files have a clip: lists find the few that have none by it."""
    for given in (True, False):
        if mine := [file_id for file_id in file_ids if (file_id in placed) is given]:
            told = among(STORED.c.file_id, mine) & STORED.c.placed.is_distinct_from(given)
            connection.execute(update(STORED).where(current(STORED), told).values(placed=given))


def recordings_touching(connection: Connection, stretches: Sequence[Stretch]) -> list[list[Row]]:
    """For each (lane, stretch) the current recordings that touch it: when they start and end."""

    def query(stretch: CTE) -> Select[Any]:
        touching = (RECORDING.c.lane == stretch.c.name) & touches(RECORDING, stretch)
        rows = select(RECORDING.c.started_at, RECORDING.c.ended_at).select_from(stretch.join(RECORDING, touching))
        return rows.where(current(RECORDING))

    return rows_by_stretch(connection, stretches, query)


def replace_recordings(
    connection: Connection, found: Sequence[tuple[Stretch, Sequence[Recording]]], scan: int
) -> list[Change]:
    """The recordings that begin in some stretches of lanes, ends included."""
    rows = [_recording_row(stretch[0], one) for stretch, some in found for one in some]

    def query(stretch: CTE) -> Select[Any]:
        begun = (RECORDING.c.lane == stretch.c.name) & begins_in(RECORDING, stretch)
        return select(RECORDING).select_from(stretch.join(RECORDING, begun)).where(current(RECORDING))

    old = rows_by_stretch(connection, [stretch for stretch, _ in found], query)
    before = {row["first_file"]: row for some in old for row in some}
    # A file whose time or lane changed may still head a recording elsewhere: that one ends here and now.
    before |= recording_rows(connection, {row["first_file"] for row in rows} - set(before))
    return settle(connection, RECORDING, before.values(), rows, key=("first_file",), scan=scan)


def _recording_row(lane: str, one: Recording) -> Row:
    return {
        "first_file": one.clips[0].file_id,
        "lane": lane,
        "device": one.device,
        "officer": next((clip.officer for clip in one.clips if clip.officer), None),
        "started_at": one.span.start,
        "ended_at": one.span.end,
        "clips": [clip.file_id for clip in one.clips],
        "gaps": one.gaps,
        "unit": one.clips[0].unit,
    }


def recording_rows(connection: Connection, first_files: Iterable[int]) -> dict[int, Row]:
    """Current recordings by their first file."""
    found: dict[int, Row] = {}
    for part in chunks(sorted(first_files)):
        query = select(RECORDING).where(current(RECORDING), among(RECORDING.c.first_file, part))
        found.update({row["first_file"]: row for row in connection.execute(query).mappings()})
    return found


def gaps_of(row: Row) -> tuple[Gap, ...]:
    """The gaps of a recording row."""
    return tuple(decode(Gap, gap) for gap in row["gaps"])


def silent_numbers(connection: Connection, devices: Iterable[str]) -> dict[str, set[int]]:
    """By device the numbers of files that exist without being placed footage: stills, lost clocks, unreadable ones."""
    found: dict[str, set[int]] = {}
    for part in chunks(sorted(devices)):
        silent = CLIP.c.started_at.is_(None) | CLIP.c.duration.is_(None) | (CLIP.c.duration == timedelta(0))
        query = select(CLIP.c.device, CLIP.c.sequence).where(
            current(CLIP), among(CLIP.c.device, part), CLIP.c.sequence.is_not(None), silent
        )
        for device, number in connection.execute(query).all():
            found.setdefault(device, set()).add(number)
    return found


def numbered_clips(connection: Connection, devices: Iterable[str]) -> dict[str, list[Row]]:
    """By device what tells its numbering: (file_id, sequence, times, clock error, unit) of its clips, by file."""
    found: dict[str, list[Row]] = {}
    columns = (
        *(CLIP.c.device, CLIP.c.file_id, CLIP.c.sequence, CLIP.c.started_at, CLIP.c.ended_at),
        *(CLIP.c.clock_error, CLIP.c.unit),
    )
    for part in chunks(sorted(devices)):
        query = select(*columns).where(current(CLIP), among(CLIP.c.device, part)).order_by(CLIP.c.file_id)
        for row in connection.execute(query).mappings():
            found.setdefault(row["device"], []).append(row)
    return found


def unplaced_bounds(
    connection: Connection, devices: Iterable[str]
) -> dict[str, list[tuple[datetime | None, datetime | None]]]:
    """By device the bounds (not before, not after) of its clips without a believable time."""
    found: dict[str, list[tuple[datetime | None, datetime | None]]] = {}
    for part in chunks(sorted(devices)):
        query = select(CLIP.c.device, CLIP.c.earliest, CLIP.c.latest).where(
            current(CLIP), among(CLIP.c.device, part), CLIP.c.started_at.is_(None)
        )
        for device, earliest, latest in connection.execute(query).all():
            found.setdefault(device, []).append((earliest, latest))
    return found


def tagged_devices(connection: Connection, devices: Iterable[str]) -> frozenset[str]:
    """Devices of which some video or sound file carries vendor tags."""
    found: set[str] = set()
    for part in chunks(devices):
        query = (
            select(CLIP.c.device)
            .join(PROBE, PROBE.c.file_id == CLIP.c.file_id)
            .where(current(CLIP), current(PROBE), among(CLIP.c.device, part), CLIP.c.duration > timedelta(0))
            .where(cast(PROBE.c.tags, String) != "{}")
        )
        found |= set(connection.execute(query.distinct()).scalars())
    return frozenset(found)
