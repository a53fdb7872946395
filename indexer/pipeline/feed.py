"""Read the feeds that changed, keep every row's fate, and queue what their changes touch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection

from domain.activity import Explanation, Incident, InterrogationSession, RequiredWindow
from domain.clip import Assignment, Device, IndexEntry
from domain.errors import FeedUnreadable
from domain.people import Officer, Unit
from domain.timespan import Span
from indexer.feeds import FeedReading, open_feed, read_records
from indexer.feeds.base import FeedKind, FeedSettings, Record
from indexer.pipeline.plan import Scanning, fingerprint
from storage import activities
from storage.codec import encode
from storage.versions import Change, Row
from storage.work import Mark, mark

VERSION = 1
"""Raised when records or windows are derived differently: feeds are read again."""
MANY = 200


@dataclass(frozen=True, slots=True)
class Keyed:
    """Where a record is found: its own key, its group, its unit and time."""

    key: str
    group: str | None = None
    unit: str | None = None
    at: datetime | None = None


def keyed(record: Record, settings: FeedSettings) -> Keyed:
    """The natural key of a record of any kind."""
    match record:
        case Incident():
            at = record.arrived_at or record.dispatched_at or record.received_at
            return Keyed(record.number, record.case_number, record.unit, at)
        case InterrogationSession():
            return Keyed(record.number, record.person_code, record.unit, record.started_at)
        case Unit():
            return Keyed(record.code, record.parent, record.code)
        case Officer():
            return Keyed(record.badge, None, record.unit)
        case Device():
            return Keyed(record.serial, record.room, record.unit)
        case Assignment():
            return Keyed(f"{record.device}|{record.start.isoformat()}", record.device, None, record.start)
        case Explanation():
            began = record.span.start if record.span else None
            return Keyed(f"{record.activity}|{record.officer}|{began}|{record.reason}", record.activity, None, began)
        case IndexEntry():
            base = PurePosixPath(record.path).name.casefold()
            return Keyed(f"{settings.store or ''}:{record.path}", base, None, record.started_at)


def read_feeds(scan: Scanning) -> None:
    """Every configured feed whose content or settings changed; feeds that left the configuration lose their records."""
    scan.progress.step("feed", len(scan.plan.feeds))
    with scan.transaction() as connection:
        known = activities.feeds(connection)
    for settings in scan.plan.feeds:
        _read_feed(scan, settings, known.get(settings.name))
        scan.progress.advance()
    names = {settings.name for settings in scan.plan.feeds}
    for name, row in known.items():
        if name not in names and row.active:
            _retire(scan, name)


def _read_feed(scan: Scanning, settings: FeedSettings, known: Any) -> None:
    state = {"kind": settings.kind.value, "location": settings.location, "active": True}
    try:
        feed = open_feed(settings, scan.plan.base)
        digest = fingerprint(feed.digest(), VERSION, scan.plan.window_defaults)
        if known is not None and known.active and known.digest == digest and known.error is None:
            return
        reading = read_records(feed)
    except FeedUnreadable as error:
        scan.progress.note(str(error))
        if known is None or known.error != str(error):
            with scan.transaction() as connection:
                activities.save_feed(connection, settings.name, {**state, "error": str(error)})
                mark(connection, "evaluate", [Mark(f"feed:{settings.name}")])
        return
    with scan.transaction() as connection:
        _store(connection, scan, settings, reading)
        values = {**state, "digest": digest, "read_at": scan.now, "error": None}
        activities.save_feed(connection, settings.name, values)
        mark(connection, "evaluate", [Mark(f"feed:{settings.name}")])


def _retire(scan: Scanning, name: str) -> None:
    with scan.transaction() as connection:
        changes = activities.replace_records(connection, name, [], scan.number)
        activities.replace_feed_rows(connection, name, [], scan.number)
        _queue(connection, scan, changes)
        activities.save_feed(connection, name, {"active": False, "digest": None})


def _store(connection: Connection, scan: Scanning, settings: FeedSettings, reading: FeedReading) -> None:
    fates = [
        {"feed": settings.name, "number": row.number, "fate": row.fate.value, "notes": row.notes, "raw": row.raw}
        for row in reading.rows
    ]
    activities.replace_feed_rows(connection, settings.name, fates, scan.number)
    rows = {}
    for record in reading.records:
        where = keyed(record, settings)
        rows[where.key] = {
            "feed": settings.name,
            "kind": settings.kind.value,
            "key": where.key,
            "group_key": where.group,
            "unit": where.unit,
            "store": settings.store,
            "at": where.at,
            "body": encode(record),
        }
    changes = activities.replace_records(connection, settings.name, list(rows.values()), scan.number)
    by_key = {keyed(record, settings).key: record for record in reading.records}
    for change in changes:
        _derive_windows(connection, scan, change, by_key)
    _queue(connection, scan, changes)


def _derive_windows(connection: Connection, scan: Scanning, change: Change, records: dict[str, Record]) -> None:
    row = change.after or change.before or {}
    record = records.get(row["key"]) if change.after else None
    kinds = {FeedKind.INCIDENTS.value: "incident", FeedKind.SESSIONS.value: "session"}
    if row["kind"] not in kinds:
        return
    windows = list(_windows(record, scan)) if isinstance(record, Incident | InterrogationSession) else []
    kind = kinds[row["kind"]]
    changed = activities.replace_windows(connection, kind, row["key"], windows, scan.number)
    touched = [version for one in changed for version in (one.before, one.after) if version]
    mark(connection, "link", [Mark(w["party"], Span(w["started_at"], w["ended_at"])) for w in touched])
    mark(connection, "evaluate", [Mark(f"officer:{w['officer']}") for w in touched if w["officer"]])


def _windows(record: Incident | InterrogationSession, scan: Scanning) -> Iterator[Row]:
    """One window for each officer and one for the unit; a session's is its room's."""
    defaults = scan.plan.window_defaults
    if isinstance(record, InterrogationSession):
        window = record.required_window(defaults)
        if window and record.room:
            yield _window_row(record, window, f"room:{record.room}", channels=record.channels)
        return
    for officer in record.officers:
        if window := record.required_window(defaults, officer):
            yield _window_row(record, window, f"badge:{officer}", officer=officer)
    if record.unit and (window := record.required_window(defaults)):
        yield _window_row(record, window, f"unit:{record.unit}")


def _window_row(
    record: Incident | InterrogationSession,
    window: RequiredWindow,
    party: str,
    *,
    officer: str | None = None,
    channels: Sequence[str] = (),
) -> Row:
    dispatched = record.times_of(officer).dispatched_at if isinstance(record, Incident) else None
    return {
        "kind": record.kind.value,
        "number": record.number,
        "party": party,
        "officer": officer,
        "unit": record.unit,
        "room": record.room if isinstance(record, InterrogationSession) else None,
        "channels": list(channels),
        "dispatched_at": dispatched,
        "started_at": window.span.start,
        "ended_at": window.span.end,
        "start_known": window.start_known.value,
        "end_known": window.end_known.value,
    }


def _queue(connection: Connection, scan: Scanning, changes: Sequence[Change]) -> None:
    """Queue what changed records touch: activities themselves, files named by registers, files listed by stations."""
    place: list[Mark] = []
    evaluate: list[Mark] = []
    for change in changes:
        for row in (change.before, change.after):
            if row is not None:
                place += _places(row)
                evaluate += list(_evaluations(connection, scan, row))
    if len(place) > MANY:
        place = [Mark("all")]
    mark(connection, "place", place)
    mark(connection, "evaluate", evaluate)


def _places(row: Row) -> list[Mark]:
    match row["kind"]:
        case "devices" | "officers":
            return [Mark(f"token:{row['key']}")]
        case "assignments":
            return [Mark(f"device:{row['group_key']}")]
        case "clip_index":
            return [Mark(f"base:{row['group_key']}")]
    return []


def _evaluations(connection: Connection, scan: Scanning, row: Row) -> Iterable[Mark]:
    match row["kind"]:
        case "incidents":
            yield Mark(f"incident:{row['key']}")
        case "sessions":
            yield Mark(f"session:{row['key']}")
            if row["group_key"]:
                keys = activities.keys_by_group(connection, "sessions", row["group_key"])
                yield from (Mark(f"session:{key}") for key in keys)
            if case := row["body"].get("case_number"):
                yield from (Mark(f"incident:{key}") for key in activities.keys_by_group(connection, "incidents", case))
        case "assignments":
            yield Mark(f"device:{row['group_key']}")
            yield Mark(f"officer:{row['body']['officer']}")
        case "devices":
            yield Mark(f"device:{row['key']}")
            if row["group_key"]:
                yield Mark(f"room:{row['group_key']}")
        case "explanations":
            yield Mark(f"activity:{row['group_key']}")
        case "clip_index":
            names = [row["store"]] if row["store"] else [store.name for store in scan.plan.stores]
            yield from (Mark(f"store:{name}") for name in names)
