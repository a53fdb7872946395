"""Files that a walk did not see: moved, missing, or a store that cannot be believed (the breaker)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from domain.clip import FileState, StoredFile
from domain.errors import StoreUnavailable
from indexer.digests import quick_digest
from indexer.filenames import is_partial, without_partial_suffix
from indexer.pipeline.plan import Scanning
from indexer.stores.base import Store
from storage import files as stored
from storage.versions import Row
from storage.work import Mark, mark

BREAKER_SHARE = 0.20
BREAKER_FILES = 50


@dataclass(frozen=True, slots=True)
class Vanished:
    """Known rows that were not seen, how many files were, and which of those are new."""

    gone: Sequence[Row]
    seen: int
    added: Sequence[tuple[int, StoredFile]]


def doubt(vanished: Vanished) -> str | None:
    """Why the store cannot be believed, or None: suddenly empty, or too much gone at once."""
    gone, known = len(vanished.gone), len(vanished.gone) + vanished.seen - len(vanished.added)
    if gone and vanished.seen == 0:
        return f"the store is empty, {gone} known files are gone at once"
    if gone >= BREAKER_FILES and gone > BREAKER_SHARE * known:
        return f"{gone} of {known} known files are gone at once (more than {BREAKER_SHARE:.0%})"
    return None


def settle_vanished(connection: Connection, scan: Scanning, store: Store, vanished: Vanished) -> tuple[str, str]:
    """Mark what is moved or missing, unless the breaker trips. Returns the store's state and the reason."""
    moves = _moves(connection, store, vanished)
    left = [row for row in vanished.gone if row["file_id"] not in moves]
    reason = doubt(Vanished(left, vanished.seen, vanished.added))
    if reason is not None:
        scan.progress.note(f"{store.name}: doubtful, {reason}; no file changes state")
        return "doubtful", reason
    for row in left:
        state = FileState.MOVED if _arrived_under_final_name(row, vanished) else FileState.MISSING
        stored.supersede_file(connection, row, {"state": state, "state_at": scan.now}, scan.number)
        mark(connection, "place", [Mark(str(row["file_id"]))])
    for row in vanished.gone:
        if row["file_id"] in moves:
            _move(connection, scan, row, moves[row["file_id"]])
    return "online", ""


def _arrived_under_final_name(row: Row, vanished: Vanished) -> bool:
    """A temporary name that is gone because its file is complete now."""
    final = without_partial_suffix(row["path"])
    return is_partial(row["path"]) and any(file.path == final for _, file in vanished.added)


def _moves(connection: Connection, store: Store, vanished: Vanished) -> dict[int, tuple[int, StoredFile]]:
    """gone file → (new identity, new file) where size and head/tail digest are the same, each used once."""
    sizes = {row["size"] for row in vanished.gone}
    candidates = [(file_id, file) for file_id, file in vanished.added if file.size in sizes and file.size > 0]
    if not candidates:
        return {}
    probes = stored.probes(connection, [row["file_id"] for row in vanished.gone])
    by_content = {
        (row["size"], probes[row["file_id"]][1]["quick_digest"]): row["file_id"]
        for row in vanished.gone
        if row["file_id"] in probes
    }
    moves: dict[int, tuple[int, StoredFile]] = {}
    for file_id, file in candidates:
        try:
            old = by_content.get((file.size, quick_digest(store, file)))
        except (OSError, StoreUnavailable):
            continue
        if old is not None and old not in moves:
            moves[old] = (file_id, file)
    return moves


def _move(connection: Connection, scan: Scanning, row: Row, target: tuple[int, StoredFile]) -> None:
    """The old identity goes on at the new path; the new identity, a minute old, is marked as moved into it."""
    new_id, file = target
    stored.supersede_known(connection, new_id, {"state": FileState.MOVED, "state_at": scan.now}, scan.number)
    values = {"path": file.path, "folder": file.path.rpartition("/")[0], "modified_at": file.modified_at}
    stored.supersede_file(connection, row, values, scan.number)
    mark(connection, "place", [Mark(str(row["file_id"]))])
