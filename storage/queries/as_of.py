"""What was known at an earlier time: the facts as the last scan that had finished then left them (`as-of.md`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from storage.queries.filters import UnusableQuery
from storage.scans import first_finish, scan_finished_by
from storage.schema.tables import SCAN
from storage.versions import viewed, viewing

T = TypeVar("T")
UTC_ZONE = ZoneInfo("UTC")


class NothingKnownYet(UnusableQuery):
    """No scan had finished at the time asked about: an empty answer would look like "nothing was found"."""


@contextmanager
def as_of(connection: Connection, when: datetime | None, zone: ZoneInfo = UTC_ZONE) -> Iterator[None]:
    """Everything read inside is as it was known at `when` (aware); None: as it is known now.

    Lists are streams: they must be read to their end inside. Raises NothingKnownYet; its times are of `zone`.
    """
    scan = None
    if when is not None:
        scan = scan_finished_by(connection, when)
        if scan is None:
            raise NothingKnownYet(_too_early(when, first_finish(connection), zone))
    with viewing(scan):
        yield


def _too_early(when: datetime, first: datetime | None, zone: ZoneInfo) -> str:
    asked = when.astimezone(zone).isoformat()
    if first is None:
        return f"尚无完成的扫描 / no scan has finished yet: nothing was known at {asked}"
    begun = first.astimezone(zone).isoformat()
    return f"{asked} 时尚无完成的扫描 / no scan had finished at {asked}; 首次完成于 / the first one finished at {begun}"


def from_current(connection: Connection, read: Callable[[], T]) -> T:
    """What `read` finds in the view. Where that is the view of the newest scan, it is read from the current rows, which
    are the same and which indexes serve; again from the versions where another scan began meanwhile.

    For what scans alone write. What people decide, and what stores are called, may be other now than then.
    """
    scan = viewed()
    if scan is not None and scan == _newest(connection):
        with viewing(None):
            found = read()
        if scan == _newest(connection):
            return found
    return read()


def _newest(connection: Connection) -> int | None:
    return connection.execute(select(func.max(SCAN.c.id))).scalar()
