"""Walking a store at full speed: plain tuples of path, size and microseconds instead of an object for every file.

A re-scan looks at every file and finds nearly all of them as they were; dates and values are made only of the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from indexer.stores.base import Folder, Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND

Entry = tuple[str, int, int]
"""Path relative to the root, bytes, modification time in whole microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One folder as listed, like `Folder`, its files as plain tuples in no particular order."""

    path: str
    files: list[Entry]
    refused: str | None = None
    skipped: tuple[tuple[str, str], ...] = ()


@runtime_checkable
class ListsPlainly(Protocol):
    """A store that can be walked without making a value of every file; no store has to."""

    def listings(self) -> Iterator[Listing]:
        """As `Store.walk`, in the same order of folders."""
        ...


def listings(store: Store) -> Iterator[Listing]:
    """Every folder of any store once. Raises StoreUnavailable when the root cannot be listed."""
    return store.listings() if isinstance(store, ListsPlainly) else map(_plain, store.walk())


def _plain(folder: Folder) -> Listing:
    files = [(file.path, file.size, microseconds(file.modified_at)) for file in folder.files]
    return Listing(folder.path, files, folder.refused, folder.skipped)


def instant(since_epoch: int) -> datetime:
    """Microseconds since 1970 as aware UTC; beyond the calendar, the end of the calendar."""
    return EPOCH + timedelta(microseconds=min(max(since_epoch, EARLIEST), LATEST))


def microseconds(moment: datetime) -> int:
    """The reverse of `instant`."""
    return (moment - EPOCH) // MICROSECOND
