"""Judge every subject whose facts, rules or time limits changed, and keep what was concluded.

A batch of subjects of one kind at a time: load everything about them, judge them one by one, write all verdicts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from detectors import RULES, rule_of
from detectors.engine import Evaluation
from detectors.engine import evaluate as judge
from detectors.rule import Facts, IncidentFacts, SessionFacts, StoreFacts
from domain.audit import Entry
from domain.coverage import Coverage
from domain.finding import Finding, Flag, Result, SubjectKind, finding_key
from indexer.pipeline.drain import drain
from indexer.pipeline.facts_base import FactsOf, Gathering, proof
from indexer.pipeline.facts_clips import load_clips
from indexer.pipeline.facts_incidents import load_incidents
from indexer.pipeline.facts_places import load_devices, load_feeds, load_stores
from indexer.pipeline.facts_sessions import load_sessions
from indexer.pipeline.isolate import catching, isolated
from indexer.pipeline.plan import Scanning, fingerprint
from indexer.pipeline.subjects import Subject, stable_keys, subjects_of
from storage import findings, work
from storage.audit import append
from storage.findings import Judged, Verdict
from storage.work import Mark

BATCH = 400
LOADERS = {
    SubjectKind.INCIDENT: load_incidents,
    SubjectKind.SESSION: load_sessions,
    SubjectKind.CLIP: load_clips,
    SubjectKind.DEVICE: load_devices,
    SubjectKind.STORE: load_stores,
    SubjectKind.FEED: load_feeds,
}


def evaluate(scan: Scanning) -> int:
    """Empty the queue of subjects; returns how many were judged."""
    judged = Judged(scan.number, scan.now, _rule_set(scan), _deadlines(scan))
    with scan.transaction() as connection:
        gathering = Gathering.begin(connection, scan)
        upto = work.newest(connection, "evaluate")
        marks = work.distinct(connection, "evaluate", upto)
        subjects = subjects_of(connection, gathering, marks, judged.rule_set)
        # From here on the queue names subjects alone, so that a killed scan goes on where it stopped.
        work.clear_upto(connection, "evaluate", upto)
        work.mark(connection, "evaluate", [Mark(f"{kind.value}:{key}") for kind, key in subjects])
        if not subjects:
            return 0
    drain(
        scan,
        "evaluate",
        BATCH,
        lambda connection, batch: _judge_batch(connection, gathering, [_parse(m.subject) for m in batch.marks], judged),
    )
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


def _judge_batch(connection: Connection, gathering: Gathering, subjects: Sequence[Subject], judged: Judged) -> None:
    entries: list[Entry] = []
    for kind, some in groupby(subjects, key=lambda subject: subject[0]):
        entries += _judge_kind(connection, gathering, kind, list(dict.fromkeys(key for _, key in some)), judged)
    # Last: from here on whoever else writes to the log waits, and nothing may wait for them.
    if entries:
        append(connection, gathering.scan.instant, entries)


def _judge_kind(
    connection: Connection, gathering: Gathering, kind: SubjectKind, keys: Sequence[str], judged: Judged
) -> list[Entry]:
    """Load all, judge one by one, write all; a subject that is no more is withdrawn. Returns what the log shall say."""
    stable = stable_keys(connection, kind, keys)
    facts_of = _facts_of(connection, gathering, kind, keys)
    held = _held(connection, gathering, kind, stable)
    verdicts: dict[str, Verdict | None] = {}
    done = []
    for key in (key for key in keys if key in stable):
        mark = Mark(f"{kind.value}:{key}")
        with isolated(connection, gathering.scan, "evaluate", [mark], writes=False):
            facts = facts_of(key)
            verdicts[stable[key]] = _verdict(gathering, stable[key], facts, held) if facts else None
            done.append(mark.subject)
    entries = findings.write_verdicts(connection, kind, verdicts, judged)
    work.succeed(connection, "evaluate", done)
    return entries


def _facts_of(connection: Connection, gathering: Gathering, kind: SubjectKind, keys: Sequence[str]) -> FactsOf:
    """What makes the facts of each. A subject that breaks the loading costs only itself: then each is loaded alone."""
    load = LOADERS[kind]
    with catching() as caught:
        loaded = load(connection, gathering, keys)
    return loaded if caught.error is None else lambda key: load(connection, gathering, [key])(key)


def _held(connection: Connection, gathering: Gathering, kind: SubjectKind, stable: Mapping[str, str]) -> set[str]:
    """Keys of the findings that hold now, where some store is in doubt: they may have to stay."""
    doubt = any(not proof(store).complete for store in gathering.stores.values())
    return findings.open_keys(connection, kind, stable.values()) if doubt else set()


def _verdict(gathering: Gathering, key: str, facts: Facts, held: set[str]) -> Verdict:
    found = judge(facts, gathering.scan.plan.limits)
    # A file's findings hang on its identity, so that they stay with it when it moves.
    named = [replace(one, key=finding_key(one.rule, one.kind, key, one.outcome.anchor)) for one in found.findings]
    return Verdict(
        facts.subject_kind,
        key,
        facts.subject,
        facts.unit,
        found.result.value if found.result else None,
        found.outcomes,
        [*named, *_frozen(key, facts, found, held)],
        _coverages(facts),
        found.recheck_at,
    )


def _frozen(key: str, facts: Facts, found: Evaluation, held: set[str]) -> Iterator[Finding]:
    """Findings that a store in doubt must not close: the question stays, its result is `unknown` meanwhile."""
    stores = (facts.proof,) if isinstance(facts, StoreFacts) else getattr(facts, "stores", ())
    if all(store.complete for store in stores):
        return
    kind = facts.subject_kind
    for rule_id, version, outcome in found.outcomes:
        name = finding_key(rule_id, kind, key, outcome.anchor)
        rule = rule_of(rule_id)
        if outcome.result is Result.UNKNOWN and name in held and rule is not None:
            yield Finding(name, rule_id, version, rule.flag, kind, facts.subject, facts.unit, outcome)


def _coverages(facts: Facts) -> list[Coverage]:
    if isinstance(facts, IncidentFacts):
        return [*facts.coverages, *([facts.together] if facts.together else [])]
    if isinstance(facts, SessionFacts):
        return [*facts.channels, *([facts.together] if facts.together else [])]
    return []
