"""Read whole files where it matters: the same head and tail under two names, or a digest on a station's list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.digests import full_digest, listed_digest
from indexer.feeds.base import FeedKind
from indexer.pipeline.concerned import queue_concerned
from indexer.pipeline.listing import entries_of
from indexer.pipeline.patience import PatientStore
from indexer.pipeline.plan import Scanning
from indexer.pipeline.rejoin import rejoin
from indexer.stores.base import Store
from storage import activities, digests, files, work
from storage.files import KnownFile
from storage.work import Mark

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """What has to be read of one file: all its bytes, the digest that a list states (and what was found), or both."""

    known: KnownFile
    whole: bool
    listed: str | None


def compare_content(scan: Scanning) -> None:
    """Complete the probes of suspects by digests, once for each version of a file or of its row on a list."""
    stores = {settings.name: PatientStore(settings) for settings in scan.plan.stores}
    with scan.transaction() as connection:
        _queue_listed(connection)
        upto = work.newest(connection, "digest")
    while True:
        with scan.transaction() as connection:
            batch = work.take(connection, "digest", BATCH, upto)
            if not batch.ids:
                return
            ids = rejoin(connection, scan, stores, {int(mark.subject) for mark in batch.marks})
            suspects = _suspects(connection, ids)
            readings = _readings(connection, ids, suspects)
        results, failed = _read_all(scan, stores, readings)
        with scan.transaction() as connection:
            for file_id, column, digest in results:
                digests.set_digest(connection, file_id, column, digest)
            work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in sorted(suspects)])
            work.mark(connection, "digest", [Mark(str(file_id)) for file_id in failed])  # the next scan tries again
            work.clear(connection, batch.ids)


def _queue_listed(connection: Connection) -> None:
    """Files whose row on a station's list changed: the queue of the step `place` names their base names."""
    if not activities.has_records(connection, FeedKind.CLIP_INDEX):
        return  # without a list there is no digest to compare with
    marks = [Mark(f"base:{name}") for name in work.named(connection, "place", "base:")]
    marks += [Mark("all")] if work.holds(connection, "place", "all") else []  # too many rows to name each
    queue_concerned(connection, "digest", marks)


def _suspects(connection: Connection, ids: set[int]) -> set[int]:
    """Files, these among them or not, that share head, tail and size with one of these."""
    contents = set(files.digests_of(connection, ids).values())
    groups = digests.same_quick_digest(connection, contents)
    return {file_id for group in groups.values() if len(group) > 1 for file_id, _ in group}


def _readings(connection: Connection, ids: set[int], suspects: set[int]) -> list[Reading]:
    read = digests.read_before(connection, ids | suspects)
    unread = {file_id for file_id in suspects if file_id in read and read[file_id][0] is None}
    known = {one.file_id: one for one in files.known_files(connection, ids | unread)}
    listed = _listed(connection, [known[file_id] for file_id in sorted(ids & set(known) & set(read))])
    listed = {file_id: digest for file_id, digest in listed.items() if read[file_id][1] != digest}
    wanted = sorted((unread & set(known)) | set(listed))
    return [Reading(known[file_id], file_id in unread, listed.get(file_id)) for file_id in wanted]


def _listed(connection: Connection, known: Sequence[KnownFile]) -> dict[int, str]:
    """Digests that a station's list states, by file."""
    entries = entries_of(connection, known)
    stated = ((one.file_id, entries.get(one.stored.name)) for one in known)
    return {file_id: entry.digest.strip().lower() for file_id, entry in stated if entry and entry.digest}


def _read_all(
    scan: Scanning, stores: Mapping[str, Store], readings: Sequence[Reading]
) -> tuple[list[tuple[int, str, str]], list[int]]:
    """(file, column, digest) of what could be read, and the files that could not."""
    results: list[tuple[int, str, str]] = []
    failed = []
    for reading in readings:
        store = stores.get(reading.known.store)
        if store is None:
            continue
        try:
            results += _read(store, reading)
        except (OSError, StoreUnavailable) as error:
            failed.append(reading.known.file_id)
            unread = joined((say("校验值未能读取", "digest not read"), str(error)), COLON)
            scan.progress.note(f"{reading.known.stored.name}: {unread}")
    return results, failed


def _read(store: Store, reading: Reading) -> Iterator[tuple[int, str, str]]:
    file_id, file = reading.known.file_id, reading.known.stored
    if reading.whole:
        yield file_id, "full_digest", full_digest(store, file)
    if reading.listed is not None:
        yield file_id, "listed_digest", listed_digest(store, file, reading.listed)
