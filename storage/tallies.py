"""Counts of a day and a unit: what is counted, and where.

What changed is queued as marks of the step "tally": `activity:<kind>:<number>`, or `all`; `storage.recounting` takes
them off. A day is one of the zone of the reports; an activity is on the day of its record's time, in the unit that its
record names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from domain.activity import RECORD_KINDS
from domain.finding import FindingStatus, SubjectKind
from domain.link import LinkStatus
from storage.among import among
from storage.bulk import add_rows
from storage.schema.tables import COVERAGE, DAY_RULE, DAY_TALLY, EVALUATION, FILE, FINDING, LINK, RECORD, SCAN
from storage.types import MICROSECOND
from storage.versions import chunks, current, ended
from storage.work import Mark, mark, newest

STEP, ALL = "tally", "all"
RESULTS = ("compliant", "noncompliant", "unknown", "pending", "notapplicable", "unjudged")
STAGES = ("known", "in_scope", "due", "looked", "linked", "covered", "standard", "reviewed")
TOGETHER = "all"
Place = tuple[str, str, str]
"""Kind, unit and day."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding on an activity or on a clip linked to it. `decided_at`: when its state was last decided on, if told."""

    key: str
    rule: str
    flag: str
    status: str
    decided_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.status == FindingStatus.OPEN


@dataclass(slots=True)
class Counted:
    """One activity with everything that is counted of it. `scan`: the one that established the latest of it."""

    place: Place
    result: str = "unjudged"
    linked: bool = False
    required_us: int = 0
    covered_us: int = 0
    findings: dict[str, Found] = field(default_factory=dict)
    scan: int = 0

    def stages(self) -> Iterator[tuple[str, bool]]:
        """How far down the waterfall it comes; each stage is counted among those that passed the one before.

        `reviewed` is counted among the due ones: those of which no question is open.
        """
        in_scope = self.result != "notapplicable"
        due = in_scope and self.result not in ("pending", "unjudged")
        looked = due and (self.result != "unknown" or self.linked)
        linked = looked and self.linked
        decided = linked and self.result != "unknown"  # what cannot be decided is not on record whole, nor the opposite
        covered = decided and all(one.flag == "nonstandard" for one in self.findings.values())
        yield from (("known", True), ("in_scope", in_scope), ("due", due), ("looked", looked), ("linked", linked))
        yield from (("covered", covered), ("standard", covered and not self.findings))
        yield "reviewed", due and not any(one.open for one in self.findings.values())


def mark_activities(connection: Connection, kind: str, numbers: Iterable[str]) -> None:
    """Their days are to be counted again."""
    if kind in RECORD_KINDS:
        mark(connection, STEP, [Mark(f"activity:{kind}:{number}") for number in numbers])


def mark_clips(connection: Connection, anchors: Sequence[str]) -> None:
    """Clips' findings count for the activities that they are linked to."""
    for part in chunks(anchors):
        joined = FILE.join(LINK, (LINK.c.file_id == FILE.c.id) & current(LINK))
        query = select(LINK.c.kind, LINK.c.number).select_from(joined).where(among(FILE.c.anchor, part)).distinct()
        numbers: dict[str, list[str]] = {}
        for kind, number in connection.execute(query).all():
            numbers.setdefault(kind, []).append(number)
        for kind, some in numbers.items():
            mark_activities(connection, kind, some)


def mark_findings(connection: Connection, keys: Iterable[str]) -> None:
    """A review changed what these findings are: the days of what they are about are to be counted again."""
    for part in chunks(keys):
        query = select(FINDING.c.kind, FINDING.c.subject_key).where(current(FINDING), among(FINDING.c.key, part))
        for kind, subject_key in connection.execute(query.distinct()).all():
            if kind == SubjectKind.CLIP:
                mark_clips(connection, [subject_key])
            else:
                mark_activities(connection, kind, [subject_key])


@dataclass(frozen=True, slots=True)
class Freshness:
    """The scan that counted last ended `counted_at` (None: none has yet); `waiting`: something has changed since."""

    counted_at: datetime | None
    waiting: bool


def freshness(connection: Connection) -> Freshness:
    """As of when the counts are."""
    last = select(SCAN.c.finished_at).where(SCAN.c.state == "complete").order_by(SCAN.c.id.desc()).limit(1)
    return Freshness(connection.execute(last).scalar(), newest(connection, STEP) > 0)


