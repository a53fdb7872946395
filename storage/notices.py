"""Notices as rows: what is to be told to whom, once for each key; what was sent, tried again, given up.

An attempt is written down before it is made: a process that is killed in the middle tries again later, so a notice
arrives at least once. Addresses are never kept here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.notices import GIVEN_UP_AFTER, NoticeKind, NoticeState, next_distance
from storage.among import among
from storage.queries.raws import read
from storage.schema.tables import NOTICE
from storage.versions import chunks

WAITING = NOTICE.c.state == NoticeState.WAITING.value
MOST_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told to one receiver. `reached`: places of those of its addresses that have it already."""

    id: int
    kind: NoticeKind
    key: str
    receiver: str
    unit: str | None
    lines: tuple[str, ...]
    digest: str | None
    state: NoticeState
    created_at: datetime
    next_at: datetime
    first_tried_at: datetime | None
    sent_at: datetime | None
    attempts: int
    reached: tuple[int, ...]
    error: str | None


def add_notice(
    connection: Connection, now: datetime, receiver: str, kind: NoticeKind, told: tuple[str, str | None, Sequence[str]]
) -> bool:
    """Have something told: (key, unit, lines `中文 / English`). False where it is known under its key already."""
    key, unit, lines = told
    known = select(NOTICE.c.id).where(NOTICE.c.receiver == receiver, NOTICE.c.key == key)
    if connection.execute(known).first() is not None:
        return False
    row = {"kind": kind.value, "key": key, "receiver": receiver, "unit": unit, "lines": list(lines)}
    state = {"state": NoticeState.WAITING.value, "created_at": now, "next_at": now, "attempts": 0, "reached": []}
    try:
        with connection.begin_nested():
            connection.execute(insert(NOTICE).values(**row, **state))
    except IntegrityError:  # another process was first
        return False
    return True


def waiting_notices(connection: Connection, now: datetime, kinds: Collection[NoticeKind]) -> list[Notice]:
    """What may be tried now, oldest first, of some kinds."""
    due = (WAITING, NOTICE.c.next_at <= now, NOTICE.c.kind.in_([kind.value for kind in kinds]))
    return [
        _notice(row) for row in read(connection, select(NOTICE).where(*due).order_by(NOTICE.c.id).limit(MOST_AT_ONCE))
    ]


def take_notices(connection: Connection, notices: Sequence[Notice], now: datetime) -> list[Notice]:
    """Write down that these are tried now, and when again if nothing more is heard; those that are another process's
    by now are left out."""
    mine = []
    for one in notices:
        open_ = (NOTICE.c.id == one.id, WAITING, NOTICE.c.attempts == one.attempts)
        values = {"attempts": one.attempts + 1, "next_at": now + next_distance(one.attempts + 1)}
        first = one.first_tried_at or now
        if connection.execute(update(NOTICE).where(*open_).values(**values, first_tried_at=first)).rowcount == 1:
            mine.append(one)
    return mine


def note_sent(
    connection: Connection, notices: Sequence[Notice], now: datetime, reached: Sequence[int], digest: str
) -> None:
    """These were delivered to every address, in one message of this digest."""
    values = {"state": NoticeState.SENT.value, "sent_at": now, "reached": list(reached), "error": None}
    _set(connection, [one.id for one in notices], {**values, "digest": digest})


def note_failed(
    connection: Connection, notices: Sequence[Notice], now: datetime, reached: Sequence[int], error: str
) -> int:
    """These were not delivered to every address: tried again, or given up a day after the first attempt.

    Returns how many were given up.
    """
    given_up = [one.id for one in notices if now - (one.first_tried_at or now) >= GIVEN_UP_AFTER]
    _set(connection, [one.id for one in notices], {"reached": list(reached), "error": error})
    _set(connection, given_up, {"state": NoticeState.GIVEN_UP.value})
    return len(given_up)


def give_up(connection: Connection, ids: Sequence[int], error: str) -> None:
    """These cannot be delivered at all."""
    _set(connection, ids, {"state": NoticeState.GIVEN_UP.value, "error": error})


def _set(connection: Connection, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    for part in chunks(ids):
        connection.execute(update(NOTICE).where(among(NOTICE.c.id, part), WAITING).values(**values))


def notices(connection: Connection, limit: int = 100) -> list[Notice]:
    """The newest ones, newest first."""
    return [_notice(row) for row in read(connection, select(NOTICE).order_by(NOTICE.c.id.desc()).limit(limit))]


def notice_counts(connection: Connection) -> dict[NoticeState, int]:
    """How many are in each state."""
    query = select(NOTICE.c.state, func.count()).group_by(NOTICE.c.state)
    found = {row[0]: row[1] for row in connection.execute(query).all()}
    return {state: found.get(state.value, 0) for state in NoticeState}


def count_failing(connection: Connection) -> int:
    """How many wait whose last attempt failed."""
    query = select(func.count()).select_from(NOTICE).where(WAITING, NOTICE.c.error.is_not(None))
    return int(connection.execute(query).scalar_one())


def prune_notices(connection: Connection, before: datetime) -> None:
    """Forget what was sent or given up and is older than an instant."""
    connection.execute(delete(NOTICE).where(NOTICE.c.created_at < before, NOTICE.c.state != NoticeState.WAITING.value))


def _notice(row: Mapping[str, Any]) -> Notice:
    names = (
        "id",
        "key",
        "receiver",
        "unit",
        "digest",
        "created_at",
        "next_at",
        "first_tried_at",
        "sent_at",
        "attempts",
    )
    return Notice(
        kind=NoticeKind(row["kind"]),
        state=NoticeState(row["state"]),
        lines=tuple(row["lines"]),
        reached=tuple(row["reached"]),
        error=row["error"],
        **{name: row[name] for name in names},
    )
