"""The list of measurements of pictures and sound, file by file in media time; and what waits to be looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from storage.content_queue import ContentState, backlog, count_ended
from storage.queries.explanation import ExplainSection, bounded, facts, table
from storage.queries.filters import Filters, footage_files, linked_files, wanted_units
from storage.queries.observation_ways import START, observation_way
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw, read, read_first
from storage.queries.shapes import micros, seconds
from storage.schema.tables import CLIP, CONTENT, OBSERVATION, SCAN, STORE, STORED
from storage.stretches import us
from storage.types import EPOCH, MICROSECOND
from storage.versions import current, viewed

COLUMNS = ("store", "path", "detector", "version", "kind", "from_s", "to_s", "value", "unit", "detail", "clip")
LOOK_BACK, MOST = 100, 300
PRIORITIES = {0: "应记录时段 required windows", 1: "抽查 share of the rest"}


def _source(connection: Connection, filters: Filters) -> Select[Any]:
    joined = (
        OBSERVATION.join(STORED, STORED.c.file_id == OBSERVATION.c.file_id)
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .outerjoin(CLIP, and_(CLIP.c.file_id == OBSERVATION.c.file_id, current(CLIP)))
    )
    query = select(*OBSERVATION.c, STORE.c.name.label("store"), STORED.c.path).select_from(joined)
    return query.where(current(OBSERVATION), current(STORED), *_conditions(connection, filters))


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.kind is not None:
        wanted.append(OBSERVATION.c.kind == filters.kind)
    if filters.store is not None:
        wanted.append(STORE.c.name == filters.store)
    if filters.file is not None:
        store, _, path = filters.file.partition(":")
        wanted += [STORE.c.name == store, STORED.c.folder == path.rpartition("/")[0], STORED.c.path == path]
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(func.coalesce(CLIP.c.unit, STORE.c.unit).in_(units))
    if filters.officer is not None:
        own = CLIP.c.officer == filters.officer
        wanted.append(or_(own, OBSERVATION.c.file_id.in_(footage_files(filters.officer))))
    if filters.incident is not None:
        wanted.append(OBSERVATION.c.file_id.in_(linked_files(filters.incident)))
    # On the wall clock; without one by the file's modification, as in the list of clips.
    if filters.since is not None:
        ended = us(CLIP.c.started_at) + us(OBSERVATION.c.end) > _micros(filters.since)
        wanted.append(or_(ended, and_(CLIP.c.started_at.is_(None), STORED.c.modified_at >= filters.since)))
    if filters.until is not None:
        began = us(CLIP.c.started_at) + us(OBSERVATION.c.start) < _micros(filters.until)
        wanted.append(or_(began, and_(CLIP.c.started_at.is_(None), STORED.c.modified_at < filters.until)))
    return wanted


def _micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def _dress(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [[observation_row(raw)] for raw in raws]


def observation_row(raw: Raw) -> Row:
    """One row of the list."""
    values = (
        *(raw["store"], raw["path"], raw["detector"], raw["version"], raw["kind"]),
        *(seconds(raw["start"]), seconds(raw["end"]), raw["value"], raw["unit"], raw["detail"]),
        raw["file_id"],
    )
    return dict(zip(COLUMNS, values, strict=True))


OBSERVATIONS = ListQuery(
    "observations",
    COLUMNS,
    (OBSERVATION.c.file_id, START, OBSERVATION.c.id),
    _source,
    _dress,
    ("store", "file", "kind", "unit", "officer", "since", "until", "incident"),
    ways=observation_way,
)


def backlog_rows(connection: Connection) -> list[Row]:
    """What waits to be looked at: a row for each priority at which something does."""
    return [
        {"priority": one.priority, "clips": one.clips, "media_s": seconds(one.media), "oldest_at": one.oldest}
        for one in backlog(connection)
    ]


def content_state(connection: Connection) -> Row:
    """What waits, how many clips ended the last attempt, and how fast the last scan that looked at any was."""
    return {
        "waiting": backlog_rows(connection),
        "ended": count_ended(connection),
        "rate": last_rate(connection),
    }


def last_rate(connection: Connection) -> float | None:
    """Hours of media looked at in an hour, by the last scan that looked at any; None when none of the latest did."""
    query = select(SCAN.c.summary).where(SCAN.c.state == "complete").order_by(SCAN.c.id.desc()).limit(LOOK_BACK)
    rates = ((summary or {}).get("content_rate") for summary in connection.execute(query).scalars())
    return next((float(rate) for rate in rates if rate), None)


def content_sections(connection: Connection, file_id: int) -> list[ExplainSection]:
    """Of one file what was measured, what was looked at and what waits; of the past only what was measured."""
    query = select(OBSERVATION).where(current(OBSERVATION), OBSERVATION.c.file_id == file_id)
    rows = read(connection, query.order_by(OBSERVATION.c.start, OBSERVATION.c.id))
    columns = ("detector", "version", "kind", "from_s", "to_s", "value", "unit", "detail")
    listed = [observation_row({**_by_key(row), "store": "", "path": ""}) for row in rows]
    cells = [tuple(row[name] for name in columns) for row in listed]
    state = read_first(connection, select(CONTENT).where(CONTENT.c.file_id == file_id)) if viewed() is None else None
    if not listed and state is None:
        return []
    return [
        *([_state(state)] if state is not None else []),
        table(("画面与声音", "Pictures and sound"), columns, *bounded(cells, MOST)),
    ]


def _by_key(row: Raw) -> Row:
    return {column.key: row[column.key] for column in OBSERVATION.c}


def _state(row: Raw) -> ExplainSection:
    pairs = [
        *(("content_state", row["state"]), ("priority", PRIORITIES.get(row["priority"], row["priority"]))),
        *(("wanted", _parts(row["wanted"])), ("checked", _parts(row["checked"]))),
        *(("waiting_s", seconds(row["waiting"])), ("checked_at", row["checked_at"])),
        *(("attempts", row["attempts"]), ("next_at", row["next_at"]), ("why", row["why"])),
        *(("versions", row["versions"]), ("cpu_s", row["cpu_ms"] / 1000)),
    ]
    if row["state"] != ContentState.DONE:
        pairs.append(("queued_at", row["queued_at"]))
    problems = [f"{one['code']}: {one['detail']}" for one in row["problems"]]
    return facts(("内容检测", "Looking at pictures and sound"), pairs, problems)


def _parts(stored: Sequence[Sequence[int]]) -> list[str]:
    """`90–270 s` for each part."""
    return [f"{micros(start):g}–{micros(end):g} s" for start, end in stored]
