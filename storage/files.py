"""Files as the scans see them: identity, versions, probes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, select, update

from domain.clip import FileState, StoredFile
from domain.media import Probe, Problem, Track
from storage.among import among
from storage.bulk import add_rows
from storage.codec import decode
from storage.schema.tables import FILE, PROBE, STORE, STORED
from storage.versions import CHUNK, Row, chunks, current, replace, superseding


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


def known_files(connection: Connection, file_ids: Iterable[int]) -> list[KnownFile]:
    """Current rows of the given files, in order of id."""
    found = []
    for part in chunks(file_ids):
        found += [_known(row) for row in connection.execute(_known_query(among(STORED.c.file_id, part))).all()]
    return sorted(found, key=lambda known: known.file_id)


def paths_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, str]:
    """Current paths by file."""
    found: dict[int, str] = {}
    for part in chunks(file_ids):
        query = select(STORED.c.file_id, STORED.c.path).where(current(STORED), among(STORED.c.file_id, part))
        found |= {row.file_id: row.path for row in connection.execute(query).all()}
    return found


def add_files(connection: Connection, stored: Sequence[Row], seen: Mapping[str, Any], scan: int) -> list[int]:
    """Files seen for the first time, in order; returns their identities.

    `seen` has store (name), first_seen_at and not_seen_before, the same for all.
    """
    names = [f"{seen['store']}:{row['path']}" for row in stored]
    identities = [
        {
            "anchor": anchor,
            "store_id": row["store_id"],
            "first_seen_at": seen["first_seen_at"],
            "not_seen_before": seen["not_seen_before"],
            "settled_size": None,
        }
        for anchor, row in zip(_anchors(connection, names), stored, strict=True)
    ]
    if not identities:
        return []
    statement = insert(FILE).returning(FILE.c.id, sort_by_parameter_order=True)
    ids = [int(number) for number in connection.execute(statement, identities).scalars()]
    rows = [{**row, "file_id": number, "since_scan": scan} for row, number in zip(stored, ids, strict=True)]
    add_rows(connection, STORED, rows)
    return ids


def _anchors(connection: Connection, names: Sequence[str]) -> list[str]:
    """A stable name for each new file: its own, or with a number when another file was first seen under it."""
    taken: set[str] = set()
    for part in chunks(names):
        taken |= set(connection.execute(select(FILE.c.anchor).where(among(FILE.c.anchor, part))).scalars())
    used = {*taken, *names}
    for name in sorted(taken):
        like = FILE.c.anchor.startswith(f"{name}#", autoescape=True)
        used |= set(connection.execute(select(FILE.c.anchor).where(like)).scalars())
    found = []
    for name in names:
        anchor = name if name not in taken else next(f for n in count(2) if (f := f"{name}#{n}") not in used)
        used.add(anchor)
        found.append(anchor)
    return found


def supersede_file(connection: Connection, old: Row, values: Mapping[str, Any], scan: int) -> None:
    """A new version of a stored file."""
    row = {key: old[key] for key in old if key not in ("id", "since_scan", "until_scan")}
    with superseding(connection, STORED, [old], scan):
        connection.execute(insert(STORED).values(**{**row, **values, "since_scan": scan}))


def supersede_known(connection: Connection, file_id: int, values: Mapping[str, Any], scan: int) -> None:
    """As `supersede_file`, found by identity."""
    old = connection.execute(select(STORED).where(current(STORED), STORED.c.file_id == file_id)).mappings().one()
    if any(old[key] != value for key, value in values.items()):
        supersede_file(connection, old, values, scan)


def settle_sizes(connection: Connection, sizes: Mapping[int, int]) -> None:
    """Remember the size at the first reading; later sizes are compared with it."""
    first = update(FILE).where(FILE.c.id == bindparam("file_id"), FILE.c.settled_size.is_(None))
    if sizes:
        rows = [{"file_id": file_id, "size": size} for file_id, size in sizes.items()]
        connection.execute(first.values(settled_size=bindparam("size")), rows)


def write_probes(connection: Connection, rows: Sequence[tuple[KnownFile, Probe, str | None]], scan: int) -> None:
    """What the readers measured: (file, probe, quick digest). Digests of the same version stay known."""
    for part in chunks(rows):
        scope = PROBE.c.file_id.in_([known.file_id for known, _, _ in part])
        before = _digests_before(connection, [known.file_id for known, _, _ in part])
        written = []
        for known, probe, digest in part:
            version = (known.file_id, known.size, known.modified_at, digest)
            written.append({**_probe_row(known, probe, digest), **before.get(version, NOT_READ)})
        replace(connection, PROBE, scope, written, key=("file_id",), scan=scan)


READ_LATER = ("full_digest", "listed_digest", "changed_digest", "fixity_at")
NOT_READ: Row = dict.fromkeys(READ_LATER)
"""What the digests of a probe are until they are read."""


def _digests_before(connection: Connection, file_ids: Sequence[int]) -> dict[tuple[Any, ...], Row]:
    columns = (PROBE.c.file_id, PROBE.c.size, PROBE.c.modified_at, PROBE.c.quick_digest)
    later = [PROBE.c[name] for name in READ_LATER]
    query = select(*columns, *later).where(current(PROBE), among(PROBE.c.file_id, file_ids))
    return {tuple(row[:4]): dict(zip(READ_LATER, row[4:], strict=True)) for row in connection.execute(query).all()}


def _probe_row(known: KnownFile, probe: Probe, digest: str | None) -> dict[str, Any]:
    return {
        **{name: getattr(probe, name) for name in SAME},
        "file_id": known.file_id,
        "size": known.size,
        "modified_at": known.modified_at,
        "creation_time": probe.creation_time and probe.creation_time.isoformat(),
        "playable": probe.playable,
        "quick_digest": digest,
    }


SAME = (
    *("container", "reader", "reader_version", "duration", "declared_duration", "start", "writer", "brand", "edits"),
    *("parameter_changes", "decodable_share", "tracks", "problems", "bytes_read", "media_bytes", "tags"),
    *("stated_times", "muxer"),
)


def probe_of(row: Row) -> Probe:
    """The probe that `write_probes` stored."""
    created = row["creation_time"]
    values = {name: row[name] for name in SAME}
    values["tracks"] = tuple(decode(Track, track) for track in row["tracks"])
    values["problems"] = tuple(decode(Problem, problem) for problem in row["problems"])
    stated = row["stated_times"] or {}
    values["stated_times"] = {name: datetime.fromisoformat(time) for name, time in stated.items()}
    return Probe(**values, creation_time=datetime.fromisoformat(created) if created else None)


def probes(connection: Connection, file_ids: Iterable[int]) -> dict[int, tuple[Probe, Row]]:
    """Current probes by file, with their rows (digests)."""
    found: dict[int, tuple[Probe, Row]] = {}
    for part in chunks(file_ids):
        for row in connection.execute(select(PROBE).where(current(PROBE), among(PROBE.c.file_id, part))).mappings():
            found[row["file_id"]] = (probe_of(row), row)
    return found


def outdated_probes(connection: Connection, versions: Mapping[str, int], limit: int = CHUNK) -> list[int]:
    """Present files whose probe was made by another version of its reader."""
    made = select(PROBE.c.reader, PROBE.c.reader_version).where(current(PROBE)).distinct()
    if all(versions.get(reader) == version for reader, version in connection.execute(made).all()):
        return []  # as nearly always, and told by an index alone
    stale = [(PROBE.c.reader == name) & (PROBE.c.reader_version != version) for name, version in versions.items()]
    query = (
        select(PROBE.c.file_id)
        .join(STORED, STORED.c.file_id == PROBE.c.file_id)
        .where(current(PROBE), current(STORED), STORED.c.state.in_((FileState.PRESENT, FileState.UNREADABLE)))
        .where(or_(*stale, PROBE.c.reader.not_in(list(versions))))
    )
    return list(connection.execute(query.order_by(PROBE.c.file_id).limit(limit)).scalars())


def digests_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, str]:
    """Head-and-tail digest of the files that were read, by file."""
    found: dict[int, str] = {}
    for part in chunks(file_ids):
        query = select(PROBE.c.file_id, PROBE.c.quick_digest).where(current(PROBE), among(PROBE.c.file_id, part))
        found.update({file_id: digest for file_id, digest in connection.execute(query).all() if digest})
    return found
