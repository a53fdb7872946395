"""The list of clips: every file the stores hold, with what was measured in it and where it was placed in time.

In order of file id (first sight): unique, indexed, and without the NULLs of files that have no believable time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from domain.clip import FileState
from domain.finding import SubjectKind
from storage.queries.clip_ways import clip_way
from storage.queries.filters import Filters, footage_files, linked_files, wanted_units, with_findings
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.queries.shapes import instant, micros, seconds
from storage.schema.tables import CLIP, FILE, PROBE, STORE, STORED
from storage.versions import current

COLUMNS = (
    *("id", "store", "path", "bytes", "state", "device", "officer", "started_at", "ended_at", "duration_s"),
    *("clock_source", "clock_error_s", "clock_offset_s", "container", "video_codec", "width", "height"),
    *("frame_rate", "audio_codec", "gaps", "problems", "time_sources"),
)


def _source(connection: Connection, filters: Filters) -> Select[Any]:
    joined = (
        STORED.join(STORE, STORE.c.id == STORED.c.store_id)
        .join(FILE, FILE.c.id == STORED.c.file_id)
        .outerjoin(CLIP, and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP)))
        .outerjoin(PROBE, and_(PROBE.c.file_id == STORED.c.file_id, current(PROBE)))
    )
    query = select(
        *(STORED.c.file_id, STORE.c.name.label("store"), STORED.c.path, STORED.c.size, STORED.c.state),
        *(CLIP.c.device, CLIP.c.officer, CLIP.c.started_at, CLIP.c.ended_at, CLIP.c.duration, CLIP.c.clock_source),
        *(CLIP.c.clock_error, CLIP.c.clock_offset, CLIP.c.sources, CLIP.c.discontinuities),
        *(PROBE.c.container, PROBE.c.duration.label("probe_duration"), PROBE.c.tracks, PROBE.c.problems),
    ).select_from(joined)
    return query.where(current(STORED), *_conditions(connection, filters))


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [STORED.c.state == filters.status if filters.status is not None else STORED.c.state != FileState.MOVED]
    wanted += with_findings(SubjectKind.CLIP, FILE.c.anchor, filters)
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(func.coalesce(CLIP.c.unit, STORE.c.unit).in_(units))
    if filters.officer is not None:
        own = CLIP.c.officer == filters.officer
        wanted.append(or_(own, STORED.c.file_id.in_(footage_files(filters.officer))))
    if filters.incident is not None:
        wanted.append(STORED.c.file_id.in_(linked_files(filters.incident)))
    # A file without a believable time is found by its modification time: it must not vanish from every range.
    if filters.since is not None:
        modified = and_(CLIP.c.started_at.is_(None), STORED.c.modified_at >= filters.since)
        wanted.append(or_(CLIP.c.ended_at > filters.since, CLIP.c.started_at >= filters.since, modified))
    if filters.until is not None:
        modified = and_(CLIP.c.started_at.is_(None), STORED.c.modified_at < filters.until)
        wanted.append(or_(CLIP.c.started_at < filters.until, modified))
    return wanted


def _dress(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [[clip_row(raw)] for raw in raws]


def clip_row(raw: Raw) -> Row:
    """One row of the list from the joined tables."""
    placed = raw["started_at"] is not None
    video, audio = first_track(raw["tracks"], "video", "still"), first_track(raw["tracks"], "audio")
    duration = raw["duration"] if raw["duration"] is not None else raw["probe_duration"]
    values = (
        *(raw["file_id"], raw["store"], raw["path"], raw["size"], raw["state"], raw["device"], raw["officer"]),
        *(raw["started_at"], raw["ended_at"], seconds(duration), raw["clock_source"]),
        *((seconds(raw["clock_error"]), seconds(raw["clock_offset"])) if placed else (None, None)),
        *(raw["container"], video.get("codec"), video.get("width"), video.get("height"), video.get("frame_rate")),
        *(audio.get("codec"), [{"at_s": micros(at), "length_s": micros(n)} for at, n in raw["discontinuities"] or ()]),
        [{"code": problem["code"], "detail": problem["detail"]} for problem in raw["problems"] or ()],
        time_sources(raw["sources"] or ()),
    )
    return dict(zip(COLUMNS, values, strict=True))


def first_track(tracks: Sequence[Mapping[str, Any]] | None, *kinds: str) -> Mapping[str, Any]:
    """The first track of the first kind that there is; an empty mapping when there is none."""
    for kind in kinds:
        for track in tracks or ():
            if track["kind"] == kind:
                return track
    return {}


def time_sources(stored: Sequence[Mapping[str, Any]]) -> dict[str, Row]:
    """Every candidate start by its source; a second one of the same source is called `name#2`."""
    found: dict[str, Row] = {}
    for source in stored:
        name, number = source["source"], 2
        while name in found:
            name, number = f"{source['source']}#{number}", number + 1
        found[name] = {
            "start": instant(source["start"]),
            "end": instant(source.get("end")),
            "error_s": micros(source.get("error")),
            "raw": source["raw"],
            "chosen": source.get("chosen", False),
            "reason": source.get("reason", ""),
        }
    return found


CLIPS = ListQuery(
    name="clips",
    columns=COLUMNS,
    key=(STORED.c.file_id,),
    source=_source,
    dress=_dress,
    offers=("unit", "officer", "since", "until", "rule", "flag", "status", "incident"),
    ways=clip_way,
)
