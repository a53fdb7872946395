"""A small district written straight into a database: two officers, one gap, one absence, one room, hostile names."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert

from domain.timespan import utc
from storage.schema.tables import (
    CLIP,
    CONTENT,
    COVERAGE,
    EVALUATION,
    FEED_ROW,
    FILE,
    FINDING,
    FOLDER,
    LINK,
    OBSERVATION,
    PROBE,
    RECORD,
    RECORDING,
    SCAN,
    STORE,
    STORE_SCAN,
    STORED,
)

NOW = utc(2026, 11, 23, 4)
UNIT = "310114010000"
HOSTILE = "2026-11-20/<script>alert(1)</script>&\"'.mp4"
GAPPED, ABSENT, SESSION = "JQ20261120001", "JQ20261120002", "XW20261120001"
MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
ARRIVED = utc(2026, 11, 20, 12)
"""20:00 in Shanghai; the window of the incident with the gap is half an hour."""


def build(engine: Engine, more_findings: int = 0) -> None:
    """Fill an empty database; `more_findings` adds so many on clips, for pages."""
    with engine.begin() as connection:
        _scan(connection)
        _files(connection)
        _activities(connection)
        _delivered(connection)
        _coverage(connection)
        _links(connection)
        _findings(connection)
        for number in range(more_findings):
            finding(connection, f"{number:016x}", "nonstandard.name", "clip", f"dock-a:z/{number:04}.mp4", unit=UNIT)


def add(connection: Connection, table: Table, **values: Any) -> None:
    versioned = {"since_scan": 1, "until_scan": None} if "since_scan" in table.c else {}
    connection.execute(insert(table).values(**versioned, **values))


def _scan(connection: Connection) -> None:
    times = {"started_at": NOW - 10 * MINUTE, "finished_at": NOW - 9 * MINUTE}
    add(connection, SCAN, id=1, state="complete", host="h", process=1, claimed_until=NOW, summary={}, **times)
    for store, (name, kind) in enumerate((("dock-a", "recorder"), ("rooms", "interrogation")), 1):
        add(
            connection,
            STORE,
            id=store,
            name=name,
            kind=kind,
            location=f"/media/{name}",
            timezone="Asia/Shanghai",
            unit=UNIT,
            active=True,
        )
        counts = {"folders": 1, "files": 3, "refused": 0, "skipped": 0, "whole": 1}
        add(connection, STORE_SCAN, scan_id=1, store_id=store, state="online", detail="", **times, **counts)
        add(connection, FOLDER, store_id=store, path="2026-11-20", files=3, refused=None, skipped=[])


def _delivered(connection: Connection) -> None:
    """Three rows of a feed, one of each fate; the cells of the second would be a script in a careless page."""
    for number, fate, notes, cells in (
        (1, "accepted", [], {"number": GAPPED, "category": "盗窃"}),
        (2, "corrected", ["时间改为次日 / time moved to the next day"], {"number": ABSENT, "category": HOSTILE}),
        (3, "rejected", ["缺少编号 / no number"], {"number": "", "category": "咨询"}),
    ):
        add(connection, FEED_ROW, feed="110", number=number, fate=fate, notes=notes, raw=cells)


def _files(connection: Connection) -> None:
    clip(connection, 1, 1, "2026-11-20/C1_031021_1.mp4", "C1", "031021", ARRIVED - MINUTE, 11)
    clip(connection, 2, 1, HOSTILE, "C1", "031021", ARRIVED + 15 * MINUTE, 20)
    clip(connection, 3, 1, "2026-11-20/C2_031063_1.mp4", "C2", "031063", ARRIVED - MINUTE, 32, error=8)
    clip(connection, 4, 2, "XW-01/CH1.mp4", "R1", None, ARRIVED, 60, room="XW-01", channel="CH1")
    clip(connection, 5, 1, "2026-11-20/lost-clock.mp4", "C3", None, None, 5)
    for file, start in ((1, 30), (1, 90), (2, 0)):
        _observed(connection, file, start)
    for file, state in ((1, "done"), (2, "waiting"), (3, "waiting"), (5, "ended")):
        _queued(connection, file, state)


def _observed(connection: Connection, file: int, start: int) -> None:
    """Black for ten seconds."""
    times = {"start": timedelta(seconds=start), "end": timedelta(seconds=start + 10)}
    values = {"detector": "picture", "version": 1, "kind": "black", "value": 3.0, "unit": "grey", "detail": None}
    add(connection, OBSERVATION, file_id=file, **times, **values)


def _queued(connection: Connection, file: int, state: str) -> None:
    """Ten minutes are wanted, since as many minutes as the file's number."""
    times = {"started_at": ARRIVED, "modified_at": NOW, "queued_at": NOW - file * MINUTE, "waiting": 10 * MINUTE}
    values = {"wanted": [[0, 600_000_000]], "checked": [], "versions": {}, "problems": [], "asked": "x"}
    counts = {"priority": 0, "size": 1000 + file, "attempts": 0, "cpu_ms": 0}
    add(connection, CONTENT, file_id=file, state=state, **times, **values, **counts)


