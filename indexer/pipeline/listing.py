"""Which row of a collection station's list speaks of which file."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, select

from domain.clip import IndexEntry, StoredFile
from storage.codec import decode
from storage.schema.tables import RECORD, STORE, STORED
from storage.versions import chunks, current


def base_name(path: str) -> str:
    """What a list and a store agree on even when their folders differ."""
    return PurePosixPath(path).name.casefold()


def entries_for(connection: Connection, stored: Sequence[StoredFile]) -> dict[str, IndexEntry]:
    """List entry by `store:path`: the same base name, on the store's own list (or one of no store), best path match."""
    by_base: dict[str, list[Any]] = {}
    for part in chunks(sorted({base_name(file.path) for file in stored})):
        query = select(RECORD.c.group_key, RECORD.c.store, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == "clip_index", RECORD.c.group_key.in_(part)
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
    query = (
        select(STORED.c.path)
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .where(current(STORED), STORE.c.name == store, STORED.c.state != "moved")
    )
    present = {base_name(path) for path in connection.execute(query).scalars()} if entries else set()
    return [entry for entry in entries if base_name(entry.path) not in present]
