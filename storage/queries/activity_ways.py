"""Ways through the lists of activities, of their coverage and of links: by officer, finding, verdict, unit and time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, and_, func, literal_column, select

from domain.activity import ActivityKind
from domain.finding import SubjectKind
from domain.link import LinkStatus
from storage.queries.filters import FEED_KINDS, Filters, finding_conditions, wanted_units
from storage.queries.ways import Way, begun_within, by_unit, first_of_all, long_before, overlapping, unindexed
from storage.schema.recordings import LONG_US
from storage.schema.tables import ATTENDANCE, COVERAGE, EVALUATION, FILE, FINDING, FOOTAGE, LINK, RECORD, RECORDING
from storage.versions import current

USUAL = timedelta(microseconds=LONG_US)


def activity_way(kind: ActivityKind, connection: Connection, filters: Filters) -> Way | None:
    """The way that leads to the fewest other activities."""
    ranged = filters.since is not None or filters.until is not None
    if filters.incident is not None:
        return None
    if filters.officer is not None:
        return Way("officer", RECORD.c.id, (_attended(kind, filters.officer),))
    if filters.rule is not None or filters.flag is not None:
        return Way("finding", RECORD.c.id, _found(kind, filters))
    if ranged or wanted_units(connection, filters) is not None:
        return Way("time" if ranged else "unit", RECORD.c.id, tuple(_by_unit(kind, connection, filters)))
    if filters.status is not None:
        return Way("status", RECORD.c.id, (_judged(kind, filters.status), _stated(kind, filters.status)))
    return None


def _same(kind: ActivityKind, number: ColumnElement[str]) -> ColumnElement[bool]:
    """The current records of an activity found by something else."""
    return and_(current(RECORD), RECORD.c.kind == FEED_KINDS[kind], RECORD.c.key == number)


def _attended(kind: ActivityKind, officer: str) -> Select[Any]:
    mine = (ATTENDANCE.c.officer == officer, ATTENDANCE.c.kind == FEED_KINDS[kind])
    named = first_of_all(select(ATTENDANCE.c.number).where(*mine))
    return select(named.c.number, RECORD.c.id).select_from(named.join(RECORD, _same(kind, named.c.number)))


def _found(kind: ActivityKind, filters: Filters) -> tuple[Select[Any], ...]:
    own = _own_findings(kind, filters)
    return own, _clip_findings(kind, filters, func.min), _clip_findings(kind, filters, func.max)


def _own_findings(kind: ActivityKind, filters: Filters) -> Select[Any]:
    joined = FINDING.join(RECORD, _same(kind, FINDING.c.subject_key))
    query = select(literal_column("0", Integer), FINDING.c.subject_key, RECORD.c.id).select_from(joined)
    return query.where(current(FINDING), FINDING.c.kind == SubjectKind(kind.value), *finding_conditions(filters))


def _clip_findings(kind: ActivityKind, filters: Filters, one: Any) -> Select[Any]:
    """Activities by the first of their clips, in order of name, that has such a finding; after those with their own.

    `one`: min or max of the records of an activity, where two feeds name it.
    """
    found, files, links = FINDING.alias(), FILE.alias(), LINK.alias()
    mine = select(one(RECORD.c.id)).where(_same(kind, LINK.c.number)).correlate(LINK).scalar_subquery()
    earlier = (
        select(found.c.id)
        .select_from(_linked_clips(found, files, links))
        .where(links.c.number == LINK.c.number, links.c.kind == kind)
        .where(unindexed(files.c.anchor) < FINDING.c.subject_key, current(found), found.c.kind == SubjectKind.CLIP)
        .where(*_looked_for(filters, unindexed(found.c.rule), unindexed(found.c.flag)))
    )
    query = select(literal_column("1", Integer), FINDING.c.subject_key, func.coalesce(mine, 0))
    query = query.select_from(_linked_clips(FINDING, FILE, LINK)).where(unindexed(LINK.c.kind) == kind)
    mine_alone = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, ~earlier.correlate(LINK, FINDING).exists())
    return query.where(*mine_alone, *_looked_for(filters, FINDING.c.rule, FINDING.c.flag))


def _linked_clips(finding: Any, file: Any, link: Any) -> Any:
    made = and_(link.c.file_id == file.c.id, current(link), unindexed(link.c.status) == LinkStatus.LINKED)
    return finding.join(file, finding.c.subject_key == file.c.anchor).join(link, made)


def _looked_for(filters: Filters, rule: ColumnElement[Any], flag: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    wanted = [] if filters.rule is None else [rule == filters.rule]
    return wanted if filters.flag is None else [*wanted, flag == filters.flag]


def _judged(kind: ActivityKind, result: str) -> Select[Any]:
    joined = EVALUATION.join(RECORD, _same(kind, EVALUATION.c.subject_key))
    query = select(EVALUATION.c.subject_key, RECORD.c.id).select_from(joined)
    return query.where(current(EVALUATION), unindexed(EVALUATION.c.kind) == kind, EVALUATION.c.result == result)


def _stated(kind: ActivityKind, status: str) -> Select[Any]:
    mine = (current(RECORD), RECORD.c.kind == FEED_KINDS[kind], RECORD.c.status == status)
    return select(RECORD.c.key, RECORD.c.id).where(*mine)


def _by_unit(kind: ActivityKind, connection: Connection, filters: Filters) -> Iterator[Select[Any]]:
    ranged = begun_within(RECORD.c.at, filters.since, filters.until)
    order = RECORD.c.at if ranged else RECORD.c.key
    query = select(order, RECORD.c.id).where(current(RECORD), RECORD.c.kind == FEED_KINDS[kind], *ranged)
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
