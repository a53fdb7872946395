"""Decisions of people on findings: checked, written and audited in one transaction, never over somebody else's.

A decision names how many there were when it was made; whoever comes second is told who decided what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.access import Right
from domain.audit import Action, Entry, detail_text
from domain.finding import FindingStatus
from domain.review import STEPS, Decision, Reason, ReviewEntry, hindrance, lacking
from storage.among import among
from storage.attachments import sent_by
from storage.audit import append
from storage.queries.raws import Raw, read, read_first
from storage.review_refusals import (
    AttachmentUnknown,
    DecidedMeanwhile,
    FindingBusy,
    FindingResolved,
    FindingUnknown,
    ReviewRefused,
    SaidTooLittle,
    StepRefused,
)
from storage.schema.tables import FINDING, REVIEW_ENTRY, SCAN
from storage.tallies import mark_findings
from storage.versions import chunks, current

MOST_AT_ONCE = 500
_ENTRY = (
    *("finding_key", "number", "at", "actor", "role", "action", "before", "after", "reason", "note", "bulk"),
    *("attachment", "attachment_name"),
)


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides. `units`: codes of the units whose findings are theirs, None for every unit."""

    actor: str
    role: str
    rights: frozenset[Right]
    units: frozenset[str] | None
    origin: str = ""

    def sees(self, unit: str | None) -> bool:
        return self.units is None or unit in self.units


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision that somebody wants to make. `expected`: decisions on the finding when they looked at it."""

    key: str
    decision: Decision
    expected: int
    reason: Reason | None = None
    note: str = ""
    attachment: str | None = None
    attachment_name: str | None = None
    sent: bool = False
    """The file came with the decision itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a finding stands in the closed loop."""

    key: str
    status: FindingStatus
    decision: Decision | None
    reviews: int
    unit: str | None
    due_at: datetime


def decide(connection: Connection, who: Decider, wish: Wish, now: datetime) -> ReviewEntry:
    """Make one decision, in this transaction, the audit log included. Raises ReviewRefused, then nothing is written."""
    rows, _ = _locked(connection, [wish.key], wait=True)
    entry, row = _made(connection, who, wish, rows, now=now)
    mark_findings(connection, [entry.finding])
    append(connection, now, [_audited(who, entry, row["unit"])])
    return entry


def decide_many(
    connection: Connection, who: Decider, wishes: Sequence[Wish], now: datetime, bulk: str
) -> list[ReviewEntry | ReviewRefused]:
    """Make many decisions under one mark; each is made or refused by itself. Results in the order of the wishes.

    What somebody else is writing at this moment is not waited for (FindingBusy): so nobody waits in a circle.
    """
    rows, busy = _locked(connection, sorted({wish.key for wish in wishes}), wait=False)
    results: list[ReviewEntry | ReviewRefused] = []
    links = []
    for wish in wishes:
        try:
            if wish.key in busy:
                raise FindingBusy(wish.key)
            entry, row = _made(connection, who, wish, rows, now=now, bulk=bulk)
        except ReviewRefused as refusal:
            results.append(refusal)
            continue
        results.append(entry)
        links.append(_audited(who, entry, row["unit"]))
        rows[wish.key] = {**row, "status": entry.after.value, "decision": entry.decision.value, "reviews": entry.number}
    mark_findings(connection, [one.finding for one in results if isinstance(one, ReviewEntry)])
    append(connection, now, links)
    return results


def _locked(connection: Connection, keys: Sequence[str], *, wait: bool) -> tuple[dict[str, Raw], set[str]]:
    """The standing version of each finding, held until the transaction ends, and the keys that others hold.

    Every version is locked, as a scan does before it writes a new one: the oldest serves as the lock of the finding.
    What a scan wrote while we waited is seen by the second question.
    """
    held: set[int] = set()
    rows: list[Raw] = []
    for part in chunks(keys):
        query = select(FINDING.c.id).where(among(FINDING.c.key, part)).order_by(FINDING.c.id)
        held |= set(connection.execute(query.with_for_update(skip_locked=not wait)).scalars())
        rows += read(connection, select(FINDING).where(current(FINDING), among(FINDING.c.key, part)))
    busy = set() if wait else {row["key"] for row in rows if row["id"] not in held}
    return {row["key"]: row for row in rows}, busy


def _made(
    connection: Connection, who: Decider, wish: Wish, rows: Mapping[str, Raw], *, now: datetime, bulk: str | None = None
) -> tuple[ReviewEntry, Raw]:
    """Check the wish against the finding as it stands, and write it. Raises ReviewRefused."""
    step = STEPS[wish.decision]
    if step.right not in who.rights:
        raise StepRefused(wish.key, wish.decision, "right")
    row = rows.get(wish.key)
    if row is None or not who.sees(row["unit"]):
        raise _not_standing(connection, who, wish.key)
    _check(connection, who, wish, row)
    entry = ReviewEntry(
        finding=wish.key,
        number=row["reviews"] + 1,
        at=now,
        actor=who.actor,
        role=who.role,
        decision=wish.decision,
        before=FindingStatus(row["status"]),
        after=step.after,
        reason=wish.reason,
        note=wish.note.strip(),
        bulk=bulk,
        attachment=wish.attachment,
        attachment_name=wish.attachment_name,
    )
    _write(connection, entry, row)
    return entry, row


def _check(connection: Connection, who: Decider, wish: Wish, row: Raw) -> None:
    """Raises ReviewRefused where the finding has moved on, the state does not allow it, or something is not said."""
    status = FindingStatus(row["status"])
    if row["reviews"] != wish.expected:
        raise DecidedMeanwhile(wish.key, status, row["reviews"], last_entry(connection, wish.key))
    last = Decision(row["decision"]) if row["decision"] else None
    hindered = hindrance(wish.decision, status, last, who.rights)
    if hindered is not None:
        raise StepRefused(wish.key, wish.decision, hindered, status)
    if missing := lacking(wish.decision, wish.reason, wish.note):
        raise SaidTooLittle(wish.key, wish.decision, missing)
    if wish.attachment is not None and not (wish.sent or sent_by(connection, wish.attachment, who.actor)):
        raise AttachmentUnknown(wish.attachment)


def _not_standing(connection: Connection, who: Decider, key: str) -> ReviewRefused:
    """Why there is no such finding to decide on: resolved, or not there for this person."""
    query = select(FINDING.c.unit, FINDING.c.until_scan, SCAN.c.started_at).outerjoin(
        SCAN, SCAN.c.id == FINDING.c.until_scan
    )
    row = read_first(connection, query.where(FINDING.c.key == key).order_by(FINDING.c.id.desc()))
    if row is None or not who.sees(row["unit"]):
        return FindingUnknown(key)
    return FindingResolved(key, row["until_scan"], row["started_at"])


def _write(connection: Connection, entry: ReviewEntry, row: Raw) -> None:
    values = {
        **{name: getattr(entry, name) for name in _ENTRY if name not in ("finding_key", "action", "before", "after")},
        "finding_key": entry.finding,
        "action": entry.decision.value,
        "before": entry.before.value,
        "after": entry.after.value,
        "reason": entry.reason and entry.reason.value,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(REVIEW_ENTRY).values(values))
    except IntegrityError as error:  # the last guard: the lock above should have told already
        last = last_entry(connection, entry.finding)
        status = last.after if last else entry.before
        raise DecidedMeanwhile(entry.finding, status, entry.number, last) from error
    changed = {"status": entry.after.value, "decision": entry.decision.value, "reviews": entry.number}
    connection.execute(update(FINDING).where(FINDING.c.id == row["id"]).values(changed))


def _audited(who: Decider, entry: ReviewEntry, unit: str | None) -> Entry:
    detail = detail_text(
        decision=entry.decision,
        before=entry.before,
        after=entry.after,
        number=entry.number,
        reason=entry.reason,
        note=entry.note,
        bulk=entry.bulk,
        attachment=entry.attachment,
        attachment_name=entry.attachment_name,
    )
    return Entry(who.actor, Action.REVIEWED, f"finding:{entry.finding}", unit, detail, who.origin)


def last_entry(connection: Connection, key: str) -> ReviewEntry | None:
    """The newest decision on a finding."""
    query = select(REVIEW_ENTRY).where(REVIEW_ENTRY.c.finding_key == key).order_by(REVIEW_ENTRY.c.number.desc())
    row = read_first(connection, query.limit(1))
    return None if row is None else entry_of(row)


def entries_of_findings(connection: Connection, keys: Iterable[str]) -> dict[str, list[ReviewEntry]]:
    """Every decision on some findings, oldest first; findings without any are left out."""
    found: dict[str, list[ReviewEntry]] = {}
    for part in chunks(sorted(set(keys))):
        query = select(REVIEW_ENTRY).where(among(REVIEW_ENTRY.c.finding_key, part))
        ordered = query.order_by(REVIEW_ENTRY.c.finding_key, REVIEW_ENTRY.c.number)
        for row in read(connection, ordered):
            found.setdefault(row["finding_key"], []).append(entry_of(row))
    return found


def entry_of(row: Raw) -> ReviewEntry:
    values: dict[str, Any] = {name: row[name] for name in _ENTRY if name not in ("finding_key", "action")}
    values["before"], values["after"] = FindingStatus(row["before"]), FindingStatus(row["after"])
    values["reason"] = Reason(row["reason"]) if row["reason"] else None
    return ReviewEntry(finding=row["finding_key"], decision=Decision(row["action"]), **values)


def standings(connection: Connection, keys: Iterable[str]) -> dict[str, Standing]:
    """Where some findings stand, by key; what is resolved is left out."""
    columns = [FINDING.c[name] for name in ("key", "status", "decision", "reviews", "unit", "due_at")]
    found: dict[str, Standing] = {}
    for part in chunks(sorted(set(keys))):
        for row in read(connection, select(*columns).where(current(FINDING), among(FINDING.c.key, part))):
            last = Decision(row["decision"]) if row["decision"] else None
            rest = (row["reviews"], row["unit"], row["due_at"])
            found[row["key"]] = Standing(row["key"], FindingStatus(row["status"]), last, *rest)
    return found