def _stored(connection: Connection, file: int, store: int, path: str) -> None:
    sight = {"anchor": f"anchor-{file}", "first_seen_at": NOW, "not_seen_before": None, "settled_size": 1000}
    add(connection, FILE, id=file, store_id=store, **sight)
    place = {"store_id": store, "folder": path.rpartition("/")[0], "path": path, "state": "present", "state_at": NOW}
    add(connection, STORED, file_id=file, size=1000 + file, modified_at=NOW - MINUTE, **place)


def _probed(connection: Connection, file: int, long: timedelta) -> None:
    track = {"number": 1, "kind": "video", "codec": "h264", "width": 1280, "height": 720, "frame_rate": 25.0}
    read = {"reader": "isobmff", "reader_version": 1, "container": "mp4", "bytes_read": 10, "playable": True}
    times = {"duration": long, "declared_duration": long, "start": ZERO, "creation_time": None}
    counts = {"edits": 0, "parameter_changes": 0, "decodable_share": 1.0}
    parts = {"tracks": [track], "problems": [], "tags": {}}
    unknown = dict.fromkeys(("writer", "brand", "quick_digest", "full_digest", "listed_digest"))
    values = {**read, **times, **counts, **parts, **unknown}
    add(connection, PROBE, file_id=file, size=1000 + file, modified_at=NOW - MINUTE, **values)


def clip(
    connection: Connection,
    file: int,
    store: int,
    path: str,
    device: str,
    officer: str | None,
    start: datetime | None,
    minutes: int,
    error: int = 2,
    **place: str,
) -> None:
    long = minutes * MINUTE
    _stored(connection, file, store, path)
    _probed(connection, file, long)
    source = {"source": "name", "start": start and start.isoformat(), "end": None, "error": 0, "raw": path}
    add(
        connection,
        CLIP,
        file_id=file,
        lane=device,
        device=device,
        officer=officer,
        unit=UNIT,
        sequence=None,
        **{"room": None, "channel": None, **place, "started_at": start, "ended_at": start and start + long},
        listed_at=start or NOW,
        duration=long,
        clock_source="name" if start else None,
        clock_offset=ZERO,
        clock_error=timedelta(seconds=error),
        sources=[{**source, "chosen": True, "reason": "only one"}],
        discontinuities=[],
        name_pattern="p",
        closed=True,
        has_sound=True,
        has_picture=True,
        evidence=[],
    )
    if start:
        times = {"started_at": start, "ended_at": start + long}
        head = {"first_file": file, "lane": device, "device": device, "officer": officer}
        add(connection, RECORDING, clips=[file], gaps=[], **head, **times)


def record(connection: Connection, kind: str, key: str, body: dict[str, Any], unit: str | None = UNIT) -> None:
    at = body.get("arrived_at") or body.get("started_at")
    moment = at and datetime.fromisoformat(at)
    add(connection, RECORD, feed="f", kind=kind, key=key, group_key=None, unit=unit, store=None, at=moment, body=body)


def _activities(connection: Connection) -> None:
    record(connection, "units", UNIT, {"code": UNIT, "name": "示范<一>所", "parent": None})
    for number, officers, start in (
        (GAPPED, ["031021", "031063"], ARRIVED),
        (ABSENT, ["031077"], ARRIVED + timedelta(days=1)),
    ):
        times = {"arrived_at": start.isoformat(), "finished_at": (start + 30 * MINUTE).isoformat()}
        body = {"number": number, "unit": UNIT, "officers": officers, "category": "<b>纠纷</b>", "status": "已反馈"}
        record(connection, "incidents", number, {**body, **times})
    times = {"started_at": ARRIVED.isoformat(), "signed_at": (ARRIVED + 60 * MINUTE).isoformat()}
    pause = {"start": (ARRIVED + 20 * MINUTE).isoformat(), "end": (ARRIVED + 25 * MINUTE).isoformat()}
    body = {"number": SESSION, "category": "讯问", "room": "XW-01", "channels": ["CH1", "CH2"], "officers": []}
    record(connection, "sessions", SESSION, {**body, **times, "interruptions": [{"span": pause, "reason": "就餐"}]})
    for kind, number, result in (
        ("incident", GAPPED, "noncompliant"),
        ("incident", ABSENT, "noncompliant"),
        ("session", SESSION, "noncompliant"),
    ):
        key = {"kind": kind, "subject_key": number, "subject": number, "unit": UNIT, "result": result}
        add(connection, EVALUATION, **key, rule_set="r", outcomes=[], recheck_at=None)


