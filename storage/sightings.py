"""What a walk over a store compares itself with: known files and folders, a bundle of folders at a time.

These are the hot queries of a re-scan, so rows come as plain tuples; what changed is then fetched whole.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce

from domain.clip import FileState
from storage.schema.tables import FILE, FOLDER, PROBE, STORED
from storage.versions import Row, chunks, close, current, replace

GONE = (FileState.MOVED, FileState.MISSING)
Known = tuple[int, int, int, str]
"""Identity, bytes, modification time in microseconds, state."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A file that no complete scan of its store has seen before, with its content if it was read already."""

    file_id: int
    path: str
    size: int
    modified_at: datetime
    quick_digest: str | None


def known_in(connection: Connection, store_id: int, folders: Iterable[str]) -> dict[str, Known]:
    """Every current file of the folders by path, moved ones left out."""
    found: dict[str, Known] = {}
    modified = type_coerce(STORED.c.modified_at, BigInteger)
    columns = (STORED.c.path, STORED.c.file_id, STORED.c.size, modified, STORED.c.state)
    mine = (STORED.c.store_id == store_id) & (STORED.c.state != FileState.MOVED)
    for part in chunks(folders):
        query = select(*columns).where(current(STORED), mine, STORED.c.folder.in_(part))
        for path, file_id, size, at, state in connection.execute(query):
            found[path] = (file_id, size, at, state)
    return found


def rows_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, Row]:
    """Current rows of files, whole, by identity."""
    found: dict[int, Row] = {}
    for part in chunks(file_ids):
        query = select(STORED).where(current(STORED), STORED.c.file_id.in_(part))
        found.update({row["file_id"]: row for row in connection.execute(query).mappings()})
    return found


def record_folders(connection: Connection, store_id: int, rows: Sequence[Row], scan: int) -> None:
    """What the listing of each folder said; those that said it before are left alone."""
    columns = (FOLDER.c.path, FOLDER.c.files, FOLDER.c.refused, FOLDER.c.skipped)
    for part in chunks(rows):
        scope = (FOLDER.c.store_id == store_id) & FOLDER.c.path.in_([row["path"] for row in part])
        found = connection.execute(select(*columns).where(current(FOLDER), scope)).all()
        known = {path: (files, refused, skipped) for path, files, refused, skipped in found}
        changed = [row for row in part if known.get(row["path"]) != (row["files"], row["refused"], row["skipped"])]
        if changed:
            scope = (FOLDER.c.store_id == store_id) & FOLDER.c.path.in_([row["path"] for row in changed])
            replace(connection, FOLDER, scope, changed, key=("path",), scan=scan)


def unseen_folders(connection: Connection, store_id: int, seen: Set[str]) -> list[str]:
    """Folders of the store that earlier walks listed and this one did not, in order."""
    query = select(FOLDER.c.path).where(current(FOLDER), FOLDER.c.store_id == store_id)
    return sorted(path for path in connection.execute(query).scalars() if path not in seen)


def close_folders(connection: Connection, store_id: int, paths: Iterable[str], scan: int) -> None:
    """Folders that are gone end with this scan."""
    for part in chunks(paths):
        query = select(FOLDER).where(current(FOLDER), FOLDER.c.store_id == store_id, FOLDER.c.path.in_(part))
        close(connection, FOLDER, list(connection.execute(query).mappings()), scan)


def _fresh(store_id: int, since: datetime | None) -> ColumnElement[bool]:
    """First seen after the last complete scan of the store: by this one, or by one that did not finish."""
    never = FILE.c.not_seen_before.is_(None)
    condition: ColumnElement[bool] = (FILE.c.store_id == store_id) & (
        never if since is None else FILE.c.not_seen_before == since
    )
    return condition


def count_fresh(connection: Connection, store_id: int, since: datetime | None) -> int:
    """How many of the files that are there no complete scan has seen before."""
    query = select(func.count()).select_from(STORED.join(FILE, FILE.c.id == STORED.c.file_id))
    there = STORED.c.state.not_in(GONE)
    return int(connection.execute(query.where(current(STORED), there, _fresh(store_id, since))).scalar_one())


def fresh_of_size(connection: Connection, store_id: int, since: datetime | None, sizes: Iterable[int]) -> list[Fresh]:
    """Files that no complete scan has seen before and that have one of these sizes, in order of first sight."""
    found: list[Fresh] = []
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id).outerjoin(
        PROBE, (PROBE.c.file_id == STORED.c.file_id) & current(PROBE)
    )
    columns = (STORED.c.file_id, STORED.c.path, STORED.c.size, STORED.c.modified_at, PROBE.c.quick_digest)
    there = STORED.c.state.not_in(GONE)
    for part in chunks(sorted(set(sizes))):
        query = select(*columns).select_from(joined)
        query = query.where(current(STORED), there, STORED.c.size.in_(part), _fresh(store_id, since))
        found += [Fresh(*row) for row in connection.execute(query).all()]
    return sorted(found, key=lambda one: one.file_id)


def is_fresh(connection: Connection, store_id: int, since: datetime | None, path: str) -> bool:
    """Whether a file of this path is there that no complete scan has seen before."""
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id)
    mine = (STORED.c.folder == path.rpartition("/")[0]) & (STORED.c.path == path) & STORED.c.state.not_in(GONE)
    query = select(STORED.c.id).select_from(joined).where(current(STORED), STORED.c.store_id == store_id, mine)
    return connection.execute(query.where(_fresh(store_id, since)).limit(1)).first() is not None


def queue_of(known: Mapping[str, Known]) -> list[int]:
    """Identities of what is left of `known_in` when everything listed was taken out: not seen, and not gone before."""
    return [row[0] for row in known.values() if row[3] not in GONE]


def anchors_of(connection: Connection, file_ids: Iterable[int]) -> list[str]:
    """Stable names of files, for what was recorded under them."""
    found: list[Any] = []
    for part in chunks(file_ids):
        found += connection.execute(select(FILE.c.anchor).where(FILE.c.id.in_(part))).scalars()
    return [str(anchor) for anchor in found]
