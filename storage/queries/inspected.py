"""Whom inspections have reached: officers and units with their activities of a period, and how many were ever drawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from domain.activity import RECORD_KINDS
from storage.queries.filters import Filters, of_units, wanted_units
from storage.schema.tables import COVERAGE, RECORD, SAMPLE, SAMPLE_ITEM
from storage.versions import current


@dataclass(frozen=True, slots=True)
class Reached:
    """An officer or unit: activities that had to be recorded, and those of them that some sample holds."""

    key: str
    activities: int
    sampled: int


def officers_reached(connection: Connection, filters: Filters, by: datetime | None = None) -> list[Reached]:
    """By badge: everybody who had something to record in the period (`since` to `until`), fewest sampled first.

    `by`: samples drawn until then count; None: all.
    """
    drawn = _drawn(by)
    mine = and_(drawn.c.kind == COVERAGE.c.kind, drawn.c.subject == COVERAGE.c.number)
    query = (
        select(COVERAGE.c.officer, func.count(), func.count(drawn.c.subject))
        .select_from(COVERAGE.outerjoin(drawn, mine))
        .where(current(COVERAGE), COVERAGE.c.officer.is_not(None))
        .where(COVERAGE.c.started_at >= filters.since, COVERAGE.c.started_at < filters.until)
        .group_by(COVERAGE.c.officer)
    )
    if (units := wanted_units(connection, filters)) is not None:
        query = query.where(of_units(COVERAGE.c.kind, COVERAGE.c.number, units))
    return _reached(connection, query)


def units_reached(connection: Connection, filters: Filters, by: datetime | None = None) -> list[Reached]:
    """By code of the unit: every unit with activities in the period, fewest sampled first; `by` as above."""
    found: dict[str, Reached] = {}
    units = wanted_units(connection, filters)
    drawn = _drawn(by)
    for kind, record_kind in RECORD_KINDS.items():
        mine = and_(drawn.c.kind == kind, drawn.c.subject == RECORD.c.key)
        query = (
            select(RECORD.c.unit, func.count(), func.count(drawn.c.subject))
            .select_from(RECORD.outerjoin(drawn, mine))
            .where(current(RECORD), RECORD.c.kind == record_kind, RECORD.c.unit.is_not(None))
            .where(RECORD.c.at >= filters.since, RECORD.c.at < filters.until)
            .group_by(RECORD.c.unit)
        )
        for one in _reached(connection, query if units is None else query.where(RECORD.c.unit.in_(units))):
            before = found.get(one.key, Reached(one.key, 0, 0))
            found[one.key] = Reached(one.key, before.activities + one.activities, before.sampled + one.sampled)
    return sorted(found.values(), key=_order)


def _drawn(by: datetime | None) -> Any:
    """Each drawn activity once, however many samples hold it."""
    joined = SAMPLE_ITEM.join(SAMPLE, SAMPLE.c.id == SAMPLE_ITEM.c.sample_id)
    query = select(SAMPLE.c.kind, SAMPLE_ITEM.c.subject).select_from(joined)
    return (query if by is None else query.where(SAMPLE.c.at <= by)).distinct().subquery()


def _reached(connection: Connection, query: Select[Any]) -> list[Reached]:
    return sorted((Reached(*row) for row in connection.execute(query).all()), key=_order)


def _order(one: Reached) -> tuple[int, int, str]:
    return one.sampled, -one.activities, one.key
