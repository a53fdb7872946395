"""Read the feeds that changed, keep every row's fate, and queue what their changes touch."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection

from domain.activity import Explanation, Incident, InterrogationSession
from domain.clip import Assignment, Device, IndexEntry
from domain.errors import FeedUnreadable
from domain.people import Officer, Unit
from indexer.feeds import FeedReading, open_feed, read_records
from indexer.feeds.base import FeedSettings, Record
from indexer.pipeline.feed_effects import known_now, queue_effects
from indexer.pipeline.feed_sets import numbered, root_of
from indexer.pipeline.plan import Scanning, fingerprint
from indexer.pipeline.windows import derive_windows
from storage import activities
from storage.codec import encode
from storage.work import Mark, mark

VERSION = 1
"""Raised when records or windows are derived differently: feeds are read again."""


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
        feed = open_feed(settings, scan.plan.base, root_of(scan.plan.stores, settings))
        digest = fingerprint(feed.digest(), VERSION, scan.plan.window_defaults)
        if known is not None and known.active and known.digest == digest and known.error is None:
            return
        reading = read_records(feed)
    except FeedUnreadable as error:
        scan.progress.note(str(error))
        if known is None or not known.active or known.error != str(error):
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
    """A feed that left the configuration: what it said is no longer known."""
    with scan.transaction() as connection:
        before = known_now(connection, scan)
        changes = activities.replace_records(connection, name, [], scan.number)
        activities.replace_feed_rows(connection, name, [], scan.number)
        queue_effects(connection, scan, changes, before)
        activities.save_feed(connection, name, {"active": False, "digest": None, "error": None})
        mark(connection, "evaluate", [Mark(f"feed:{name}")])


def _store(connection: Connection, scan: Scanning, settings: FeedSettings, reading: FeedReading) -> None:
    before = known_now(connection, scan)
    fates = [
        {"feed": settings.name, "number": number, "fate": row.fate.value, "notes": row.notes, "raw": row.raw}
        for number, row in numbered(connection, settings.name, reading.rows)
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
    # Windows depend on limits too: all of the feed's are derived again, and only those that differ are written.
    derive_windows(connection, scan, settings.kind.value, sorted(rows))
    queue_effects(connection, scan, changes, before)
