"""Evaluations, coverage and findings: written per subject, superseded when they change, closed when they end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from domain.audit import Entry
from domain.coverage import Coverage
from domain.finding import Finding, FindingStatus, Outcome, SubjectKind
from storage import tallies
from storage.codec import Ready, encode
from storage.schema.tables import COVERAGE, EVALUATION, FINDING
from storage.verdict_audit import finding_entries, result_entries
from storage.versions import Change, Row, chunks, current, replace

_OF_EARLIER = ("id", "key", "first_seen_at", "due_at", "until_scan", "status", "measured", "reviews", "decision")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything concluded about one subject. `key` is its stable key; `outcomes` are (rule, version, outcome)."""

    kind: SubjectKind
    key: str
    subject: str
    unit: str | None
    result: str | None
    outcomes: Sequence[tuple[str, int, Outcome]]
    findings: Sequence[Finding]
    coverages: Sequence[Coverage]
    recheck_at: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """When and under which rules a verdict was reached. `due` gives the deadline of a finding by flag."""

    scan: int
    now: datetime
    rule_set: str
    due: Mapping[str, datetime]


def write_verdicts(
    connection: Connection, kind: SubjectKind, verdicts: Mapping[str, Verdict | None], judged: Judged
) -> list[Entry]:
    """Make what is stored about subjects of one kind equal to their verdicts, by key; None: the subject is gone.

    Returns what has to be appended to the audit log at the very end of the same transaction.
    """
    entries: list[Entry] = []
    for keys in chunks(sorted(verdicts)):
        found = [verdict for key in keys if (verdict := verdicts[key]) is not None]
        mine = (EVALUATION.c.kind == kind.value) & EVALUATION.c.subject_key.in_(keys)
        rows = [_evaluation(verdict, judged) for verdict in found]
        entries += result_entries(
            replace(connection, EVALUATION, mine, rows, key=("subject_key",), scan=judged.scan), judged.scan
        )
        if kind in (SubjectKind.INCIDENT, SubjectKind.SESSION):
            _write_coverage(connection, kind, keys, found, judged.scan)
            tallies.mark_activities(connection, kind.value, keys)
        changes = _write_findings(connection, kind, keys, found, judged)
        if kind is SubjectKind.CLIP:
            tallies.mark_clips(connection, sorted({_subject_key(change) for change in changes}))
        entries += finding_entries(changes, judged.scan)
    return entries


def _subject_key(change: Change) -> str:
    version = change.after or change.before
    return str(version["subject_key"]) if version else ""


def _evaluation(verdict: Verdict, judged: Judged) -> Row:
    said = encode([outcome for _, _, outcome in verdict.outcomes])
    return {
        "kind": verdict.kind.value,
        "subject_key": verdict.key,
        "subject": verdict.subject,
        "unit": verdict.unit,
        "result": verdict.result,
        "rule_set": judged.rule_set,
        "outcomes": Ready(
            {"rule": rule, "version": version, **one}
            for (rule, version, _), one in zip(verdict.outcomes, said, strict=True)
        ),
        "recheck_at": verdict.recheck_at,
    }


def _write_coverage(
    connection: Connection, kind: SubjectKind, keys: Sequence[str], verdicts: Sequence[Verdict], scan: int
) -> None:
    rows = [
        {**_coverage(kind, verdict.key, one), "unit": verdict.unit} for verdict in verdicts for one in verdict.coverages
    ]
    scope = (COVERAGE.c.kind == kind.value) & COVERAGE.c.number.in_(keys)
    replace(connection, COVERAGE, scope, rows, key=("number", "lane"), scan=scan)


def _coverage(kind: SubjectKind, number: str, one: Coverage) -> Row:
    lane = f"officer:{one.officer}" if one.officer else f"channel:{one.channel}" if one.channel else "all"
    return {
        "kind": kind.value,
        "number": number,
        "lane": lane,
        "officer": one.officer,
        "channel": one.channel,
        "started_at": one.window.span.start,
        "ended_at": one.window.span.end,
        "start_known": one.window.start_known.value,
        "end_known": one.window.end_known.value,
        "covered": one.covered.nominal,
        "covered_low": one.covered.low,
        "covered_high": one.covered.high,
        "late": one.late.nominal,
        "early": one.early.nominal,
        "clock_error": one.clock_error,
        "gaps": one.gaps,
        "clips": list(one.clips),
    }


