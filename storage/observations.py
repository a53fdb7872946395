"""Measurements of pictures and sound, fingerprints and places of on-screen text, as rows and as values."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from domain.measured_parts import Part, inside, outside
from domain.observation import Observation, ObservationKind
from storage.among import among
from storage.bulk import add_rows
from storage.schema.tables import OBSERVATION, OVERLAY_REGION, PRINT
from storage.versions import Change, Row, chunks, close, current, settle

KEY = ("detector", "kind", "start", "end", "detail")
NAMES = ("detector", "version", "kind", "start", "end", "value", "unit", "detail")


def observations(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Observation]]:
    """What was measured, by file, in order of media time."""
    found: dict[int, list[Observation]] = {}
    order = (OBSERVATION.c.file_id, OBSERVATION.c.start, OBSERVATION.c.id)
    for part in chunks(file_ids):
        query = select(OBSERVATION).where(current(OBSERVATION), among(OBSERVATION.c.file_id, part)).order_by(*order)
        for row in connection.execute(query).mappings():
            found.setdefault(row["file_id"], []).append(observation_of(row))
    return found


def observation_of(row: Row) -> Observation:
    """The observation of a row."""
    return Observation(**{**{name: row[name] for name in NAMES}, "kind": ObservationKind(row["kind"])})


def replace_observations(
    connection: Connection,
    file_id: int,
    found: Iterable[Observation],
    looked: Sequence[Part] | None,
    scan: int,
    *,
    anew: bool = False,
) -> list[Change]:
    """What a check of some parts found takes the place of all that was known of these parts, and leaves the rest.

    Measurements reach beyond what was looked at: new ones are cut to these parts, earlier ones to what lies outside.
    None: the whole file was looked at. `anew`: nothing that was known before counts.
    """
    query = select(*OBSERVATION.c).where(current(OBSERVATION), OBSERVATION.c.file_id == file_id)
    before = connection.execute(query).mappings().all()
    known = (
        () if anew or looked is None else [piece for row in before for piece in outside(observation_of(row), looked)]
    )
    new = found if looked is None else [piece for one in found for piece in inside(one, looked)]
    rows: dict[tuple[object, ...], Row] = {}
    for one in (*known, *new):
        row = {name: getattr(one, name) for name in NAMES} | {"file_id": file_id, "kind": one.kind.value}
        rows[tuple(row[name] for name in KEY)] = row
    ordered = sorted(rows.values(), key=lambda row: (row["start"], row["end"], row["kind"]))
    return settle(connection, OBSERVATION, before, ordered, key=KEY, scan=scan)


def replace_prints(
    connection: Connection,
    file_id: int,
    found: Iterable[tuple[timedelta, int, bool]],
    looked: Sequence[Part] | None,
) -> None:
    """(media time, value, sound) of the moments of the parts that were looked at; None: of the whole file."""
    mine = PRINT.c.file_id == file_id
    for where in [mine] if looked is None else [mine & PRINT.c.at.between(*part) for part in looked]:
        connection.execute(delete(PRINT).where(where))
    rows = [{"file_id": file_id, "at": at, "value": value, "sound": sound} for at, value, sound in found]
    for part in chunks(rows):
        add_rows(connection, PRINT, part)


def end_observations(connection: Connection, file_ids: Iterable[int], scan: int) -> None:
    """What is known of files whose bytes are other ones now: nothing."""
    for part in chunks(file_ids):
        query = select(*OBSERVATION.c).where(current(OBSERVATION), among(OBSERVATION.c.file_id, part))
        close(connection, OBSERVATION, connection.execute(query).mappings().all(), scan)
        connection.execute(delete(PRINT).where(among(PRINT.c.file_id, part)))


def overlay_regions(connection: Connection, models: Iterable[str]) -> dict[str, list[list[float]]]:
    """Where cameras write into the picture, by model: left, top, right, bottom as shares of it."""
    found: dict[str, list[list[float]]] = {}
    for part in chunks(sorted(set(models))):
        columns = (OVERLAY_REGION.c.model, OVERLAY_REGION.c.regions)
        rows = connection.execute(select(*columns).where(among(OVERLAY_REGION.c.model, part))).all()
        found |= {row.model: row.regions for row in rows}
    return found


def set_overlay_regions(connection: Connection, regions: Mapping[str, list[list[float]]], now: datetime) -> None:
    """Where text was found last, by model; what is the same stays untouched."""
    known = overlay_regions(connection, regions)
    for model, found in sorted(regions.items()):
        values = {"regions": found, "since": now}
        if model not in known:
            connection.execute(insert(OVERLAY_REGION).values(model=model, **values))
        elif known[model] != found:
            connection.execute(update(OVERLAY_REGION).where(OVERLAY_REGION.c.model == model).values(**values))
