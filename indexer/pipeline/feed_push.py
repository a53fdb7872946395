"""Rows that other systems pushed, read like the rows of a feed: what they say together becomes a record.

Where a file feed delivers the same number, there is one record, that feed's: each statement is kept as it was made, and
the later one holds in every field in which it says something.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from domain.activity import Incident, InterrogationSession
from indexer.feeds.base import FeedKind, FeedSettings
from indexer.feeds.pushed import PUSH, Together, overlaid, together, understood
from indexer.pipeline.feed_effects import Effects
from indexer.pipeline.feed_keys import keyed
from indexer.pipeline.plan import Scanning
from indexer.pipeline.windows import KINDS
from storage import activities, work
from storage.codec import decode, encode
from storage.pushed import PUSHED_STEP, Pushed, delivered_by_others, pushed_about
from storage.schema.tables import RECORD, SCAN
from storage.versions import Change, Row, current

AT_ONCE = 500
OWN, OWN_AT = "own", "own_at"
"""Kept in the body of a file feed's record beside the fields: what that feed itself says, and since when."""

Activity = Incident | InterrogationSession
Rows = dict[str, dict[str, Any]]


def push_feed(kind: str) -> str:
    """The name of the feed that pushed rows of a kind are."""
    return PUSH if kind == FeedKind.INCIDENTS else f"{PUSH}-{kind}"


def is_push(feed: str) -> bool:
    """Whether a feed is no source of its own, but what was pushed."""
    return feed in {push_feed(kind) for kind in KINDS}


def read_pushed(scan: Scanning) -> None:
    """Every activity about which something was pushed since the last scan, or that a file feed delivers no more."""
    while True:
        with scan.transaction() as connection:
            batch = work.take(connection, PUSHED_STEP, AT_ONCE, work.newest(connection, PUSHED_STEP))
            if not batch.ids:
                return
            wanted: dict[str, set[str]] = {}
            for mark in batch.marks:
                kind, _, key = mark.subject.partition(":")
                wanted.setdefault(kind, set()).add(key)
            for kind, keys in sorted(wanted.items()):
                _take(connection, scan, kind, sorted(keys))
            work.clear(connection, batch.ids)


def _take(connection: Connection, scan: Scanning, kind: str, keys: Sequence[str]) -> None:
    feed, effects = push_feed(kind), Effects.begin(connection, scan)
    said = _said(connection, scan, kind, keys)
    fates = [
        {"feed": feed, "number": row.number, "fate": row.fate.value, "notes": row.notes, "raw": row.raw}
        for one, _ in said.values()
        for row in one.fates
    ]
    numbers = [row.number for one, _ in said.values() for row in one.fates]
    activities.replace_feed_rows(connection, feed, fates, scan.number, numbers)
    others = delivered_by_others(connection, feed, kind, keys)
    own = [
        _row(feed, kind, one.record) for key, (one, _) in said.items() if key not in others and one.record is not None
    ]
    changes = activities.replace_records(connection, feed, own, scan.number, keys)
    for name in sorted({row["feed"] for row in others.values()}):
        rows = {key: dict(row) for key, row in others.items() if row["feed"] == name}
        overlay(connection, scan, kind, rows)
        changes += activities.replace_records(connection, name, list(rows.values()), scan.number, sorted(rows))
    effects.derive(kind, keys)
    effects.add(changes)
    effects.end()
    values = {"kind": PUSH, "location": "/api/v1", "active": True, "digest": None, "read_at": scan.now, "error": None}
    activities.save_feed(connection, feed, values)


def _said(
    connection: Connection, scan: Scanning, kind: str, keys: Sequence[str]
) -> dict[str, tuple[Together, datetime]]:
    """By number: what was pushed about it together, and when the last of it came."""
    pushed = pushed_about(connection, kind, keys)
    return {key: (_together(scan, kind, rows), rows[-1].at) for key, rows in pushed.items()}


def _together(scan: Scanning, kind: str, rows: Sequence[Pushed]) -> Together:
    messages = [understood(FeedKind(kind), row.raw, row.number) for row in rows]
    return together(FeedKind(kind), messages, scan.plan.timezone)


def _row(feed: str, kind: str, record: Activity) -> dict[str, Any]:
    where = keyed(record, FeedSettings(feed, FeedKind(kind), ""))
    place = {"key": where.key, "group_key": where.group, "unit": where.unit, "store": None, "at": where.at}
    return {"feed": feed, "kind": kind, **place, "body": encode(record)}


def overlay(connection: Connection, scan: Scanning, kind: str, rows: Rows) -> None:
    """Put what was pushed over records of a file feed, or under it where the feed has said something since."""
    said = _said(connection, scan, kind, sorted(rows)) if kind in KINDS else {}
    stated = _stated(connection, scan, {key: rows[key] for key in said})
    for key, (pushed, pushed_at) in said.items():
        row = rows[key]
        own, own_at = row["body"].get(OWN, row["body"]), stated[key]
        record = decode(KINDS[kind][1], own)
        if pushed.record is None:
            continue
        cleared = {"category" if name == "kind" else name for name in pushed.cleared}
        first_pushed = own_at > pushed_at
        merged: Activity = (
            overlaid(pushed.record, record) if first_pushed else overlaid(record, pushed.record, cleared)  # type: ignore[type-var]
        )
        rows[key] = _row(row["feed"], kind, merged)
        rows[key]["body"] |= {OWN: own, OWN_AT: own_at.isoformat()}


def _stated(connection: Connection, scan: Scanning, rows: Mapping[str, Row]) -> dict[str, datetime]:
    """Since when each of these feeds says what it says now."""
    if not rows:
        return {}
    feed = next(iter(rows.values()))["feed"]
    mine = current(RECORD) & (RECORD.c.feed == feed) & RECORD.c.key.in_(sorted(rows))
    query = select(RECORD.c.key, RECORD.c.body, SCAN.c.started_at).join(SCAN, SCAN.c.id == RECORD.c.since_scan)
    before = {row.key: (row.body, row.started_at) for row in connection.execute(query.where(mine)).all()}
    found = {}
    for key, row in rows.items():
        body, at = before.get(key, ({}, scan.now))
        same = body.get(OWN, body) == row["body"].get(OWN, row["body"])
        found[key] = scan.now if not same else datetime.fromisoformat(body[OWN_AT]) if OWN_AT in body else at
    return found


def take_over(connection: Connection, scan: Scanning, kind: str, rows: Rows) -> list[Change]:
    """A file feed delivers these: what was pushed about them is laid over its records, and is no record of its own."""
    if kind not in KINDS or not rows:
        return []
    overlay(connection, scan, kind, rows)
    return activities.replace_records(connection, push_feed(kind), [], scan.number, sorted(rows))


def give_back(connection: Connection, kind: str, changes: Iterable[Change]) -> None:
    """What a file feed delivers no more is again what was pushed about it, if anything was."""
    ended = [change.before["key"] for change in changes if change.after is None and change.before is not None]
    if kind in KINDS and ended:
        keys = sorted(pushed_about(connection, kind, ended))
        work.mark(connection, PUSHED_STEP, [work.Mark(f"{kind}:{key}") for key in keys])
