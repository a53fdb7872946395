"""What people had decided by a time, and when a fact about something last changed: for reports that can be made again.

A decision changes the standing version of a finding in place; the entries of the closed loop tell what it was before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.schema.tables import EVALUATION, FINDING, RECORD, REVIEW_ENTRY, SCAN
from storage.versions import chunks, current


@dataclass(frozen=True, slots=True)
class Decided:
    """State of a finding and the last decision on it, at a time; `entries`: how many until then, the last `at`."""

    status: str
    decision: str | None
    entries: int
    at: datetime | None = None


def decided_by(connection: Connection, keys: Iterable[str], when: datetime) -> dict[str, Decided]:
    """Of the findings on which anybody ever decided anything: what held at `when`."""
    columns = (REVIEW_ENTRY.c.finding_key, REVIEW_ENTRY.c.at, REVIEW_ENTRY.c.action)
    states = (REVIEW_ENTRY.c.before, REVIEW_ENTRY.c.after)
    found: dict[str, Decided] = {}
    for part in chunks(keys):
        query = select(*columns, *states).where(REVIEW_ENTRY.c.finding_key.in_(part))
        for key, at, action, before, after in connection.execute(query.order_by(REVIEW_ENTRY.c.number)).all():
            known = found.get(key)
            if at <= when:
                found[key] = Decided(after, action, 1 + (known.entries if known else 0), at)
            elif known is None:
                found[key] = Decided(before, None, 0)
    return found


def decided_between(connection: Connection, after: datetime, until: datetime) -> dict[str, tuple[datetime, str, str]]:
    """The last decision on each finding in a stretch of time: when, who, what."""
    query = select(REVIEW_ENTRY.c.finding_key, REVIEW_ENTRY.c.at, REVIEW_ENTRY.c.actor, REVIEW_ENTRY.c.action)
    within = query.where(REVIEW_ENTRY.c.at > after, REVIEW_ENTRY.c.at <= until)
    rows = connection.execute(within.order_by(REVIEW_ENTRY.c.at, REVIEW_ENTRY.c.id)).all()
    return {key: (at, actor, action) for key, at, actor, action in rows}


def rule_set_known(connection: Connection) -> str | None:
    """The rules of the latest verdict in view."""
    latest = select(func.max(EVALUATION.c.id)).where(current(EVALUATION)).scalar_subquery()
    found: str | None = connection.execute(select(EVALUATION.c.rule_set).where(EVALUATION.c.id == latest)).scalar()
    return found


def records_ended(connection: Connection, numbers: Iterable[str]) -> dict[str, int]:
    """Scan in which the last version of an activity's record ended, by number."""
    found: dict[str, int] = {}
    for part in chunks(numbers):
        query = select(RECORD.c.key, func.max(RECORD.c.until_scan)).where(RECORD.c.key.in_(part)).group_by(RECORD.c.key)
        found |= {key: scan for key, scan in connection.execute(query).all() if scan is not None}
    return found


def findings_ended(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Scan in which the last version of a finding ended, by key; none of those that still hold."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        versions = select(FINDING.c.key, FINDING.c.until_scan).where(FINDING.c.key.in_(part)).order_by(FINDING.c.id)
        last = {row[0]: row[1] for row in connection.execute(versions).all()}
        found |= {key: scan for key, scan in last.items() if scan is not None}
    return found


def scans_finished(connection: Connection, numbers: Iterable[int]) -> dict[int, datetime | None]:
    """When scans finished, by number."""
    found: dict[int, datetime | None] = {}
    for part in chunks(sorted(set(numbers))):
        query = select(SCAN.c.id, SCAN.c.finished_at).where(SCAN.c.id.in_(part))
        found |= {row[0]: row[1] for row in connection.execute(query).all()}
    return found
