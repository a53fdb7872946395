"""What was concluded about one subject, and the rows that say it: made without a database, wherever it was judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from domain.coverage import Coverage
from domain.finding import Finding, FindingStatus, Outcome, SubjectKind
from storage.codec import encode, written
from storage.versions import Row

_OUTCOME = tuple(field.name for field in fields(Outcome))
_figures = attrgetter(*_OUTCOME)


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

    now: datetime
    rule_set: str
    due: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class VerdictRows:
    """A verdict as it is stored; picklable, since a worker may have made it."""

    key: str
    evaluation: Row
    coverages: Sequence[Row]
    findings: Sequence[Row]


def rows_of(verdict: Verdict, judged: Judged) -> VerdictRows:
    """Its rows in the tables of evaluations, coverage and findings."""
    return VerdictRows(
        verdict.key,
        _evaluation(verdict, judged),
        [_coverage(verdict, one) for one in verdict.coverages],
        [_finding(one, verdict, judged) for one in verdict.findings],
    )


def _evaluation(verdict: Verdict, judged: Judged) -> Row:
    said = [
        {"rule": rule, "version": version, **dict(zip(_OUTCOME, _figures(outcome), strict=True))}
        for rule, version, outcome in verdict.outcomes
    ]
    return {
        "kind": verdict.kind.value,
        "subject_key": verdict.key,
        "subject": verdict.subject,
        "unit": verdict.unit,
        "result": verdict.result,
        "rule_set": judged.rule_set,
        "outcomes": written(said),
        "recheck_at": verdict.recheck_at,
    }


def _coverage(verdict: Verdict, one: Coverage) -> Row:
    lane = f"officer:{one.officer}" if one.officer else f"channel:{one.channel}" if one.channel else "all"
    return {
        "kind": verdict.kind.value,
        "number": verdict.key,
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
        "unit": verdict.unit,
    }


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
