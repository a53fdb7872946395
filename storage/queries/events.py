"""What happened since a place in the streams of facts: files, clips, links of the audit log, ended scans.

No table of its own: a place is the last number of each source. Numbers become visible in their order, since files and
clips are written by the one running scan and the log's links one after the other (`audit_head` is locked meanwhile).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from domain.audit import Action
from storage.audit import audit_head
from storage.queries.raws import Raw, read
from storage.schema.tables import AUDIT_ENTRY, CLIP, SCAN, STORE, STORED
from storage.verdict_audit import CHANGED, OPENED, RESOLVED
from storage.versions import current

MOST = 2000
"""Rows of one source that are told one by one; where more came at once the listener is told to look for itself."""

RESET = "reset"
ACTIONS = {
    Action.REVIEWED: "review",
    Action.SIGNED_OFF: "sign-off",
    Action.LINKED: "link",
    Action.SCAN_ASKED: "scan.asked",
    Action.PUSHED: "push",
}
VERDICTS = {OPENED: "finding.opened", CHANGED: "finding.changed", RESOLVED: "finding.resolved", "result": "verdict"}
PLACE = re.compile(r"f(\d{1,18})-c(\d{1,18})-a(\d{1,18})-s(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Place:
    """The last number of each source that was told."""

    files: int = 0
    clips: int = 0
    audit: int = 0
    scans: int = 0

    def __str__(self) -> str:
        return f"f{self.files}-c{self.clips}-a{self.audit}-s{self.scans}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """None for what is no place."""
        match = PLACE.fullmatch(text)
        return None if match is None else cls(*map(int, match.groups()))


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `place`: what has been told with it. `everyone`: no unit has to be seen for it."""

    place: Place
    kind: str
    at: datetime
    unit: str | None
    subject: str
    file: int | None = None
    store: str | None = None
    actor: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    everyone: bool = False


def here(connection: Connection) -> Place:
    """The place behind all that has happened."""
    ended = select(func.max(SCAN.c.id)).where(SCAN.c.state != "running")
    numbers = (connection.execute(query).scalar() or 0 for query in (_last(STORED.c.id), _last(CLIP.c.id), ended))
    files, clips, scans = numbers
    return Place(files, clips, audit_head(connection).sequence, scans)


def _last(column: ColumnElement[int]) -> Select[Any]:
    return select(func.max(column))


def happened_since(
    connection: Connection, place: Place, now: datetime, upto: Place | None = None
) -> tuple[list[Happening], Place]:
    """What happened after a place, and the place behind it; not beyond `upto` where that is given."""
    # Read first: every link up to here can be seen by the question that follows.
    head = audit_head(connection).sequence if upto is None else upto.audit
    told: list[Happening] = []
    for source in (_files, _clips, _scans):
        found = list(source(connection, place, upto))
        if len(found) > MOST:
            place = _jumped(connection, place, found[0].kind, upto)
            found = [_reset(place, now)]
        told += found
        place = told[-1].place if told else place
    links = list(_links(connection, place, head))
    if len(links) > MOST:
        links = [_reset(replace(place, audit=head), now)]
    return [*told, *links], replace(place, audit=max(place.audit, head))


def _reset(place: Place, now: datetime) -> Happening:
    return Happening(place, RESET, now, None, "", everyone=True)


def _jumped(connection: Connection, place: Place, kind: str, upto: Place | None) -> Place:
    end = upto or here(connection)
    if kind == "scan":
        return replace(place, scans=end.scans)
    return replace(place, clips=end.clips) if kind == "clip" else replace(place, files=end.files)


def _files(connection: Connection, place: Place, upto: Place | None) -> Iterator[Happening]:
    query = (
        select(
            STORED.c.id, STORED.c.file_id, STORED.c.path, STORED.c.state, STORED.c.state_at, STORE.c.name, STORE.c.unit
        )
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .where(STORED.c.id > place.files, *([] if upto is None else [STORED.c.id <= upto.files]))
        .order_by(STORED.c.id)
        .limit(MOST + 1)
    )
    for row in read(connection, query):
        place = replace(place, files=row["id"])
        what = (f"file.{row['state']}", row["state_at"], row["unit"], f"{row['name']}:{row['path']}")
        yield Happening(place, *what, row["file_id"], row["name"])


def _clips(connection: Connection, place: Place, upto: Place | None) -> Iterator[Happening]:
    there = CLIP.join(STORED, current(STORED) & (STORED.c.file_id == CLIP.c.file_id))
    query = (
        select(CLIP.c.id, CLIP.c.file_id, CLIP.c.unit, STORED.c.path, STORE.c.name, SCAN.c.started_at)
        .select_from(there.join(STORE, STORE.c.id == STORED.c.store_id).join(SCAN, SCAN.c.id == CLIP.c.since_scan))
        .where(CLIP.c.id > place.clips, *([] if upto is None else [CLIP.c.id <= upto.clips]))
        .order_by(CLIP.c.id)
        .limit(MOST + 1)
    )
    for row in read(connection, query):
        place = replace(place, clips=row["id"])
        what = ("clip", row["started_at"], row["unit"], f"{row['name']}:{row['path']}")
        yield Happening(place, *what, row["file_id"], row["name"])


def _scans(connection: Connection, place: Place, upto: Place | None) -> Iterator[Happening]:
    after = [SCAN.c.id > place.scans, SCAN.c.state != "running"]
    query = select(SCAN.c.id, SCAN.c.finished_at).where(*after, *([] if upto is None else [SCAN.c.id <= upto.scans]))
    for row in read(connection, query.order_by(SCAN.c.id).limit(MOST + 1)):
        place = replace(place, scans=row["id"])
        yield Happening(place, "scan", row["finished_at"], None, str(row["id"]), everyone=True)


def _links(connection: Connection, place: Place, head: int) -> Iterator[Happening]:
    wanted = [Action.VERDICT.value, *(action.value for action in ACTIONS)]
    query = (
        select(*(AUDIT_ENTRY.c[name] for name in ("sequence", "at", "actor", "action", "subject", "unit", "detail")))
        .where(AUDIT_ENTRY.c.sequence > place.audit, AUDIT_ENTRY.c.sequence <= head, AUDIT_ENTRY.c.action.in_(wanted))
        .order_by(AUDIT_ENTRY.c.sequence)
        .limit(MOST + 1)
    )
    for row in _readable(read(connection, query)):
        place = replace(place, audit=row["sequence"])
        detail = row["detail"]
        kind = ACTIONS.get(row["action"]) or VERDICTS.get(detail.get("change"), "verdict")
        yield Happening(place, kind, row["at"], row["unit"], row["subject"], actor=row["actor"], detail=detail)


def _readable(rows: Iterable[Raw]) -> Iterator[Raw]:
    """The rows with their detail taken apart; what somebody changed in the database into no JSON says nothing."""
    for row in rows:
        try:
            detail = json.loads(row["detail"])
        except ValueError:
            detail = {}
        yield {**row, "detail": detail if isinstance(detail, dict) else {}}
