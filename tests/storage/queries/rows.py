"""Rows put straight into the tables, with defaults for what a test does not care about."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from domain.activity import Incident, InterrogationSession
from domain.clip import ClockSource, TimeSource
from domain.gap import Gap
from domain.media import Problem, ProblemCode, Track
from domain.timespan import Span, utc
from storage.codec import encode
from storage.schema import tables as t

NOON = utc(2026, 11, 22, 12)
UNIT = "310114010000"


def at(minutes: float) -> datetime:
    """An instant so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def put(connection: Connection, table: Any, **values: Any) -> int:
    """One row; returns its id."""
    return connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()


def scan(connection: Connection, started: float = 0, state: str = "complete", **values: Any) -> int:
    row = {"state": state, "started_at": at(started), "finished_at": at(started + 1), "host": "h", "process": 1}
    return put(connection, t.SCAN, **{**row, "claimed_until": at(started), "summary": {"files": 3}, **values})


def store(connection: Connection, name: str = "dock-a", unit: str | None = UNIT, active: bool = True) -> int:
    values = {"kind": "recorder", "location": f"/stores/{name}", "timezone": "Asia/Shanghai", "active": active}
    return put(connection, t.STORE, name=name, unit=unit, **values)


def store_scan(connection: Connection, scan_id: int, store_id: int, started: float = 0, **values: Any) -> int:
    row = {"state": "online", "detail": "", "started_at": at(started), "finished_at": at(started + 1)}
    counts = {"folders": 2, "files": 5, "refused": 0, "skipped": 0}
    if row.get("state", "online") == "online" and values.get("state", "online") == "online":
        mine = (t.STORE_SCAN.c.store_id == store_id) & (t.STORE_SCAN.c.state == "online")
        earlier = connection.execute(select(func.count()).select_from(t.STORE_SCAN).where(mine)).scalar_one()
        values["whole"] = earlier + 1
    return put(connection, t.STORE_SCAN, scan_id=scan_id, store_id=store_id, **{**row, **counts, **values})


def folder(connection: Connection, store_id: int, path: str, files: int = 0, **values: Any) -> int:
    row = {"refused": None, "skipped": [], "since_scan": 1, "until_scan": None, **values}
    return put(connection, t.FOLDER, store_id=store_id, path=path, files=files, **row)


def file(connection: Connection, path: str, store_id: int = 1, store_name: str = "dock-a", **values: Any) -> int:
    """A file with its current row; returns the file's id."""
    anchor = values.pop("anchor", f"{store_name}:{path}")
    file_id = put(connection, t.FILE, anchor=anchor, store_id=store_id, first_seen_at=at(60), not_seen_before=at(50))
    seen(connection, file_id, path, store_id=store_id, **values)
    return file_id


def seen(connection: Connection, file_id: int, path: str, store_id: int = 1, **values: Any) -> None:
    """One version of a file as the scans saw it."""
    row = {"size": 1000, "modified_at": at(10), "state": "present", "state_at": at(60), "since_scan": 1}
    place = {"store_id": store_id, "folder": path.rpartition("/")[0], "path": path}
    put(connection, t.STORED, file_id=file_id, **{**row, "until_scan": None, **place, **values})


def clip(connection: Connection, file_id: int, start: float | None = 0, end: float | None = 10, **values: Any) -> None:
    """A clip in minutes after noon; `start` None = not placed."""
    placed = start is not None and end is not None
    row = {
        "lane": "device:C1",
        "device": "C1",
        "officer": "031021",
        **dict.fromkeys(("room", "channel", "sequence", "name_pattern")),
        "unit": UNIT,
        "started_at": at(start) if start is not None else None,
        "ended_at": at(end) if end is not None else None,
        "duration": timedelta(minutes=end - start) if placed else None,
        "clock_source": "name" if placed else None,
        "clock_error": timedelta(seconds=2),
        "clock_offset": timedelta(seconds=-3),
        "sources": [],
        "discontinuities": [],
        "closed": True,
        "has_sound": True,
        "has_picture": True,
        "evidence": ["name: device C1"],
        "since_scan": 1,
        "until_scan": None,
    }
    values["sources"] = encode(values.get("sources", ()))
    modified = select(t.STORED.c.modified_at).where(t.STORED.c.file_id == file_id).order_by(t.STORED.c.id.desc())
    row["listed_at"] = row["started_at"] or connection.execute(modified.limit(1)).scalar()
    put(connection, t.CLIP, file_id=file_id, **{**row, **values})


