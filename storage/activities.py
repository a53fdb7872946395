"""What feeds gave: records by kind and key, feed states, required windows."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import CTE, ColumnElement, Connection, Select, Table, delete, func, insert, select, update

from domain.activity import InterrogationSession
from domain.timespan import Span, merge
from storage.among import among
from storage.bulk import add_rows
from storage.codec import decode
from storage.schema.tables import ATTENDANCE, FEED, FEED_ROW, RECORD, WINDOW
from storage.stretches import Stretch, rows_by_stretch, touches, us
from storage.types import EPOCH, MICROSECOND
from storage.versions import Change, Row, chunks, current, replace, settle

DAY = timedelta(days=1)
DAY_US = DAY // MICROSECOND
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)
ATTENDED = ("incidents", "sessions")
"""Kinds of records that name officers."""

T = TypeVar("T")


def feeds(connection: Connection) -> dict[str, Any]:
    """Every feed ever configured, by name."""
    return {row.name: row for row in connection.execute(select(FEED)).all()}


def save_feed(connection: Connection, name: str, values: Row) -> None:
    """Insert or update one feed's state."""
    if connection.execute(update(FEED).where(FEED.c.name == name).values(**values)).rowcount == 0:
        connection.execute(insert(FEED).values(name=name, **values))


def newest_begin(connection: Connection, upto: datetime) -> datetime | None:
    """When the last activity before a time began that has a required window."""
    query = select(func.max(WINDOW.c.started_at)).where(current(WINDOW), WINDOW.c.started_at <= upto)
    found: datetime | None = connection.execute(query).scalar()
    return found


def replace_feed_rows(
    connection: Connection, feed: str, rows: Sequence[Row], scan: int, among: Iterable[int] | None = None
) -> None:
    """Every row's fate of the latest reading. `among`: numbers that alone may change or end, for a reading in part."""
    mine = FEED_ROW.c.feed == feed
    if among is None:
        replace(connection, FEED_ROW, mine, rows, key=("number",), scan=scan)
    else:
        before = _some(connection, FEED_ROW, mine, FEED_ROW.c.number, among)
        settle(connection, FEED_ROW, before, rows, key=("number",), scan=scan)


def replace_records(
    connection: Connection, feed: str, rows: Sequence[Row], scan: int, among: Iterable[str] | None = None
) -> list[Change]:
    """The records of one feed; returns what changed. `among`: keys that alone may change or end."""
    mine = RECORD.c.feed == feed
    told = [{**row, **_looked_up(row["kind"], row["body"])} for row in rows]
    if among is None:
        changes = replace(connection, RECORD, mine, told, key=("key",), scan=scan)
    else:
        before = _some(connection, RECORD, mine, RECORD.c.key, among)
        changes = settle(connection, RECORD, before, told, key=("key",), scan=scan)
    _note_attendance(connection, changes)
    return changes


def numbers_of_feed(connection: Connection, feed: str) -> list[int]:
    """Numbers of all rows that a feed has now."""
    query = select(FEED_ROW.c.number).where(current(FEED_ROW), FEED_ROW.c.feed == feed)
    return list(connection.execute(query).scalars())


def keys_of_feed(connection: Connection, feed: str) -> list[str]:
    """Keys of all records that a feed gives now."""
    return list(connection.execute(select(RECORD.c.key).where(current(RECORD), RECORD.c.feed == feed)).scalars())


def _looked_up(kind: str, body: Row) -> Row:
    """What lists look for without reading the record."""
    return {
        "officer": body.get("officer") if kind == "assignments" else None,
        "status": body.get("status") if kind in ATTENDED else None,
    }


def _note_attendance(connection: Connection, changes: Sequence[Change]) -> None:
    """Whom the records of changed activities name now."""
    touched = [version for change in changes for version in (change.before, change.after) if version]
    for kind in ATTENDED:
        for part in chunks(sorted({row["key"] for row in touched if row["kind"] == kind})):
            query = select(RECORD.c.key, RECORD.c.body).where(
                current(RECORD), RECORD.c.kind == kind, among(RECORD.c.key, part)
            )
            named = {(key, str(o)) for key, body in connection.execute(query).all() for o in body.get("officers") or ()}
            gone = (ATTENDANCE.c.kind == kind) & among(ATTENDANCE.c.number, part)
            connection.execute(delete(ATTENDANCE).where(gone))
            if named:
                rows = [{"kind": kind, "number": key, "officer": officer} for key, officer in sorted(named)]
                add_rows(connection, ATTENDANCE, rows)


def _some(
    connection: Connection, table: Table, mine: ColumnElement[bool], column: ColumnElement[Any], values: Iterable[Any]
) -> list[Row]:
    """Current rows of a feed with these numbers or keys."""
    found: list[Row] = []
    for part in chunks(sorted(values)):
        query = select(*table.c).where(current(table), mine, among(column, part))
        found += connection.execute(query).mappings().all()
    return found


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
            current(RECORD), RECORD.c.kind == kind, among(RECORD.c.key, part)
        )
        for row in connection.execute(query.order_by(RECORD.c.feed.desc())).all():
            found[row.key] = decode(cls, row.body)
    return found


