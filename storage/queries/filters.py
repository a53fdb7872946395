"""What a list can be narrowed by, and the conditions that several lists share."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, or_, select

from domain.activity import RECORD_KINDS, ActivityKind
from domain.errors import UsageError
from domain.finding import SubjectKind
from domain.link import LinkStatus
from domain.timespan import Span
from storage.codec import dumps
from storage.schema.tables import FILE, FINDING, FOOTAGE, LINK, RECORD
from storage.versions import current, viewed

OPTIONS: Mapping[str, str] = {"since": "from", "until": "to"}
"""Filters whose option on the command line has another name."""


class UnusableQuery(UsageError, ValueError):
    """A filter, cursor or name that this list cannot work with. The message says which, and what was expected."""


@dataclass(frozen=True, slots=True)
class Filters:
    """All that a list can be narrowed by; times are aware, ranges half-open, `unit` includes the units below.

    `scope` is no choice of the reader: codes of the units whose rows may be shown at all, None for every unit. Every
    list obeys it.
    """

    unit: str | None = None
    officer: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rule: str | None = None
    flag: str | None = None
    status: str | None = None
    incident: str | None = None
    store: str | None = None
    file: str | None = None
    kind: str | None = None
    due: Span | None = None
    scope: tuple[str, ...] | None = None

    def given(self) -> tuple[str, ...]:
        """Names of the filters that are set."""
        return tuple(
            field.name for field in fields(self) if field.name != "scope" and getattr(self, field.name) is not None
        )


def refuse_unusable(name: str, offers: Iterable[str], filters: Filters) -> None:
    """Raises UnusableQuery for a filter the list has no answer to (never silently ignored) or that is no plain text."""
    offered = tuple(offers)
    for given in filters.given():
        if given not in offered:
            names = " ".join(f"--{OPTIONS.get(one, one)}" for one in offered) or "no filter"
            raise UnusableQuery(f"list {name}: expected {names}, got --{OPTIONS.get(given, given)}")
        value = getattr(filters, given)
        if isinstance(value, str) and not storable(value):
            raise UnusableQuery(f"list {name}: --{OPTIONS.get(given, given)}: expected plain text, got {value!r}")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise UnusableQuery(f"list {name}: --{OPTIONS.get(given, given)}: expected an aware time, got {value}")


def storable(text: str) -> bool:
    """Whether a database can hold the text at all: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def units_below(connection: Connection, unit: str) -> tuple[str, ...]:
    """The unit and every unit under it, as far as the register tells; a circle in the register ends where it began."""
    query = select(RECORD.c.key, RECORD.c.group_key).where(current(RECORD), RECORD.c.kind == "units")
    children: dict[str, list[str]] = {}
    for code, parent in connection.execute(query).all():
        if parent is not None:
            children.setdefault(parent, []).append(code)
    found, waiting = {unit}, [unit]
    while waiting:
        new = [code for code in children.get(waiting.pop(), ()) if code not in found]
        found.update(new)
        waiting += new
    return tuple(sorted(found))


def wanted_units(connection: Connection, filters: Filters) -> tuple[str, ...] | None:
    """Units whose rows are asked for and may be shown: unit with those below, inside the scope; None for every unit."""
    if filters.unit is None:
        return filters.scope
    asked = units_below(connection, filters.unit)
    return asked if filters.scope is None else tuple(sorted(set(asked) & set(filters.scope)))


def linked_files(number: str) -> Select[tuple[int]]:
    """Files linked to an activity."""
    of_activity = numbered(LINK.c.kind, LINK.c.number, number)
    return select(LINK.c.file_id).where(current(LINK), of_activity, LINK.c.status == LinkStatus.LINKED)


def numbered(kind: ColumnElement[str], column: ColumnElement[str], number: str) -> ColumnElement[bool]:
    """The activity of this number, whatever its kind: both are named, since the indexes begin with the kind."""
    return and_(kind.in_([one.value for one in ActivityKind]), column == number)


