"""Files as the scans see them: identity, versions, probes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from domain.clip import FileState, StoredFile
from domain.media import Probe, Problem, Track
from storage.codec import decode
from storage.schema.tables import FILE, FOLDER, PROBE, STORE, STORED
from storage.versions import CHUNK, Row, chunks, close, current, replace


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A current file row with its identity."""

    file_id: int
    anchor: str
    store: str
    store_id: int
    path: str
    size: int
    modified_at: datetime
    state: FileState
    state_at: datetime
    first_seen_at: datetime
    not_seen_before: datetime | None
    settled_size: int | None

    @property
    def stored(self) -> StoredFile:
        return StoredFile(self.store, self.path, self.size, self.modified_at)


def _known_query(*where: ColumnElement[bool]) -> Any:
    columns = (
        FILE.c.anchor,
        STORE.c.name.label("store"),
        FILE.c.first_seen_at,
        FILE.c.not_seen_before,
        FILE.c.settled_size,
    )
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
    return select(STORED, *columns).select_from(joined).where(current(STORED), *where)


def _known(row: Any) -> KnownFile:
    return KnownFile(
        row.file_id,
        row.anchor,
        row.store,
        row.store_id,
        row.path,
        row.size,
        row.modified_at,
        FileState(row.state),
        row.state_at,
        row.first_seen_at,
        row.not_seen_before,
        row.settled_size,
    )


def files_in_folder(connection: Connection, store_id: int, folder: str) -> dict[str, Row]:
    """Current rows of one folder by path, moved ones left out. Bare rows: this is the hot query of a re-scan."""
    query = select(STORED).where(
        current(STORED), STORED.c.store_id == store_id, STORED.c.folder == folder, STORED.c.state != FileState.MOVED
    )
    return {row["path"]: row for row in connection.execute(query).mappings()}


def folders_with_files(connection: Connection, store_id: int) -> set[str]:
    """Folders of a store in which we know files (other than moved or already missing ones)."""
    gone = (FileState.MOVED, FileState.MISSING)
    query = select(STORED.c.folder).where(current(STORED), STORED.c.store_id == store_id, STORED.c.state.not_in(gone))
    return set(connection.execute(query.distinct()).scalars())


def known_files(connection: Connection, file_ids: Iterable[int]) -> list[KnownFile]:
    """Current rows of the given files, in order of id."""
    found = []
    for part in chunks(file_ids):
        found += [_known(row) for row in connection.execute(_known_query(STORED.c.file_id.in_(part))).all()]
    return sorted(found, key=lambda known: known.file_id)


def files_named(connection: Connection, store: str, path: str) -> list[KnownFile]:
    """The files that are, or were, known at `store:path`: current ones first."""
    rows = connection.execute(_known_query(STORE.c.name == store, STORED.c.path == path)).all()
    return [_known(row) for row in rows]


def add_files(connection: Connection, stored: Sequence[Row], seen: Mapping[str, Any], scan: int) -> list[int]:
    """Files seen for the first time, in order; returns their identities.

    `seen` has store (name), first_seen_at and not_seen_before, the same for all.
    """
    names = [f"{seen['store']}:{row['path']}" for row in stored]
    taken = _namesakes(connection, names)
    identities = [
        {
            "anchor": f"{name}#{taken[name] + 1}" if taken.get(name) else name,
            "store_id": row["store_id"],
            "first_seen_at": seen["first_seen_at"],
            "not_seen_before": seen["not_seen_before"],
            "settled_size": None,
        }
        for name, row in zip(names, stored, strict=True)
    ]
    if not identities:
        return []
    statement = insert(FILE).returning(FILE.c.id, sort_by_parameter_order=True)
    ids = [int(number) for number in connection.execute(statement, identities).scalars()]
    rows = [{**row, "file_id": number, "since_scan": scan} for row, number in zip(stored, ids, strict=True)]
    connection.execute(insert(STORED), rows)
    return ids


