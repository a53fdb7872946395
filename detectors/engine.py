"""Runs every rule that applies to one subject and draws the findings and the activity's result from the outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detectors import RULES
from detectors.limits import Limits
from detectors.recovery import with_recovery
from detectors.rule import Facts, IncidentFacts, Rule, SessionFacts, StoreFacts, StoreProof
from detectors.verdict import doubted, local, unseen_since
from domain.finding import (
    ActivityResult,
    Finding,
    Outcome,
    Result,
    Severity,
    SubjectKind,
    finding_key,
)
from domain.wording import say

SAID_BY = "said_by"
"""Key in `Outcome.measured`: the failure counts, but another rule's finding already asks about it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the rules say about one subject. `outcomes`: (rule id, rule version, outcome), in rule order.

    `result` is set for incidents and sessions only. `recheck_at`: the earliest instant at which time alone may
    change an outcome, or in the past where any scan may; None when only new facts can.
    """

    kind: SubjectKind
    subject: str
    unit: str | None
    outcomes: tuple[tuple[str, int, Outcome], ...]
    result: ActivityResult | None
    findings: tuple[Finding, ...]
    recheck_at: datetime | None


def evaluate(facts: Facts, limits: Limits, rules: Sequence[Rule] = RULES) -> Evaluation:
    """Judge one subject by every rule that applies to its kind."""
    judged = [
        (rule, with_recovery(rule.id, facts, _timed(rule, facts, outcome, limits), limits))
        for rule in rules
        if facts.subject_kind in rule.applies_to
        for outcome in rule.check(facts, limits)
    ]
    outcomes = tuple((rule.id, rule.version, outcome) for rule, outcome in judged)
    activity = facts.subject_kind in (SubjectKind.INCIDENT, SubjectKind.SESSION)
    return Evaluation(
        kind=facts.subject_kind,
        subject=facts.subject,
        unit=facts.unit,
        outcomes=outcomes,
        result=activity_result([outcome for _, outcome in judged]) if activity else None,
        findings=tuple(_finding(rule, facts, outcome) for rule, outcome in judged if asks(rule, outcome)),
        recheck_at=min((o.recheck_at for _, o in judged if o.recheck_at), default=None),
    )


def asks(rule: Rule, outcome: Outcome) -> bool:
    """Does this outcome become a question to a person?"""
    if outcome.result is Result.UNKNOWN:
        return rule.ask_when_unknown
    return outcome.result is Result.FAIL and SAID_BY not in outcome.measured


def activity_result(outcomes: Sequence[Outcome]) -> ActivityResult:
    """The verdict on a whole activity; a failure that only informs does not spoil it."""
    results = {outcome.result for outcome in outcomes}
    if results <= {Result.NOTAPPLICABLE}:
        return ActivityResult.NOTAPPLICABLE
    if any(outcome.result is Result.FAIL and outcome.severity is not Severity.INFO for outcome in outcomes):
        return ActivityResult.NONCOMPLIANT
    if results & {Result.PENDING, Result.NOTCHECKED}:  # what is still to be looked at is still to be judged
        return ActivityResult.PENDING
    if results & {Result.UNKNOWN, Result.ERROR}:
        return ActivityResult.UNKNOWN
    return ActivityResult.COMPLIANT


def upload_due(facts: Facts, officer: str | None, limits: Limits) -> datetime | None:
    """When footage of this activity must have arrived: the officer's own time, else the latest of all.

    Without a stated time it is the end of the required window plus the time allowed for upload.
    """
    grace = timedelta(hours=limits.upload_grace_hours)
    if isinstance(facts, IncidentFacts):
        if officer is not None and officer in facts.upload_due:
            return facts.upload_due[officer]
        stated = max(facts.upload_due.values(), default=None)
        windows = [view.window.span.end for view in (*facts.coverages, facts.together) if view]
        return stated or max((end + grace for end in windows), default=None)
    if isinstance(facts, SessionFacts):
        end = facts.together.window.span.end if facts.together else None
        return facts.upload_due or (end + grace if end else None)
    return None


def _timed(rule: Rule, facts: Facts, outcome: Outcome, limits: Limits) -> Outcome:
    """`pending` while the missing part may still arrive, `unknown` until the stores were listed after that.

    No recheck in the past, but for what waits for a store to be listed.
    """
    if rule.waits_for_upload and outcome.result in (Result.FAIL, Result.UNKNOWN):
        due = max((t for t in (outcome.recheck_at, upload_due(facts, outcome.officer, limits)) if t), default=None)
        if due and facts.now < due:
            waiting = say(f"待判定至 {local(due, limits)}", f"pending until {local(due, limits)}")
            return replace(
                outcome,
                result=Result.PENDING,
                severity=Severity.INFO,
                evidence=(*outcome.evidence, waiting),
                recheck_at=due,
            )
        unseen = unseen_since(_stores(facts), due, limits) if due and outcome.result is Result.FAIL else ()
        if unseen:
            # Only a scan of that store can decide, and nothing marks the subject then: it is judged at every scan.
            return replace(doubted(outcome, unseen), recheck_at=due)
    if outcome.recheck_at and outcome.recheck_at <= facts.now:
        return replace(outcome, recheck_at=None)
    return outcome


def _stores(facts: Facts) -> tuple[StoreProof, ...]:
    return (facts.proof,) if isinstance(facts, StoreFacts) else getattr(facts, "stores", ())


def _finding(rule: Rule, facts: Facts, outcome: Outcome) -> Finding:
    return Finding(
        key=finding_key(rule.id, facts.subject_kind, facts.subject, outcome.anchor),
        rule=rule.id,
        rule_version=rule.version,
        flag=rule.flag,
        kind=facts.subject_kind,
        subject=facts.subject,
        unit=facts.unit,
        outcome=outcome,
    )
