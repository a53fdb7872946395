"""Compare each store with what the database knows, and tell no lies about what is gone (`time-and-linking.md` § 6).

Folders are compared in bundles by plain numbers; a folder that is as it was costs no write and no value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from blake3 import blake3
from sqlalchemy import Connection

from domain.clip import FileState
from domain.errors import StoreUnavailable
from domain.wording import say
from indexer.filenames import is_partial
from indexer.pipeline.feed_sets import lists_in, set_aside_lists
from indexer.pipeline.patience import PatientStore
from indexer.pipeline.plan import Scanning
from indexer.pipeline.vanished import SAME_TIME, Vanished, settle_vanished
from indexer.stores.base import Store, StoreSettings
from indexer.stores.walking import Entry, Listing, instant, listings, microseconds
from storage import digests, sightings
from storage import files as stored
from storage.scans import StoreState, count_files, record_store_scan, store_states
from storage.sightings import Known
from storage.versions import Row
from storage.work import Mark, mark

FOLDERS_AT_ONCE = 400
FILES_AT_ONCE = 10_000
SAME_US = SAME_TIME // timedelta(microseconds=1)
AT_REST = frozenset((FileState.PRESENT.value, FileState.UNREADABLE.value))


@dataclass(slots=True)
class Sighting:
    """What one walk over one store has seen so far."""

    settings: StoreSettings
    before: StoreState
    folders: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    skipped: int = 0
    files: int = 0
    vanished: list[int] = field(default_factory=list)
    changed: bool = False
    newest: int | None = None


def discover(scan: Scanning) -> datetime | None:
    """One walk over every configured store (or those asked for); a dead store is one event, never a flood.

    Returns the newest modification time that is not ahead of the machine, when its clock is in doubt.
    """
    with scan.transaction() as connection:
        before = store_states(connection)
    newest: list[int] = []
    unchanged: set[int] = set()
    for settings in scan.plan.stores:
        if not scan.only or settings.name in scan.only:
            sighting = Sighting(settings, before[settings.name])
            _discover_store(scan, sighting)
            newest += [] if sighting.newest is None else [sighting.newest]
            unchanged |= set() if sighting.changed else {sighting.before.store_id}
    with scan.transaction() as connection:
        count_files(connection, scan.number, unchanged)
    return instant(max(newest)) if newest else None


def _discover_store(scan: Scanning, sighting: Sighting) -> None:
    started = scan.instant
    try:
        store = PatientStore(sighting.settings)
        for bundle in _bundles(lists_in(scan, sighting.settings).without(listings(store))):
            _compare(scan, sighting, bundle)
        verdict = _close_walk(scan, store, sighting)
    except StoreUnavailable as error:
        verdict = ("unreachable", str(error))
        scan.progress.note(str(error))
    _record(scan, sighting, verdict, started)


def _bundles(walked: Iterator[Listing]) -> Iterator[list[Listing]]:
    """Folders in lots that are worth a transaction and bounded in memory."""
    bundle: list[Listing] = []
    files = 0
    for listing in walked:
        bundle.append(listing)
        files += len(listing.files)
        if len(bundle) >= FOLDERS_AT_ONCE or files >= FILES_AT_ONCE:
            yield bundle
            bundle, files = [], 0
    yield bundle


def _compare(scan: Scanning, sighting: Sighting, bundle: Sequence[Listing]) -> None:
    store_id = sighting.before.store_id
    with scan.transaction() as connection:
        before = sightings.folders_in(connection, store_id, [listing.path for listing in bundle])
        rows = {listing.path: _folder_row(store_id, listing) for listing in bundle}
        other = [listing for listing in bundle if rows[listing.path] != before.get(listing.path)]
        restless = _compare_files(scan, connection, sighting, [one for one in other if one.refused is None])
        told = [rows[one.path] | ({"fingerprint": None} if one.path in restless else {}) for one in other]
        sightings.record_folders(connection, store_id, told, scan.number)
    _count(scan, sighting, bundle)


def _compare_files(scan: Scanning, connection: Connection, sighting: Sighting, other: Sequence[Listing]) -> set[str]:
    """File by file; returns the folders that have to be looked at so again: something arrives or is not seen."""
    known = sightings.known_in(connection, sighting.before.store_id, [listing.path for listing in other])
    new: list[Entry] = []
    changed: list[tuple[int, Entry]] = []
    for listing in other:
        sort_out(listing.files, known, new, changed)
    unseen = {path: row[0] for path, row in known.items() if row[3] not in sightings.GONE}
    unseen = set_aside_lists(scan, connection, sighting.settings, unseen)
    sighting.vanished += unseen.values()
    arriving = [*_add(scan, connection, sighting, sorted(new)), *_update(scan, connection, sighting, changed)]
    return {path.rpartition("/")[0] for path in (*unseen, *arriving)}


def sort_out(
    files: Sequence[Entry], known: dict[str, Known], new: list[Entry], changed: list[tuple[int, Entry]]
) -> None:
    """Sort files as listed into new and changed ones; what they match is taken out of `known`.

    The same size and a modification time within 2 s is no change: FAT and some shares keep times so coarsely, and
    give the same file a finer one while it is still cached.
    """
    for entry in files:
        row = known.pop(entry[0], None)
        if row is None:
            new.append(entry)
        elif row[1] != entry[1] or not -SAME_US <= row[2] - entry[2] <= SAME_US or row[3] not in AT_REST:
            changed.append((row[0], entry))


def _count(scan: Scanning, sighting: Sighting, bundle: Sequence[Listing]) -> None:
    files = sum(len(listing.files) for listing in bundle)
    sighting.folders.update(listing.path for listing in bundle)
    sighting.skipped += sum(len(listing.skipped) for listing in bundle)
    sighting.files += files
    for listing in bundle:
        if listing.refused is not None:
            sighting.refused.append(listing.path)
            scan.progress.note(f"{sighting.settings.name}:{listing.path or '/'}: {_refusal(listing)}")
    if scan.clock_doubt and scan.machine_now:
        latest = microseconds(scan.machine_now)
        times = [at for listing in bundle for _, _, at in listing.files if at <= latest]
        sighting.newest = max([*times, *([] if sighting.newest is None else [sighting.newest])], default=None)
    scan.progress.advance(files)


def _refusal(listing: Listing) -> str | None:
    """Why a folder could not be listed: the system's own message, inside a statement of ours."""
    if listing.refused is None:
        return None
    return say(f"无法列出：{listing.refused}", f"cannot be listed: {listing.refused}")


