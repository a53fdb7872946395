"""Explains one file: its history, what was read in it, every time source, whose it is, what it was compared with."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, or_, select

from domain.clip import FileState
from domain.finding import SubjectKind
from storage.queries.clips import time_sources
from storage.queries.explanation import ExplainSection, facts, table
from storage.queries.judgements import activities_section, findings_of, findings_section, link_rows, rules_section
from storage.queries.observations import content_sections
from storage.queries.raws import Raw, every_version, read, read_first
from storage.queries.shapes import file_places, gap_parts, instant, micros, place_names, seconds
from storage.schema.tables import (
    CLIP,
    DEVICE_CLOCK,
    FAILURE,
    FILE,
    FOOTAGE,
    LINK,
    PROBE,
    RECORD,
    RECORDING,
    SCAN,
    STORE,
    STORED,
)
from storage.versions import current, ended_by, known, viewed

GONE = case((STORED.c.state == FileState.MOVED, 2), (STORED.c.state == FileState.MISSING, 1), else_=0)


def find_file(connection: Connection, name: str) -> int | None:
    """The file at `store:path`: the one there now, else one that was gone or moved from there, else by first name."""
    store, colon, path = name.partition(":")
    if not colon:
        return None
    here = and_(STORE.c.name == store, STORED.c.folder == path.rpartition("/")[0], STORED.c.path == path)
    query = select(STORED.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id).where(known(STORED), here)
    now = connection.execute(query.where(current(STORED)).order_by(GONE, STORED.c.id.desc()).limit(1)).scalar()
    if now is not None:
        return int(now)
    first = file_of_anchor(connection, name)
    if first is not None and every_version(connection, select(STORED.c.id), STORED, STORED.c.file_id == first):
        return first
    there = select(STORED.c.id, STORED.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
    once = max(every_version(connection, there, STORED, here), key=lambda row: int(row["id"]), default=None)
    return None if once is None else int(once["file_id"])


def file_of_anchor(connection: Connection, anchor: str) -> int | None:
    """The file whose stable name this is."""
    found = connection.execute(select(FILE.c.id).where(FILE.c.anchor == anchor)).scalar()
    return None if found is None else int(found)


def file_name(connection: Connection, file_id: int) -> str:
    """Where the file lies now, as `store:path`."""
    return place_names(file_places(connection, [file_id]), [file_id])[0]


def file_sections(connection: Connection, file_id: int) -> list[ExplainSection]:
    """Everything known about one file, in reading order."""
    identity = read(connection, select(FILE).where(FILE.c.id == file_id))[0]
    clip, probe = _current(connection, CLIP, file_id), _current(connection, PROBE, file_id)
    links = link_rows(connection, LINK.c.file_id == file_id)
    return [
        _identity(connection, identity),
        _history(connection, file_id),
        *_measured(probe),
        _time_sources(clip),
        *_clock(connection, clip),
        _whose(connection, clip, file_id),
        *_recording(connection, file_id),
        *content_sections(connection, file_id),
        *_seen(clip, file_id),
        activities_section(links),
        rules_section(connection, SubjectKind.CLIP.value, identity["anchor"]),
        findings_section(connection, findings_of(SubjectKind.CLIP.value, identity["anchor"])),
        *_failures(connection, file_id),
    ]


def _current(connection: Connection, source: Any, file_id: int) -> Raw | None:
    return read_first(connection, select(source).where(current(source), source.c.file_id == file_id))


def _identity(connection: Connection, identity: Raw) -> ExplainSection:
    query = (
        select(STORED, STORE.c.name.label("store"))
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .where(current(STORED), STORED.c.file_id == identity["id"])
    )
    now = read_first(connection, query) or {}
    pairs = [
        ("id", identity["id"]),
        *((name, now.get(name)) for name in ("store", "path", "state")),
        *(("state_at", now.get("state_at")), ("bytes", now.get("size"))),
        *(("modified_at", now.get("modified_at")), ("first_seen_at", identity["first_seen_at"])),
        ("not_seen_before", identity["not_seen_before"]),
        *(("settled_size", _settled_size(connection, identity)), ("anchor", identity["anchor"])),
    ]
    return facts(("文件信息", "What is known of the file"), pairs)


def _settled_size(connection: Connection, identity: Raw) -> int | None:
    """Bytes at the first reading, which is the first probe: before it they were not known."""
    read_once = every_version(connection, select(PROBE.c.id), PROBE, PROBE.c.file_id == identity["id"])
    return identity["settled_size"] if read_once else None


def _history(connection: Connection, file_id: int) -> ExplainSection:
    """Every version of the file as the scans saw it."""
    query = (
        select(STORED, STORE.c.name.label("store"), SCAN.c.started_at.label("scanned_at"))
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .join(SCAN, SCAN.c.id == STORED.c.since_scan)
    )
    found = every_version(connection, query, STORED, STORED.c.file_id == file_id)
    names = ("state", "state_at", "store", "path", "size", "modified_at")
    rows = [
        [row["since_scan"], row["scanned_at"], ended_by(row), *(row[name] for name in names)]
        for row in sorted(found, key=lambda row: int(row["id"]))
    ]
    columns = (
        *("since_scan", "scanned_at", "until_scan", "state", "state_at", "store", "path"),
        *("bytes", "modified_at"),
    )
    return table(("各次扫描所见", "As the scans saw it"), columns, rows)


def _seen(clip: Raw | None, file_id: int) -> list[ExplainSection]:
    """Where pictures of it can be seen while the server runs: of the file as it is, whatever time is looked at."""
    if clip is None or not clip["has_picture"]:
        return []
    lines = ["bwc run 运行时可看 / can be seen while bwc run serves"]
    return [facts(("截图", "Pictures of it"), [("strip", f"/api/v1/clips/{file_id}/strip")], lines)]


def _measured(probe: Raw | None) -> list[ExplainSection]:
    """What the reader measured, its tracks and its problems."""
    title = ("读取结果", "What the file says about itself")
    if probe is None:
        return [table(title, (), (), ["尚未读取 / not read yet"])]
    lengths = ("duration", "declared_duration", "start")
    names = (
        *("container", "reader", "reader_version", "creation_time", "writer", "muxer", "brand", "edits"),
        *(
            "parameter_changes",
            "decodable_share",
            "bytes_read",
            "media_bytes",
            "playable",
            "quick_digest",
            "full_digest",
            "listed_digest",
            "tags",
        ),
    )
    pairs = [*((f"{name}_s", seconds(probe[name])) for name in lengths), *((name, probe[name]) for name in names)]
    fields = ("number", "kind", "codec", "width", "height", "frame_rate", "declared_frame_rate", "sample_count")
    tracks = [
        (*(track.get(name) for name in fields), micros(track.get("start")), micros(track.get("duration")))
        for track in probe["tracks"]
    ]
    holes = [
        (track["number"], micros(hole["at"]), micros(hole["length"]))
        for track in probe["tracks"]
        for hole in track.get("discontinuities", ())
    ]
    changes = [(track["number"], micros(at)) for track in probe["tracks"] for at in track.get("changes_at", ())]
    problems = [(one["code"], one["detail"], one.get("offset")) for one in probe["problems"]]
    return [
        facts(title, pairs),
        table(("文件所记时间", "Times that the file states"), ("stated_in", "stated_time"), _stated_times(probe)),
        table(("轨道", "Tracks"), (*fields, "start_s", "duration_s"), tracks),
        table(("文件内中断", "Jumps in sample times"), ("track", "at_s", "length_s"), holes),
        table(("参数改变处", "Where parameters change"), ("track", "at_s"), changes),
        table(("文件问题", "Problems"), ("code", "detail", "offset"), problems),
    ]


def _stated_times(probe: Raw) -> list[tuple[str, datetime | str]]:
    """Instants as such; a camera's local time as text, for its zone is not known here."""
    times = {name: datetime.fromisoformat(text) for name, text in (probe["stated_times"] or {}).items()}
    return [(name, time if time.tzinfo else time.isoformat(" ")) for name, time in times.items()]


