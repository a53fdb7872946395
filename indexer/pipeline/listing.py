"""Which row of a collection station's list speaks of which file."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, or_, select

from domain.clip import IndexEntry, StoredFile
from storage.among import among
from storage.codec import decode
from storage.files import KnownFile
from storage.schema.tables import FILE, RECORD, STORE, STORED
from storage.versions import chunks, current


def base_name(path: str) -> str:
    """What a list and a store agree on even when their folders differ."""
    return PurePosixPath(path).name.casefold()


def entries_for(connection: Connection, stored: Sequence[StoredFile]) -> dict[str, IndexEntry]:
    """List entry by `store:path`: the same base name, on the store's own list (or one of no store), best path match."""
    by_base: dict[str, list[Any]] = {}
    for part in chunks(sorted({base_name(file.path) for file in stored})):
        query = select(RECORD.c.group_key, RECORD.c.store, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == "clip_index", among(RECORD.c.group_key, part)
        )
        for row in connection.execute(query.order_by(RECORD.c.key)).all():
            by_base.setdefault(row.group_key, []).append(row)
    found = {}
    for file in stored:
        rows = [row for row in by_base.get(base_name(file.path), ()) if row.store in (None, file.store)]
        if rows:
            best = max(rows, key=lambda row: (_shared_tail(row.body["path"], file.path), row.store == file.store))
            if _shared_tail(best.body["path"], file.path) >= min(
                len(_parts(best.body["path"])), len(_parts(file.path))
            ):
                found[file.name] = decode(IndexEntry, best.body)
    return found


def entries_of(connection: Connection, known: Sequence[KnownFile]) -> dict[str, IndexEntry]:
    """As `entries_for`; what the list said of a file stays with it when it moves, to another store too."""
    found = entries_for(connection, [one.stored for one in known])
    moved = {one.stored.name: _first(one) for one in known if one.anchor != one.stored.name}
    moved = {name: first for name, first in moved.items() if name not in found}
    before = entries_for(connection, list(moved.values())) if moved else {}
    return found | {name: before[first.name] for name, first in moved.items() if first.name in before}


def _first(one: KnownFile) -> StoredFile:
    """A file under the name that it had at first sight."""
    store, _, path = one.anchor.partition(":")
    return StoredFile(store, path, one.size, one.modified_at)


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path.casefold()).parts


def _shared_tail(one: str, other: str) -> int:
    """How many last path parts are the same."""
    shared = 0
    for left, right in zip(reversed(_parts(one)), reversed(_parts(other)), strict=False):
        if left != right:
            break
        shared += 1
    return shared


def listed_but_absent(connection: Connection, store: str) -> list[IndexEntry]:
    """Entries of a store's own list for which the store holds no file."""
    listed = select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "clip_index", RECORD.c.store == store)
    entries = [decode(IndexEntry, body) for body in connection.execute(listed.order_by(RECORD.c.key)).scalars()]
    if not entries:
        return []
    query = (
        select(STORED.c.path, FILE.c.anchor)
        .join(FILE, FILE.c.id == STORED.c.file_id)
        .join(STORE, or_(STORE.c.id == STORED.c.store_id, STORE.c.id == FILE.c.store_id))
        .where(current(STORED), STORE.c.name == store, STORED.c.state != "moved")
    )
    # A file that moved on, to another store too, is not absent: it is known by its name at first sight as well.
    names = (name for row in connection.execute(query).all() for name in (row.path, row.anchor.partition(":")[2]))
    present = {base_name(name) for name in names}
    return [entry for entry in entries if base_name(entry.path) not in present]
