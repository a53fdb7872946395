"""The lists of incidents, sessions and coverage, in order of number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from domain.activity import RECORD_KINDS, ActivityKind
from domain.finding import Flag, SubjectKind
from storage.codec import encode
from storage.queries.activity_ways import activity_way, coverage_way
from storage.queries.filters import (
    Filters,
    activity_with_findings,
    is_among,
    mentioning,
    numbered,
    of_units,
    wanted_units,
)
from storage.queries.linked import linked_anchors, on_subjects
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.queries.shapes import gap_parts, instant, ratio
from storage.queries.ways import unindexed
from storage.schema.tables import COVERAGE, EVALUATION, FINDING, RECORD
from storage.versions import chunks, current

VERDICT = ("result", "coverage_ratio", "flags")
INCIDENT_COLUMNS = (
    *("number", "received_at", "dispatched_at", "arrived_at", "finished_at", "feedback_at", "unit", "officers"),
    *("category", "status", "address", "longitude", "latitude", "case_number", *VERDICT),
)
SESSION_COLUMNS = (
    *("number", "case_number", "kind", "room", "person_code", "officers", "started_at", "signed_at"),
    *("interruptions", "channels", "unit", *VERDICT),
)
COVERAGE_COLUMNS = (
    *("kind", "number", "officer", "from", "to", "required_s", "covered_s", "ratio", "late_s", "early_s", "gaps"),
    "channel",
)
OFFERS = ("unit", "officer", "since", "until", "rule", "flag", "status", "incident")
TOGETHER = "all"
"""The lane of all officers or channels together."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was concluded about one activity so far."""

    result: str | None = None
    coverage_ratio: float | None = None
    flags: tuple[str, ...] = ()


def judged(connection: Connection, kind: ActivityKind, numbers: Iterable[str]) -> dict[str, Judged]:
    """Verdict, coverage and flags of many activities; flags count findings on linked clips as well."""
    found = {}
    for part in chunks(numbers):
        results, ratios = _results(connection, kind, part), _ratios(connection, kind, part)
        flags = _flags(connection, kind, part)
        for number in part:
            mine = tuple(flag.value for flag in Flag if flag.value in flags.get(number, ()))
            found[number] = Judged(results.get(number), ratios.get(number), mine)
    return found