def _time_sources(clip: Raw | None) -> ExplainSection:
    """Every candidate start with the reason why it was or was not chosen."""
    title = ("时间来源", "Time sources")
    if clip is None:
        return table(title, (), (), ["尚未定位 / not placed in time yet"])
    names = ("chosen", "start", "end", "error_s", "raw", "reason")
    sources = time_sources(clip["sources"]).items()
    columns = ("clock_source", "chosen", "from", "to", "error_s", "raw", "reason")
    lines = [] if clip["started_at"] is not None else ["没有可信的时间 / no source gives a believable time"]
    return table(title, columns, [(source, *(row[name] for name in names)) for source, row in sources], lines)


def _clock(connection: Connection, clip: Raw | None) -> list[ExplainSection]:
    """The placing that follows, and what is known of the camera's clock."""
    if clip is None:
        return []
    pairs = [
        *(("started_at", clip["started_at"]), ("ended_at", clip["ended_at"]), ("clock_source", clip["clock_source"])),
        *(("clock_offset_s", seconds(clip["clock_offset"])), ("clock_error_s", seconds(clip["clock_error"]))),
    ]
    if clip["started_at"] is None:
        pairs += [("earliest", clip["earliest"]), ("latest", clip["latest"])]
    by_camera = clip["started_at"] and clip["started_at"] - clip["clock_offset"]
    return [facts(("定位", "Placed in time"), pairs), *clock_sections(connection, clip["device"], by_camera)]


