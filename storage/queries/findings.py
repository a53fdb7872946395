"""The list of findings: the open questions in order of subject, and on request the ones a scan has closed."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, case, exists, func, literal_column, or_, select

from domain.finding import FindingStatus, Severity, SubjectKind
from domain.review import Decision
from storage.queries.filters import Filters, finding_conditions, footage_files, linked_files, wanted_units
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw, read_first
from storage.queries.ways import Way
from storage.schema.tables import FILE, FINDING, WINDOW
from storage.versions import current, ended, ended_by, known, viewed

COLUMNS = (
    *("id", "rule", "flag", "severity", "result", "status", "kind", "subject", "officer", "unit", "from", "to"),
    *("measured", "evidence", "first_seen_at", "last_seen_at", "due_at", "decision", "reviews"),
)
ACTIVITIES = (SubjectKind.INCIDENT, SubjectKind.SESSION)
IS_OPEN = FINDING.c.status == literal_column(f"'{FindingStatus.OPEN.value}'")
"""Letter by letter as the indexes of open findings state it."""
UNRESOLVED, AWAITING = "unresolved", "awaiting"
"""Words of `status` besides the states: whatever still holds (the default), explained but not yet accepted."""
GRAVEST_FIRST = (Severity.FAIL, Severity.WARN, Severity.INFO)
URGENCY = case({severity.value: rank for rank, severity in enumerate(GRAVEST_FIRST)}, value=FINDING.c.severity)


def awaiting() -> ColumnElement[bool]:
    """Explained by a person, neither accepted nor returned; an approved note of a feed waits for nobody."""
    return and_(FINDING.c.status == FindingStatus.EXPLAINED, FINDING.c.decision == Decision.EXPLAIN)


def closed() -> list[ColumnElement[bool]]:
    """The last version of every finding that no longer holds."""
    newer = FINDING.alias()
    if viewed() is None:
        later = select(newer.c.id).where(newer.c.key == FINDING.c.key, or_(current(newer), newer.c.id > FINDING.c.id))
        return [ended(FINDING), ~exists(later)]
    last = select(func.max(newer.c.id)).where(ended(newer)).group_by(newer.c.key)
    standing = exists(select(newer.c.id).where(current(newer), newer.c.key == FINDING.c.key))
    return [ended(FINDING), FINDING.c.id.in_(last), ~standing]


def _source(connection: Connection, filters: Filters) -> Select[Any]:
    return select(FINDING).where(*_wanted(connection, filters))


def _wanted(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.status == FindingStatus.RESOLVED:
        wanted += closed()
    elif filters.status == AWAITING:
        wanted += [current(FINDING), awaiting()]
    elif filters.status == FindingStatus.OPEN:
        wanted += [current(FINDING), IS_OPEN]
    elif filters.status not in (None, UNRESOLVED):
        wanted += [current(FINDING), FINDING.c.status == filters.status]
    else:
        wanted += [current(FINDING), FINDING.c.status != FindingStatus.RESOLVED]
    return [*wanted, *finding_conditions(filters), *_conditions(connection, filters)]


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if (units := wanted_units(connection, filters)) is not None:
        wanted.append(FINDING.c.unit.in_(units))
    if filters.officer is not None:
        wanted.append(concerning(filters.officer))
    if filters.incident is not None:
        wanted.append(about_activity(filters.incident))
    # What has no time of its own (a store, a feed) is found by when it was first seen.
    if filters.since is not None:
        end = func.coalesce(FINDING.c.ended_at, FINDING.c.started_at, FINDING.c.first_seen_at)
        wanted.append(end >= filters.since)
    if filters.until is not None:
        wanted.append(func.coalesce(FINDING.c.started_at, FINDING.c.first_seen_at) < filters.until)
    if filters.due is not None:
        wanted += [FINDING.c.due_at >= filters.due.start, FINDING.c.due_at < filters.due.end]
    return wanted


def concerning(officer: str) -> ColumnElement[bool]:
    """Findings that name the officer, and those that name nobody but are about the officer's activity or footage."""
    attended = select(WINDOW.c.number).where(current(WINDOW), WINDOW.c.party == f"badge:{officer}")
    anchors = select(FILE.c.anchor).where(FILE.c.id.in_(footage_files(officer)))
    theirs = or_(
        and_(FINDING.c.kind.in_(ACTIVITIES), FINDING.c.subject_key.in_(attended)),
        and_(FINDING.c.kind == SubjectKind.CLIP, FINDING.c.subject_key.in_(anchors)),
    )
    return or_(FINDING.c.officer == officer, and_(FINDING.c.officer.is_(None), theirs))


