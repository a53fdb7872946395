"""The history of a finding, an incident or a session: each change in its scan, and what it followed from.

Nothing is kept for this: causes are the versions of other facts about the same subject that the same scan made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from domain.activity import ActivityKind
from domain.finding import SubjectKind
from domain.history import ChangeCause, ChangeKind
from domain.link import LinkStatus
from domain.vocabulary import CHANGE_CAUSES
from storage.queries.explain import find_finding
from storage.queries.explain_activity import TITLES, activity_known
from storage.queries.explanation import ExplainSection, Explanation, bounded, table
from storage.queries.filters import storable
from storage.queries.history_causes import Cause, causes_of
from storage.queries.history_subject import subject_of
from storage.queries.raws import Raw
from storage.queries.shapes import file_places, place_names, seconds
from storage.queries.successions import Step, differences, steps, successions, versions
from storage.queries.words import worded
from storage.schema.tables import COVERAGE, EVALUATION, FINDING, LINK, SCAN
from storage.versions import happened

MOST_CAUSES = 200
CHANGE_COLUMNS = ("scan", "scanned_at", "item", "change", "field", "before", "after", "causes")
CAUSE_COLUMNS = ("scan", "scanned_at", "cause", "item", "field", "before", "after")
STATED = ("severity", "result", "status", "officer", "started_at", "ended_at", "rule_version")
LENGTHS = ("covered", "late", "early")
LINKED = ("status", "basis", "score", "officer", "method")
OF_LINKS = frozenset((ChangeCause.LINK_MADE, ChangeCause.LINK_CHANGED, ChangeCause.LINK_GONE))
KINDS = {
    "finding": (ChangeKind.FOUND, ChangeKind.REOPENED, ChangeKind.CLOSED),
    "other": (ChangeKind.MADE, ChangeKind.MADE_AGAIN, ChangeKind.GONE),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One conclusion that came, changed or went; `link`: itself a link, which is not its own cause."""

    scan: int
    item: str
    kind: ChangeKind
    fields: Sequence[tuple[str | None, Any, Any]]
    link: bool = False


@dataclass(frozen=True, slots=True)
class Scans:
    """When scans began, and which of them finished: what a killed one had begun to change, the next concluded from."""

    began: dict[int, Any]
    complete: tuple[int, ...]

    @classmethod
    def load(cls, connection: Connection) -> "Scans":
        query = select(SCAN.c.id, SCAN.c.state, SCAN.c.started_at).where(happened(SCAN.c.id)).order_by(SCAN.c.id)
        rows = connection.execute(query).all()
        return cls({row.id: row.started_at for row in rows}, tuple(r.id for r in rows if r.state == "complete"))

    def before(self, scan: int) -> int:
        """The last scan before this one that had finished, 0 when none had."""
        return max((number for number in self.complete if number < scan), default=0)


def history(connection: Connection, thing: str) -> Explanation | None:
    """The history of a finding (by id or the beginning of it) or of an activity; None when there is no such thing.

    Raises UnusableQuery when the beginning of an id fits several findings.
    """
    thing = thing.strip()
    if not thing or not storable(thing):
        return None
    for kind in ActivityKind:
        if activity_known(connection, kind, thing):
            return _activity(connection, kind, thing)
    found = find_finding(connection, thing)
    if not found:
        return None
    newest = max(found, key=lambda row: row["id"])
    subject = subject_of(connection, SubjectKind(newest["kind"]), newest["subject_key"])
    title = f"问题历史 / History of finding {newest['key']} · {newest['rule']} · {newest['subject']}"
    return Explanation(title, _sections(connection, list(_of_findings(found)), causes_of(connection, subject)))


def _activity(connection: Connection, kind: ActivityKind, number: str) -> Explanation:
    changes = [
        *_of_verdicts(versions(connection, EVALUATION, EVALUATION.c.kind == kind, EVALUATION.c.subject_key == number)),
        *_of_coverage(versions(connection, COVERAGE, COVERAGE.c.kind == kind, COVERAGE.c.number == number)),
        *_of_links(connection, versions(connection, LINK, LINK.c.kind == kind, LINK.c.number == number)),
        *_of_findings(versions(connection, FINDING, FINDING.c.kind == kind, FINDING.c.subject_key == number)),
    ]
    causes = causes_of(connection, subject_of(connection, SubjectKind(kind.value), number))
    return Explanation(f"历史 / History · {TITLES[kind]} {number}", _sections(connection, changes, causes))


def _kind(step: Step, words: str = "other") -> ChangeKind:
    came, again, went = KINDS[words]
    if step.before is None:
        return again if step.again else came
    return went if step.after is None else ChangeKind.CHANGED


