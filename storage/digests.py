"""Digests of whole files: which files share their bytes, which are due to be read for fixity, what was found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, update

from domain.clip import FileState, StoredFile
from domain.link import LinkStatus
from storage.among import among
from storage.schema.tables import FILE, LINK, PROBE, STORE, STORED
from storage.versions import chunks, current

THERE = (FileState.PRESENT, FileState.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Due:
    """A file whose bytes are to be read, and what they were when first read whole (None: never, or another size)."""

    file_id: int
    stored: StoredFile
    settled_digest: str | None


def same_quick_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[tuple[int, int]]]:
    """(file, size) of the current files that share a quick digest, by digest, in order of first sight."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for part in chunks(digests):
        query = (
            select(PROBE.c.quick_digest, PROBE.c.file_id, PROBE.c.size, STORED.c.state)
            .join(STORED, STORED.c.file_id == PROBE.c.file_id)
            .where(current(PROBE), current(STORED), among(PROBE.c.quick_digest, part))
            .order_by(PROBE.c.file_id)
        )
        for digest, file_id, size in _there(connection, query):
            groups.setdefault(digest, []).append((file_id, size))
    return groups


def _there(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """What a question says of files that are there; their state is the last thing that it asks, and is left out.

    As a condition of the question SQLite would begin with the state, and read every file there is.
    """
    return (row[:-1] for row in connection.execute(query).all() if row[-1] in THERE)


def kept(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """(file, `store:path`) of the files that are there with the size, head and tail of the given ones, by the latter.

    For files that are gone: a store may hold them elsewhere, under an identity of its own.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    other, there = PROBE.alias("other"), STORED.alias("there")
    for part in chunks(sorted(file_ids)):
        query = (
            select(PROBE.c.file_id, other.c.file_id, STORE.c.name, there.c.path, there.c.state)
            .join(other, (other.c.quick_digest == PROBE.c.quick_digest) & (other.c.size == PROBE.c.size))
            .join(there, there.c.file_id == other.c.file_id)
            .join(STORE, STORE.c.id == there.c.store_id)
            .where(current(PROBE), among(PROBE.c.file_id, part), other.c.until_scan.is_(None))
            .where(there.c.until_scan.is_(None), other.c.file_id != PROBE.c.file_id)
            .order_by(PROBE.c.file_id, other.c.file_id)
        )
        for lost, file_id, store, path in _there(connection, query):
            found.setdefault(lost, []).append((file_id, f"{store}:{path}"))
    return found


def same_full_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """(file, `store:path`) of the current files with the same bytes, by digest, in order of first sight."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for part in chunks(sorted(digests)):
        query = (
            select(PROBE.c.full_digest, PROBE.c.file_id, STORE.c.name, STORED.c.path, STORED.c.state)
            .join(STORED, STORED.c.file_id == PROBE.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .where(current(PROBE), current(STORED), among(PROBE.c.full_digest, part))
            .order_by(PROBE.c.file_id)
        )
        for digest, file_id, store, path in _there(connection, query):
            groups.setdefault(digest, []).append((file_id, f"{store}:{path}"))
    return groups


def twins(connection: Connection, file_ids: Iterable[int]) -> list[int]:
    """Other files with the head and tail of the given ones, gone ones too: what is said of them depends on these."""
    ids = set(file_ids)
    digests: set[str] = set()
    for part in chunks(sorted(ids)):
        query = select(PROBE.c.quick_digest).where(current(PROBE), among(PROBE.c.file_id, part))
        digests |= {digest for digest in connection.execute(query).scalars() if digest}
    found: set[int] = set()
    for texts in chunks(sorted(digests)):
        query = select(PROBE.c.file_id).where(current(PROBE), among(PROBE.c.quick_digest, texts))
        found |= set(connection.execute(query).scalars())
    return sorted(found - ids)


def read_before(connection: Connection, file_ids: Iterable[int]) -> dict[int, tuple[str | None, str | None]]:
    """(BLAKE3, digest in the algorithm of a list) as far as they were read, by file that has a probe."""
    found: dict[int, tuple[str | None, str | None]] = {}
    columns = (PROBE.c.file_id, PROBE.c.full_digest, PROBE.c.listed_digest)
    for part in chunks(sorted(file_ids)):
        rows = connection.execute(select(*columns).where(current(PROBE), among(PROBE.c.file_id, part))).all()
        found.update({file_id: (full, listed) for file_id, full, listed in rows})
    return found


def set_digest(connection: Connection, file_id: int, column: str, digest: str) -> None:
    """Complete a probe by a digest that was read later (not a new version: the same bytes, known better)."""
    connection.execute(update(PROBE).where(current(PROBE), PROBE.c.file_id == file_id).values({column: digest}))
    if column == "full_digest":
        _settle(connection, file_id, digest)


def set_verified(connection: Connection, due: Due, digest: str, changed: str | None, now: datetime) -> bool:
    """All bytes of a file were read: their digest, and whether that is another one than before.

    Returns whether that is news: the file was not known to be changed, or was and is as it was again.
    """
    mine = current(PROBE) & (PROBE.c.file_id == due.file_id)
    known = connection.execute(select(PROBE.c.changed_digest).where(mine)).scalar()
    values = {"full_digest": digest, "changed_digest": changed, "fixity_at": now}
    connection.execute(update(PROBE).where(mine).values(values))
    _settle(connection, due.file_id, digest)
    return known != changed


def _settle(connection: Connection, file_id: int, digest: str) -> None:
    """The first whole reading of a file as it was first measured is what later ones are compared with."""
    size = select(PROBE.c.size).where(current(PROBE), PROBE.c.file_id == file_id).scalar_subquery()
    first = (FILE.c.id == file_id) & FILE.c.settled_digest.is_(None) & (FILE.c.settled_size == size)
    connection.execute(update(FILE).where(first).values(settled_digest=digest))


def changed_digests(connection: Connection, file_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(first, now) of the files whose bytes are not what they were."""
    found: dict[int, tuple[str, str]] = {}
    columns = (PROBE.c.file_id, FILE.c.settled_digest, PROBE.c.changed_digest)
    for part in chunks(file_ids):
        query = select(*columns).join(FILE, FILE.c.id == PROBE.c.file_id)
        query = query.where(current(PROBE), PROBE.c.changed_digest.is_not(None), among(PROBE.c.file_id, part))
        found.update({file_id: (first or "", now) for file_id, first, now in connection.execute(query).all()})
    return found


def due_for_fixity(connection: Connection, before: datetime, stores: Iterable[str], limit: int) -> Iterator[Due]:
    """Files to be read whole: never read ones that are linked to an activity first, then by age; then those read
    longest ago, if that was before `before`."""
    read, unread = PROBE.c.quick_digest.is_not(None), PROBE.c.fixity_at.is_(None)
    # Asked of each file in turn: a list of all that are linked would be made in every scan, and a server would read it
    # whole for each file.
    mine = (LINK.c.file_id == PROBE.c.file_id) & (LINK.c.status == LinkStatus.LINKED)
    linked = select(LINK.c.id).where(current(LINK), mine).exists()
    names = STORE.c.name.in_(list(stores))
    for some, where, order in (
        (read & unread, linked, PROBE.c.file_id),
        (read & unread, ~linked, PROBE.c.file_id),
        (PROBE.c.fixity_at < before, names, PROBE.c.fixity_at),
    ):
        # Mostly nothing is due: that is told by an index alone, before any table is joined.
        if connection.execute(select(PROBE.c.id).where(current(PROBE), some).limit(1)).first() is not None:
            yield from _due(connection, some & where & names, order, limit)


def _due(connection: Connection, where: ColumnElement[bool], order: Any, limit: int) -> list[Due]:
    columns = (PROBE.c.file_id, STORE.c.name, STORED.c.path, STORED.c.size, STORED.c.modified_at)
    query = (
        select(*columns, FILE.c.settled_digest)
        .join(STORED, STORED.c.file_id == PROBE.c.file_id)
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .join(FILE, FILE.c.id == PROBE.c.file_id)
        .where(current(PROBE), current(STORED), STORED.c.state.in_(THERE), where)
        .order_by(order, PROBE.c.file_id)
        .limit(limit)
    )
    return [Due(row[0], StoredFile(*row[1:5]), row[5]) for row in connection.execute(query).all()]