def records_by_group(connection: Connection, kind: str, cls: type[T], groups: Iterable[str]) -> dict[str, list[T]]:
    """Current records by group key (case, person, device, activity, base name), in order of key."""
    found: dict[str, list[T]] = {}
    for part in chunks(groups):
        query = select(RECORD.c.group_key, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == kind, among(RECORD.c.group_key, part)
        )
        for row in connection.execute(query.order_by(RECORD.c.key)).all():
            found.setdefault(row.group_key, []).append(decode(cls, row.body))
    return found


def sessions_of_cases(connection: Connection, cases: Iterable[str]) -> dict[str, list[InterrogationSession]]:
    """Sessions by the number of their case, in order of key."""
    found: dict[str, list[InterrogationSession]] = {}
    for part in chunks(cases):
        mine = RECORD.c.body["case_number"].as_string().in_(part)
        for session in records(connection, "sessions", InterrogationSession, mine):
            found.setdefault(session.case_number or "", []).append(session)
    return found


def keys_by_group(connection: Connection, kind: str, group: str) -> list[str]:
    """Keys of the current records of one group."""
    query = select(RECORD.c.key).where(current(RECORD), RECORD.c.kind == kind, RECORD.c.group_key == group)
    return list(connection.execute(query.order_by(RECORD.c.key)).scalars())


def has_records(connection: Connection, kind: str, *where: ColumnElement[bool]) -> bool:
    """Whether any feed gave a record of this kind."""
    query = select(RECORD.c.id).where(current(RECORD), RECORD.c.kind == kind, *where).limit(1)
    return connection.execute(query).first() is not None


def activities_by_day(connection: Connection, offset: timedelta) -> dict[str, dict[int, int]]:
    """By feed of incidents or sessions: how many of them there are on each day, counted from 1970-01-01.

    `offset`: local time minus UTC; days are local ones. Activities without any time are on no day.
    """
    day = (us(RECORD.c.at) + offset // MICROSECOND) // DAY_US
    dated = current(RECORD) & RECORD.c.kind.in_(("incidents", "sessions")) & RECORD.c.at.is_not(None)
    days = select(RECORD.c.feed, day.label("day")).where(dated).subquery()  # PostgreSQL groups by columns, not by terms
    query = select(*days.c, func.count().label("number")).group_by(*days.c)
    found: dict[str, dict[int, int]] = {}
    for row in connection.execute(query).all():
        found.setdefault(row.feed, {})[row.day] = row.number
    return found


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
        scope = (WINDOW.c.kind == kind) & among(WINDOW.c.number, part)
        changes += replace(connection, WINDOW, scope, mine, key=("number", "party"), scan=scan)
    return changes


def windows_touching(connection: Connection, stretches: Sequence[Stretch]) -> list[list[Row]]:
    """For each (party, stretch) the party's windows that touch it, in order of start."""

    def query(stretch: CTE) -> Select[Any]:
        joined = stretch.join(WINDOW, (WINDOW.c.party == stretch.c.name) & touches(WINDOW, stretch))
        return select(WINDOW).select_from(joined).where(current(WINDOW)).order_by(WINDOW.c.started_at, WINDOW.c.number)

    return rows_by_stretch(connection, stretches, query)


def window_parties(connection: Connection, kind: str, numbers: Iterable[str]) -> dict[str, list[Row]]:
    """Windows by activity number."""
    found: dict[str, list[Row]] = {}
    for part in chunks(numbers):
        query = select(WINDOW).where(current(WINDOW), WINDOW.c.kind == kind, among(WINDOW.c.number, part))
        for row in connection.execute(query.order_by(WINDOW.c.party)).mappings():
            found.setdefault(row["number"], []).append(row)
    return found


def days_with_windows(connection: Connection, start: datetime = FIRST, end: datetime = LAST) -> tuple[Span, ...]:
    """The UTC days from `start` to `end` on which some activity is known, joined where they follow each other.

    Reads every window that begins before `end`: half a million of them take a tenth of a second.

    An activity that begins on the very stroke of midnight is counted to the day that ends there, too.
    """
    first, last = (us(WINDOW.c.started_at) - 1) // DAY_US, us(WINDOW.c.ended_at) // DAY_US
    query = select(first, last).where(current(WINDOW), WINDOW.c.started_at <= end, WINDOW.c.ended_at >= start)
    bounds = ((start - EPOCH) // DAY, (end - EPOCH) // DAY)
    days = ((max(a, bounds[0]), min(b, bounds[1])) for a, b in connection.execute(query.distinct()).all())
    return merge(Span(EPOCH + DAY * a, EPOCH + DAY * (b + 1)) for a, b in days if a <= b)
