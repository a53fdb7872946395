"""A file that was lost and is found again under another path or in another store goes on as what it was
(`time-and-linking.md` § 6): its links, findings and reviews stay.

Within one walk over one store that is seen at once (`vanished.py`). Here a file just read is held against all that are
missing, by its content alone: through an index, so that the number of missing files does not matter.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from domain.clip import FileState
from domain.errors import StoreUnavailable
from indexer.pipeline.plan import Scanning
from indexer.stores.base import Store
from storage import digests, files, sightings, work
from storage.files import KnownFile
from storage.sightings import Lost
from storage.work import Mark

READ = (FileState.PRESENT, FileState.UNREADABLE)


def rejoin(connection: Connection, scan: Scanning, stores: Mapping[str, Store], ids: set[int]) -> set[int]:
    """Give files just read the identity of the missing ones that they are. Returns the identities to go on with."""
    contents = files.digests_of(connection, ids)
    lost = sightings.lost_like(connection, contents.values())
    if not lost:
        return ids
    known = [one for one in files.known_files(connection, ids) if one.state in READ]
    found: dict[int, int] = {}
    for same_name in (True, False):
        for one in known:
            match = next((each for each in lost if _is(each, one, contents, same_name=same_name)), None)
            if one.file_id not in found and match is not None and not _still_there(stores, match):
                lost.remove(match)
                _go_on(connection, scan, match, one)
                found[one.file_id] = match.row["file_id"]
    # What is said of those still missing depends on whether their content is somewhere.
    work.mark(connection, "evaluate", [Mark(f"clip:{one.row['file_id']}") for one in lost])
    return {found.get(file_id, file_id) for file_id in ids}


def _is(lost: Lost, one: KnownFile, contents: Mapping[int, str], *, same_name: bool) -> bool:
    """The same content, and first seen since the other was last seen: an older one is a copy, and stays one."""
    if (lost.row["size"], lost.quick_digest) != (one.size, contents.get(one.file_id)):
        return False
    if same_name and _base(lost.row["path"]) != _base(one.path):
        return False
    return lost.row["file_id"] < one.file_id and (lost.seen_at is None or one.first_seen_at > lost.seen_at)


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _still_there(stores: Mapping[str, Store], lost: Lost) -> bool:
    """Whether something has come back to the old place since its store was walked: then both exist."""
    store = stores.get(lost.store)
    try:
        return store is not None and store.stat(lost.row["path"]) is not None
    except (OSError, StoreUnavailable):
        return False


def _go_on(connection: Connection, scan: Scanning, lost: Lost, one: KnownFile) -> None:
    """The old identity at the new place with what was just read there; the new one is marked as moved into it."""
    old = lost.row["file_id"]
    (probe, row) = files.probes(connection, [one.file_id])[one.file_id]
    files.supersede_known(connection, one.file_id, {"state": FileState.MOVED, "state_at": scan.now}, scan.number)
    place = {"store_id": one.store_id, "path": one.path, "folder": one.path.rpartition("/")[0]}
    values = {**place, "modified_at": one.modified_at, "state": one.state, "state_at": scan.now}
    files.supersede_file(connection, lost.row, values, scan.number)
    (again,) = files.known_files(connection, [old])
    files.write_probes(connection, [(again, probe, row["quick_digest"])], scan.number)
    work.mark(connection, "place", [Mark(str(file_id)) for file_id in (old, one.file_id)])
    work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in digests.twins(connection, [old])])
    lists = [name for name in {lost.store, one.store} if sightings.has_list(connection, name)]
    work.mark(connection, "evaluate", [Mark(f"store:{name}") for name in sorted(lists)])
    work.succeed(connection, "probe", [one.anchor])
