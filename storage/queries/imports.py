"""How the rows of feeds fared: counts by fate, the rows of one feed, and the activities that their cells name."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from domain.activity import RECORD_KINDS
from storage.queries.paging import Row
from storage.schema.tables import FEED_ROW, RECORD
from storage.versions import chunks, current

LONGEST_NUMBER = 80


def feed_counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Feed → fate → how many rows its last delivery had."""
    query = select(FEED_ROW.c.feed, FEED_ROW.c.fate, func.count()).where(current(FEED_ROW))
    found: dict[str, dict[str, int]] = {}
    for feed, fate, count in connection.execute(query.group_by(FEED_ROW.c.feed, FEED_ROW.c.fate)).all():
        found.setdefault(feed, {})[fate] = count
    return dict(sorted(found.items()))


def feed_rows(connection: Connection, feed: str, fate: str | None, after: int, limit: int) -> list[Row]:
    """Rows of one feed beyond the row number `after`, in order; each with its fate, notes and cells."""
    query = select(FEED_ROW.c.number, FEED_ROW.c.fate, FEED_ROW.c.notes, FEED_ROW.c.raw).where(
        current(FEED_ROW), FEED_ROW.c.feed == feed, FEED_ROW.c.number > after
    )
    if fate is not None:
        query = query.where(FEED_ROW.c.fate == fate)
    return [dict(row) for row in connection.execute(query.order_by(FEED_ROW.c.number).limit(limit)).mappings()]


def activities_named(connection: Connection, raws: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Number → `incident` or `session`, of the activities whose numbers stand in cells."""
    cells = {cell.strip() for raw in raws for cell in raw.values() if isinstance(cell, str)}
    numbers = sorted(cell for cell in cells if 0 < len(cell) <= LONGEST_NUMBER)
    kinds = {feed_kind: kind for kind, feed_kind in RECORD_KINDS.items()}
    found: dict[str, str] = {}
    for part in chunks(numbers):
        query = select(RECORD.c.key, RECORD.c.kind).where(
            current(RECORD), RECORD.c.kind.in_(list(kinds)), RECORD.c.key.in_(part)
        )
        found.update({row.key: kinds[row.kind] for row in connection.execute(query).all()})
    return found
