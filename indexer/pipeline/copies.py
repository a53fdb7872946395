"""After the fingerprints of a clip are written: which other files hold the same footage, kept for both of them.

The first clip of two finds nothing, the second one finds the first: in which order they are looked at is no matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from detectors.content.base import Print
from detectors.content_facts import ContentCopy
from domain.prints import is_still, keys_of
from indexer.copies import Match, copies_of, likely
from storage import files, prints, recordings, work
from storage.files import KnownFile
from storage.recordings import PlacedClip
from storage.versions import Row
from storage.work import Mark


def find_copies(connection: Connection, file_id: int, scan: int) -> set[int]:
    """Compare one file with all others and keep what they share. Returns the files for which that changed.

    All of them are queued to be judged again.
    """
    mine = _prints(connection, [file_id]).get(file_id, [])
    wanted: dict[int, list[int]] = defaultdict(list)
    for one in mine:
        for key in () if is_still(one.value) else keys_of(one.value):
            wanted[key].append(one.value)
    found = (
        (hit.file_id, Print(hit.at, hit.value, hit.sound))
        for hit in prints.hits(connection, wanted)
        if hit.file_id != file_id
    )
    matches = copies_of(mine, _prints(connection, likely(mine, found)))
    changes = prints.replace_copies(connection, file_id, [_row(file_id, one) for one in matches], scan)
    sides = [side for one in changes for side in (one.before, one.after) if side is not None]
    touched = {side[name] for side in sides for name in ("file_id", "other_id")}
    _judge(connection, touched)
    return touched


def forget_copies(connection: Connection, file_ids: Iterable[int], scan: int) -> None:
    """Of files whose bytes are other ones now nothing is known; those that shared something with them are judged."""
    _judge(connection, prints.end_copies(connection, file_ids, scan))


def copies_of_files(connection: Connection, file_ids: Iterable[int]) -> Mapping[int, tuple[ContentCopy, ...]]:
    """For each file what others hold of it, in order of its media time."""
    rows = prints.copies(connection, file_ids)
    wanted = {*rows, *(row["other_id"] for some in rows.values() for row in some)}
    known = {one.file_id: one for one in files.known_files(connection, sorted(wanted))}
    placed = recordings.clips_of_files(connection, sorted(known)) if known else {}
    return {
        file_id: tuple(
            _copy(row, known[file_id], known[row["other_id"]], placed.get(row["other_id"]))
            for row in sorted(some, key=lambda one: (one["here"], one["other_id"]))
            if row["other_id"] in known
        )
        for file_id, some in rows.items()
        if file_id in known
    }


def _copy(row: Row, mine: KnownFile, other: KnownFile, placed: PlacedClip | None) -> ContentCopy:
    first = (other.first_seen_at, other.file_id) < (mine.first_seen_at, mine.file_id)
    clip = placed.clip if placed else None
    return ContentCopy(other.stored.name, row["here"], row["there"], first, row["sound"], row["picture"], clip)


def _prints(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Print]]:
    stored = prints.prints_of(connection, file_ids)
    return {file_id: [Print(*moment) for moment in some] for file_id, some in stored.items()}


def _row(file_id: int, match: Match) -> Row:
    """As it is kept: seen from the file with the smaller number."""
    sides = [(file_id, *match.here), (match.file_id, *match.there)]
    (mine, here_from, here_to), (other, there_from, there_to) = sorted(sides)
    return {
        "file_id": mine,
        "other_id": other,
        "here_from": here_from,
        "here_to": here_to,
        "there_from": there_from,
        "there_to": there_to,
        "agreeing": match.agreeing,
        "sound": match.sound,
        "picture": match.picture,
    }


def _judge(connection: Connection, file_ids: Iterable[int]) -> None:
    work.mark(connection, "evaluate", [Mark(f"clip:{one}") for one in sorted(file_ids)])