def probe(connection: Connection, file_id: int, tracks: Iterable[Track] = (), **values: Any) -> None:
    row = {
        "size": 1000,
        "modified_at": at(10),
        "reader": "isobmff",
        "reader_version": 1,
        "container": "mp4",
        "duration": timedelta(minutes=10),
        "declared_duration": timedelta(minutes=10),
        "start": timedelta(0),
        **dict.fromkeys(("creation_time", "writer", "brand", "decodable_share")),
        **dict.fromkeys(("edits", "parameter_changes", "bytes_read"), 0),
        "problems": [],
        "tags": {},
        "playable": True,
        **dict.fromkeys(("quick_digest", "full_digest", "listed_digest")),
        "since_scan": 1,
        "until_scan": None,
    }
    values["problems"] = encode(values.get("problems", ()))
    put(connection, t.PROBE, file_id=file_id, tracks=encode(list(tracks)), **{**row, **values})


def observation(connection: Connection, file_id: int, start: float, end: float, **values: Any) -> None:
    """One measurement, in seconds of media time."""
    row = {"detector": "picture", "version": 1, "kind": "black", "value": 3.0, "unit": "grey", "detail": None}
    times = {"start": timedelta(seconds=start), "end": timedelta(seconds=end)}
    put(connection, t.OBSERVATION, file_id=file_id, **{**row, **times, "since_scan": 1, "until_scan": None, **values})


def recording(
    connection: Connection, file_ids: list[int], start: float, end: float, gaps: Iterable[Gap] = (), **values: Any
) -> None:
    row = {"lane": "device:C1", "device": "C1", "officer": "031021", "since_scan": 1, "until_scan": None, **values}
    row.setdefault("first_file", file_ids[0])
    times = {"started_at": at(start), "ended_at": at(end)}
    put(connection, t.RECORDING, clips=file_ids, gaps=encode(list(gaps)), **times, **row)


def footage(connection: Connection, file_id: int, party: str, start: float | None, **values: Any) -> None:
    begin = at(start) if start is not None else None
    row = {"basis": "badge", "lane": "device:C1", "started_at": begin, "ended_at": begin}
    row |= {"recording_at": begin, "recording_file": file_id if begin else None}
    put(connection, t.FOOTAGE, file_id=file_id, party=party, **{**row, "since_scan": 1, "until_scan": None, **values})


def record(connection: Connection, kind: str, key: str, body: Any, **values: Any) -> None:
    """One feed record; `body` is a domain value or a mapping."""
    row = {"feed": kind, "group_key": None, "unit": None, "store": None, "at": None, "since_scan": 1}
    told = encode(body)
    row |= {"officer": told.get("officer"), "status": told.get("status")}
    put(connection, t.RECORD, kind=kind, key=key, body=told, **{**row, "until_scan": None, **values})
    for officer in told.get("officers") or ():
        put(connection, t.ATTENDANCE, kind=kind, number=key, officer=officer)


def unit(connection: Connection, code: str, parent: str | None = None) -> None:
    record(connection, "units", code, {"code": code, "name": None, "parent": parent}, group_key=parent, unit=code)


def incident(connection: Connection, value: Incident) -> None:
    began = value.arrived_at or value.dispatched_at or value.received_at
    record(connection, "incidents", value.number, value, unit=value.unit, at=began, feed="110")


