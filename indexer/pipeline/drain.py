"""Emptying a step's queue: take a batch, work on it, clear it, all in one transaction, until nothing is left."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from indexer.pipeline.plan import Scanning
from storage import work
from storage.work import Batch

AHEAD = 100_000
"""Marks in memory at a time."""

Order = Callable[[Scanning, int], NDArray[np.int64]]
"""Numbers of a step's marks up to one, in the order in which they are to be worked on."""
T = TypeVar("T")


def drain(
    scan: Scanning,
    step: str,
    size: int,
    each: Callable[[Connection, Batch], None],
    *,
    order: Order | None = None,
    by_subject: bool = False,
) -> None:
    """Hand every mark that is queued now to `each`, `size` at a time; what is queued meanwhile is for the next scan.

    `order` arranges the marks, `by_subject` puts them in order of what they name, so that what belongs together is
    worked on together, and once.
    """
    with scan.transaction() as connection:
        upto = work.newest(connection, step)
        scan.progress.step(step, work.waiting(connection, step))
    ahead = AHEAD if order or by_subject else size
    for block in blocks(scan, step, upto, ahead=ahead, order=order, by_subject=by_subject):
        for batch in block.parts(size):
            with scan.transaction() as connection:
                each(connection, batch)
                work.clear(connection, batch.ids)
            scan.progress.advance(len(batch.ids))


def blocks(
    scan: Scanning,
    step: str,
    upto: int,
    *,
    ahead: int,
    order: Order | None = None,
    by_subject: bool = False,
    prefix: str = "",
) -> Iterator[Batch]:
    """The marks of a step up to a number, `ahead` of them at a time; whoever takes a block clears it before the next.

    `prefix`, where they come by subject: those alone whose subjects begin so.
    """
    if order is not None:
        yield from _arranged(scan, order(scan, upto), ahead)
        return
    after: work.Place | None = None
    while True:
        with scan.transaction() as connection:
            if by_subject:
                taken = work.take_by_subject(connection, step, ahead, upto, after=after, prefix=prefix)
            else:
                taken = work.take(connection, step, ahead, upto)
        if not taken.ids:
            return
        yield taken
        if by_subject and len(taken.ids) < ahead:
            return  # that was all: who asks again meets what has failed and was queued once more
        after = taken.marks[-1].subject, taken.ids[-1]


def _arranged(scan: Scanning, ids: NDArray[np.int64], ahead: int) -> Iterator[Batch]:
    for start in range(0, len(ids), ahead):
        with scan.transaction() as connection:
            taken = work.these(connection, ids[start : start + ahead].tolist())
        yield taken


def portions(items: Iterable[T], weights: Sequence[int], most: int) -> Iterator[list[T]]:
    """The items in order, in lists of at most `most` weight together (one item alone may weigh more).

    Bounds what is held in memory where a mark may stand for one clip or for years of them.
    """
    portion: list[T] = []
    held = 0
    for item, weight in zip(items, weights, strict=True):
        if portion and held + weight > most:
            yield portion
            portion, held = [], 0
        portion.append(item)
        held += weight
    if portion:
        yield portion
