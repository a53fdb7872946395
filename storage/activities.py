"""What feeds gave: records by kind and key, feed states, required windows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, insert, select, update

from domain.timespan import Span
from storage.codec import decode
from storage.schema.tables import FEED, FEED_ROW, RECORD, WINDOW
from storage.versions import Change, Row, chunks, current, replace

T = TypeVar("T")


def feeds(connection: Connection) -> dict[str, Any]:
    """Every feed ever configured, by name."""
    return {row.name: row for row in connection.execute(select(FEED)).all()}


def save_feed(connection: Connection, name: str, values: Row) -> None:
    """Insert or update one feed's state."""
    if connection.execute(update(FEED).where(FEED.c.name == name).values(**values)).rowcount == 0:
        connection.execute(insert(FEED).values(name=name, **values))


def replace_feed_rows(connection: Connection, feed: str, rows: Sequence[Row], scan: int) -> None:
    """Every row's fate of the latest reading."""
    replace(connection, FEED_ROW, FEED_ROW.c.feed == feed, rows, key=("number",), scan=scan)


def replace_records(connection: Connection, feed: str, rows: Sequence[Row], scan: int) -> list[Change]:
    """The records of one feed; returns what changed."""
    return replace(connection, RECORD, RECORD.c.feed == feed, rows, key=("key",), scan=scan)


def records(connection: Connection, kind: str, cls: type[T], *where: ColumnElement[bool]) -> list[T]:
    """Current records of a kind, in order of key; of a key in two feeds, the one of the first feed by name."""
    query = select(RECORD.c.key, RECORD.c.body).where(current(RECORD), RECORD.c.kind == kind, *where)
    found: dict[str, Any] = {}
    for row in connection.execute(query.order_by(RECORD.c.key, RECORD.c.feed)).all():
        found.setdefault(row.key, row.body)
    return [decode(cls, body) for body in found.values()]


def records_by_key(connection: Connection, kind: str, cls: type[T], keys: Iterable[str]) -> dict[str, T]:
    """Current records by key; of a key in two feeds, the one of the first feed by name."""
    found: dict[str, T] = {}
    for part in chunks(keys):
        query = select(RECORD.c.key, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == kind, RECORD.c.key.in_(part)
        )
        for row in connection.execute(query.order_by(RECORD.c.feed.desc())).all():
            found[row.key] = decode(cls, row.body)
    return found


def records_by_group(connection: Connection, kind: str, cls: type[T], groups: Iterable[str]) -> dict[str, list[T]]:
    """Current records by group key (case, person, device, activity, base name), in order of key."""
    found: dict[str, list[T]] = {}
    for part in chunks(groups):
        query = select(RECORD.c.group_key, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == kind, RECORD.c.group_key.in_(part)
        )
        for row in connection.execute(query.order_by(RECORD.c.key)).all():
            found.setdefault(row.group_key, []).append(decode(cls, row.body))
    return found


def keys_by_group(connection: Connection, kind: str, group: str) -> list[str]:
    """Keys of the current records of one group."""
    query = select(RECORD.c.key).where(current(RECORD), RECORD.c.kind == kind, RECORD.c.group_key == group)
    return list(connection.execute(query.order_by(RECORD.c.key)).scalars())


def has_records(connection: Connection, kind: str, *where: ColumnElement[bool]) -> bool:
    """Whether any feed gave a record of this kind."""
    query = select(RECORD.c.id).where(current(RECORD), RECORD.c.kind == kind, *where).limit(1)
    return connection.execute(query).first() is not None


def replace_windows(
    connection: Connection, kind: str, numbers: Sequence[str], rows: Sequence[Row], scan: int
) -> list[Change]:
    """The required windows of some activities, one for each party."""
    by_number: dict[str, list[Row]] = {}
    for row in rows:
        by_number.setdefault(row["number"], []).append(row)
    changes: list[Change] = []
    for part in chunks(numbers):
        mine = [row for number in part for row in by_number.get(number, ())]
        scope = (WINDOW.c.kind == kind) & WINDOW.c.number.in_(part)
        changes += replace(connection, WINDOW, scope, mine, key=("number", "party"), scan=scan)
    return changes


def windows_of_numbers(connection: Connection, kind: str, numbers: Iterable[str]) -> list[Row]:
    """Windows of some activities."""
    return [row for rows in window_parties(connection, kind, numbers).values() for row in rows]


def windows_of(connection: Connection, party: str, span: Span) -> list[Row]:
    """Windows of one party that touch a stretch of time."""
    query = select(WINDOW).where(
        current(WINDOW), WINDOW.c.party == party, WINDOW.c.started_at <= span.end, WINDOW.c.ended_at >= span.start
    )
    return list(connection.execute(query.order_by(WINDOW.c.started_at, WINDOW.c.number)).mappings())


def window_parties(connection: Connection, kind: str, numbers: Iterable[str]) -> dict[str, list[Row]]:
    """Windows by activity number."""
    found: dict[str, list[Row]] = {}
    for part in chunks(numbers):
        query = select(WINDOW).where(current(WINDOW), WINDOW.c.kind == kind, WINDOW.c.number.in_(part))
        for row in connection.execute(query.order_by(WINDOW.c.party)).mappings():
            found.setdefault(row["number"], []).append(row)
    return found


def any_window_between(connection: Connection, start: datetime, end: datetime) -> bool:
    """Whether some activity is known in a stretch of time."""
    query = select(WINDOW.c.id).where(current(WINDOW), WINDOW.c.started_at <= end, WINDOW.c.ended_at >= start)
    return connection.execute(query.limit(1)).first() is not None


def devices_issued_to(connection: Connection, officer: str) -> list[str]:
    """Serials of the devices ever issued to an officer."""
    query = select(RECORD.c.group_key).where(
        current(RECORD), RECORD.c.kind == "assignments", RECORD.c.body["officer"].as_string() == officer
    )
    return sorted({serial for serial in connection.execute(query.distinct()).scalars() if serial})
