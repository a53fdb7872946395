"""Ways through the lists of activities, of their coverage and of links: by officer, finding, verdict, unit and time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select

from domain.activity import RECORD_KINDS, ActivityKind
from storage.queries.filters import Filters, wanted_units
from storage.queries.subject_ways import SubjectWay, finding_way, status_way
from storage.queries.ways import Way, begun_within, by_unit, first_of_all, long_before, overlapping
from storage.schema.recordings import LONG_US
from storage.schema.tables import ATTENDANCE, COVERAGE, FOOTAGE, LINK, RECORD, RECORDING
from storage.versions import current

USUAL = timedelta(microseconds=LONG_US)


def activity_way(kind: ActivityKind, connection: Connection, filters: Filters) -> Way | SubjectWay | None:
    """The way that leads to the fewest other activities."""
    ranged = filters.since is not None or filters.until is not None
    if filters.incident is not None:
        return None
    if filters.officer is not None:
        return Way("officer", RECORD.c.id, (_attended(kind, filters.officer),))
    if filters.rule is not None or filters.flag is not None:
        return finding_way(kind, filters, wanted_units(connection, filters))
    if ranged or wanted_units(connection, filters) is not None:
        return Way("time" if ranged else "unit", RECORD.c.id, tuple(_by_unit(kind, connection, filters)))
    if filters.status is not None:
        return status_way(kind, filters.status, None)
    return None


def _same(kind: ActivityKind, number: ColumnElement[str]) -> ColumnElement[bool]:
    """The current records of an activity found by something else."""
    return and_(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key == number)


def _attended(kind: ActivityKind, officer: str) -> Select[Any]:
    mine = (ATTENDANCE.c.officer == officer, ATTENDANCE.c.kind == RECORD_KINDS[kind])
    named = first_of_all(select(ATTENDANCE.c.number).where(*mine))
    return select(named.c.number, RECORD.c.id).select_from(named.join(RECORD, _same(kind, named.c.number)))


def _by_unit(kind: ActivityKind, connection: Connection, filters: Filters) -> Iterator[Select[Any]]:
    ranged = begun_within(RECORD.c.at, filters.since, filters.until)
    order = RECORD.c.at if ranged else RECORD.c.key
    query = select(order, RECORD.c.id).where(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], *ranged)
    units = wanted_units(connection, filters)
    branches = by_unit(query, RECORD.c.unit, units)
    yield from (branches[:-1] if len(branches) > 1 else branches)  # the unit is the record's own


def span_way(table: Table, connection: Connection, filters: Filters) -> Way | None:
    """Of coverage and recordings, in order of their begin."""
    units = wanted_units(connection, filters)
    if filters.incident is not None or not (filters.given() or filters.scope is not None):
        return None
    query = select(table.c.started_at, table.c.id).where(current(table))
    inside = overlapping(table.c.started_at, table.c.ended_at, filters.since, filters.until, USUAL)
    if filters.officer is not None:
        return Way("officer", table.c.id, (query.where(table.c.officer == filters.officer),))
    branches: list[Select[Any]] = by_unit(query.where(*inside), table.c.unit, units)
    if filters.since is not None:
        lasting = long_before(table, filters.since, f"{table.name}.ended_at - {table.name}.started_at > {LONG_US}")
        long = first_of_all(select(table.c.started_at, table.c.id).where(current(table), *lasting)).c
        branches.append(select(long.started_at, long.id))
    return Way("time", table.c.id, tuple(branches))


def coverage_way(connection: Connection, filters: Filters) -> Way | None:
    return span_way(COVERAGE, connection, filters)


def recording_way(connection: Connection, filters: Filters) -> Way | None:
    if filters.officer is None or filters.incident is not None:
        return span_way(RECORDING, connection, filters)
    query = select(RECORDING.c.started_at, RECORDING.c.id).where(current(RECORDING))
    begun = and_(RECORDING.c.lane == FOOTAGE.c.lane, RECORDING.c.started_at == FOOTAGE.c.recording_at)
    theirs = query.join(FOOTAGE, begun).where(current(FOOTAGE), FOOTAGE.c.party == f"badge:{filters.officer}")
    return Way("officer", RECORDING.c.id, (query.where(RECORDING.c.officer == filters.officer), theirs))


def link_way(connection: Connection, filters: Filters) -> Way | None:
    """Links in order of the begin of the recording, narrowed by officer, unit or time."""
    narrowed = (filters.officer, filters.unit, filters.scope, filters.since, filters.until)
    if filters.incident is not None or all(one is None for one in narrowed):
        return None
    query = select(LINK.c.at, LINK.c.id).where(current(LINK), *begun_within(LINK.c.at, filters.since, filters.until))
    if filters.officer is not None:
        return Way("officer", LINK.c.id, (query.where(LINK.c.officer == filters.officer),))
    units = wanted_units(connection, filters)
    return Way("time", LINK.c.id, tuple(by_unit(query, LINK.c.unit, units)))
