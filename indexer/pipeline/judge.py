"""Judge a batch of subjects: read everything about them, then apply the rules to one after the other. Writes nothing.

Two moves, so that a worker can let go of the database before it begins to think: `load`, then `conclude`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import Connection

from detectors import rule_of
from detectors.engine import Evaluation
from detectors.engine import evaluate as judge
from detectors.rule import Facts, IncidentFacts, SessionFacts, StoreFacts
from domain.coverage import Coverage
from domain.finding import Finding, Result, SubjectKind, finding_key
from indexer.pipeline.facts_base import FactsOf, Gathering, Load, proof
from indexer.pipeline.facts_clips import load_clips
from indexer.pipeline.facts_incidents import load_incidents
from indexer.pipeline.facts_places import load_devices, load_feeds, load_stores
from indexer.pipeline.facts_sessions import load_sessions
from indexer.pipeline.isolate import catching
from indexer.pipeline.subjects import Subject, stable_keys
from storage import findings
from storage.verdicts import Judged, Verdict, VerdictRows, rows_of
from storage.work import Fault

LOADERS = {
    SubjectKind.INCIDENT: load_incidents,
    SubjectKind.SESSION: load_sessions,
    SubjectKind.CLIP: load_clips,
    SubjectKind.DEVICE: load_devices,
    SubjectKind.STORE: load_stores,
    SubjectKind.FEED: load_feeds,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Subjects of one kind with what is known of them.

    `stable`: what each is stored under, by its key in the queue. `held`: keys of findings that may have to stay.
    """

    kind: SubjectKind
    stable: dict[str, str]
    facts_of: FactsOf
    held: set[str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one subject; picklable. `key`: in the queue; `stable`: what it is stored under.

    `rows` None: the subject is no more. `fault`: our own code failed on it, so that nothing is known.
    """

    kind: SubjectKind
    key: str
    stable: str
    rows: VerdictRows | None
    fault: Fault | None = None


def load(connection: Connection, gathering: Gathering, subjects: Sequence[Subject]) -> list[Loaded]:
    """Read all that the rules need to know of a batch. A subject that is stored no more is left out."""
    found = []
    for kind, some in groupby(subjects, key=lambda subject: subject[0]):
        keys = list(dict.fromkeys(key for _, key in some))
        stable = stable_keys(connection, kind, keys)
        facts_of = _facts_of(connection, gathering, kind, keys)
        held = _held(connection, gathering, kind, list(stable.values()))
        found.append(Loaded(kind, {key: stable[key] for key in keys if key in stable}, facts_of, held))
    return found


def conclude(gathering: Gathering, loaded: Sequence[Loaded], judged: Judged) -> list[Judgement]:
    """Judge what was loaded, in order. A subject that makes our code fail costs only itself."""
    return [_judgement(gathering, one, key, judged) for one in loaded for key in one.stable]


def _judgement(gathering: Gathering, loaded: Loaded, key: str, judged: Judged) -> Judgement:
    stable, rows = loaded.stable[key], None
    with catching() as caught:
        facts = loaded.facts_of(key)
        rows = rows_of(_verdict(gathering, stable, facts, loaded.held), judged) if facts else None
    return Judgement(loaded.kind, key, stable, rows, Fault.of(caught.error) if caught.error else None)


def _facts_of(connection: Connection, gathering: Gathering, kind: SubjectKind, keys: Sequence[str]) -> FactsOf:
    """What makes the facts of each. A subject that breaks the loading costs only itself: then each is loaded alone."""
    with catching() as caught:
        loaded = LOADERS[kind](connection, gathering, keys)
    return loaded if caught.error is None else _each_alone(connection, gathering, LOADERS[kind], keys)


def _each_alone(connection: Connection, gathering: Gathering, load_some: Load, keys: Sequence[str]) -> FactsOf:
    """Each loaded by itself, now: whoever broke the loading says so when its facts are asked for."""
    made: dict[str, FactsOf] = {}
    broken: dict[str, Exception] = {}
    for key in keys:
        with catching() as caught:
            made[key] = load_some(connection, gathering, [key])
        if caught.error:
            broken[key] = caught.error

    def facts_of(key: str) -> Facts | None:
        if key in broken:
            raise broken[key]
        return made[key](key)

    return facts_of


def _held(connection: Connection, gathering: Gathering, kind: SubjectKind, stable: Sequence[str]) -> set[str]:
    """Keys of the findings that hold now, where some store is in doubt: they may have to stay."""
    doubt = any(not proof(store).complete for store in gathering.stores.values())
    return findings.open_keys(connection, kind, stable) if doubt else set()


def _verdict(gathering: Gathering, key: str, facts: Facts, held: set[str]) -> Verdict:
    found = judge(facts, gathering.plan.limits)
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
