"""What lies ahead of each unit: open findings, deadlines that come or have passed, footage that will be lost soon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from domain.finding import FindingStatus
from storage.schema.tables import CLIP, FEED, FINDING, RECORD
from storage.versions import current

OPEN = (current(FINDING), FINDING.c.status == FindingStatus.OPEN.value)


@dataclass(slots=True)
class Ahead:
    """Open findings of one unit (those below not counted): by flag, due in a stretch of time and the first of these,
    past due."""

    flags: dict[str, int] = field(default_factory=dict)
    due: int = 0
    overdue: int = 0
    first_due: datetime | None = None

    @property
    def open(self) -> int:
        return sum(self.flags.values())


def ahead(connection: Connection, now: datetime, until: datetime) -> dict[str | None, Ahead]:
    """Of every unit that has open findings; `due` counts deadlines after now and not after `until`."""
    due = FINDING.c.due_at
    coming = (due > now) & (due <= until)
    columns = (
        func.count(),
        func.count(case((coming, 1))),
        func.count(case((due <= now, 1))),
        func.min(case((coming, due))),
    )
    query = select(FINDING.c.unit, FINDING.c.flag, *columns).where(*OPEN).group_by(FINDING.c.unit, FINDING.c.flag)
    found: dict[str | None, Ahead] = {}
    for unit, flag, count, soon, late, first in connection.execute(query).all():
        one = found.setdefault(unit, Ahead())
        one.flags[flag] = one.flags.get(flag, 0) + count
        one.due += soon
        one.overdue += late
        one.first_due = min(filter(None, (one.first_due, first)), default=None)
    return found


def recoverable_soon(connection: Connection, now: datetime, until: datetime) -> dict[str | None, list[datetime]]:
    """By unit: until when footage that was not found may still be fetched, where that ends before an instant."""
    last = FINDING.c.measured["recover_until"].as_string()
    settled = (FindingStatus.DISMISSED.value, FindingStatus.RESOLVED.value)
    query = select(FINDING.c.unit, last).where(current(FINDING), FINDING.c.status.not_in(settled), last.is_not(None))
    found: dict[str | None, list[datetime]] = {}
    for unit, text in connection.execute(query).all():
        end = datetime.fromisoformat(text)
        if now < end <= until:
            found.setdefault(unit, []).append(end)
    return {unit: sorted(ends) for unit, ends in found.items()}


def recorded_between(connection: Connection, start: datetime, end: datetime) -> dict[str | None, int]:
    """How many clips of each unit were recorded in a stretch of time: those whose retention ends in another."""
    mine = (current(CLIP), CLIP.c.started_at >= start, CLIP.c.started_at < end)
    query = select(CLIP.c.unit, func.count()).where(*mine).group_by(CLIP.c.unit)
    return {row[0]: row[1] for row in connection.execute(query).all()}


def units_above(connection: Connection) -> Mapping[str, str]:
    """Code → code of the unit above, of every unit of the register that has one."""
    query = select(RECORD.c.key, RECORD.c.group_key).where(current(RECORD), RECORD.c.kind == "units")
    return {code: above for code, above in connection.execute(query).all() if above and above != code}


def broken_feeds(connection: Connection) -> list[str]:
    """Names of the feeds that could not be read the last time."""
    query = select(FEED.c.name).where(FEED.c.active, FEED.c.error.is_not(None))
    return list(connection.execute(query.order_by(FEED.c.name)).scalars())


def open_of_rule(connection: Connection, rule: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """(key, unit, evidence) of the open findings of a rule."""
    query = select(FINDING.c.key, FINDING.c.unit, FINDING.c.evidence).where(*OPEN, FINDING.c.rule == rule)
    return [(row[0], row[1], tuple(row[2])) for row in connection.execute(query.order_by(FINDING.c.key)).all()]
