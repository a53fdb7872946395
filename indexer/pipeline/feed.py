"""Read the feeds that changed, keep every row's fate, and queue what their changes touch."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.errors import FeedUnreadable
from indexer.feeds import Feed, FeedKind, FeedReading, open_feed, read_records
from indexer.feeds.base import FeedSettings, Record
from indexer.feeds.file_set import FileSet
from indexer.feeds.records import identity
from indexer.pipeline.feed_effects import Effects
from indexer.pipeline.feed_keys import keyed
from indexer.pipeline.feed_part import Basis, Part, changed_part, origin
from indexer.pipeline.feed_push import give_back, is_push, read_pushed, take_over
from indexer.pipeline.feed_sets import numbered, refuse_hanging, root_of
from indexer.pipeline.plan import Scanning, fingerprint
from storage import activities
from storage.bulk import count_again
from storage.codec import encode
from storage.schema.tables import RECORD, WINDOW
from storage.versions import chunks
from storage.work import Mark, mark

VERSION = 2
"""Raised when records or windows are derived differently: feeds are read again."""
PORTION = 5000
"""Rows and records written at a time: a city's calls of months may be one file."""


def read_feeds(scan: Scanning) -> None:
    """Every configured feed whose content or settings changed, then what was pushed; feeds that left the configuration
    lose their records. A brief scan reads only the lists of the stores that it walks."""
    scan.progress.step("feed", len(scan.plan.feeds))
    with scan.transaction() as connection:
        known = activities.feeds(connection)
    for settings in scan.plan.feeds:
        if not scan.brief or settings.store in scan.only:
            _read_feed(scan, settings, known.get(settings.name))
        scan.progress.advance()
    names = {settings.name for settings in scan.plan.feeds}
    for name, row in known.items():
        if name not in names and row.active and not is_push(name):
            _retire(scan, name, row.kind)
    read_pushed(scan)


def _read_feed(scan: Scanning, settings: FeedSettings, known: Any) -> None:
    state = {"kind": settings.kind.value, "location": settings.location, "active": True}
    try:
        refuse_hanging(scan.plan.stores, settings.store)
        feed = open_feed(settings, scan.plan.base, root_of(scan.plan.stores, settings))
        basis = _basis(scan, feed)
        sound = known is not None and known.active and known.error is None
        before = Basis.of(known.digest if sound else None)
        if before.digest == basis.digest:
            return
        with scan.engine.connect() as connection:
            part = changed_part(connection, feed, before, basis.settings)
        reading = part.reading if part else read_records(feed)
    except FeedUnreadable as error:
        scan.progress.note(str(error))
        if known is None or not known.active or known.error != str(error):
            with scan.transaction() as connection:
                activities.save_feed(connection, settings.name, {**state, "error": str(error)})
                mark(connection, "evaluate", [Mark(f"feed:{settings.name}")])
        return
    with scan.transaction() as connection:
        _store(connection, scan, settings, reading, part)
        values = {**state, "digest": str(basis), "read_at": scan.now, "error": None}
        activities.save_feed(connection, settings.name, values)
        mark(connection, "evaluate", [Mark(f"feed:{settings.name}")])


def _basis(scan: Scanning, feed: Feed) -> Basis:
    """What the feed is read by in this scan. Raises FeedUnreadable."""
    common = (VERSION, scan.plan.window_defaults)
    digest = fingerprint(feed.digest(), *common)
    if not isinstance(feed, FileSet) or feed.settings.kind is not FeedKind.CLIP_INDEX:
        return Basis(digest)  # rows of other kinds make records together
    stamps = ",".join(sorted(feed.stamps().values()))
    return Basis(digest, fingerprint(feed.basis().decode(), *common), stamps)


def _retire(scan: Scanning, name: str, kind: str) -> None:
    """A feed that left the configuration: what it said is no longer known."""
    with scan.transaction() as connection:
        _end_rows(connection, scan, name, activities.numbers_of_feed(connection, name))
        effects = Effects.begin(connection, scan)
        _end_records(connection, scan, (name, kind), activities.keys_of_feed(connection, name), effects)
        effects.end()
        activities.save_feed(connection, name, {"active": False, "digest": None, "error": None})
        mark(connection, "evaluate", [Mark(f"feed:{name}")])


def _store(
    connection: Connection, scan: Scanning, settings: FeedSettings, reading: FeedReading, part: Part | None
) -> None:
    """Make rows and records of a feed what was read of it, a portion at a time."""
    _store_rows(connection, scan, settings.name, reading, part)
    effects, kind = Effects.begin(connection, scan), settings.kind.value
    ended = set(part.keys if part else activities.keys_of_feed(connection, settings.name))
    origins = _origins(settings, reading)
    written = counted = 0
    for records in chunks(reading.records, PORTION):
        if written > 2 * counted:
            count_again(connection, (RECORD, WINDOW))
            counted = written
        rows = _record_rows(settings, records, origins)
        changes = take_over(connection, scan, kind, rows)
        told = list(rows.values())
        changes += activities.replace_records(connection, settings.name, told, scan.number, sorted(rows))
        # Windows depend on limits too: all of the feed's are derived again, and only those that differ are written.
        effects.derive(kind, sorted(rows))
        give_back(connection, kind, changes)
        effects.add(changes)
        ended -= rows.keys()
        written += len(changes)
    _end_records(connection, scan, (settings.name, kind), ended, effects)
    effects.end()


def _end_records(
    connection: Connection, scan: Scanning, feed: tuple[str, str], keys: Iterable[str], effects: Effects
) -> None:
    """What a feed (name, kind) does not say any more is no longer known, but for what was pushed about it."""
    name, kind = feed
    for some in chunks(sorted(keys), PORTION):
        changes = activities.replace_records(connection, name, [], scan.number, some)
        give_back(connection, kind, changes)
        effects.add(changes)


def _store_rows(connection: Connection, scan: Scanning, feed: str, reading: FeedReading, part: Part | None) -> None:
    """Every row with its fate."""
    ended = set(part.numbers if part else activities.numbers_of_feed(connection, feed))
    for some in chunks(numbered(connection, feed, reading.rows), PORTION):
        fates = [
            {"feed": feed, "number": number, "fate": row.fate.value, "notes": row.notes, "raw": row.raw}
            for number, row in some
        ]
        numbers = [number for number, _ in some]
        activities.replace_feed_rows(connection, feed, fates, scan.number, numbers)
        ended -= set(numbers)
    _end_rows(connection, scan, feed, ended)


def _end_rows(connection: Connection, scan: Scanning, feed: str, numbers: Iterable[int]) -> None:
    for some in chunks(sorted(numbers), PORTION):
        activities.replace_feed_rows(connection, feed, [], scan.number, some)


def _origins(settings: FeedSettings, reading: FeedReading) -> dict[Hashable, dict[str, str]]:
    """Of the rows of a station's lists: which file each comes from, by its record."""
    if settings.kind is not FeedKind.CLIP_INDEX:
        return {}
    return {identity(row.record): origin(row) for row in reading.rows if row.record is not None}


def _record_rows(
    settings: FeedSettings, records: Sequence[Record], origins: Mapping[Hashable, Mapping[str, str]]
) -> dict[str, dict[str, Any]]:
    """Records as they are stored, by key."""
    rows = {}
    for record in records:
        where = keyed(record, settings)
        rows[where.key] = {
            "feed": settings.name,
            "kind": settings.kind.value,
            "key": where.key,
            "group_key": where.group,
            "unit": where.unit,
            "store": settings.store,
            "at": where.at,
            "body": {**encode(record), **origins.get(identity(record), {})},
        }
    return rows
