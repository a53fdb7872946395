"""Links by hand as rows: append-only, the last word about a pair counts, and whoever comes second is told.

A word only queues work; the link step of the next scan obeys it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from domain.errors import StorageError
from domain.hand_link import HandLink, HandWish, Pair
from domain.timespan import Span
from storage import work
from storage.among import among
from storage.audit import audit_head
from storage.queries.raws import Raw, read
from storage.recordings import spans_of_files
from storage.schema.tables import FOOTAGE, HAND_LINK
from storage.versions import chunks, current
from storage.work import Mark


class LinkedMeanwhile(StorageError):
    """Somebody else linked or unlinked a clip of this activity since it was looked at: `last` says who and what."""

    def __init__(self, last: HandLink | None, number: int) -> None:
        super().__init__(f"hand links: expected another number of them, there are {number}")
        self.last = last
        self.number = number


def add_hand_link(connection: Connection, wish: HandWish, actor: str, now: datetime) -> HandLink:
    """Keep a word and queue what has to be linked and judged anew. Raises LinkedMeanwhile.

    Words queue at the head of the audit log, to which the caller appends last: two at once cannot both be the next.
    """
    audit_head(connection, lock=True)
    known = hand_links(connection, wish.kind, wish.number)
    if len(known) != wish.expected:
        raise LinkedMeanwhile(known[-1] if known else None, len(known))
    same = ("kind", "number", "file_id", "officer", "made", "note")
    row = {**{name: getattr(wish, name) for name in same}, "at": now, "actor": actor}
    number = connection.execute(insert(HAND_LINK).returning(HAND_LINK.c.id), row).scalar_one()
    _queue(connection, wish)
    return HandLink(id=int(number), **row)


def _queue(connection: Connection, wish: HandWish) -> None:
    spans = spans_of_files(connection, [wish.file_id])
    query = select(FOOTAGE.c.party).where(current(FOOTAGE), FOOTAGE.c.file_id == wish.file_id).distinct()
    parties = sorted(connection.execute(query).scalars())
    around: Span | None = spans.get(wish.file_id)
    if around is not None:
        work.mark(connection, "link", [Mark(party, around) for party in parties])
    work.mark(connection, "evaluate", [Mark(f"{wish.kind}:{wish.number}"), Mark(f"clip:{wish.file_id}")])
    work.mark(connection, "content", [Mark(str(wish.file_id))])


def hand_links(connection: Connection, kind: str, number: str) -> tuple[HandLink, ...]:
    """Every word about one activity, the oldest first."""
    query = select(HAND_LINK).where(HAND_LINK.c.kind == kind, HAND_LINK.c.number == number)
    return tuple(_hand_link(row) for row in read(connection, query.order_by(HAND_LINK.c.id)))


def last_words_of_files(connection: Connection, file_ids: Iterable[int]) -> dict[Pair, HandLink]:
    """The last word about each pair of some clips."""
    found: dict[Pair, HandLink] = {}
    for part in chunks(sorted(set(file_ids))):
        found |= _by_pair(connection, among(HAND_LINK.c.file_id, part))
    return found


def last_words_of_activities(
    connection: Connection, kind: str, numbers: Iterable[str]
) -> Mapping[str, Mapping[int, HandLink]]:
    """The last words about some activities: number → clip → word."""
    found: dict[str, dict[int, HandLink]] = {}
    for part in chunks(sorted(set(numbers))):
        words = _by_pair(connection, HAND_LINK.c.kind == kind, among(HAND_LINK.c.number, part))
        for word in words.values():
            found.setdefault(word.number, {})[word.file_id] = word
    return found


def made_by_hand(connection: Connection) -> tuple[HandLink, ...]:
    """Pairs that people put together, in order: those whose last word says so."""
    words = _by_pair(connection)
    return tuple(words[pair] for pair in sorted(words) if words[pair].made)


def _by_pair(connection: Connection, *where: ColumnElement[bool]) -> dict[Pair, HandLink]:
    words = (_hand_link(row) for row in read(connection, _last(*where)))
    return {word.pair: word for word in words}


def _last(*where: ColumnElement[bool]) -> Select[Any]:
    pair = (HAND_LINK.c.kind, HAND_LINK.c.number, HAND_LINK.c.file_id)
    last = select(func.max(HAND_LINK.c.id)).where(*where).group_by(*pair)
    return select(HAND_LINK).where(HAND_LINK.c.id.in_(last))


def _hand_link(row: Raw) -> HandLink:
    names = ("id", "kind", "number", "file_id", "officer", "made", "at", "actor", "note")
    return HandLink(**{name: row[name] for name in names})
