"""Readable tables of tests/cases/*.toml → facts about clips, devices, stores and feeds."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from detectors.feed_days import FeedHole
from detectors.rule import (
    ClipFacts,
    DeviceFacts,
    FeedFacts,
    LinkedWindow,
    RoomRecording,
    SequenceHole,
    SessionFeeds,
    Shift,
    StoreFacts,
    StoreProof,
)
from domain.clip import (
    Assignment,
    Clip,
    ClockKind,
    ClockSource,
    Device,
    DeviceClock,
    FileState,
    IndexEntry,
    StoredFile,
    StoreKind,
    TimeSource,
)
from domain.media import Discontinuity, Probe, Problem, ProblemCode, Track, TrackKind
from domain.rate import UsualRate
from domain.timespan import Span
from tests.detectors.tables import NOW, STORES, instant, known_keys, link, maybe, span
from tests.detectors.tables_of_content import content, part

PATH = "2026-11-20/1234567_012345_20261120100000_0007.mp4"
TRACKS = (
    {"kind": "video", "codec": "h264", "width": 1280, "height": 720, "fps": 25},
    {"kind": "audio", "codec": "aac"},
)
KNOWN = {"yes": True, "no": False, "no register": None}


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def track(number: int, row: Mapping[str, Any], length: float) -> Track:
    known_keys(
        row,
        *("kind", "codec", "width", "height", "fps", "start_s", "length_s", "samples", "changes_at_s", "gaps"),
        "rotation",
    )
    return Track(
        number,
        TrackKind(row["kind"]),
        row["codec"],
        seconds(row.get("start_s", 0)),
        seconds(row.get("length_s", length)),
        row.get("samples", 1000),
        row.get("width"),
        row.get("height"),
        row.get("fps"),
        rotation=row.get("rotation"),
        changes_at=tuple(map(seconds, row.get("changes_at_s", ()))),
        discontinuities=discontinuities(row),
    )


def discontinuities(row: Mapping[str, Any]) -> tuple[Discontinuity, ...]:
    return tuple(Discontinuity(start, end - start) for start, end in map(part, row.get("gaps", ())))


def probe(table: Mapping[str, Any], length: float) -> Probe:
    known_keys(
        table,
        *("container", "writer", "edits", "parameter_changes", "decodable", "tracks", "problems", "vendor_tags"),
        *("declared_s", "media_bytes"),
    )
    tracks = tuple(track(n, row, length) for n, row in enumerate(table.get("tracks", TRACKS)))
    return Probe(
        table.get("container", "mp4"),
        "isobmff",
        1,
        max((each.end for each in tracks), default=None),
        seconds(table["declared_s"]) if "declared_s" in table else None,
        writer=table.get("writer"),
        edits=table.get("edits", 0),
        parameter_changes=table.get("parameter_changes", 0),
        decodable_share=table.get("decodable", 1.0) if table.get("decodable") != "not measured" else None,
        tracks=tracks,
        problems=tuple(Problem(ProblemCode(code), "as read") for code in table.get("problems", ())),
        media_bytes=table.get("media_bytes"),
        tags={"make": "Maker", "model": "M1"} if table.get("vendor_tags") else {},
    )


def source(row: Mapping[str, Any]) -> TimeSource:
    known_keys(row, "source", "says", "error_s", "shown")
    text = row["says"]
    start = None if text == "lost" else instant(text)
    lost = {"lost": start is None, "shown": maybe(row, "shown")}
    return TimeSource(ClockSource(row["source"]), start, None, seconds(row.get("error_s", 1)), text, **lost)


def device_clock(row: Mapping[str, Any]) -> DeviceClock:
    known_keys(row, "kind", "offset_s", "error_s", "lost_clips", "zone_sources", "evidence")
    return DeviceClock(
        "1234567",
        ClockKind(row["kind"]),
        seconds(row.get("offset_s", 0)),
        seconds(row.get("error_s", 5)),
        tuple(row.get("evidence", ())),
        row.get("lost_clips", 0),
        tuple(ClockSource(name) for name in row.get("zone_sources", ())),
    )


def placed(table: Mapping[str, Any], clock: DeviceClock | None) -> Clip:
    whole = span(table.get("recorded", "10:00:00-10:10:00")) if table.get("recorded") != "time unknown" else None
    return Clip(
        1,
        "dock-a",
        table.get("path", PATH),
        table.get("device", "1234567") or None,
        table.get("badge", "012345") or None,
        whole,
        whole.duration if whole else seconds(600),
        ClockSource(table.get("clock_source", "name")) if whole else None,
        seconds(table.get("clock_error_s", 0)),
        clock.offset if clock and table.get("clock_source") != "clip_index" else timedelta(0),
        tuple(source(row) for row in table.get("times", ())),
        table.get("room"),
        sequence=table.get("sequence"),
        channel=table.get("channel"),
        discontinuities=discontinuities(table),
        has_sound=table.get("has_sound", True),
        has_picture=table.get("has_picture", True),
    )


CLIP_KEYS = (
    "channel gaps has_sound has_picture "
    "path state store_kind bytes first_bytes recorded device badge room clock_error_s clock_source times clock "
    "probe placed arriving_since lost_since digest digest_listed digest_first digest_changed pattern listed "
    "registered officer_known issued_to imported imported_after now modified imported_before same_content linked "
    "activities_known permanent vendor_tagged sequence usual_rate "
    "kept_at first_seen_as room_registered feed_holes content zone"
).split()


def clip(table: Mapping[str, Any]) -> ClipFacts:
    known_keys(table, *CLIP_KEYS)
    path, read = table.get("path", PATH), table.get("probe", {}) != "none"
    known = device_clock(table["clock"]) if "clock" in table else None
    here = placed(table, known) if table.get("placed", True) else None
    size = table.get("bytes", 5_000_000)
    length = here.duration.total_seconds() if here and here.duration else 600.0
    issued = table.get("issued_to", ["012345"])
    return ClipFacts(
        file=StoredFile("dock-a", path, size, instant(table.get("modified", "10:10:02"))),
        state=FileState(table.get("state", "present")),
        now=instant(table.get("now", NOW)),
        store_kind=StoreKind(table.get("store_kind", "recorder")),
        unit="310114010000",
        clip=here,
        probe=probe(table.get("probe", {}), length) if read else None,
        arriving_since=maybe(table, "arriving_since"),
        lost_since=maybe(table, "lost_since"),
        first_size=table.get("first_bytes", size) if table.get("first_bytes") != "not read" else None,
        digest_found=table.get("digest"),
        digest_listed=table.get("digest_listed"),
        digest_first=table.get("digest_first"),
        digest_changed=table.get("digest_changed"),
        name_pattern=table.get("pattern", "body-camera") or None,
        registered=KNOWN[table.get("registered", "yes")],
        officer_known=KNOWN[table.get("officer_known", "yes")],
        issued=None
        if issued == "no list"
        else tuple(Assignment("1234567", badge, instant("00:00:00")) for badge in issued),
        index_entry=IndexEntry(path) if table.get("listed") else None,
        imported_at=maybe(table, "imported"),
        imported_after=maybe(table, "imported_after"),
        imported_before=maybe(table, "imported_before"),
        same_content=tuple(table.get("same_content", ())),
        linked=tuple(linked(row) for row in table.get("linked", ())),
        activities_known=table.get("activities_known", True),
        retention_permanent=table.get("permanent"),
        vendor_tagged=table.get("vendor_tagged", False),
        clock=known,
        kept_at=tuple(table.get("kept_at", ())),
        first_seen_as=table.get("first_seen_as"),
        feed_holes=tuple(feed_hole(row) for row in table.get("feed_holes", ())),
        room_registered=table.get("room_registered", False),
        usual_rate=UsualRate(**table["usual_rate"]) if "usual_rate" in table else None,
        content=content(table["content"], length) if "content" in table else None,
        zone=table.get("zone", "Asia/Shanghai"),
    )


def linked(row: Mapping[str, Any]) -> LinkedWindow:
    known_keys(row, "number", "window", "officers", "method", "status")
    made = link(row["number"], 1, row.get("method", "auto"), row.get("status", "linked"))
    return LinkedWindow(made, span(row["window"]), tuple(row.get("officers", ())))


def shift(row: Mapping[str, Any]) -> Shift:
    known_keys(row, "officer", "incidents", "clips", "upload_due")
    due = instant(row.get("upload_due", "2026-11-21 18:00:00"))
    whole = span("08:00:00-18:00:00")
    return Shift(row["officer"], date(2026, 11, 20), whole, tuple(row["incidents"]), row["clips"], due)


def hole(row: Mapping[str, Any]) -> SequenceHole:
    known_keys(row, "after", "before", "after_time", "before_time", "missing")
    ends = [
        placed({"path": f"{row[key]}.mp4", "sequence": row[key] or None, "recorded": row[f"{key}_time"]}, None)
        for key in ("after", "before")
    ]
    return SequenceHole(ends[0], ends[1], row["missing"])


def device(table: Mapping[str, Any]) -> DeviceFacts:
    known_keys(
        table,
        *("clock", "drift_s_per_day", "shifts", "holes", "stores", "now"),
        *("room", "kind", "room_recordings", "sessions_spoken", "sessions_unreadable", "sessions_holes"),
    )
    kind = StoreKind(table.get("kind", "recorder"))
    return DeviceFacts(
        "1234567",
        instant(table.get("now", NOW)),
        clock=device_clock(table["clock"]) if "clock" in table else None,
        drift_s_per_day=table.get("drift_s_per_day"),
        shifts=tuple(shift(row) for row in table.get("shifts", ())),
        holes=tuple(hole(row) for row in table.get("holes", ())),
        stores=STORES[table.get("stores", "complete")],
        unit="310114010000",
        device=Device("1234567", kind=kind, room=table.get("room")) if "room" in table or "kind" in table else None,
        room_recordings=tuple(room_recording(row, table.get("room", "")) for row in table.get("room_recordings", ())),
        session_feeds=SessionFeeds(
            span(table["sessions_spoken"]) if "sessions_spoken" in table else None,
            tuple(table.get("sessions_unreadable", ())),
            tuple(feed_hole(row) for row in table.get("sessions_holes", ())),
        ),
    )


def room_recording(row: Mapping[str, Any], room: str) -> RoomRecording:
    known_keys(row, "recorded", "first", "clips", "channels", "sessions", "roomless")
    first = row.get("first", "rooms:XW-01/a.mp4")
    names = [tuple(row.get(key, ())) for key in ("channels", "sessions", "roomless")]
    return RoomRecording(room, span(row["recorded"]), first, row.get("clips", 1), *names)


def feed_hole(row: Mapping[str, Any]) -> FeedHole:
    known_keys(row, "first", "last", "counted", "usual")
    days = [date.fromisoformat(row["first"]), date.fromisoformat(row.get("last", row["first"]))]
    whole = Span(instant(f"{days[0]} 00:00:00"), instant(f"{days[1] + timedelta(days=1)} 00:00:00"))
    return FeedHole("110", days[0], days[1], row.get("counted", 0), row["usual"], whole)


def entry(row: Mapping[str, Any]) -> IndexEntry:
    known_keys(row, "path", "recorded", "imported")
    whole = span(row["recorded"]) if "recorded" in row else None
    return IndexEntry(
        row["path"],
        started_at=whole.start if whole else None,
        ended_at=whole.end if whole else None,
        imported_at=maybe(row, "imported"),
    )


def store(table: Mapping[str, Any]) -> StoreFacts:
    known_keys(table, "state", "scan", "refused", "listed_absent", "now", "detail", "errors")
    scan = table.get("scan", 7) if table.get("scan") != "none" else None
    proof = StoreProof(
        "dock-a",
        table.get("state", "online"),
        scan,
        instant(NOW) if scan else None,
        folders=12,
        files=345,
        errors=table.get("errors", 0),
        refused=tuple(table.get("refused", ())),
    )
    absent = tuple(entry(row) for row in table.get("listed_absent", ()))
    return StoreFacts("dock-a", instant(table.get("now", NOW)), proof, table.get("detail", ""), absent)


def feed(table: Mapping[str, Any]) -> FeedFacts:
    known_keys(table, *("error", "accepted", "corrected", "rejected", "reasons"), *("activities", "compared", "holes"))
    return FeedFacts(
        "110",
        instant(NOW),
        table.get("error"),
        table.get("accepted", 0),
        table.get("corrected", 0),
        table.get("rejected", 0),
        tuple(table.get("reasons", ())),
        activities=table.get("activities", True),
        days_compared=table.get("compared", 0),
        holes=tuple(feed_hole(row) for row in table.get("holes", ())),
    )
