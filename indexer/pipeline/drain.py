"""Emptying a step's queue: take a batch, work on it, clear it, all in one transaction, until nothing is left."""

from collections.abc import Callable

from sqlalchemy import Connection

from indexer.pipeline.plan import Scanning
from storage import work
from storage.work import Batch


def drain(scan: Scanning, step: str, size: int, each: Callable[[Connection, Batch], None]) -> None:
    """Hand every mark that is queued now to `each`, `size` at a time; what is queued meanwhile is for the next scan."""
    with scan.transaction() as connection:
        upto = work.newest(connection, step)
        scan.progress.step(step, work.waiting(connection, step))
    while True:
        with scan.transaction() as connection:
            batch = work.take(connection, step, size, upto)
            if not batch.ids:
                return
            each(connection, batch)
            work.clear(connection, batch.ids)
        scan.progress.advance(len(batch.ids))
