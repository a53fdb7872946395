"""The activities of a period with verdict, coverage and flags, one row each: what reports on completeness rest on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from domain.activity import RECORD_KINDS, ActivityKind
from storage.queries.activities import TOGETHER, judged
from storage.queries.as_of import from_current
from storage.queries.filters import Filters, wanted_units
from storage.queries.populations import findings_by_number
from storage.queries.raws import Raw, read
from storage.schema.tables import COVERAGE, EVALUATION, RECORD
from storage.versions import chunks, current


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """One activity. `scan`: the one that established the latest of verdict, coverage and record."""

    kind: str
    number: str
    unit: str | None
    at: datetime | None
    category: str | None
    officers: tuple[str, ...]
    result: str | None
    required_s: float | None
    covered_s: float | None
    flags: tuple[str, ...]
    findings: tuple[Raw, ...]
    scan: int


def activity_facts(connection: Connection, filters: Filters) -> Iterator[ActivityFacts]:
    """In order of kind and number; of `filters` unit, scope, since and until count."""
    units = wanted_units(connection, filters)
    for kind in ActivityKind:
        wanted = partial(_wanted, kind, filters, units)  # made anew for each view
        numbers = connection.execute(select(RECORD.c.key).where(*wanted()).distinct()).scalars()
        for part in chunks(sorted(numbers)):
            yield from from_current(connection, partial(_facts, connection, kind, part, wanted))


def _wanted(kind: ActivityKind, filters: Filters, units: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [current(RECORD), RECORD.c.kind == RECORD_KINDS[kind]]
    wanted += [RECORD.c.at >= filters.since, RECORD.c.at < filters.until]
    return wanted if units is None else [*wanted, RECORD.c.unit.in_(units)]


def _facts(
    connection: Connection, kind: ActivityKind, numbers: Sequence[str], wanted: Callable[[], list[ColumnElement[bool]]]
) -> list[ActivityFacts]:
    columns = (RECORD.c.key, RECORD.c.unit, RECORD.c.at, RECORD.c.body, RECORD.c.since_scan)
    query = select(*columns).where(*wanted(), RECORD.c.key.in_(numbers))
    once = {raw["key"]: raw for raw in read(connection, query.order_by(RECORD.c.feed))}
    return list(_read(connection, kind, [once[number] for number in numbers]))


def _read(connection: Connection, kind: ActivityKind, raws: Sequence[Raw]) -> Iterator[ActivityFacts]:
    numbers = [raw["key"] for raw in raws]
    verdicts, findings = judged(connection, kind, numbers), findings_by_number(connection, kind, numbers)
    lanes, scans = _together(connection, kind, numbers), _evaluated(connection, kind, numbers)
    for raw in raws:
        number, lane = raw["key"], lanes.get(raw["key"])
        yield ActivityFacts(
            *(kind.value, number, raw["unit"], raw["at"], raw["body"].get("category")),
            *(tuple(raw["body"].get("officers") or ()), verdicts[number].result),
            required_s=lane and (lane["ended_at"] - lane["started_at"]).total_seconds(),
            covered_s=lane and lane["covered"].total_seconds(),
            flags=verdicts[number].flags,
            findings=tuple(findings.get(number, ())),
            scan=max(raw["since_scan"], lane["since_scan"] if lane else 0, scans.get(number, 0)),
        )


def _together(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> Mapping[str, Any]:
    names = ("number", "started_at", "ended_at", "covered", "since_scan")
    query = select(*(COVERAGE.c[name] for name in names)).where(
        current(COVERAGE), COVERAGE.c.kind == kind, COVERAGE.c.number.in_(numbers), COVERAGE.c.lane == TOGETHER
    )
    return {raw["number"]: raw for raw in read(connection, query)}


def _evaluated(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> dict[str, int]:
    query = select(EVALUATION.c.subject_key, EVALUATION.c.since_scan).where(
        current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.subject_key.in_(numbers)
    )
    return {row[0]: row[1] for row in connection.execute(query).all()}
