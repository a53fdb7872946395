"""What happened to one activity, newest first: what the scans concluded, what people decided, linked and took apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from storage.hand_links import hand_links
from storage.queries.history import history
from storage.queries.linked import about
from storage.queries.raws import read
from storage.queries.shapes import file_places
from storage.queries.timeline import Timeline
from storage.schema.tables import FINDING, REVIEW_ENTRY, STORE_SCAN

MOST = 60
MOST_LOOKS = 50_000


@dataclass(frozen=True, slots=True)
class Told:
    """One change that a scan made: what, how, from and to, and why."""

    item: str
    change: str
    field: str | None
    before: Any
    after: Any
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One moment: a scan with its changes, or a person's word. `kind`: scan | review | link | unlink."""

    at: datetime
    kind: str
    who: str = ""
    scan: int | None = None
    subject: str = ""
    word: str = ""
    note: str = ""
    href: str = ""
    changes: tuple[Told, ...] = ()


def scans_are_quick(connection: Connection) -> bool:
    """Whether what scans changed can be told at once: of looks at hundreds of stores over months it takes minutes."""
    return (connection.execute(select(func.max(STORE_SCAN.c.id))).scalar() or 0) <= MOST_LOOKS


def story(connection: Connection, line: Timeline, *, scans: bool = True) -> tuple[Event, ...]:
    """At most sixty events; without `scans` only what people did."""
    told = _scans(connection, line) if scans else ()
    events = [*told, *_reviews(connection, line), *_hand(connection, line)]
    return tuple(sorted(events, key=lambda event: (event.at, event.scan or 0), reverse=True)[:MOST])


def _scans(connection: Connection, line: Timeline) -> Iterator[Event]:
    told = history(connection, line.number)
    rows = told.sections[0].rows if told else ()
    by_scan: dict[tuple[int, datetime], list[Told]] = {}
    for row in rows:
        if row[1] is not None:
            by_scan.setdefault((row[0], row[1]), []).append(_told(row))
    for (scan, at), changes in by_scan.items():
        yield Event(at, "scan", scan=scan, changes=tuple(changes))


def _told(row: Iterable[Any]) -> Told:
    _, _, item, change, field, before, after, causes = row
    return Told(str(item), str(change), field, before, after, tuple(causes or ()))


def _reviews(connection: Connection, line: Timeline) -> Iterator[Event]:
    ever = (FINDING.c.kind == line.kind) & (FINDING.c.subject_key == line.number) & FINDING.c.until_scan.is_not(None)
    ended = connection.execute(select(FINDING.c.key).where(ever)).scalars().all()
    keys = sorted({*ended, *about(connection, FINDING.c.key, line.number)})
    query = select(REVIEW_ENTRY).where(REVIEW_ENTRY.c.finding_key.in_(keys)).order_by(REVIEW_ENTRY.c.id.desc())
    for row in read(connection, query.limit(MOST)):
        key = row["finding_key"]
        yield Event(row["at"], "review", row["actor"], None, key, row["action"], row["note"], f"/findings/{key}")


def _hand(connection: Connection, line: Timeline) -> Iterator[Event]:
    words = hand_links(connection, line.kind, line.number)
    places = file_places(connection, [word.file_id for word in words])
    for word in words:
        place = places.get(word.file_id)
        name = place.name if place else str(word.file_id)
        kind = "link" if word.made else "unlink"
        yield Event(word.at, kind, word.actor, None, name, word.officer or "", word.note, f"/clips/{word.file_id}")