def counted_none(connection: Connection, kind: str, rule: str | None, flag: str | None) -> bool:
    """Whether it is sure that no activity of a kind has such a finding, of its own or by a clip. Unsure (False) while
    anything is still to be counted.
    """
    mine = [DAY_RULE.c.kind == kind, DAY_RULE.c.found > 0]
    mine += [DAY_RULE.c.rule == rule] if rule is not None else []
    mine += [DAY_RULE.c.flag == flag] if flag is not None else []
    if connection.execute(select(DAY_RULE.c.id).where(*mine).limit(1)).first() is not None:
        return False
    counted = connection.execute(select(DAY_TALLY.c.id).where(DAY_TALLY.c.kind == kind).limit(1)).first()
    return counted is not None and newest(connection, STEP) == 0


def rebuild(connection: Connection, zone: ZoneInfo) -> int:
    """Count everything from nothing; returns how many days of units that are."""
    return sum(rebuild_unit(connection, kind, unit, zone) for kind, unit in units_counted(connection))


def units_counted(connection: Connection) -> list[tuple[str, str]]:
    """(kind, unit) of all activities that are known, and of those that were counted once; '' is no unit."""
    counted = connection.execute(select(DAY_TALLY.c.kind, DAY_TALLY.c.unit).distinct()).all()
    found = {(kind, unit) for kind, unit in counted}
    for kind, feed_kind in RECORD_KINDS.items():
        query = select(RECORD.c.unit).where(current(RECORD), RECORD.c.kind == feed_kind).distinct()
        found |= {(kind, unit or "") for unit in connection.execute(query).scalars()}
    return sorted(found)


def rebuild_unit(connection: Connection, kind: str, unit: str, zone: ZoneInfo) -> int:
    """Count one unit's activities of one kind from nothing; returns how many days that are."""
    for table in (DAY_TALLY, DAY_RULE):
        connection.execute(delete(table).where(table.c.kind == kind, table.c.unit == unit))
    return _write(connection, counted(connection, kind, _of_unit(unit), zone).values())


def count_places(connection: Connection, places: Iterable[Place], zone: ZoneInfo) -> None:
    """Count some days of units again."""
    for where in sorted(places):
        kind, unit, day = where
        for table in (DAY_TALLY, DAY_RULE):
            mine = (table.c.kind == kind) & (table.c.unit == unit) & (table.c.day == day)
            connection.execute(delete(table).where(mine))
        _write(connection, _of_place(connection, where, zone).values())


def places_of(connection: Connection, kind: str, numbers: Sequence[str], zone: ZoneInfo) -> dict[str, set[Place]]:
    """Where activities are counted now, and where an earlier version of their record had them; {} for unknown ones."""
    found: dict[str, set[Place]] = {}
    for part in chunks(numbers):
        mine = (RECORD.c.kind == RECORD_KINDS[kind]) & among(RECORD.c.key, part)
        for versions in (current(RECORD), ended(RECORD)):  # each has its index, both together none
            query = select(RECORD.c.key, RECORD.c.unit, RECORD.c.at).where(versions, mine)
            for number, unit, at in connection.execute(query).all():
                found.setdefault(number, set()).add(place(kind, unit, at, zone))
    return found


def monday(day: str) -> str:
    """First day of a day's week, both YYYY-MM-DD; '' for no day."""
    if day == "":
        return ""
    found = date.fromisoformat(day)
    return (found - timedelta(days=found.weekday())).isoformat()


def place(kind: str, unit: str | None, at: datetime | None, zone: ZoneInfo) -> Place:
    """Where an activity is counted."""
    return kind, unit or "", "" if at is None else at.astimezone(zone).date().isoformat()


def _of_place(connection: Connection, where: Place, zone: ZoneInfo) -> dict[str, Counted]:
    kind, unit, day = where
    mine = _of_unit(unit)
    if day == "":
        return counted(connection, kind, mine & RECORD.c.at.is_(None), zone)
    begin = datetime.combine(datetime.fromisoformat(day).date(), time(), zone)
    end = datetime.combine(begin.date() + timedelta(days=1), time(), zone)
    return counted(connection, kind, mine & (RECORD.c.at >= begin) & (RECORD.c.at < end), zone)


def _of_unit(unit: str) -> ColumnElement[bool]:
    return RECORD.c.unit.is_(None) if unit == "" else RECORD.c.unit == unit