def clock_sections(connection: Connection, device: str | None, at: datetime | None = None) -> list[ExplainSection]:
    """A device's clock with its evidence: at an instant of the camera's time, else the latest known."""
    query = select(DEVICE_CLOCK).where(current(DEVICE_CLOCK), DEVICE_CLOCK.c.device == device)
    if at is not None:
        query = query.where(or_(DEVICE_CLOCK.c.period.is_(None), DEVICE_CLOCK.c.period <= at))
    latest = query.order_by(DEVICE_CLOCK.c.period.desc()).limit(1)
    row = read_first(connection, latest) if device is not None else None
    if row is None:
        return []
    body = row["body"]
    pairs = [
        *(("device", device), ("clock_kind", row["kind"]), ("clock_offset_s", seconds(row["offset"]))),
        *(("clock_error_s", seconds(row["error"])), ("drift_s_per_day", body.get("drift_s_per_day"))),
        *(
            ("lost_clips", body.get("lost_clips")),
            ("since", row["period"]),
            ("reference", instant(body.get("reference"))),
        ),
        *((f"habit_{name}", value) for name, value in sorted((body.get("habit") or {}).items())),
    ]
    return [facts(("设备时钟", "Device clock"), pairs, body.get("evidence", ()))]


def _whose(connection: Connection, clip: Raw | None, file_id: int) -> ExplainSection:
    """How camera and officer were identified, and whose footage the clip counts as."""
    query = select(FOOTAGE).where(current(FOOTAGE), FOOTAGE.c.file_id == file_id).order_by(FOOTAGE.c.party)
    found = clip or {}
    pairs = [
        *((name, found.get(name)) for name in ("device", "officer", "room", "channel", "unit")),
        *(("sequence", found.get("sequence")), ("name_pattern", found.get("name_pattern"))),
        *(("footage", f"{row.party} ({row.basis})") for row in connection.execute(query).all()),
        *(("register", body) for body in _register(connection, found.get("device"))),
    ]
    return facts(("设备与民警", "Camera and officer"), pairs, found.get("evidence", ()))


def _register(connection: Connection, device: str | None) -> list[Any]:
    query = select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "devices", RECORD.c.key == device)
    return list(connection.execute(query).scalars()) if device is not None else []


def _recording(connection: Connection, file_id: int) -> list[ExplainSection]:
    """The recording that the clip is part of."""
    part = FOOTAGE.c.recording_file == RECORDING.c.first_file
    by_footage = select(FOOTAGE.c.id).where(current(FOOTAGE), FOOTAGE.c.file_id == file_id, part)
    inside = and_(
        CLIP.c.lane == RECORDING.c.lane,
        CLIP.c.started_at >= RECORDING.c.started_at,
        CLIP.c.started_at <= RECORDING.c.ended_at,
    )
    by_clip = select(CLIP.c.id).where(current(CLIP), CLIP.c.file_id == file_id, inside)
    lanes = select(CLIP.c.lane).where(current(CLIP), CLIP.c.file_id == file_id)
    query = select(RECORDING).where(
        current(RECORDING), RECORDING.c.lane.in_(lanes), or_(by_footage.exists(), by_clip.exists())
    )
    rows = [row for row in read(connection, query) if file_id in row["clips"]]
    places = file_places(connection, (one for row in rows for one in row["clips"]))
    sections = []
    for row in rows:
        gaps = [("gap", {**gap.listed(), "evidence": list(gap.evidence)}) for gap in gap_parts(row["gaps"])]
        pairs = [("started_at", row["started_at"]), ("ended_at", row["ended_at"]), *gaps]
        pairs += [("clips", name) for name in place_names(places, row["clips"])]
        sections.append(facts(("所属记录", "Recording it is part of"), pairs))
    return sections


def _failures(connection: Connection, file_id: int) -> list[ExplainSection]:
    """Steps of our own that failed on this file; when they began to is not kept, so of the past nothing is said."""
    if viewed() is not None:
        return []
    subjects = (str(file_id), f"clip:{file_id}")
    query = select(FAILURE).where(FAILURE.c.subject.in_(subjects)).order_by(FAILURE.c.step)
    rows = [(row.step, row.error, row.message, row.attempts, row.last_at) for row in connection.execute(query).all()]
    columns = ("step", "error", "message", "attempts", "last_at")
    return [table(("处理失败", "Steps that failed"), columns, rows)] if rows else []