def session(connection: Connection, value: InterrogationSession) -> None:
    record(connection, "sessions", value.number, value, unit=value.unit, at=value.started_at, feed="rooms")


def window(connection: Connection, number: str, party: str, start: float, end: float, **values: Any) -> None:
    officer = party.removeprefix("badge:") if party.startswith("badge:") else None
    row = {"kind": "incident", "officer": officer, "unit": UNIT, "room": None, "channels": [], "dispatched_at": None}
    known = {"start_known": "stated", "end_known": "stated", "since_scan": 1, "until_scan": None}
    times = {"started_at": at(start), "ended_at": at(end)}
    put(connection, t.WINDOW, number=number, party=party, **times, **{**row, **known, **values})


def link(connection: Connection, number: str, file_id: int, **values: Any) -> None:
    row = {
        "party": "badge:031021",
        "at": at(0),
        "kind": "incident",
        "officer": "031021",
        "basis": "badge",
        "overlap": timedelta(minutes=8),
        "score": 0.9,
        "status": "linked",
        "runner_up_number": None,
        "runner_up_score": None,
        "method": "auto",
        "evidence": ["overlap 480 s"],
        "since_scan": 1,
        "until_scan": None,
    }
    put(connection, t.LINK, number=number, file_id=file_id, **{**row, **values})


def coverage(connection: Connection, number: str, lane: str, start: float, end: float, **values: Any) -> None:
    """Coverage of a window in minutes after noon; `covered`, `late`, `early` in minutes."""
    minutes = {name: timedelta(minutes=values.pop(name, 0)) for name in ("covered", "late", "early")}
    kind, _, who = lane.partition(":")
    row = {
        "kind": "incident",
        "officer": who if kind == "officer" else None,
        "channel": who if kind == "channel" else None,
        "start_known": "stated",
        "end_known": "stated",
        "covered_low": minutes["covered"],
        "covered_high": minutes["covered"],
        "clock_error": timedelta(seconds=2),
        "clips": [],
        "since_scan": 1,
        "until_scan": None,
    }
    times = {"started_at": at(start), "ended_at": at(end)}
    values["gaps"] = encode(list(values.get("gaps", ())))
    put(connection, t.COVERAGE, number=number, lane=lane, **times, **minutes, **{**row, **values})


def evaluation(connection: Connection, kind: str, key: str, outcomes: Iterable[Any] = (), **values: Any) -> None:
    row = {"subject": key, "unit": UNIT, "result": None, "rule_set": "r", "recheck_at": None, "since_scan": 1}
    put(
        connection,
        t.EVALUATION,
        kind=kind,
        subject_key=key,
        outcomes=list(outcomes),
        **{**row, "until_scan": None, **values},
    )


def finding(connection: Connection, key: str, kind: str, subject: str, **values: Any) -> None:
    row = {
        "rule": "missing.no-recording",
        "rule_version": 1,
        "flag": "missing",
        "severity": "fail",
        "result": "fail",
        "status": "open",
        "subject_key": subject,
        "officer": "031021",
        "unit": UNIT,
        "started_at": at(0),
        "ended_at": at(30),
        "measured": {"covered_s": 0.0},
        "evidence": ["no clip overlaps the window"],
        "first_seen_at": at(100),
        "last_seen_at": at(100),
        "due_at": at(1000),
        "since_scan": 1,
        "until_scan": None,
    }
    put(connection, t.FINDING, key=key, kind=kind, subject=subject, **{**row, **values})


def supersede(connection: Connection, table: Any, condition: Any, scan_id: int) -> None:
    """End the current version."""
    connection.execute(update(table).where(condition, table.c.until_scan.is_(None)).values(until_scan=scan_id))


def source(name: str, start: datetime | None, **values: Any) -> TimeSource:
    row = {"end": None, "error": timedelta(seconds=1), "raw": "raw", **values}
    return TimeSource(ClockSource(name), start, **row)


def problem(code: str, detail: str) -> Problem:
    return Problem(ProblemCode(code), detail)
