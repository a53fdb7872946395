"""A file that was lost and is found again under another path or in another store goes on as what it was
(`time-and-linking.md` § 6): its links, findings and reviews stay.

Within one walk over one store that is seen at once (`vanished.py`). Here a file just read is held against all that are
missing, by its content alone: through an index, so that the number of missing files does not matter.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from domain.clip import FileState
from domain.errors import StoreUnavailable
from indexer.pipeline.plan import Scanning
from indexer.stores.base import Store
from storage import digests, files, sightings, work
from storage.files import KnownFile
from storage.sightings import Lost
from storage.work import Mark

Content = tuple[int, str]
READ = (FileState.PRESENT, FileState.UNREADABLE)


def rejoin(connection: Connection, scan: Scanning, stores: Mapping[str, Store], ids: set[int]) -> set[int]:
    """Give files just read the identity of the missing ones that they are. Returns the identities to go on with."""
    contents = files.digests_of(connection, ids)
    lost: dict[Content, list[Lost]] = {}
    for each in sightings.lost_like(connection, contents.values()):
        lost.setdefault((each.row["size"], each.quick_digest), []).append(each)
    if not lost:
        return ids
    known = [one for one in files.known_files(connection, ids) if one.state in READ]
    found: dict[int, Lost] = {}
    for same_name in (True, False):
        for one in known:
            alike = lost.get((one.size, contents.get(one.file_id, "")), [])
            match = next((each for each in alike if _is(each, one, same_name=same_name)), None)
            if match is not None and one.file_id not in found and not _still_there(stores, match):
                alike.remove(match)
                _go_on(connection, scan, match, one)
                found[one.file_id] = match
    _queue(connection, found, [each for alike in lost.values() for each in alike], known)
    return {found[file_id].row["file_id"] if file_id in found else file_id for file_id in ids}


def _is(lost: Lost, one: KnownFile, *, same_name: bool) -> bool:
    """First seen since the other was last seen: an older file of the same content is a copy, and stays one."""
    if same_name and _base(lost.row["path"]) != _base(one.path):
        return False
    return lost.row["file_id"] < one.file_id and (lost.seen_at is None or one.first_seen_at > lost.seen_at)


def _queue(connection: Connection, found: Mapping[int, Lost], left: Sequence[Lost], known: Sequence[KnownFile]) -> None:
    """What has to be placed and judged again; of a missing file it counts whether its content is somewhere."""
    old = [lost.row["file_id"] for lost in found.values()]
    work.mark(connection, "place", [Mark(str(file_id)) for file_id in (*old, *found)])
    subjects = [*digests.twins(connection, old), *(lost.row["file_id"] for lost in left)]
    work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in subjects])
    names = {lost.store for lost in found.values()} | {one.store for one in known if one.file_id in found}
    lists = [name for name in sorted(names) if sightings.has_list(connection, name)]
    work.mark(connection, "evaluate", [Mark(f"store:{name}") for name in lists])


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
    work.succeed(connection, "probe", [one.anchor])
