"""What concerns one officer each: lanes of coverage, footage, findings on that footage, and who the register knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from domain.finding import SubjectKind
from storage.queries.filters import Filters, wanted_units
from storage.schema.tables import CLIP, COVERAGE, FILE, FINDING, FOOTAGE, RECORD, WINDOW
from storage.versions import chunks, current

BADGE = "badge:"
"""How the party of an officer's footage begins."""


@dataclass(frozen=True, slots=True)
class OfficerLane:
    """One officer's part of one activity: seconds that had to be recorded, and of them on record."""

    officer: str
    required_s: float
    covered_s: float
    scan: int


@dataclass(frozen=True, slots=True)
class Registered:
    name: str | None
    unit: str | None


def officer_lanes(connection: Connection, kind: str, numbers: Iterable[str]) -> Iterator[OfficerLane]:
    """Of some activities of a kind."""
    names = ("officer", "started_at", "ended_at", "covered", "since_scan")
    for part in chunks(numbers):
        query = select(*(COVERAGE.c[name] for name in names)).where(
            current(COVERAGE), COVERAGE.c.kind == kind, COVERAGE.c.number.in_(part), COVERAGE.c.officer.is_not(None)
        )
        for officer, start, end, covered, scan in connection.execute(query).all():
            yield OfficerLane(officer, (end - start).total_seconds(), covered.total_seconds(), scan)


def officer_clips(connection: Connection, filters: Filters) -> dict[str, int]:
    """By badge the clips of a period (`since`, `until`) that are the officer's footage."""
    joined = FOOTAGE.join(CLIP, CLIP.c.file_id == FOOTAGE.c.file_id)
    query = (
        select(FOOTAGE.c.party, func.count(FOOTAGE.c.file_id.distinct()))
        .select_from(joined)
        .where(current(FOOTAGE), current(CLIP), _of_officers())
        .where(FOOTAGE.c.started_at >= filters.since, FOOTAGE.c.started_at < filters.until)
        .group_by(FOOTAGE.c.party)
    )
    if (units := wanted_units(connection, filters)) is not None:
        query = query.where(CLIP.c.unit.in_(units))
    return {party.removeprefix(BADGE): count for party, count in connection.execute(query).all()}


def attendees(connection: Connection, kind: str, numbers: Iterable[str]) -> dict[str, set[str]]:
    """By number of an activity the badges of those who had to record it."""
    found: dict[str, set[str]] = {}
    for part in chunks(sorted(set(numbers))):
        mine = (current(WINDOW), WINDOW.c.kind == kind, WINDOW.c.number.in_(part), WINDOW.c.officer.is_not(None))
        for number, officer in connection.execute(select(WINDOW.c.number, WINDOW.c.officer).where(*mine)).all():
            found.setdefault(number, set()).add(officer)
    return found


def owners(connection: Connection, keys: Iterable[str]) -> dict[str, set[str]]:
    """By key of a finding on a clip the badges of those whose footage the clip is."""
    found: dict[str, set[str]] = {}
    joined = FINDING.join(FILE, FILE.c.anchor == FINDING.c.subject_key).join(FOOTAGE, FOOTAGE.c.file_id == FILE.c.id)
    for part in chunks(keys):
        on_clip = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, FINDING.c.key.in_(part))
        query = select(FINDING.c.key, FOOTAGE.c.party).select_from(joined).where(*on_clip)
        for key, party in connection.execute(query.where(current(FOOTAGE), _of_officers())).all():
            found.setdefault(key, set()).add(party.removeprefix(BADGE))
    return found


def _of_officers() -> ColumnElement[bool]:
    return FOOTAGE.c.party.startswith(BADGE, autoescape=True)


def officer_register(connection: Connection) -> dict[str, Registered]:
    """By badge whom the register knows."""
    query = select(RECORD.c.key, RECORD.c.unit, RECORD.c.body).where(current(RECORD), RECORD.c.kind == "officers")
    rows = connection.execute(query.order_by(RECORD.c.feed.desc())).all()
    return {badge: Registered(body.get("name") or None, unit) for badge, unit, body in rows}
