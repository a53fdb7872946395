"""Compare each store with what the database knows, and tell no lies about what is gone (`time-and-linking.md` § 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.clip import FileState, StoredFile
from domain.errors import StoreUnavailable
from indexer.filenames import is_partial
from indexer.pipeline.plan import Scanning
from indexer.pipeline.vanished import Vanished, settle_vanished
from indexer.stores import open_store
from indexer.stores.base import Folder, Store, StoreSettings
from storage import files as stored
from storage.scans import StoreState, record_store_scan, store_states
from storage.versions import Row
from storage.work import Mark, mark

FOLDERS_PER_TRANSACTION = 200
GONE = (FileState.MISSING, FileState.MOVED)


@dataclass(slots=True)
class Sighting:
    """What one walk over one store has seen so far."""

    settings: StoreSettings
    before: StoreState
    folders: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    skipped: int = 0
    files: int = 0
    added: list[tuple[int, StoredFile]] = field(default_factory=list)
    vanished: list[Row] = field(default_factory=list)


def discover(scan: Scanning) -> None:
    """One walk over every configured store (or those asked for); a dead store is one event, never a flood."""
    with scan.transaction() as connection:
        before = store_states(connection)
    for settings in scan.plan.stores:
        if not scan.only or settings.name in scan.only:
            _discover_store(scan, Sighting(settings, before[settings.name]))


def _discover_store(scan: Scanning, sighting: Sighting) -> None:
    started = scan.wall()
    try:
        store = open_store(sighting.settings)
        batch: list[Folder] = []
        for folder in store.walk():
            batch.append(folder)
            if len(batch) >= FOLDERS_PER_TRANSACTION:
                _compare_batch(scan, sighting, batch)
                batch = []
        _compare_batch(scan, sighting, batch)
        verdict = _close_walk(scan, store, sighting)
    except StoreUnavailable as error:
        verdict = ("unreachable", str(error))
        scan.progress.note(str(error))
    _record(scan, sighting, verdict, started)


def _compare_batch(scan: Scanning, sighting: Sighting, batch: Iterable[Folder]) -> None:
    rows = []
    with scan.transaction() as connection:
        for folder in batch:
            sighting.folders.add(folder.path)
            sighting.skipped += len(folder.skipped)
            rows.append(_folder_row(sighting, folder))
            if folder.refused is not None:
                sighting.refused.append(folder.path)
                scan.progress.note(f"{sighting.settings.name}:{folder.path or '/'}: {folder.refused}")
                continue
            sighting.files += len(folder.files)
            _compare_folder(scan, connection, sighting, folder)
            scan.progress.advance(len(folder.files))
        stored.record_folders(connection, sighting.before.store_id, rows, scan.number)


def _folder_row(sighting: Sighting, folder: Folder) -> dict[str, object]:
    return {
        "store_id": sighting.before.store_id,
        "path": folder.path,
        "files": len(folder.files),
        "refused": folder.refused,
        "skipped": [list(entry) for entry in folder.skipped],
    }


def _compare_folder(scan: Scanning, connection: Connection, sighting: Sighting, folder: Folder) -> None:
    known = stored.files_in_folder(connection, sighting.before.store_id, folder.path)
    new = []
    for file in folder.files:
        row = known.pop(file.path, None)
        if row is None:
            new.append(file)
        elif not _unchanged(row, file):
            _update(scan, connection, sighting, row, file)
    _add(scan, connection, sighting, new)
    sighting.vanished += [row for row in known.values() if row["state"] not in GONE]


def _unchanged(row: Row, file: StoredFile) -> bool:
    same = row["size"] == file.size and row["modified_at"] == file.modified_at
    return same and row["state"] in (FileState.PRESENT, FileState.UNREADABLE)


def is_settled(file: StoredFile, settings: StoreSettings, now: datetime, unchanged_since: datetime | None) -> bool:
    """Whether a file has stopped arriving.

    A temporary name never settles. A modification time in the future (a server's clock or zone is off) says
    nothing; then the file settles once it has kept still for the settle time between two scans.
    """
    if is_partial(file.path):
        return False
    settle = timedelta(seconds=settings.settle_seconds)
    if file.modified_at <= now:
        return now - file.modified_at >= settle
    return unchanged_since is not None and now - unchanged_since >= settle


def _add(scan: Scanning, connection: Connection, sighting: Sighting, new: Sequence[StoredFile]) -> None:
    rows = [_new_row(scan, sighting, file) for file in new]
    seen = {
        "store": sighting.settings.name,
        "first_seen_at": scan.now,
        "not_seen_before": sighting.before.scanned_at,
    }
    ids = stored.add_files(connection, rows, seen, scan.number)
    sighting.added += zip(ids, new, strict=True)
    settled = [number for number, row in zip(ids, rows, strict=True) if row["state"] is FileState.PRESENT]
    mark(connection, "probe", [Mark(str(number)) for number in settled])
    mark(connection, "evaluate", [Mark(f"clip:{number}") for number in ids if number not in set(settled)])


def _new_row(scan: Scanning, sighting: Sighting, file: StoredFile) -> dict[str, object]:
    settled = is_settled(file, sighting.settings, scan.now, None)
    return {
        "store_id": sighting.before.store_id,
        "folder": file.path.rpartition("/")[0],
        "path": file.path,
        "size": file.size,
        "modified_at": file.modified_at,
        "state": FileState.PRESENT if settled else FileState.ARRIVING,
        "state_at": scan.now if settled else min(scan.now, file.modified_at),
    }


def _update(scan: Scanning, connection: Connection, sighting: Sighting, row: Row, file: StoredFile) -> None:
    same = row["size"] == file.size and row["modified_at"] == file.modified_at
    settled = is_settled(file, sighting.settings, scan.now, sighting.before.scanned_at if same else None)
    state = FileState.PRESENT if settled else FileState.ARRIVING
    if same and state == row["state"]:
        return
    began = row["state_at"] if row["state"] == state else scan.now
    values = {"size": file.size, "modified_at": file.modified_at, "state": state, "state_at": began}
    stored.supersede_file(connection, row, values, scan.number)
    _queue(connection, row["file_id"], settled)


def _queue(connection: Connection, file_id: int, settled: bool) -> None:
    """A settled file is read; one still arriving is only judged for how long it takes."""
    if settled:
        mark(connection, "probe", [Mark(str(file_id))])
    else:
        mark(connection, "evaluate", [Mark(f"clip:{file_id}")])


def _close_walk(scan: Scanning, store: Store, sighting: Sighting) -> tuple[str, str]:
    """Decide about what was not seen; returns the store's state and why."""
    with scan.transaction() as connection:
        unseen = stored.folders_with_files(connection, sighting.before.store_id) - sighting.folders
        for folder in sorted(unseen):
            rows = stored.files_in_folder(connection, sighting.before.store_id, folder).values()
            sighting.vanished += [row for row in rows if row["state"] not in GONE]
        hidden = tuple(f"{path}/" if path else "" for path in sighting.refused)
        gone = [row for row in sighting.vanished if not row["path"].startswith(hidden)] if hidden else sighting.vanished
        verdict = settle_vanished(connection, scan, store, Vanished(gone, sighting.files, sighting.added))
        if verdict[0] == "online":
            stored.close_unseen_folders(connection, sighting.before.store_id, sighting.folders, scan.number)
    return verdict


def _record(scan: Scanning, sighting: Sighting, verdict: tuple[str, str], started: datetime) -> None:
    state, detail = verdict
    row = {
        "scan_id": scan.number,
        "store_id": sighting.before.store_id,
        "state": state,
        "detail": detail,
        "started_at": started,
        "finished_at": scan.wall(),
        "folders": len(sighting.folders),
        "files": sighting.files,
        "refused": len(sighting.refused),
        "skipped": sighting.skipped,
    }
    with scan.transaction() as connection:
        record_store_scan(connection, row)
        after = store_states(connection)[sighting.settings.name]
        if (after.state, after.refused) != (sighting.before.state, sighting.before.refused):
            marks = [Mark(f"store:{sighting.settings.name}"), Mark(f"dependents:{sighting.settings.name}")]
            mark(connection, "evaluate", marks)