def _folder_row(store_id: int, listing: Listing) -> dict[str, object]:
    return {
        "store_id": store_id,
        "path": listing.path,
        "files": len(listing.files),
        "refused": _refusal(listing),
        "skipped": [list(entry) for entry in listing.skipped],
        "fingerprint": fingerprint(listing.files) if listing.refused is None else None,
    }


def fingerprint(files: Sequence[Entry]) -> str:
    """Tells a listing from any other, in whatever order the files were listed."""
    return blake3(repr(sorted(files)).encode()).hexdigest(length=16)


@dataclass(frozen=True, slots=True)
class Rest:
    """What tells whether a file has stopped arriving: its name, its time, and since when it is unchanged."""

    path: str
    modified_at: datetime
    unchanged_since: datetime | None = None


def is_settled(file: Rest, settings: StoreSettings, now: datetime) -> bool:
    """Whether a file has stopped arriving.

    A temporary name never settles. A modification time in the future (a server's clock or zone is off) says
    nothing; then the file settles once it has kept still for the settle time between two scans.
    """
    if is_partial(file.path):
        return False
    settle = timedelta(seconds=settings.settle_seconds)
    if file.modified_at <= now:
        return now - file.modified_at >= settle
    return file.unchanged_since is not None and now - file.unchanged_since >= settle


def _add(scan: Scanning, connection: Connection, sighting: Sighting, new: Sequence[Entry]) -> list[str]:
    """Files seen for the first time; returns the paths of those still arriving."""
    rows = [_new_row(scan, sighting, entry) for entry in new]
    seen = {
        "store": sighting.settings.name,
        "first_seen_at": scan.now,
        "not_seen_before": sighting.before.scanned_at,
    }
    ids = stored.add_files(connection, rows, seen, scan.number)
    settled = [row["state"] is FileState.PRESENT for row in rows]
    mark(connection, "probe", [Mark(str(number)) for number, done in zip(ids, settled, strict=True) if done])
    rest = [Mark(f"clip:{number}") for number, done in zip(ids, settled, strict=True) if not done]
    mark(connection, "evaluate", rest)
    sighting.changed |= bool(new)
    return [entry[0] for entry, done in zip(new, settled, strict=True) if not done]