def _of_findings(rows: Iterable[Raw]) -> Iterator[Change]:
    for step in successions(rows, "key"):
        item, kind = f"{step.row['rule']} {step.row['key']}", _kind(step, "finding")
        if step.before is not None and step.after is not None:
            told = differences(step.before, step.after, STATED)
            old, new = step.before["measured"], step.after["measured"]
            told += [(f"measured {name}", *pair) for name, *pair in differences(old, new, sorted({*old, *new}))]
            told = told or differences(step.before, step.after, ("evidence", "subject", "unit"))
            yield Change(step.scan, item, kind, told)
        else:
            sides = [(row and row["severity"], row and row["measured"]) for row in (step.before, step.after)]
            yield Change(step.scan, item, kind, list(zip(("severity", "measured"), *sides, strict=True)))


def _of_verdicts(rows: Iterable[Raw]) -> Iterator[Change]:
    """The verdict on the whole, and the results of its rules that changed."""
    for step in steps(rows):
        old, new = (row["result"] if row else None for row in (step.before, step.after))
        fields: list[tuple[str | None, Any, Any]] = [("result", old, new)] if old != new else []
        if step.before is not None and step.after is not None:
            before, after = _results(step.before), _results(step.after)
            fields += differences(before, after, sorted({*before, *after}))
        if fields:
            yield Change(step.scan, "判定 verdict", _kind(step), fields)


def _results(row: Raw) -> dict[str, str]:
    """Results by rule and what the outcome is about."""
    return {
        " ".join(filter(None, (one["rule"], one.get("anchor") or one.get("officer")))): one["result"]
        for one in row["outcomes"]
    }


def _of_coverage(rows: Iterable[Raw]) -> Iterator[Change]:
    for step in successions(rows, "lane"):
        old, new = (_measured(row) for row in (step.before, step.after))
        if fields := _differing(old, new):
            yield Change(step.scan, f"记录情况 coverage {step.row['lane']}", _kind(step), fields)


def _differing(old: dict[str, Any], new: dict[str, Any]) -> Sequence[tuple[str | None, Any, Any]]:
    """Field by field what changed; of what came or went all together."""
    return differences(old, new, sorted({*old, *new})) if old and new else [(None, old or None, new or None)]


def _measured(row: Raw | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        **{f"{name}_s": seconds(row[name]) for name in LENGTHS},
        "from": row["started_at"],
        "to": row["ended_at"],
        "gaps": len(row["gaps"]),
    }


def _of_links(connection: Connection, rows: Sequence[Raw]) -> Iterator[Change]:
    """Links that were ever made or proposed; of mere candidates there is nothing to tell."""
    places = file_places(connection, (row["file_id"] for row in rows))
    for step in successions([row for row in rows if row["status"] != LinkStatus.REJECTED], "party", "file_id"):
        item = f"关联 link {place_names(places, [step.row['file_id']])[0]}"
        old, new = ({name: row[name] for name in LINKED} if row else {} for row in (step.before, step.after))
        if fields := _differing(old, new):
            yield Change(step.scan, item, _kind(step), fields, link=True)


def _sections(
    connection: Connection, changes: Sequence[Change], causes: Sequence[Cause]
) -> tuple[ExplainSection, ExplainSection]:
    scans = Scans.load(connection)
    ordered = sorted(changes, key=lambda change: change.scan)
    rows, told = [], set()
    for change in ordered:
        mine = _causes(scans, change, causes)
        told |= set(mine)
        words = _words(mine)
        for name, before, after in change.fields:
            key = (name or "").rpartition(" ")[2]
            sides = (worded(key, before), worded(key, after))
            rows.append((change.scan, scans.began.get(change.scan), change.item, change.kind, name, *sides, words))
    shown, note = bounded([_cause(scans, one) for one in causes if one in told], MOST_CAUSES)
    return (
        table(("变化及原因", "Changes and their causes"), CHANGE_COLUMNS, rows),
        table(("原因明细", "The causes in detail"), CAUSE_COLUMNS, shown, note),
    )


def _causes(scans: Scans, change: Change, causes: Sequence[Cause]) -> list[Cause]:
    """What changed in the same scan, or in killed ones before it that it went on from.

    A first verdict has everything for its cause, which would say nothing: it is said to be the first.
    """
    since = scans.before(change.scan)
    near = [one for one in causes if since < one.scan <= change.scan]
    if change.link:
        near = [one for one in near if one.cause not in OF_LINKS]
    first = [one for one in near if one.cause is ChangeCause.FIRST_JUDGED]
    return first or near or [Cause(change.scan, ChangeCause.NOT_TOLD, "")]


def _words(causes: Iterable[Cause]) -> list[str]:
    found = dict.fromkeys(one.cause for one in causes)
    return [f"{CHANGE_CAUSES[cause][0]} {cause.value}" for cause in found]


def _cause(scans: Scans, one: Cause) -> tuple[Any, ...]:
    name = one.field or ""
    sides = (worded(name, one.before), worded(name, one.after))
    return (one.scan, scans.began.get(one.scan), one.cause, one.item, one.field, *sides)
