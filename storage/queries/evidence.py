"""What an evidence package holds of one activity: its clips with the bytes they had, and its audit entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.activity import ActivityKind
from domain.audit import NOTHING, ChainRow
from domain.link import LinkStatus
from storage.audit import COLUMNS, chain_row
from storage.queries.findings import about_activity
from storage.queries.raws import read
from storage.schema.tables import AUDIT_ENTRY, FILE, FINDING, LINK, PROBE, STORE, STORED
from storage.versions import chunks, current


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A linked clip's file as the last scan saw it. `digest`: BLAKE3 of all bytes when they were first read whole."""

    file_id: int
    store: str
    path: str
    state: str
    size: int
    modified_at: datetime
    digest: str | None


@dataclass(frozen=True, slots=True)
class ExtractedEntry:
    """An audit entry with the digest of the entry before it: with both, anybody can hash it again."""

    before: str
    row: ChainRow


def linked_clips(connection: Connection, kind: ActivityKind, number: str) -> list[LinkedFile]:
    """Every clip that is linked to an activity once, in order of store and path."""
    linked = (current(LINK), LINK.c.kind == kind, LINK.c.number == number, LINK.c.status == LinkStatus.LINKED)
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).join(FILE, FILE.c.id == STORED.c.file_id)
    joined = joined.outerjoin(PROBE, (PROBE.c.file_id == STORED.c.file_id) & PROBE.c.until_scan.is_(None))
    columns = (STORED.c.file_id, STORE.c.name, STORED.c.path, STORED.c.state, STORED.c.size, STORED.c.modified_at)
    query = select(*columns, FILE.c.settled_digest, PROBE.c.full_digest).select_from(joined)
    mine = query.where(current(STORED), STORED.c.file_id.in_(select(LINK.c.file_id).where(*linked)))
    rows = connection.execute(mine.order_by(STORE.c.name, STORED.c.path)).all()
    return [LinkedFile(*row[:6], row.settled_digest or row.full_digest) for row in rows]


def finding_keys(connection: Connection, number: str) -> list[str]:
    """Keys of all findings on an activity and its clips, resolved ones too."""
    query = select(FINDING.c.key).where(about_activity(number)).distinct().order_by(FINDING.c.key)
    return [row["key"] for row in read(connection, query)]


def entries_about(connection: Connection, subjects: Iterable[str]) -> list[ExtractedEntry]:
    """Every audit entry about one of the subjects, in the order of the chain."""
    earlier = AUDIT_ENTRY.alias("earlier")
    joined = AUDIT_ENTRY.outerjoin(earlier, earlier.c.sequence == AUDIT_ENTRY.c.sequence - 1)
    own: Sequence[object] = [AUDIT_ENTRY.c[name] for name in COLUMNS]
    found = []
    for part in chunks(sorted(set(subjects))):
        query = select(earlier.c.digest.label("before"), *own).select_from(joined)
        for before, *row in connection.execute(query.where(AUDIT_ENTRY.c.subject.in_(part))).all():
            found.append(ExtractedEntry(before or NOTHING, chain_row(row)))
    return sorted(found, key=lambda entry: entry.row.sequence)