def about_activity(number: str) -> ColumnElement[bool]:
    """Findings on the activity and on the clips linked to it."""
    anchors = select(FILE.c.anchor).where(FILE.c.id.in_(linked_files(number)))
    return or_(
        and_(FINDING.c.kind.in_(ACTIVITIES), FINDING.c.subject_key == number),
        and_(FINDING.c.kind == SubjectKind.CLIP, FINDING.c.subject_key.in_(anchors)),
    )


def _dress(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [[finding_fields(raw)] for raw in raws]


def finding_fields(raw: Raw) -> Row:
    """One row of the list; a version that ended is resolved, whatever it said while it stood."""
    status = raw["status"] if ended_by(raw) is None else FindingStatus.RESOLVED.value
    values = (
        *(raw["key"], raw["rule"], raw["flag"], raw["severity"], raw["result"], status, raw["kind"], raw["subject"]),
        *(raw["officer"], raw["unit"], raw["started_at"], raw["ended_at"], raw["measured"], raw["evidence"]),
        *(raw["first_seen_at"], raw["last_seen_at"], raw["due_at"], raw["decision"], raw["reviews"]),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _walk(connection: Connection, filters: Filters) -> Way | None:
    """In order of subject, from an index that holds all that is asked for; closed ones in order of key."""
    if filters.incident is not None:
        return None
    wanted = _wanted(connection, filters)
    if filters.status == FindingStatus.RESOLVED:
        return Way("closed", FINDING.c.id, (select(FINDING.c.key, FINDING.c.id).where(*wanted),))
    order = (FINDING.c.kind, FINDING.c.subject, FINDING.c.key, FINDING.c.id)
    return Way("subject", FINDING.c.id, (select(*order).where(*wanted),))


def _by_due(connection: Connection, filters: Filters) -> Way | None:
    """The gravest first, of these the ones that are due first: an index for each severity."""
    if filters.incident is not None or filters.status == FindingStatus.RESOLVED:
        return None
    wanted = _wanted(connection, filters)
    order = (FINDING.c.due_at, FINDING.c.key, FINDING.c.id)
    return Way(
        "due",
        FINDING.c.id,
        tuple(
            select(literal_column(str(rank), Integer), *order).where(FINDING.c.severity == severity, *wanted)
            for rank, severity in enumerate(GRAVEST_FIRST)
        ),
    )


OFFERS = ("unit", "officer", "since", "until", "rule", "flag", "status", "incident", "due")

FINDINGS = ListQuery(
    "findings", COLUMNS, (FINDING.c.kind, FINDING.c.subject, FINDING.c.key), _source, _dress, OFFERS, ways=_walk
)
FINDINGS_BY_DUE = ListQuery(
    "findings", COLUMNS, (URGENCY, FINDING.c.due_at, FINDING.c.key), _source, _dress, OFFERS, ways=_by_due
)
"""The same list, the gravest and most urgent first. Its cursors are not those of the other order."""
ORDERS: Mapping[str, ListQuery] = MappingProxyType({"subject": FINDINGS, "due": FINDINGS_BY_DUE})
"""Orders of the list by the word of `sort`; the first is what one gets unasked."""


def finding_of(connection: Connection, key: str) -> Raw | None:
    """The standing version of a finding, else the last one that stood; None when there is no such id."""
    query = select(FINDING).where(known(FINDING), FINDING.c.key == key)
    return read_first(connection, query.order_by(current(FINDING).desc(), FINDING.c.id.desc()).limit(1))
