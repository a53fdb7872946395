"""Populations of inspection samples: the activities under some conditions, their strata, and what was said of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from domain.activity import RECORD_KINDS, ActivityKind
from domain.finding import FindingStatus, Flag, SubjectKind
from domain.inspection import Choice, SelfCheck, Stratify, self_check_of
from domain.link import LinkStatus
from domain.sampling import Member
from storage.queries.activities import judged
from storage.queries.filters import Filters, UnusableQuery, wanted_units
from storage.queries.raws import Raw, read
from storage.schema.tables import EVALUATION, FILE, FINDING, LINK, RECORD
from storage.versions import chunks, current

MOST_MEMBERS = 200_000
"""They are kept with the sample, so that anybody can draw again."""
FINDING_FIELDS = ("key", "rule", "flag", "severity", "status", "decision", "kind", "subject", "officer", "evidence")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions of a population. `scope`: codes of the units that may be taken from, None for every unit."""

    kind: ActivityKind
    since: datetime
    until: datetime
    unit: str | None = None
    scope: tuple[str, ...] | None = None
    choice: Choice = Choice.ALL
    by: Stratify = Stratify.NONE


def taken_units(connection: Connection, wanted: Wanted) -> tuple[str, ...] | None:
    """Codes of the units that the population comes from, None for every unit."""
    return wanted_units(connection, Filters(unit=wanted.unit, scope=wanted.scope))


def members_of(connection: Connection, wanted: Wanted) -> list[Member]:
    """The activities under the conditions, each once, in order of number. Raises UnusableQuery for too many."""
    columns: list[ColumnElement[Any]] = [RECORD.c.key, RECORD.c.unit, EVALUATION.c.result]
    if wanted.by is Stratify.OFFICER:
        columns.append(RECORD.c.body["officers"].label("officers"))
    verdict = and_(current(EVALUATION), EVALUATION.c.kind == wanted.kind, EVALUATION.c.subject_key == RECORD.c.key)
    query = select(*columns).select_from(RECORD.outerjoin(EVALUATION, verdict)).where(*_conditions(connection, wanted))
    raws = read(connection, query.order_by(RECORD.c.key, RECORD.c.feed).limit(MOST_MEMBERS + 1))
    if len(raws) > MOST_MEMBERS:
        raise UnusableQuery(
            f"抽样总体超过 {MOST_MEMBERS} 起，请缩小期间或单位 / population: expected at most {MOST_MEMBERS} "
            "activities; choose a shorter period or a unit"
        )
    once = {raw["key"]: raw for raw in reversed(raws)}  # a number that two feeds delivered is one activity
    flags = _worst_flags(connection, wanted.kind, once) if wanted.by is Stratify.FLAG else {}
    return [Member(key, _stratum(wanted.by, raw, flags)) for key, raw in sorted(once.items())]


def _conditions(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        *(current(RECORD), RECORD.c.kind == RECORD_KINDS[wanted.kind]),
        *(RECORD.c.at >= wanted.since, RECORD.c.at < wanted.until),
    ]
    if (units := taken_units(connection, wanted)) is not None:
        found.append(RECORD.c.unit.in_(units))
    if wanted.choice in (Choice.COMPLIANT, Choice.NONCOMPLIANT):
        found.append(EVALUATION.c.result == wanted.choice.value)
    if wanted.choice in (Choice.DISMISSED, Choice.EXPLAINED):
        found.append(_with_status(wanted.kind, FindingStatus(wanted.choice.value)))
    return found


def _with_status(kind: ActivityKind, status: FindingStatus) -> ColumnElement[bool]:
    """The activity, or a clip linked to it, has a standing finding of this state."""
    own = select(FINDING.c.subject_key).where(current(FINDING), FINDING.c.kind == kind, FINDING.c.status == status)
    through = select(LINK.c.number).select_from(_through()).where(_linked(kind), FINDING.c.status == status)
    return or_(RECORD.c.key.in_(own), RECORD.c.key.in_(through))


def _through() -> Any:
    on_clip = and_(current(FINDING), FINDING.c.kind == SubjectKind.CLIP, FINDING.c.subject_key == FILE.c.anchor)
    return LINK.join(FILE, FILE.c.id == LINK.c.file_id).join(FINDING, on_clip)


def _linked(kind: ActivityKind) -> ColumnElement[bool]:
    return and_(current(LINK), LINK.c.kind == kind, LINK.c.status == LinkStatus.LINKED)


def _stratum(by: Stratify, raw: Raw, flags: Mapping[str, str]) -> str:
    """Name of the stratum; "" for what has none of its kind."""
    if by is Stratify.OFFICER:
        return str(next(iter(raw["officers"] or ()), ""))
    if by is Stratify.FLAG:
        return flags.get(raw["key"], "")
    return str(raw[by.value] or "") if by in (Stratify.UNIT, Stratify.RESULT) else ""


def _worst_flags(connection: Connection, kind: ActivityKind, numbers: Iterable[str]) -> dict[str, str]:
    verdicts = judged(connection, kind, numbers)
    order = [flag.value for flag in Flag]
    return {number: min(one.flags, key=order.index) for number, one in verdicts.items() if one.flags}


def findings_by_number(connection: Connection, kind: ActivityKind, numbers: Iterable[str]) -> dict[str, list[Raw]]:
    """The standing findings on activities and on the clips linked to them, in order of key."""
    columns = [FINDING.c[name] for name in FINDING_FIELDS]
    found: dict[str, dict[str, Raw]] = {}
    for part in chunks(numbers):
        own = select(FINDING.c.subject_key.label("number"), *columns).where(
            current(FINDING), FINDING.c.kind == kind, FINDING.c.subject_key.in_(part)
        )
        through = select(LINK.c.number, *columns).select_from(_through()).where(_linked(kind), LINK.c.number.in_(part))
        for raw in (*read(connection, own), *read(connection, through)):
            found.setdefault(raw["number"], {})[raw["key"]] = raw
    return {number: [raws[key] for key in sorted(raws)] for number, raws in found.items()}


def said_of(connection: Connection, kind: ActivityKind, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What program and self-check say of activities now, as JSON kinds: this is frozen with a sample."""
    verdicts, findings = judged(connection, kind, numbers), findings_by_number(connection, kind, numbers)
    said = {}
    for part in chunks(numbers):
        query = select(RECORD.c.key, RECORD.c.unit, RECORD.c.at, RECORD.c.body).where(
            current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key.in_(part)
        )
        for raw in read(connection, query):
            standing = findings.get(raw["key"], [])
            said[raw["key"]] = {
                "unit": raw["unit"],
                "at": raw["at"] and raw["at"].isoformat(),
                "category": raw["body"].get("category"),
                "officers": list(raw["body"].get("officers") or ()),
                **asdict(verdicts[raw["key"]]),
                "self_check": self_check_of(one["status"] for one in standing).value,
                "findings": [{name: one[name] for name in FINDING_FIELDS} for one in standing],
            }
    return said


def self_check_frozen(frozen: Mapping[str, Any]) -> SelfCheck:
    """What the self-check had made of an activity when it was drawn."""
    return SelfCheck(frozen["self_check"])
