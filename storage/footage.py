"""Footage as rows: whose clips they are, asked for by party and time, for many parties at once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CTE, Connection, Select, func, or_, select

from storage.among import among
from storage.schema.tables import CLIP, FILE, FOOTAGE, RECORDING, STORE, STORED
from storage.stretches import Stretch, rows_by_stretch, touches, us
from storage.types import MICROSECOND
from storage.versions import Change, Row, chunks, current, replace

SLACK = timedelta(minutes=1)
"""More than any seam that coverage closes."""


def replace_footage(connection: Connection, file_ids: Sequence[int], rows: Sequence[Row], scan: int) -> list[Change]:
    """Whose footage the given files are."""
    by_file: dict[int, list[Row]] = {}
    for row in rows:
        by_file.setdefault(row["file_id"], []).append(row)
    changes: list[Change] = []
    for part in chunks(file_ids):
        mine = [row for file_id in part for row in by_file.get(file_id, ())]
        changes += replace(
            connection, FOOTAGE, among(FOOTAGE.c.file_id, part), mine, key=("party", "file_id"), scan=scan
        )
    return changes


def footage_touching(connection: Connection, stretches: Sequence[Stretch]) -> list[list[Row]]:
    """For each (party, stretch) its placed footage that touches it, in order of start."""

    def query(stretch: CTE) -> Select[Any]:
        rows = select(FOOTAGE).select_from(_footage(stretch)).where(current(FOOTAGE))
        return rows.order_by(FOOTAGE.c.started_at, FOOTAGE.c.file_id)

    return rows_by_stretch(connection, stretches, query)


def count_footage(connection: Connection, stretches: Sequence[Stretch]) -> list[int]:
    """For each (party, stretch) how many clips of its placed footage touch it."""

    def query(stretch: CTE) -> Select[Any]:
        counted = select(func.count().label("clips")).select_from(_footage(stretch))
        return counted.where(current(FOOTAGE)).group_by(stretch.c.n)

    return [rows[0]["clips"] if rows else 0 for rows in rows_by_stretch(connection, stretches, query)]


def _footage(stretch: CTE) -> Any:
    return stretch.join(FOOTAGE, (FOOTAGE.c.party == stretch.c.name) & touches(FOOTAGE, stretch))


def footage_reaching(connection: Connection, stretches: Sequence[Stretch], wide: timedelta) -> list[list[Row]]:
    """For each (party, stretch) the `file_id` and `recording_file` of its footage that may lie in it.

    A clip may by its clock's error, or because its recording went on longer than it states; at most `wide` away.
    """
    far = wide // MICROSECOND

    def query(stretch: CTE) -> Select[Any]:
        start, end, reach = us(stretch.c.from_at), us(stretch.c.to_at), us(CLIP.c.clock_error) + SLACK // MICROSECOND
        begin, stop, whole = us(FOOTAGE.c.started_at), us(FOOTAGE.c.ended_at), us(RECORDING.c.ended_at)
        recording = (RECORDING.c.first_file == FOOTAGE.c.recording_file) & current(RECORDING)
        joined = (
            stretch.join(FOOTAGE, FOOTAGE.c.party == stretch.c.name)
            .join(CLIP, (CLIP.c.file_id == FOOTAGE.c.file_id) & current(CLIP))
            .outerjoin(RECORDING, recording)
        )
        rows = select(FOOTAGE.c.file_id, FOOTAGE.c.recording_file).select_from(joined)
        near = (begin <= end + far) & (stop >= start - far) & (begin - reach <= end)
        return rows.where(current(FOOTAGE), near, or_(stop + reach >= start, whole + reach >= start))

    return rows_by_stretch(connection, stretches, query)


def footage_of_recordings(connection: Connection, first_files: Iterable[int]) -> list[Row]:
    """All footage that belongs to some recordings, however far it lies, in order of start."""
    found: list[Row] = []
    for part in chunks(sorted(first_files)):
        query = select(FOOTAGE).where(current(FOOTAGE), among(FOOTAGE.c.recording_file, part))
        found += connection.execute(query).mappings()
    return sorted(found, key=lambda row: (row["started_at"], row["file_id"]))


def unplaced_footage(connection: Connection, parties: Iterable[str]) -> dict[str, list[Any]]:
    """Footage without a believable time, by party: (file_id, name, first_seen_at, not_seen_before, bounds)."""
    found: dict[str, list[Any]] = {}
    columns = (FOOTAGE.c.party, FOOTAGE.c.file_id, STORED.c.path, STORE.c.name)
    for part in chunks(parties):
        query = (
            select(*columns, FILE.c.first_seen_at, FILE.c.not_seen_before, CLIP.c.earliest, CLIP.c.latest)
            .join(CLIP, (CLIP.c.file_id == FOOTAGE.c.file_id) & current(CLIP))
            .join(STORED, STORED.c.file_id == FOOTAGE.c.file_id)
            .join(FILE, FILE.c.id == FOOTAGE.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .where(
                current(FOOTAGE),
                current(STORED),
                among(FOOTAGE.c.party, part),
                FOOTAGE.c.started_at.is_(None),
            )
            .order_by(FOOTAGE.c.file_id)
        )
        for row in connection.execute(query).all():
            found.setdefault(row.party, []).append(row)
    return found
