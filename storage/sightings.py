"""What a walk over a store compares itself with: known files and folders, a bundle of folders at a time.

These are the hot queries of a re-scan, so rows come as plain tuples; what changed is then fetched whole.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce, update

from domain.clip import FileState
from storage.among import among
from storage.schema.tables import FILE, FOLDER, PROBE, RECORD, STORE, STORE_SCAN, STORED
from storage.versions import BOOKKEEPING, Row, chunks, close, current, replace

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
        query = select(*columns).where(current(STORED), mine, among(STORED.c.folder, part))
        rows = connection.execute(query).all()
        found.update({path: (file_id, size, at, state) for path, file_id, size, at, state in rows})
    return found


def rows_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, Row]:
    """Current rows of files, whole, by identity."""
    found: dict[int, Row] = {}
    for part in chunks(file_ids):
        query = select(STORED).where(current(STORED), among(STORED.c.file_id, part))
        found.update({row["file_id"]: row for row in connection.execute(query).mappings()})
    return found


def folders_in(connection: Connection, store_id: int, paths: Iterable[str]) -> dict[str, Row]:
    """What the last walk said of the given folders, without its number."""
    found: dict[str, Row] = {}
    columns = [column for column in FOLDER.c if column.key not in BOOKKEEPING]
    for part in chunks(paths):
        query = select(*columns).where(current(FOLDER), FOLDER.c.store_id == store_id, among(FOLDER.c.path, part))
        found.update({row["path"]: dict(row) for row in connection.execute(query).mappings()})
    return found


def record_folders(connection: Connection, store_id: int, rows: Sequence[Row], scan: int) -> None:
    """What the listing of each folder says now. The fingerprint alone is no new version: it only saves work."""
    known = folders_in(connection, store_id, [row["path"] for row in rows])
    told = ("files", "refused", "skipped")
    other = [
        row for row in rows if row["path"] not in known or any(known[row["path"]][key] != row[key] for key in told)
    ]
    for part in chunks(other):
        scope = (FOLDER.c.store_id == store_id) & FOLDER.c.path.in_([row["path"] for row in part])
        replace(connection, FOLDER, scope, part, key=("path",), scan=scan)
    for row in rows:
        if row["path"] in known and known[row["path"]]["fingerprint"] != row["fingerprint"]:
            mine = current(FOLDER) & (FOLDER.c.store_id == store_id) & (FOLDER.c.path == row["path"])
            connection.execute(update(FOLDER).where(mine).values(fingerprint=row["fingerprint"]))


def unseen_folders(connection: Connection, store_id: int, seen: Set[str]) -> list[str]:
    """Folders of the store that earlier walks listed and this one did not, in order."""
    query = select(FOLDER.c.path).where(current(FOLDER), FOLDER.c.store_id == store_id)
    return sorted(path for path in connection.execute(query).scalars() if path not in seen)


def close_folders(connection: Connection, store_id: int, paths: Iterable[str], scan: int) -> None:
    """Folders that are gone end with this scan."""
    for part in chunks(paths):
        query = select(FOLDER).where(current(FOLDER), FOLDER.c.store_id == store_id, among(FOLDER.c.path, part))
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
        query = query.where(current(STORED), there, among(STORED.c.size, part), _fresh(store_id, since))
        found += [Fresh(*row) for row in connection.execute(query).all()]
    return sorted(found, key=lambda one: one.file_id)


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that is missing: its row, the name of its store, its content, and when that store last saw it."""

    row: Row
    store: str
    quick_digest: str
    seen_at: datetime | None


def lost_like(connection: Connection, digests: Iterable[str]) -> list[Lost]:
    """Missing files with one of these contents, in order of first sight."""
    before = (STORE_SCAN.c.store_id == STORED.c.store_id) & (STORE_SCAN.c.state == "online")
    seen = select(func.max(STORE_SCAN.c.started_at)).where(before, STORE_SCAN.c.started_at < STORED.c.state_at)
    joined = PROBE.join(STORED, STORED.c.file_id == PROBE.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
    columns = (STORE.c.name, PROBE.c.quick_digest, seen.scalar_subquery().label("seen_at"))
    found: list[Lost] = []
    for part in chunks(sorted(set(digests))):
        query = (
            select(*columns, *STORED.c)
            .select_from(joined)
            .where(current(PROBE), current(STORED), among(PROBE.c.quick_digest, part))
            .where(STORED.c.state == FileState.MISSING, STORED.c.size > 0)
        )
        for row in connection.execute(query).mappings():
            values = {column.key: row[column] for column in STORED.c}
            found.append(Lost(values, row[STORE.c.name], row["quick_digest"], row["seen_at"]))
    return sorted(found, key=lambda one: one.row["file_id"])


def is_fresh(connection: Connection, store_id: int, since: datetime | None, path: str) -> bool:
    """Whether a file of this path is there that no complete scan has seen before."""
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id)
    mine = (STORED.c.folder == path.rpartition("/")[0]) & (STORED.c.path == path) & STORED.c.state.not_in(GONE)
    query = select(STORED.c.id).select_from(joined).where(current(STORED), STORED.c.store_id == store_id, mine)
    return connection.execute(query.where(_fresh(store_id, since)).limit(1)).first() is not None


def paths(connection: Connection) -> Iterator[tuple[int, str]]:
    """(identity, path) of every current file that is not moved, one by one."""
    query = select(STORED.c.file_id, STORED.c.path).where(current(STORED), STORED.c.state != FileState.MOVED)
    for row in connection.execute(query.execution_options(yield_per=10_000)):
        yield row.file_id, row.path


def has_list(connection: Connection, store: str) -> bool:
    """Whether a collection station's list names files of the store."""
    listed = (RECORD.c.kind == "clip_index") & (RECORD.c.store == store)
    return connection.execute(select(RECORD.c.id).where(current(RECORD), listed).limit(1)).first() is not None


def anchors_of(connection: Connection, file_ids: Iterable[int]) -> list[str]:
    """Stable names of files, for what was recorded under them."""
    found: list[Any] = []
    for part in chunks(file_ids):
        found += connection.execute(select(FILE.c.anchor).where(among(FILE.c.id, part))).scalars()
    return [str(anchor) for anchor in found]
