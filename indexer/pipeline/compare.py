"""Read whole files where it matters: the same head and tail under two names, or a digest on a station's list."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.errors import StoreUnavailable
from indexer.digests import full_digest, listed_digest
from indexer.pipeline.listing import entries_for
from indexer.pipeline.plan import Scanning
from indexer.stores import open_store
from storage import digests, files, work
from storage.files import KnownFile
from storage.work import Mark


def compare_content(scan: Scanning) -> None:
    """Complete the probes of suspects by digests, once for each version of a file."""
    with scan.transaction() as connection:
        batch = work.take(connection, "digest", 1_000_000, work.newest(connection, "digest"))
    if not batch.ids:
        return
    with scan.transaction() as connection:
        ids = {int(mark.subject) for mark in batch.marks}
        found = files.probes(connection, ids)
        contents = {row["quick_digest"] for _, row in found.values() if row["quick_digest"]}
        groups = digests.same_quick_digest(connection, contents)
        suspects = {file_id for group in groups.values() if len(group) > 1 for file_id, _ in group}
        rows = files.probes(connection, suspects)
        unread = [file_id for file_id in sorted(suspects) if rows[file_id][1]["full_digest"] is None]
        listed = _listed(connection, files.known_files(connection, ids))
        known = {one.file_id: one for one in files.known_files(connection, [*unread, *listed])}
    results = _digests(scan, known, unread, listed)
    with scan.transaction() as connection:
        for file_id, column, digest in results:
            digests.set_digest(connection, file_id, column, digest)
        work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in sorted(suspects)])
        work.clear(connection, batch.ids)


def _listed(connection: Connection, known: Sequence[KnownFile]) -> dict[int, str]:
    """Digests that a station's list states, by file."""
    entries = entries_for(connection, [one.stored for one in known])
    stated = ((one.file_id, entries.get(one.stored.name)) for one in known)
    return {file_id: entry.digest.lower() for file_id, entry in stated if entry and entry.digest}


def _digests(
    scan: Scanning, known: dict[int, KnownFile], unread: Sequence[int], listed: dict[int, str]
) -> list[tuple[int, str, str]]:
    stores = {settings.name: open_store(settings) for settings in scan.plan.stores}
    results = []
    for file_id, one in sorted(known.items()):
        store = stores.get(one.store)
        if store is None:
            continue
        try:
            if file_id in unread:
                results.append((file_id, "full_digest", full_digest(store, one.stored)))
            if file_id in listed:
                results.append((file_id, "listed_digest", listed_digest(store, one.stored, listed[file_id])))
        except (OSError, StoreUnavailable) as error:
            scan.progress.note(f"{one.stored.name}: digest not read: {error}")
    return results