def _namesakes(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """How many files were first seen under each of these names."""
    found: dict[str, int] = {}
    for part in chunks(names):
        for anchor in connection.execute(select(FILE.c.anchor).where(FILE.c.anchor.in_(part))).scalars():
            later = (
                select(func.count()).select_from(FILE).where(FILE.c.anchor.startswith(f"{anchor}#", autoescape=True))
            )
            found[anchor] = 1 + connection.execute(later).scalar_one()
    return found


def supersede_file(connection: Connection, old: Row, values: Mapping[str, Any], scan: int) -> None:
    """A new version of a stored file."""
    close(connection, STORED, [old], scan)
    row = {key: old[key] for key in old if key not in ("id", "since_scan", "until_scan")}
    connection.execute(insert(STORED).values(**{**row, **values, "since_scan": scan}))


def supersede_known(connection: Connection, file_id: int, values: Mapping[str, Any], scan: int) -> None:
    """As `supersede_file`, found by identity."""
    old = connection.execute(select(STORED).where(current(STORED), STORED.c.file_id == file_id)).mappings().one()
    if any(old[key] != value for key, value in values.items()):
        supersede_file(connection, old, values, scan)


def settle_sizes(connection: Connection, sizes: Mapping[int, int]) -> None:
    """Remember the size at the first reading; later sizes are compared with it."""
    for file_id, size in sizes.items():
        connection.execute(
            update(FILE).where(FILE.c.id == file_id, FILE.c.settled_size.is_(None)).values(settled_size=size)
        )


def record_folders(connection: Connection, store_id: int, rows: Sequence[Row], scan: int) -> None:
    """What the listing of each folder said."""
    for part in chunks(rows):
        scope = (FOLDER.c.store_id == store_id) & FOLDER.c.path.in_([row["path"] for row in part])
        replace(connection, FOLDER, scope, part, key=("path",), scan=scan)


def close_unseen_folders(connection: Connection, store_id: int, seen: set[str], scan: int) -> None:
    """Folders that are gone end with this scan."""
    query = select(FOLDER).where(current(FOLDER), FOLDER.c.store_id == store_id)
    gone = [row for row in connection.execute(query).mappings() if row["path"] not in seen]
    close(connection, FOLDER, gone, scan)


def write_probes(connection: Connection, rows: Sequence[tuple[KnownFile, Probe, str | None]], scan: int) -> None:
    """What the readers measured: (file, probe, quick digest)."""
    for part in chunks(rows):
        scope = PROBE.c.file_id.in_([known.file_id for known, _, _ in part])
        written = [_probe_row(known, probe, digest) for known, probe, digest in part]
        replace(connection, PROBE, scope, written, key=("file_id",), scan=scan)


def _probe_row(known: KnownFile, probe: Probe, digest: str | None) -> dict[str, Any]:
    return {
        **{name: getattr(probe, name) for name in SAME},
        "file_id": known.file_id,
        "size": known.size,
        "modified_at": known.modified_at,
        "creation_time": probe.creation_time and probe.creation_time.isoformat(),
        "playable": probe.playable,
        "quick_digest": digest,
        "full_digest": None,
        "listed_digest": None,
    }


SAME = (
    *("container", "reader", "reader_version", "duration", "declared_duration", "start", "writer", "brand", "edits"),
    *("parameter_changes", "decodable_share", "tracks", "problems", "bytes_read", "tags"),
)


def probe_of(row: Row) -> Probe:
    """The probe that `write_probes` stored."""
    created = row["creation_time"]
    values = {name: row[name] for name in SAME}
    values["tracks"] = tuple(decode(Track, track) for track in row["tracks"])
    values["problems"] = tuple(decode(Problem, problem) for problem in row["problems"])
    return Probe(**values, creation_time=datetime.fromisoformat(created) if created else None)


def probes(connection: Connection, file_ids: Iterable[int]) -> dict[int, tuple[Probe, Row]]:
    """Current probes by file, with their rows (digests)."""
    found: dict[int, tuple[Probe, Row]] = {}
    for part in chunks(file_ids):
        for row in connection.execute(select(PROBE).where(current(PROBE), PROBE.c.file_id.in_(part))).mappings():
            found[row["file_id"]] = (probe_of(row), row)
    return found


def outdated_probes(connection: Connection, versions: Mapping[str, int], limit: int = CHUNK) -> list[int]:
    """Present files whose probe was made by another version of its reader."""
    stale = [(PROBE.c.reader == name) & (PROBE.c.reader_version != version) for name, version in versions.items()]
    query = (
        select(PROBE.c.file_id)
        .join(STORED, STORED.c.file_id == PROBE.c.file_id)
        .where(current(PROBE), current(STORED), STORED.c.state.in_((FileState.PRESENT, FileState.UNREADABLE)))
        .where(or_(*stale, PROBE.c.reader.not_in(list(versions))))
    )
    return list(connection.execute(query.order_by(PROBE.c.file_id).limit(limit)).scalars())


def same_quick_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[tuple[int, int]]]:
    """(file, size) of the current files that share a quick digest, by digest, in order of first sight."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for part in chunks(digests):
        query = (
            select(PROBE.c.quick_digest, PROBE.c.file_id, PROBE.c.size)
            .join(STORED, STORED.c.file_id == PROBE.c.file_id)
            .where(current(PROBE), current(STORED), PROBE.c.quick_digest.in_(part))
            .where(STORED.c.state.in_((FileState.PRESENT, FileState.UNREADABLE)))
            .order_by(PROBE.c.file_id)
        )
        for digest, file_id, size in connection.execute(query).all():
            groups.setdefault(digest, []).append((file_id, size))
    return groups


def set_digest(connection: Connection, file_id: int, column: str, digest: str) -> None:
    """Complete a probe by a digest that was read later (not a new version: the same bytes, known better)."""
    connection.execute(update(PROBE).where(current(PROBE), PROBE.c.file_id == file_id).values({column: digest}))


def same_full_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """(file, `store:path`) of the current files with the same bytes, by digest, in order of first sight."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for part in chunks(sorted(digests)):
        query = (
            select(PROBE.c.full_digest, PROBE.c.file_id, STORE.c.name, STORED.c.path)
            .join(STORED, STORED.c.file_id == PROBE.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .where(current(PROBE), current(STORED), PROBE.c.full_digest.in_(part))
            .where(STORED.c.state.in_((FileState.PRESENT, FileState.UNREADABLE)))
            .order_by(PROBE.c.file_id)
        )
        for digest, file_id, store, path in connection.execute(query).all():
            groups.setdefault(digest, []).append((file_id, f"{store}:{path}"))
    return groups
