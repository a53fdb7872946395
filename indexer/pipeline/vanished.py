"""Files that a walk did not see: moved, missing, or a store that cannot be believed (the breaker).

`time-and-linking.md` § 6. A store in doubt stays in doubt until its files are back or somebody confirms the loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.clip import FileState, StoredFile
from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.digests import quick_digest
from indexer.filenames import is_partial, without_partial_suffix
from indexer.pipeline.plan import Scanning
from indexer.stores.base import Store
from storage import digests, sightings, work
from storage import files as stored
from storage.sightings import Fresh
from storage.versions import Row
from storage.work import Mark

BREAKER_SHARE = 0.20
BREAKER_FILES = 50
SAME_TIME = timedelta(seconds=2)
"""Modification times this close are the same time: FAT counts in steps of 2 s, some shares in whole seconds."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """Known rows of a store that a walk did not see, and how many files it did see.

    `since` is the last walk that was believed (None: none was), `doubted` whether the one before this was not.
    """

    store_id: int
    gone: Sequence[Row]
    seen: int
    since: datetime | None = None
    doubted: bool = False


def doubt(gone: int, seen: int, fresh: int, *, doubted: bool = False) -> str | None:
    """Why a store cannot be believed, or None: suddenly empty, or too much gone at once.

    `fresh` of the files seen are new since the store was last believed: they say nothing about the old ones, so a
    store in doubt is not believed for being filled anew.
    """
    old = seen - fresh
    if gone and (seen == 0 or (doubted and old == 0)):
        return say(f"存储为空，{gone} 个已知文件同时消失", f"the store is empty, {gone} known files are gone at once")
    if gone >= BREAKER_FILES and gone > BREAKER_SHARE * (gone + old):
        zh = f"{gone + old} 个已知文件中 {gone} 个同时消失（超过 {BREAKER_SHARE:.0%}）"
        return say(zh, f"{gone} of {gone + old} known files are gone at once (more than {BREAKER_SHARE:.0%})")
    return None


def settle_vanished(connection: Connection, scan: Scanning, store: Store, vanished: Vanished) -> tuple[str, str]:
    """Mark what is moved or missing, unless the breaker trips. Returns the store's state and the reason."""
    moves = _moves(connection, store, vanished)
    moved = {row["file_id"] for row, _ in moves}
    left = [row for row in vanished.gone if row["file_id"] not in moved]
    reason = _doubt(connection, left, vanished)
    if reason is not None and store.name not in scan.confirmed:
        said = (say("存疑", "doubtful"), reason, say("文件状态均不变", "no file changes state"))
        scan.progress.note(f"{store.name}: {joined(said)}")
        return "doubtful", reason
    _lose(connection, scan, vanished, left)
    for row, target in moves:
        _move(connection, scan, row, target)
    return "online", joined((say("已确认", "confirmed"), reason), COLON) if reason else ""


def _doubt(connection: Connection, left: Sequence[Row], vanished: Vanished) -> str | None:
    if not left:
        return None
    counted = len(left) >= BREAKER_FILES or vanished.doubted
    if not counted:
        return doubt(len(left), vanished.seen, 0, doubted=False)
    fresh = sightings.count_fresh(connection, vanished.store_id, vanished.since)
    # What was read elsewhere by now (moved to another store) is no sign of a store that lost its mount.
    kept = digests.kept(connection, [row["file_id"] for row in left])
    return doubt(len(left) - len(kept), vanished.seen, fresh, doubted=vanished.doubted)


def _lose(connection: Connection, scan: Scanning, vanished: Vanished, left: Sequence[Row]) -> None:
    """Missing from now on; those that never were whole and are there under another name became that file."""
    arriving = [row["size"] for row in left if row["state"] == FileState.ARRIVING]
    fresh = sightings.fresh_of_size(connection, vanished.store_id, vanished.since, arriving) if arriving else []
    for row in left:
        became = row["state"] == FileState.ARRIVING and _became(connection, row, vanished, fresh)
        state = FileState.MOVED if became else FileState.MISSING
        stored.supersede_file(connection, row, {"state": state, "state_at": scan.now}, scan.number)
    ids = [row["file_id"] for row in left]
    work.mark(connection, "place", [Mark(str(file_id)) for file_id in ids])
    work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in digests.twins(connection, ids)])
    kept = {file_id for some in digests.kept(connection, ids).values() for file_id, _ in some}
    work.mark(connection, "digest", [Mark(str(file_id)) for file_id in sorted(kept)])  # one of them may be the lost one
    work.succeed(connection, "probe", sightings.anchors_of(connection, ids))  # what is gone need not be read


def _became(connection: Connection, row: Row, vanished: Vanished, fresh: Sequence[Fresh]) -> bool:
    """Whether a file that was still arriving is there under its final name, or under another one unchanged."""
    final = without_partial_suffix(row["path"])
    if is_partial(row["path"]) and sightings.is_fresh(connection, vanished.store_id, vanished.since, final):
        return True
    same = (one for one in fresh if one.size == row["size"] and abs(one.modified_at - row["modified_at"]) <= SAME_TIME)
    return next(same, None) is not None


def _moves(connection: Connection, store: Store, vanished: Vanished) -> list[tuple[Row, Fresh]]:
    """(gone file, new file) of the same size and the same head and tail, each used once, same base names first."""
    sizes = {row["size"] for row in vanished.gone if row["size"] > 0}
    candidates = sightings.fresh_of_size(connection, vanished.store_id, vanished.since, sizes) if sizes else []
    if not candidates:
        return []
    probes = stored.digests_of(connection, [row["file_id"] for row in vanished.gone])
    by_content: dict[tuple[int, str], list[Row]] = {}
    for row in vanished.gone:
        digest = probes.get(row["file_id"])
        if digest:
            by_content.setdefault((row["size"], digest), []).append(row)
    wanted = {(one, _content(store, one)) for one in candidates}
    matched: list[tuple[Row, Fresh]] = []
    for same_name in (True, False):
        for one, content in sorted(wanted, key=lambda pair: pair[0].file_id):
            found = _match(by_content.get(content, []) if content else [], one, same_name=same_name)
            if found is not None:
                matched.append((found, one))
                wanted.discard((one, content))
    return matched


def _match(rows: list[Row], one: Fresh, *, same_name: bool) -> Row | None:
    """Takes a gone row out of those with the same content: the one with the same base name, or any."""
    base = one.path.rpartition("/")[2]
    for place, row in enumerate(rows):
        if not same_name or row["path"].rpartition("/")[2] == base:
            return rows.pop(place)
    return None


def _content(store: Store, one: Fresh) -> tuple[int, str] | None:
    """What a new file is told by; None when it cannot be read now."""
    if one.quick_digest:
        return one.size, one.quick_digest
    try:
        return one.size, quick_digest(store, StoredFile(store.name, one.path, one.size, one.modified_at))
    except (OSError, StoreUnavailable):
        return None


def _move(connection: Connection, scan: Scanning, row: Row, target: Fresh) -> None:
    """The old identity goes on at the new path; the new identity, a minute old, is marked as moved into it."""
    stored.supersede_known(connection, target.file_id, {"state": FileState.MOVED, "state_at": scan.now}, scan.number)
    values = {"path": target.path, "folder": target.path.rpartition("/")[0], "modified_at": target.modified_at}
    stored.supersede_file(connection, row, values, scan.number)
    work.mark(connection, "place", [Mark(str(file_id)) for file_id in (row["file_id"], target.file_id)])