def _new_row(scan: Scanning, sighting: Sighting, entry: Entry) -> dict[str, object]:
    path, size, at = entry
    modified = instant(at)
    settled = is_settled(Rest(path, modified), sighting.settings, scan.settling_at)
    return {
        "store_id": sighting.before.store_id,
        "folder": path.rpartition("/")[0],
        "path": path,
        "size": size,
        "modified_at": modified,
        "state": FileState.PRESENT if settled else FileState.ARRIVING,
        "state_at": scan.now if settled else min(scan.now, modified),
    }


def _update(
    scan: Scanning, connection: Connection, sighting: Sighting, changed: Sequence[tuple[int, Entry]]
) -> list[str]:
    """Files that changed, came back, or may have stopped arriving; returns the paths of those still arriving."""
    rows = sightings.rows_of(connection, [file_id for file_id, _ in changed])
    arriving, superseded = [], []
    for file_id, entry in changed:
        values = _version(scan, sighting, rows[file_id], entry)
        if values["state"] is FileState.ARRIVING:
            arriving.append(entry[0])
        if any(rows[file_id][key] != value for key, value in values.items()):
            stored.supersede_file(connection, rows[file_id], values, scan.number)
            _queue(connection, file_id, settled=values["state"] is FileState.PRESENT)
            superseded.append(file_id)
    sighting.changed |= bool(superseded)
    # What was said of copies of what a file was no longer holds.
    twins = digests.twins(connection, superseded)
    mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in twins])
    return arriving


def _version(scan: Scanning, sighting: Sighting, row: Row, entry: Entry) -> dict[str, object]:
    """The file as it is now; its old values where nothing happened to it."""
    path, size, at = entry
    modified = instant(at)
    same = row["size"] == size and abs(row["modified_at"] - modified) <= SAME_TIME
    rest = Rest(path, modified, sighting.before.scanned_at if same else None)
    state = FileState.PRESENT if is_settled(rest, sighting.settings, scan.settling_at) else FileState.ARRIVING
    if same and state == row["state"]:
        return {"state": state}
    began = row["state_at"] if row["state"] == state else scan.now
    return {"size": size, "modified_at": modified, "state": state, "state_at": began}


def _queue(connection: Connection, file_id: int, *, settled: bool) -> None:
    """A settled file is read; one that arrives is judged for how long it takes, and is no footage meanwhile."""
    if settled:
        mark(connection, "probe", [Mark(str(file_id))])
    else:
        mark(connection, "evaluate", [Mark(f"clip:{file_id}")])
        mark(connection, "place", [Mark(str(file_id))])


def _close_walk(scan: Scanning, store: Store, sighting: Sighting) -> tuple[str, str]:
    """Decide about what was not seen; returns the store's state and why."""
    store_id = sighting.before.store_id
    hidden = tuple(f"{path}/" if path else "" for path in sighting.refused)
    with scan.transaction() as connection:
        unseen = sightings.unseen_folders(connection, store_id, sighting.folders)
        # What lies below a refused folder was not looked at: its proof and its files stay as they were.
        unseen = [path for path in unseen if not f"{path}/".startswith(hidden)] if hidden else unseen
        below = sightings.known_in(connection, store_id, unseen)
        gone = [*sighting.vanished, *(row[0] for row in below.values() if row[3] not in sightings.GONE)]
        rows = sightings.rows_of(connection, gone)
        doubted = sighting.before.state == "doubtful"
        vanished = Vanished(store_id, list(rows.values()), sighting.files, sighting.before.scanned_at, doubted)
        verdict = settle_vanished(connection, scan, store, vanished)
        if verdict[0] == "online":
            sightings.close_folders(connection, store_id, unseen, scan.number)
            sighting.changed |= bool(gone)
        if sighting.changed and sightings.has_list(connection, store.name):
            mark(connection, "evaluate", [Mark(f"store:{store.name}")])  # what the list names may be there now
    return verdict


def _record(scan: Scanning, sighting: Sighting, verdict: tuple[str, str], started: datetime) -> None:
    state, detail = verdict
    row = {
        "scan_id": scan.number,
        "store_id": sighting.before.store_id,
        "state": state,
        "detail": detail,
        "started_at": started,
        "finished_at": scan.instant,
        "folders": len(sighting.folders),
        "files": sighting.files,
        "refused": len(sighting.refused),
        "skipped": sighting.skipped,
    }
    with scan.transaction() as connection:
        record_store_scan(connection, row)
        after = store_states(connection, {sighting.settings.name})[sighting.settings.name]
        if (after.state, after.refused) != (sighting.before.state, sighting.before.refused):
            marks = [Mark(f"store:{sighting.settings.name}"), Mark(f"dependents:{sighting.settings.name}")]
            mark(connection, "evaluate", marks)