def _results(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> dict[str, str | None]:
    query = select(EVALUATION.c.subject_key, EVALUATION.c.result).where(
        current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.subject_key.in_(numbers)
    )
    return {row.subject_key: row.result for row in connection.execute(query).all()}


def _ratios(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> dict[str, float]:
    query = select(COVERAGE.c.number, COVERAGE.c.covered, COVERAGE.c.started_at, COVERAGE.c.ended_at).where(
        current(COVERAGE), COVERAGE.c.kind == kind, COVERAGE.c.number.in_(numbers), COVERAGE.c.lane == TOGETHER
    )
    return {row.number: ratio(row.covered, row.started_at, row.ended_at) for row in connection.execute(query).all()}


def _flags(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> dict[str, set[str]]:
    flags: dict[str, set[str]] = {}
    for number, flag in on_subjects(connection, FINDING.c.flag, SubjectKind(kind.value), numbers):
        flags.setdefault(number, set()).add(flag)
    pairs = linked_anchors(connection, kind, numbers)
    clips: dict[str, set[str]] = {}
    for anchor, flag in on_subjects(connection, FINDING.c.flag, SubjectKind.CLIP, (anchor for _, anchor in pairs)):
        clips.setdefault(anchor, set()).add(flag)
    for number, anchor in pairs:
        if anchor in clips:
            flags.setdefault(number, set()).update(clips[anchor])
    return flags


def _records(kind: ActivityKind, connection: Connection, filters: Filters) -> Select[Any]:
    return _narrowed(kind, RECORD.c.kind == RECORD_KINDS[kind], connection, filters)


def _reached(kind: ActivityKind, connection: Connection, filters: Filters) -> Select[Any]:
    """The same of records found by their number: half of a city's records are of one kind."""
    return _narrowed(kind, unindexed(RECORD.c.kind) == RECORD_KINDS[kind], connection, filters)


def _narrowed(
    kind: ActivityKind, of_kind: ColumnElement[bool], connection: Connection, filters: Filters
) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [current(RECORD), of_kind]
    wanted += activity_with_findings(kind, RECORD.c.key, filters)
    if filters.incident is not None:
        wanted.append(RECORD.c.key == filters.incident)
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(RECORD.c.unit.in_(units))
    if filters.officer is not None:
        wanted.append(mentioning(RECORD.c.body, filters.officer))
    if filters.since is not None:
        wanted.append(RECORD.c.at >= filters.since)
    if filters.until is not None:
        wanted.append(RECORD.c.at < filters.until)
    if filters.status is not None:
        mine = (current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.result == filters.status)
        judged_so = is_among(RECORD.c.key, EVALUATION.c.subject_key, select(EVALUATION.c.subject_key).where(*mine))
        stated = RECORD.c.body["status"].as_string() == filters.status
        wanted.append(or_(judged_so, stated))
    return select(RECORD.c.key, RECORD.c.body).where(*wanted)


def _incidents(connection: Connection, filters: Filters) -> Select[Any]:
    return _records(ActivityKind.INCIDENT, connection, filters)


def _sessions(connection: Connection, filters: Filters) -> Select[Any]:
    return _records(ActivityKind.SESSION, connection, filters)


def _dress_incidents(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    verdicts = judged(connection, ActivityKind.INCIDENT, (raw["key"] for raw in raws))
    return [
        [{**incident_fields(raw["body"]), **encode(verdicts[raw["key"]])}] if _names(raw, filters) else []
        for raw in raws
    ]


def _dress_sessions(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    verdicts = judged(connection, ActivityKind.SESSION, (raw["key"] for raw in raws))
    return [
        [{**session_fields(raw["body"]), **encode(verdicts[raw["key"]])}] if _names(raw, filters) else []
        for raw in raws
    ]


def _names(raw: Raw, filters: Filters) -> bool:
    """The record names the officer asked for; the database only looked for the text."""
    return filters.officer is None or filters.officer in raw["body"].get("officers", ())


def incident_fields(body: Mapping[str, Any]) -> Row:
    """Canonical fields of an incident, times as instants."""
    return {name: _field(name, body.get(name)) for name in INCIDENT_COLUMNS if name not in VERDICT}


def session_fields(body: Mapping[str, Any]) -> Row:
    """Canonical fields of a session, times as instants."""
    fields = {name: _field(name, body.get(name)) for name in SESSION_COLUMNS if name not in VERDICT}
    return {**fields, "kind": body.get("category"), "interruptions": interruptions(body)}


def _field(name: str, value: Any) -> Any:
    if name.endswith("_at"):
        return instant(value)
    return list(value or ()) if name in ("officers", "channels") else value


def interruptions(body: Mapping[str, Any]) -> list[Row]:
    """Declared breaks of a session."""
    return [
        {"from": instant(one["span"]["start"]), "to": instant(one["span"]["end"]), "reason": one.get("reason", "")}
        for one in body.get("interruptions", ())
    ]


def _coverage(connection: Connection, filters: Filters) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [current(COVERAGE)]
    if filters.incident is not None:
        wanted.append(numbered(COVERAGE.c.kind, COVERAGE.c.number, filters.incident))
    if filters.officer is not None:
        wanted.append(COVERAGE.c.officer == filters.officer)
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(of_units(COVERAGE.c.kind, COVERAGE.c.number, units))
    if filters.since is not None:
        wanted.append(or_(COVERAGE.c.ended_at > filters.since, COVERAGE.c.started_at >= filters.since))
    if filters.until is not None:
        wanted.append(COVERAGE.c.started_at < filters.until)
    return select(COVERAGE).where(*wanted)


def _dress_coverage(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [[coverage_fields(raw)] for raw in raws]


def coverage_fields(raw: Raw) -> Row:
    """One row of the list."""
    started_at: datetime = raw["started_at"]
    ended_at: datetime = raw["ended_at"]
    covered: timedelta = raw["covered"]
    values = (
        *(raw["kind"], raw["number"], raw["officer"], started_at, ended_at),
        *((ended_at - started_at).total_seconds(), covered.total_seconds(), ratio(covered, started_at, ended_at)),
        *(raw["late"].total_seconds(), raw["early"].total_seconds()),
        *([gap.listed() for gap in gap_parts(raw["gaps"])], raw["channel"]),
    )
    return dict(zip(COVERAGE_COLUMNS, values, strict=True))


INCIDENTS = ListQuery(
    *("incidents", INCIDENT_COLUMNS, (RECORD.c.key,), _incidents, _dress_incidents, OFFERS),
    ways=partial(activity_way, ActivityKind.INCIDENT),
    reached=partial(_reached, ActivityKind.INCIDENT),
)
SESSIONS = ListQuery(
    *("sessions", SESSION_COLUMNS, (RECORD.c.key,), _sessions, _dress_sessions, OFFERS),
    ways=partial(activity_way, ActivityKind.SESSION),
    reached=partial(_reached, ActivityKind.SESSION),
)
COVERAGES = ListQuery(
    "coverage",
    COVERAGE_COLUMNS,
    (COVERAGE.c.kind, COVERAGE.c.number, COVERAGE.c.lane),
    _coverage,
    _dress_coverage,
    ("unit", "officer", "since", "until", "incident"),
    ways=coverage_way,
)