def counted(connection: Connection, kind: str, mine: ColumnElement[bool], zone: ZoneInfo) -> dict[str, Counted]:
    """Activities of one kind under a condition on their records, by number, as they are counted in the view."""
    query = select(RECORD.c.key, RECORD.c.unit, RECORD.c.at, RECORD.c.since_scan).where(
        current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], mine
    )
    found: dict[str, Counted] = {}
    for key, unit, at, scan in connection.execute(query.order_by(RECORD.c.feed.desc())).all():
        found[key] = Counted(place(kind, unit, at, zone), scan=scan)
    for part in chunks(found):
        _read_verdicts(connection, kind, part, found)
        _read_links(connection, kind, part, found)
        _read_findings(connection, kind, part, found)
    return found


def _read_verdicts(connection: Connection, kind: str, part: Sequence[str], found: dict[str, Counted]) -> None:
    query = select(EVALUATION.c.subject_key, EVALUATION.c.result, EVALUATION.c.since_scan).where(
        current(EVALUATION), EVALUATION.c.kind == kind, among(EVALUATION.c.subject_key, part)
    )
    for key, result, scan in connection.execute(query).all():
        found[key].result = result if result in RESULTS else "unjudged"
        found[key].scan = max(found[key].scan, scan)
    names = ("number", "started_at", "ended_at", "covered", "since_scan")
    spans = select(*(COVERAGE.c[name] for name in names)).where(
        current(COVERAGE),
        COVERAGE.c.kind == kind,
        among(COVERAGE.c.number, part),
        COVERAGE.c.lane == TOGETHER,
    )
    for number, start, end, covered, scan in connection.execute(spans).all():
        found[number].required_us = (end - start) // MICROSECOND
        found[number].covered_us = covered // MICROSECOND
        found[number].scan = max(found[number].scan, scan)


def _read_links(connection: Connection, kind: str, part: Sequence[str], found: dict[str, Counted]) -> None:
    made = (
        LINK.c.kind == kind,
        among(LINK.c.number, part),
        func.coalesce(LINK.c.status, "") == LinkStatus.LINKED,
    )
    query = select(LINK.c.number, func.max(LINK.c.since_scan)).where(current(LINK), *made).group_by(LINK.c.number)
    for number, scan in connection.execute(query).all():
        found[number].linked = True
        found[number].scan = max(found[number].scan, scan)


def _read_findings(connection: Connection, kind: str, part: Sequence[str], found: dict[str, Counted]) -> None:
    columns = (FINDING.c.key, FINDING.c.rule, FINDING.c.flag, FINDING.c.status, FINDING.c.since_scan)
    own = select(FINDING.c.subject_key, *columns).where(
        current(FINDING), FINDING.c.kind == kind, among(FINDING.c.subject_key, part)
    )
    on_clip = current(FINDING) & (FINDING.c.kind == SubjectKind.CLIP) & (FINDING.c.subject_key == FILE.c.anchor)
    made = (
        LINK.c.kind == kind,
        among(LINK.c.number, part),
        func.coalesce(LINK.c.status, "") == LinkStatus.LINKED,
    )
    through = (
        select(LINK.c.number, *columns)
        .select_from(LINK.join(FILE, FILE.c.id == LINK.c.file_id).join(FINDING, on_clip))
        .where(current(LINK), *made)
    )
    for query in (own, through):
        for number, key, rule, flag, status, scan in connection.execute(query).all():
            found[number].findings[key] = Found(key, rule, flag, status)
            found[number].scan = max(found[number].scan, scan)


def _write(connection: Connection, activities: Iterable[Counted]) -> int:
    tallies: dict[Place, dict[str, int]] = {}
    rules: dict[tuple[Place, str, str], list[int]] = {}
    for one in activities:
        row = tallies.setdefault(one.place, dict.fromkeys((*STAGES, *RESULTS, "required_us", "covered_us"), 0))
        stages = dict(one.stages())
        for stage, reached in stages.items():
            row[stage] += reached
        row[one.result] += 1
        if stages["due"]:
            row["required_us"] += one.required_us
            row["covered_us"] += one.covered_us
        for found in one.findings.values():
            numbers = rules.setdefault((one.place, found.rule, found.flag), [0, 0])
            numbers[0] += 1
            numbers[1] += found.open
    names = ("kind", "unit", "day")
    if tallies:
        connection.execute(
            insert(DAY_TALLY), [{**dict(zip(names, at, strict=True)), **row} for at, row in tallies.items()]
        )
    if rules:
        told = [
            {
                **dict(zip(names, at, strict=True)),
                "week": monday(at[2]),
                "rule": rule,
                "flag": flag,
                "found": n[0],
                "open": n[1],
            }
            for (at, rule, flag), n in rules.items()
        ]
        add_rows(connection, DAY_RULE, told)
    return len(tallies)
