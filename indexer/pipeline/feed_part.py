"""Of a station's many lists and sidecars only those that came, went or changed are parsed; what the others gave stays.

That is the same as reading all of them where every row gave a record of its own. Where one clip is on two lists it
depends on all of them which row holds, and where most files changed there is nothing to save: then all are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from indexer.feeds import Feed, FeedReading, FeedRow
from indexer.feeds.base import Fate
from indexer.feeds.file_set import FileSet, source_of
from indexer.feeds.records import gather
from indexer.pipeline.feed_keys import keyed
from storage.schema.tables import FEED_ROW, RECORD
from storage.versions import current

MOST = 0.5  # of the files changed: above, all are read
SOURCE, LOOKED_FOR = "source", "looked_for"
"""Kept in the body of a record of a file set, beside the fields of the entry."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some files give now, and the numbers of the rows and the keys of the records that they gave before."""

    reading: FeedReading
    numbers: frozenset[int]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a feed was read by, as one text in its row: of the whole, of the settings alone, of each file."""

    digest: str
    settings: str = ""
    stamps: str = ""

    @classmethod
    def of(cls, text: str | None) -> "Basis":
        return cls(*(text or "").split(" ", 2))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.digest, self.settings, self.stamps)))


def origin(row: FeedRow) -> dict[str, str]:
    """What the body of a record says of where it comes from; nothing for a feed that is one file."""
    told = {SOURCE: row.source, LOOKED_FOR: row.looked_for}
    return {name: value for name, value in told.items() if value is not None}


def changed_part(connection: Connection, feed: Feed, before: Basis, settings: str) -> Part | None:
    """What the files that changed since `before` give and gave; None where all files have to be read."""
    if not isinstance(feed, FileSet) or not before.stamps or settings != before.settings:
        return None
    stored = _Stored.of(connection, feed.settings.name)
    if stored is None:
        return None
    known = frozenset(before.stamps.split(","))
    stamps, files = feed.stamps(), feed.files()
    changed = {file for file in files if stamps.get(file) not in known} | stored.led_elsewhere(feed)
    if len(changed) > MOST * len(files):
        return None
    ended = changed | (stored.sources() - files)
    reading = gather(feed.read_only(changed))
    given = {keyed(record, feed.settings).key for record in reading.records}
    if given & stored.keys_of_others(ended):
        return None
    return Part(reading, stored.numbers_of(ended), stored.keys_of(ended))


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows (number) and records (body) of a feed by the file that gave them; each row that was taken gave one."""

    rows: Mapping[str, list[int]]
    records: Mapping[str, dict[str, Mapping[str, Any]]]

    @classmethod
    def of(cls, connection: Connection, feed: str) -> "_Stored | None":
        """None when a record comes from more than one row, or the program that stored it kept no sources."""
        rows: dict[str, list[int]] = {}
        records: dict[str, dict[str, Mapping[str, Any]]] = {}
        query = select(FEED_ROW.c.number, FEED_ROW.c.fate, FEED_ROW.c.notes)
        taken = 0
        for row in connection.execute(query.where(current(FEED_ROW), FEED_ROW.c.feed == feed)).all():
            source = source_of(row.notes[0]) if row.notes else None
            if source is None:
                return None
            rows.setdefault(source, []).append(row.number)
            taken += row.fate != Fate.REJECTED
        for record in connection.execute(
            select(RECORD.c.key, RECORD.c.body).where(current(RECORD), RECORD.c.feed == feed)
        ).all():
            if SOURCE not in record.body:
                return None
            records.setdefault(record.body[SOURCE], {})[record.key] = record.body
        return cls(rows, records) if taken == sum(map(len, records.values())) else None

    def sources(self) -> frozenset[str]:
        return frozenset(self.rows)

    def led_elsewhere(self, feed: FileSet) -> set[str]:
        """Files of which a path with folders leads elsewhere than when it was read: a clip came or went there."""
        files = feed.files()
        return {
            source
            for source in files.intersection(self.records)
            for body in self.records[source].values()
            if LOOKED_FOR in body and feed.located(source, body[LOOKED_FOR]) != body["path"]
        }

    def numbers_of(self, sources: set[str]) -> frozenset[int]:
        return frozenset(number for source in sources for number in self.rows.get(source, ()))

    def keys_of(self, sources: set[str]) -> frozenset[str]:
        return frozenset(key for source in sources for key in self.records.get(source, ()))

    def keys_of_others(self, sources: set[str]) -> frozenset[str]:
        return frozenset(key for source, mine in self.records.items() if source not in sources for key in mine)
