"""Findings with the state that they had at a time: those of a period, those that wait, what can still be recovered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from domain.finding import FindingStatus
from domain.review import Decision
from domain.timespan import Span
from storage.queries.decided import Decided, decided_by
from storage.queries.raws import Raw, read
from storage.schema.tables import FINDING, REVIEW_ENTRY
from storage.versions import current

OPEN_STATES = (FindingStatus.OPEN.value, FindingStatus.EXPLAINED.value)
FIELDS = (
    *("key", "rule", "flag", "severity", "status", "decision", "kind", "subject", "officer", "unit", "started_at"),
    *("due_at", "recover_until", "evidence", "since_scan", "reviews"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One finding. `waits`: for the self-check (open), or for a supervisor (explained); `scan`: since which it stands.

    An approved note of a feed waits for nobody.
    """

    key: str
    rule: str
    flag: str
    severity: str
    status: str
    waits: bool
    kind: str
    subject: str
    officer: str | None
    unit: str | None
    due_at: datetime
    recover_until: datetime | None
    evidence: tuple[str, ...]
    scan: int
    decided_at: datetime | None


def of_period(connection: Connection, units: Sequence[str] | None, span: Span, when: datetime) -> list[Standing]:
    """Findings whose stretch touches a period (those without a time: first seen in it), as their list has them."""
    return _standing(connection, units, when, [_touches(span)])


def waiting(connection: Connection, units: Sequence[str] | None, span: Span, when: datetime) -> list[Standing]:
    """What waited for somebody at `when`: findings of a period, and what was due by its end; the first due first."""
    decided_later = select(REVIEW_ENTRY.c.finding_key).where(REVIEW_ENTRY.c.at > when)
    perhaps = or_(FINDING.c.status.in_(OPEN_STATES), FINDING.c.key.in_(decided_later))
    found = _standing(connection, units, when, [or_(_touches(span), FINDING.c.due_at < span.end), perhaps])
    return sorted((one for one in found if one.waits), key=lambda one: (one.due_at, one.key))


def _touches(span: Span) -> ColumnElement[bool]:
    end = func.coalesce(FINDING.c.ended_at, FINDING.c.started_at, FINDING.c.first_seen_at)
    return (end >= span.start) & (func.coalesce(FINDING.c.started_at, FINDING.c.first_seen_at) < span.end)


def recoverable(connection: Connection, units: Sequence[str] | None, span: Span, when: datetime) -> list[Standing]:
    """What is lost within a stretch of time unless somebody fetches it, the soonest first."""
    lost = FINDING.c.recover_until
    found = _standing(connection, units, when, [lost > span.start, lost <= span.end])
    settled = (FindingStatus.DISMISSED, FindingStatus.RESOLVED)
    kept = [(one.recover_until, one.key, one) for one in found if one.recover_until and one.status not in settled]
    return [one for _, _, one in sorted(kept, key=lambda row: row[:2])]


def _standing(
    connection: Connection, units: Sequence[str] | None, when: datetime, wanted: Sequence[ColumnElement[Any]]
) -> list[Standing]:
    query = select(*(FINDING.c[name] for name in FIELDS)).where(
        current(FINDING), FINDING.c.status != FindingStatus.RESOLVED, *wanted
    )
    query = query if units is None else query.where(FINDING.c.unit.in_(units))
    raws = read(connection, query.order_by(FINDING.c.key))
    then = decided_by(connection, (raw["key"] for raw in raws), when)
    return [_one(raw, then.get(raw["key"])) for raw in raws]


def _one(raw: Raw, known: Decided | None) -> Standing:
    now = known or Decided(raw["status"], raw["decision"], raw["reviews"])
    same = ("key", "rule", "flag", "severity", "kind", "subject", "officer", "unit", "due_at", "recover_until")
    return Standing(
        **{name: raw[name] for name in same},
        status=now.status,
        waits=now.status == FindingStatus.OPEN
        or (now.status == FindingStatus.EXPLAINED and now.decision == Decision.EXPLAIN),
        evidence=tuple(raw["evidence"]),
        scan=raw["since_scan"],
        decided_at=now.at,
    )