def _write_findings(
    connection: Connection, kind: SubjectKind, keys: Sequence[str], verdicts: Sequence[Verdict], judged: Judged
) -> list[Change]:
    rows = {one.key: _finding(one, verdict, judged) for verdict in verdicts for one in verdict.findings}
    for key, versions in _earlier(connection, rows).items():
        rows[key]["first_seen_at"] = min(one.first_seen_at for one in versions)
        before = next((one for one in versions if one.until_scan is None), None)
        rows[key]["status"] = _status(rows[key]["status"], before)
        rows[key]["reviews"] = max(one.reviews for one in versions)
        if before is not None:  # what comes back is a new question: an answer given to the old one is only history
            rows[key]["decision"] = before.decision
            rows[key]["due_at"] = min(rows[key]["due_at"], before.due_at)
    scope = (FINDING.c.kind == kind.value) & FINDING.c.subject_key.in_(keys)
    return replace(
        connection,
        FINDING,
        scope,
        list(rows.values()),
        key=("key",),
        scan=judged.scan,
        carry=("first_seen_at",),
        fresh=("last_seen_at",),
    )


def _finding(finding: Finding, verdict: Verdict, judged: Judged) -> dict[str, Any]:
    outcome = finding.outcome
    return {
        "key": finding.key,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "flag": finding.flag.value,
        "severity": outcome.severity.value,
        "result": outcome.result.value,
        "status": (FindingStatus.EXPLAINED if outcome.measured.get("explained") else FindingStatus.OPEN).value,
        "kind": finding.kind.value,
        "subject_key": verdict.key,
        "subject": finding.subject,
        "officer": outcome.officer,
        "unit": finding.unit,
        "started_at": outcome.span and outcome.span.start,
        "ended_at": outcome.span and outcome.span.end,
        "measured": encode(outcome.measured),
        "evidence": list(outcome.evidence),
        "first_seen_at": judged.now,
        "last_seen_at": judged.now,
        "due_at": _due(outcome, finding, judged),
        "recover_until": _recover_until(outcome),
        "decision": None,
        "reviews": 0,
    }


def _due(outcome: Outcome, finding: Finding, judged: Judged) -> datetime:
    """The usual deadline, and no later than footage may be recovered; what is past recovery is due now."""
    usual, until = judged.due[finding.flag.value], _recover_until(outcome)
    return usual if until is None else min(usual, max(until, judged.now))


def _recover_until(outcome: Outcome) -> datetime | None:
    until = outcome.measured.get("recover_until")
    return datetime.fromisoformat(until) if isinstance(until, str) else None


def _earlier(connection: Connection, keys: Iterable[str]) -> dict[str, list[Any]]:
    """All versions of findings in any earlier life: one that comes back is no new question."""
    found: dict[str, list[Any]] = {}
    columns = [FINDING.c[name] for name in _OF_EARLIER]
    for part in chunks(sorted(keys)):
        # Locked where the database can: a person who decides meanwhile waits, and then decides on the new version.
        query = select(*columns).where(FINDING.c.key.in_(part)).order_by(FINDING.c.id).with_for_update()
        for row in connection.execute(query).all():
            found.setdefault(row.key, []).append(row)
    return found


def _status(concluded: str, before: Any) -> str:
    """What a person decided stays; an approved note of the feeds makes a finding explained as long as it is there.

    A note that a person has returned or reopened does not come into force again by itself; a new one does.
    """
    if before is None:
        return concluded
    by_note = bool(before.measured.get("explained"))
    if before.decision is not None and by_note:
        return str(before.status)
    if concluded == FindingStatus.EXPLAINED and before.status == FindingStatus.OPEN:
        return concluded
    return concluded if by_note and before.status == FindingStatus.EXPLAINED else str(before.status)


def open_keys(connection: Connection, kind: SubjectKind, subject_keys: Iterable[str]) -> set[str]:
    """Keys of the findings that hold now on some subjects."""
    found: set[str] = set()
    for part in chunks(subject_keys):
        query = select(FINDING.c.key).where(
            current(FINDING), FINDING.c.kind == kind.value, FINDING.c.subject_key.in_(part)
        )
        found |= set(connection.execute(query).scalars())
    return found


def due_for_review(connection: Connection, now: datetime, rule_set: str) -> list[tuple[str, str]]:
    """(kind, key) of subjects whose result time alone may have changed, or that other rules judged last."""
    # One question an index, and below or above instead of unequal: where nothing is due, no evaluation is looked at.
    questions = (
        EVALUATION.c.recheck_at <= now,
        EVALUATION.c.rule_set < rule_set,
        EVALUATION.c.rule_set > rule_set,
    )
    found: set[tuple[str, str]] = set()
    for due in questions:
        query = select(EVALUATION.c.kind, EVALUATION.c.subject_key).where(current(EVALUATION), due)
        found.update((row.kind, row.subject_key) for row in connection.execute(query).all())
    return sorted(found)


def evaluated(connection: Connection, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """(kind, key) of every evaluated subject of some kinds."""
    query = select(EVALUATION.c.kind, EVALUATION.c.subject_key).where(
        current(EVALUATION), EVALUATION.c.kind.in_(list(kinds))
    )
    rows = connection.execute(query.order_by(EVALUATION.c.kind, EVALUATION.c.subject_key)).all()
    return [(row.kind, row.subject_key) for row in rows]