def footage_files(officer: str) -> Select[tuple[int]]:
    """Files that are an officer's footage: by the badge on them or by assignment of the camera."""
    return select(FOOTAGE.c.file_id).where(current(FOOTAGE), FOOTAGE.c.party == f"badge:{officer}")


def of_units(kind: ColumnElement[str], number: ColumnElement[str], units: Iterable[str]) -> ColumnElement[bool]:
    """The activity (kind, number) belongs to one of the units."""
    codes = list(units)
    ways = []
    for activity, record_kind in RECORD_KINDS.items():
        mine = (current(RECORD), RECORD.c.kind == record_kind, RECORD.c.unit.in_(codes))
        ways.append(and_(kind == activity, is_among(number, RECORD.c.key, select(RECORD.c.key).where(*mine))))
    return or_(*ways)


def is_among(value: ColumnElement[Any], column: ColumnElement[Any], query: Select[Any]) -> ColumnElement[bool]:
    """The value is one of those that a query of one column gives.

    Asked row by row where indexes answer; all at once where the past is looked at, which has none.
    """
    return value.in_(query) if viewed() is not None else query.where(column == value).correlate(value.table).exists()


def mentioning(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """The JSON text holds the word: a coarse condition that spares decoding, the caller looks exactly.

    What an earlier program wrote has other letters than ASCII as escapes.
    """
    spellings = sorted({json.dumps(word)[1:-1], dumps(word)[1:-1]})
    return or_(*(cast(column, Text).contains(one, autoescape=True) for one in spellings))


def finding_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """`--rule` and `--flag` as conditions on findings."""
    wanted = []
    if filters.rule is not None:
        wanted.append(FINDING.c.rule == filters.rule)
    if filters.flag is not None:
        wanted.append(FINDING.c.flag == filters.flag)
    return wanted


def with_findings(kind: SubjectKind, subject_key: ColumnElement[str], filters: Filters) -> list[ColumnElement[bool]]:
    """The subject has a current finding of the wanted rule and flag; no condition when neither is asked for."""
    wanted = finding_conditions(filters)
    if not wanted:
        return []
    having = select(FINDING.c.subject_key).where(current(FINDING), FINDING.c.kind == kind, *wanted)
    return [is_among(subject_key, FINDING.c.subject_key, having)]


def activity_with_findings(
    kind: ActivityKind, number: ColumnElement[str], filters: Filters
) -> list[ColumnElement[bool]]:
    """As `with_findings`, but findings on clips linked to the activity count as well."""
    wanted = finding_conditions(filters)
    if not wanted:
        return []
    joined = LINK.join(FILE, FILE.c.id == LINK.c.file_id).join(
        FINDING, and_(current(FINDING), FINDING.c.kind == SubjectKind.CLIP, FINDING.c.subject_key == FILE.c.anchor)
    )
    through = (
        select(LINK.c.number)
        .select_from(joined)
        .where(current(LINK), LINK.c.kind == kind, LINK.c.status == LinkStatus.LINKED, *wanted)
    )
    return [or_(*with_findings(SubjectKind(kind.value), number, filters), is_among(number, LINK.c.number, through))]


def clips_with_findings(filters: Filters, *columns: ColumnElement[Any]) -> Select[Any]:
    """Columns of FINDING and FILE for every clip with a current finding of the wanted rule and flag."""
    joined = FINDING.join(FILE, FINDING.c.subject_key == FILE.c.anchor)
    mine = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, *finding_conditions(filters))
    return select(*columns).select_from(joined).where(*mine)


def units_known(connection: Connection, code: str) -> bool:
    """Whether the register of units has this code."""
    found = select(RECORD.c.id).where(current(RECORD), RECORD.c.kind == "units", RECORD.c.key == code)
    return connection.execute(found.limit(1)).first() is not None