def coverage(connection: Connection, kind: str, number: str, lane: str, start: datetime, **more: Any) -> None:
    length = more.pop("length", 30 * MINUTE)
    covered = more.pop("covered", length)
    who = {"officer": None, "channel": None} | ({lane.split(":")[0]: lane.split(":")[1]} if ":" in lane else {})
    values = {"late": ZERO, "early": ZERO, "gaps": [], "clips": [], **more}
    add(
        connection,
        COVERAGE,
        **{"kind": kind, "number": number, "lane": lane, **who, "started_at": start, "ended_at": start + length},
        start_known="stated",
        end_known="stated",
        covered=covered,
        covered_low=covered,
        **{"covered_high": covered, "clock_error": ZERO, **values},
    )


def _coverage(connection: Connection) -> None:
    hole = {"from": (ARRIVED + 10 * MINUTE).isoformat(), "to": (ARRIVED + 15 * MINUTE).isoformat()}
    gap = {**hole, "cause": "stopped", "evidence": ["文件正常结束 / the file was closed properly"]}
    coverage(connection, "incident", GAPPED, "all", ARRIVED, clips=[1, 2, 3])
    coverage(connection, "incident", GAPPED, "officer:031021", ARRIVED, covered=25 * MINUTE, gaps=[gap], clips=[1, 2])
    coverage(connection, "incident", GAPPED, "officer:031063", ARRIVED, clips=[3])
    whole = {"covered": ZERO, "late": 30 * MINUTE, "early": 30 * MINUTE}
    for lane in ("all", "officer:031077"):
        coverage(connection, "incident", ABSENT, lane, ARRIVED + timedelta(days=1), **whole)
    hour = {"length": 60 * MINUTE}
    coverage(connection, "session", SESSION, "all", ARRIVED, **hour, clips=[4])
    coverage(connection, "session", SESSION, "channel:CH1", ARRIVED, **hour, clips=[4])
    gone = {"covered": ZERO, "late": 60 * MINUTE, "early": 60 * MINUTE}
    coverage(connection, "session", SESSION, "channel:CH2", ARRIVED, **hour, **gone)


def _links(connection: Connection) -> None:
    linked = ((1, "031021", "linked", 0.98), (2, "031021", "linked", 0.97), (3, "031063", "linked", 0.99))
    for file, officer, status, score in (*linked, (5, None, "proposed", 0.41), (4, None, "rejected", 0.05)):
        second = (ABSENT, 0.04) if file == 1 else (None, None)
        add(
            connection,
            LINK,
            party=f"badge:{officer}",
            at=ARRIVED,
            kind="incident",
            number=GAPPED,
            officer=officer,
            file_id=file,
            basis="badge",
            overlap=10 * MINUTE,
            score=score,
            status=status,
            runner_up_number=second[0],
            runner_up_score=second[1],
            method="auto",
            evidence=["警号一致 / same badge"],
        )


def finding(connection: Connection, key: str, rule: str, kind: str, subject: str, **more: Any) -> None:
    values = {"severity": "fail", "officer": None, "unit": None, "started_at": None, "ended_at": None, **more}
    values = {"subject_key": subject, "evidence": [], "measured": {}, "due_at": NOW + timedelta(days=4), **values}
    add(
        connection,
        FINDING,
        key=key,
        rule=rule,
        rule_version=1,
        flag=rule.partition(".")[0],
        result="fail",
        **{"status": "open", "kind": kind, "subject": subject, "first_seen_at": NOW, "last_seen_at": NOW, **values},
    )


def _findings(connection: Connection) -> None:
    hole = {"started_at": ARRIVED + 10 * MINUTE, "ended_at": ARRIVED + 15 * MINUTE, "officer": "031021"}
    said = ["中断 5 分 / a gap of 5 min", "<i>x</i>"]
    finding(
        connection,
        "a" * 16,
        "incomplete.gap",
        "incident",
        GAPPED,
        unit=UNIT,
        evidence=said,
        due_at=NOW - MINUTE,
        **hole,
    )
    said = ["未找到记录 / no recording was found"]
    finding(connection, "b" * 16, "missing.no-recording", "incident", ABSENT, unit=UNIT, evidence=said)
    finding(connection, "c" * 16, "incomplete.session-channel", "session", SESSION, unit=UNIT, severity="warn")
    finding(connection, "d" * 16, "nonstandard.name", "clip", f"dock-a:{HOSTILE}", subject_key="anchor-2", unit=UNIT)
    finding(connection, "e" * 16, "nonstandard.clock", "device", "C3")
