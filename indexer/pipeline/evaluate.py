"""Judge every subject whose facts, rules or time limits changed, and keep what was concluded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from detectors import RULES, rule_of
from detectors.engine import Evaluation
from detectors.engine import evaluate as judge
from detectors.rule import Facts, IncidentFacts, SessionFacts, StoreFacts
from domain.activity import Incident, InterrogationSession
from domain.coverage import Coverage
from domain.finding import Finding, Flag, Result, SubjectKind, finding_key
from domain.timespan import Span
from indexer.pipeline.drain import drain
from indexer.pipeline.facts_activities import incident_facts, session_facts
from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.facts_clips import clip_facts, load_clips
from indexer.pipeline.facts_places import device_facts, feed_facts, store_facts
from indexer.pipeline.facts_unplayable import compared_with
from indexer.pipeline.isolate import isolated
from indexer.pipeline.plan import Scanning, fingerprint
from storage import activities, findings, work
from storage.findings import Judged, Verdict
from storage.schema.tables import CLIP, FILE, WINDOW
from storage.versions import chunks, current
from storage.work import Batch, Mark

BATCH = 400
ORDER = tuple(SubjectKind)
Subject = tuple[SubjectKind, str]
KINDS = frozenset(kind.value for kind in SubjectKind)
A = TypeVar("A", Incident, InterrogationSession)


@dataclass(frozen=True, slots=True)
class Case:
    """A subject with its stable key, its name in the queue, and how to gather its facts (None: it is gone)."""

    kind: SubjectKind
    key: str
    mark: Mark
    gather: Callable[[], Facts | None]


def evaluate(scan: Scanning) -> int:
    """Empty the queue of subjects; returns how many were judged."""
    judged = Judged(scan.number, scan.now, _rule_set(scan), _deadlines(scan))
    with scan.transaction() as connection:
        batch = work.take(connection, "evaluate", 10_000_000, work.newest(connection, "evaluate"))
        subjects = _subjects(connection, scan, batch.marks, judged.rule_set)
        # From here on the queue names subjects alone, so that a killed scan goes on where it stopped.
        work.clear(connection, batch.ids)
        work.mark(connection, "evaluate", [Mark(f"{kind.value}:{key}") for kind, key in subjects])
        if not subjects:
            return 0
        gathering = Gathering.begin(connection, scan)

    def each(connection: Connection, batch: Batch) -> None:
        gathering.connection = connection
        _judge_batch(gathering, [_parse(mark.subject) for mark in batch.marks], judged)

    drain(scan, "evaluate", BATCH, each)
    return len(subjects)


def _rule_set(scan: Scanning) -> str:
    rules = sorted(f"{rule.id}/{rule.version}" for rule in RULES)
    return fingerprint(rules, scan.plan.limits, scan.plan.exclusions)


def _deadlines(scan: Scanning) -> dict[str, datetime]:
    """Missing and incomplete: the same day; others: within the week (`review-pages.md`)."""
    zone = ZoneInfo(scan.plan.timezone)
    today = scan.now.astimezone(zone).date()
    day = datetime.combine(today + timedelta(days=1), time(), zone)
    week = datetime.combine(today + timedelta(days=7 - today.weekday()), time(), zone)
    return {Flag.MISSING: day, Flag.INCOMPLETE: day, Flag.NONSTANDARD: week}


def _parse(subject: str) -> Subject:
    kind, _, key = subject.partition(":")
    return SubjectKind(kind), key


def _subjects(connection: Connection, scan: Scanning, marks: Iterable[Mark], rule_set: str) -> list[Subject]:
    """Every subject that the marks name, directly or through what they touch, and those that are due again."""
    found: set[Subject] = set()
    for mark in set(marks):
        found |= set(_widened(connection, mark))
    anchors = []
    for kind, key in findings.due_for_review(connection, scan.now, rule_set):
        if kind == SubjectKind.CLIP:
            anchors.append(key)
        else:
            found.add((SubjectKind(kind), key))
    for part in chunks(anchors):
        ids = connection.execute(select(FILE.c.id).where(FILE.c.anchor.in_(part))).scalars()
        found |= {(SubjectKind.CLIP, str(file_id)) for file_id in ids}
    devices = {key for kind, key in found if kind is SubjectKind.DEVICE}
    found |= {(SubjectKind.CLIP, str(file_id)) for file_id in compared_with(connection, devices)}
    return sorted(found, key=lambda subject: (ORDER.index(subject[0]), subject[1]))


def _widened(connection: Connection, mark: Mark) -> Iterator[Subject]:
    """The subjects that a mark names, or touches."""
    kind, _, key = mark.subject.partition(":")
    if kind in KINDS:
        yield SubjectKind(kind), key
    elif kind == "activity":
        for of_kind, feed_kind, cls in ACTIVITIES:
            if activities.records_by_key(connection, feed_kind, cls, [key]):
                yield of_kind, key
    elif kind == "officer":
        for device in activities.devices_issued_to(connection, key):
            yield SubjectKind.DEVICE, device
        yield from _windows(connection, WINDOW.c.party == f"badge:{key}")
    elif kind == "party":
        yield from _windows(connection, WINDOW.c.party == key)
    elif kind == "room":
        yield from _windows(connection, WINDOW.c.party == f"room:{key}")
    elif kind in ("dependents", "all-activities"):
        for name, subject in findings.evaluated(connection, (*ALL_ACTIVITIES, SubjectKind.DEVICE.value)):
            yield SubjectKind(name), subject
    elif mark.span is not None:
        yield from _around(connection, mark.span, activities_too=kind == "around")


def _around(connection: Connection, span: Span, *, activities_too: bool) -> Iterator[Subject]:
    """Clips, and if asked activities, that touch a stretch of time."""
    touching = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.started_at <= span.end, CLIP.c.ended_at >= span.start)
    for file_id in connection.execute(touching).scalars():
        yield SubjectKind.CLIP, str(file_id)
    if activities_too:
        yield from _windows(connection, WINDOW.c.started_at <= span.end, WINDOW.c.ended_at >= span.start)


ACTIVITIES = (
    (SubjectKind.INCIDENT, "incidents", Incident),
    (SubjectKind.SESSION, "sessions", InterrogationSession),
)


ALL_ACTIVITIES = (SubjectKind.INCIDENT.value, SubjectKind.SESSION.value)


def _windows(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Subject]:
    query = select(WINDOW.c.kind, WINDOW.c.number).where(current(WINDOW), *where).distinct()
    for row in connection.execute(query).all():
        yield SubjectKind(row.kind), row.number


def _judge_batch(gathering: Gathering, subjects: Sequence[Subject], judged: Judged) -> None:
    """Gather and judge subject by subject, write kind by kind."""
    connection, scan = gathering.connection, gathering.scan
    verdicts: dict[SubjectKind, dict[str, Verdict | None]] = {}
    done = []
    for case in _cases(gathering, subjects):
        with isolated(connection, scan, "evaluate", [case.mark], writes=False):
            facts = case.gather()
            verdict = _verdict(gathering, case, facts) if facts is not None else None
            verdicts.setdefault(case.kind, {})[case.key] = verdict
            done.append(case.mark.subject)
    for kind, of_kind in verdicts.items():
        findings.write_verdicts(connection, kind, of_kind, judged)
    work.succeed(connection, "evaluate", done)


def _verdict(gathering: Gathering, case: Case, facts: Facts) -> Verdict:
    found = judge(facts, gathering.scan.plan.limits)
    # A file's findings hang on its identity, so that they stay with it when it moves.
    named = [replace(one, key=finding_key(one.rule, one.kind, case.key, one.outcome.anchor)) for one in found.findings]
    named += _frozen(gathering.connection, case, facts, found)
    return Verdict(
        case.kind,
        case.key,
        facts.subject,
        facts.unit,
        found.result.value if found.result else None,
        found.outcomes,
        named,
        _coverages(facts),
        found.recheck_at,
    )


def _frozen(connection: Connection, case: Case, facts: Facts, found: Evaluation) -> Iterator[Finding]:
    """Findings that a store in doubt must not close: the question stays, its result is `unknown` meanwhile."""
    stores = (facts.proof,) if isinstance(facts, StoreFacts) else getattr(facts, "stores", ())
    if all(store.complete for store in stores):
        return
    held = findings.open_keys(connection, case.kind, [case.key])
    for rule_id, version, outcome in found.outcomes:
        key = finding_key(rule_id, case.kind, case.key, outcome.anchor)
        rule = rule_of(rule_id)
        if outcome.result is Result.UNKNOWN and key in held and rule is not None:
            yield Finding(key, rule_id, version, rule.flag, case.kind, facts.subject, facts.unit, outcome)


def _coverages(facts: Facts) -> list[Coverage]:
    if isinstance(facts, IncidentFacts):
        return [*facts.coverages, *([facts.together] if facts.together else [])]
    if isinstance(facts, SessionFacts):
        return [*facts.channels, *([facts.together] if facts.together else [])]
    return []


def _cases(gathering: Gathering, subjects: Sequence[Subject]) -> Iterator[Case]:
    connection = gathering.connection
    keys = {kind: [key for of_kind, key in subjects if of_kind is kind] for kind in SubjectKind}
    incidents = activities.records_by_key(connection, "incidents", Incident, keys[SubjectKind.INCIDENT])
    for key in keys[SubjectKind.INCIDENT]:
        yield _case(SubjectKind.INCIDENT, key, partial(_if_known, incident_facts, gathering, incidents.get(key)))
    sessions = activities.records_by_key(connection, "sessions", InterrogationSession, keys[SubjectKind.SESSION])
    for key in keys[SubjectKind.SESSION]:
        yield _case(SubjectKind.SESSION, key, partial(_if_known, session_facts, gathering, sessions.get(key)))
    yield from _clip_cases(gathering, [int(key) for key in keys[SubjectKind.CLIP]])
    for kind, gather in PLACES:
        for key in keys[kind]:
            yield _case(kind, key, partial(gather, gathering, key))


def _case(kind: SubjectKind, key: str, gather: Callable[[], Facts | None]) -> Case:
    return Case(kind, key, Mark(f"{kind.value}:{key}"), gather)


def _if_known(gather: Callable[[Gathering, A], Facts], gathering: Gathering, record: A | None) -> Facts | None:
    return gather(gathering, record) if record is not None else None


PLACES: tuple[tuple[SubjectKind, Callable[[Gathering, str], Facts | None]], ...] = (
    (SubjectKind.DEVICE, device_facts),
    (SubjectKind.STORE, store_facts),
    (SubjectKind.FEED, feed_facts),
)


def _clip_cases(gathering: Gathering, file_ids: Sequence[int]) -> Iterator[Case]:
    """Files are loaded together and judged apart; those merged into another identity are withdrawn."""
    loaded = load_clips(gathering, file_ids)
    for file_id, anchor in _anchors(gathering.connection, file_ids):
        mark = Mark(f"{SubjectKind.CLIP.value}:{file_id}")
        yield Case(SubjectKind.CLIP, anchor, mark, partial(clip_facts, gathering, loaded, file_id))


def _anchors(connection: Connection, file_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    for part in chunks(sorted(file_ids)):
        query = select(FILE.c.id, FILE.c.anchor).where(FILE.c.id.in_(part)).order_by(FILE.c.id)
        yield from connection.execute(query).all()
