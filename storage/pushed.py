"""Rows that other systems pushed, in the order in which they came; nothing of them is changed or removed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.among import among
from storage.schema.tables import PUSHED_ROW, RECORD
from storage.versions import Row, chunks, current
from storage.work import Mark, mark

PUSHED_STEP = "push"
"""Step whose queue names the activities that something was pushed about, as `kind:number`."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One row as it was sent; `number` counts all rows ever pushed."""

    number: int
    kind: str
    key: str
    raw: Row
    at: datetime


def add_pushed(
    connection: Connection, kind: str, rows: Sequence[tuple[str, Row]], now: datetime, actor: str
) -> list[int]:
    """Keep (number of the activity, row) as sent, for the next scan; returns the numbers under which they are kept."""
    if not rows:
        return []
    values = [{"kind": kind, "key": key, "raw": dict(raw), "at": now, "actor": actor} for key, raw in rows]
    mark(connection, PUSHED_STEP, [Mark(f"{kind}:{key}") for key, _ in rows])
    statement = insert(PUSHED_ROW).returning(PUSHED_ROW.c.id, sort_by_parameter_order=True)
    return [int(number) for number in connection.execute(statement, values).scalars()]


def pushed_about(connection: Connection, kind: str, keys: Iterable[str]) -> dict[str, list[Pushed]]:
    """All rows about some activities, in the order in which they came."""
    found: dict[str, list[Pushed]] = {}
    for part in chunks(keys):
        query = select(PUSHED_ROW).where(PUSHED_ROW.c.kind == kind, among(PUSHED_ROW.c.key, part))
        for row in connection.execute(query.order_by(PUSHED_ROW.c.id)).all():
            found.setdefault(row.key, []).append(Pushed(row.id, row.kind, row.key, row.raw, row.at))
    return found


def delivered_by_others(connection: Connection, feed: str, kind: str, keys: Iterable[str]) -> dict[str, Row]:
    """The current record of each activity in another feed; the first feed by name where several have it."""
    found: dict[str, Row] = {}
    for part in chunks(keys):
        mine = current(RECORD) & (RECORD.c.kind == kind) & among(RECORD.c.key, part) & (RECORD.c.feed != feed)
        query = select(RECORD).where(mine).order_by(RECORD.c.feed.desc())
        found |= {row["key"]: row for row in connection.execute(query).mappings()}
    return found


def units_of(connection: Connection, kind: str, keys: Iterable[str]) -> dict[str, set[Any]]:
    """Units that activities are known to belong to, by number."""
    found: dict[str, set[Any]] = {}
    for part in chunks(keys):
        query = select(RECORD.c.key, RECORD.c.unit).where(
            current(RECORD), RECORD.c.kind == kind, among(RECORD.c.key, part)
        )
        for row in connection.execute(query).all():
            found.setdefault(row.key, set()).add(row.unit)
    return found
