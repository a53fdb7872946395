"""Feeds of many files, as the pipeline sees them: the numbers of their rows, and which files of a store they are."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, select

from domain.clip import FileState
from domain.errors import FeedUnreadable, StoreUnavailable
from domain.wording import say
from indexer.feeds import FeedRow
from indexer.feeds.base import FeedSettings
from indexer.feeds.wildcards import Place
from indexer.pipeline.patience import PatientStore, hanging
from indexer.pipeline.plan import Scanning
from indexer.stores.base import StoreSettings
from indexer.stores.walking import Listing
from storage import files, sightings
from storage.schema.tables import FEED_ROW
from storage.versions import current
from storage.work import Mark, mark


def root_of(stores: Sequence[StoreSettings], feed: FeedSettings) -> str | None:
    """The folder of the store whose list the feed is; None when it says none, or the store is no folder."""
    roots = [store.location for store in stores if store.name == feed.store]
    return next((root.rstrip("/") or "/" for root in roots if "://" not in root), None)


def refuse_hanging(stores: Sequence[StoreSettings], name: str | None) -> None:
    """A list beside the clips of a store that hangs would hold up all others. Raises FeedUnreadable."""
    for store in (one for one in stores if one.name == name):
        with suppress(StoreUnavailable):
            next(PatientStore(store).listings(), None)
        if hanging(store):
            raise FeedUnreadable(say(f"存储 {name} 未应答", f"store {name} does not answer"))


def numbered(connection: Connection, feed: str, rows: Sequence[FeedRow]) -> Iterator[tuple[int, FeedRow]]:
    """Each row with the number that it bears among all rows of the feed.

    In a feed of many files a row keeps the number it got first: a file more in the middle must not make new versions
    of every row behind it. What a row is known by is its place, its first note.
    """
    if all(row.source is None for row in rows):
        yield from ((row.number, row) for row in rows)
        return
    query = select(FEED_ROW.c.number, FEED_ROW.c.notes).where(current(FEED_ROW), FEED_ROW.c.feed == feed)
    known = {row.notes[0]: row.number for row in connection.execute(query).all() if row.notes}
    unused = max(known.values(), default=0) + 1
    for row in rows:
        number = known.get(row.notes[0])
        if number is None:
            number, unused = unused, unused + 1
        yield number, row


def lists_in(scan: Scanning, store: StoreSettings) -> "Lists":
    """What tells the lists among the files of a store."""
    return Lists(store, scan.plan.feeds, scan.plan.base)


def set_aside_lists(
    scan: Scanning, connection: Connection, store: StoreSettings, unseen: dict[str, int]
) -> dict[str, int]:
    """What is left of files no longer seen (identity by path) without those that a feed has begun to read as lists:
    they were taken for footage once, are none, and are not lost."""
    lists = lists_in(scan, store)
    became = {file_id for path, file_id in unseen.items() if lists.name(path)}
    for row in sightings.rows_of(connection, became).values():
        files.supersede_file(connection, row, {"state": FileState.MOVED, "state_at": scan.now}, scan.number)
    mark(connection, "place", [Mark(str(file_id)) for file_id in became])
    mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in became])
    return {path: file_id for path, file_id in unseen.items() if file_id not in became}


class Lists:
    """Which files of a store are lists that a configured feed reads: they are no footage, and no broken footage."""

    def __init__(self, store: StoreSettings, feeds: Sequence[FeedSettings], base: Path) -> None:
        self._root = store.location.rstrip("/")
        places = [Place.of(base / feed.location) for feed in feeds if "://" not in feed.location]
        self._patterns = [whole for place in places if (whole := self._within(place)) is not None]
        self._last = frozenset(place.parts[-1][-1].lower() for place in places)

    def _within(self, place: Place) -> re.Pattern[str] | None:
        """The place as paths below the store's root; None for one that cannot lie in it."""
        if place.fixed != self._root and not place.fixed.startswith(self._root + "/"):
            return None
        below = place.fixed[len(self._root) + 1 :]
        wanted = place.pattern()
        return re.compile(f"{re.escape(below)}/{wanted.pattern}" if below else wanted.pattern, wanted.flags)

    def without(self, listings: Iterator[Listing]) -> Iterator[Listing]:
        """The listings with the lists among the skipped entries, said so."""
        return map(self._sorted, listings) if self._patterns else listings

    def _sorted(self, listing: Listing) -> Listing:
        lists = {file[0] for file in listing.files if file[0][-1].lower() in self._last and self.name(file[0])}
        if not lists:
            return listing
        skipped = [(path.rpartition("/")[2], "list read as a feed") for path in lists]
        footage = [file for file in listing.files if file[0] not in lists]
        return Listing(listing.path, footage, listing.refused, tuple(sorted([*listing.skipped, *skipped])))

    def name(self, path: str) -> bool:
        """Whether a path of the store is one of its lists."""
        return any(pattern.fullmatch(path) for pattern in self._patterns)
