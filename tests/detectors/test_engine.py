"""The engine: which outcomes become findings, what the activity's result is, when to look again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from detectors import RULES, rule_of
from detectors.engine import activity_result, evaluate, upload_due
from detectors.limits import Limits
from detectors.rule import Facts, FeedFacts, IncidentFacts, Rule
from domain.finding import ActivityResult, Flag, Outcome, Result, Severity, SubjectKind, finding_key
from tests.detectors.tables import facts_of, instant

LIMITS = Limits()


def incident(**table: object) -> IncidentFacts:
    facts = facts_of({"incident": {"arrived": "10:00:00", "finished": "10:20:00", **table}})
    assert isinstance(facts, IncidentFacts)
    return facts


def rule_giving(*outcomes: Outcome, asks: bool = False, waits: bool = False) -> Rule:
    def check(_facts: Facts, _limits: Limits) -> tuple[Outcome, ...]:
        return outcomes

    text = ("题", "title", "条件", "condition")
    kinds = (SubjectKind.INCIDENT,)
    return Rule("missing.x", 3, Flag.MISSING, Severity.FAIL, *text, (), kinds, check, (), asks, waits)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome(Result.NOTAPPLICABLE), Outcome(Result.NOTAPPLICABLE)], ActivityResult.NOTAPPLICABLE),
        ([Outcome(Result.PASS), Outcome(Result.NOTAPPLICABLE)], ActivityResult.COMPLIANT),
        ([Outcome(Result.PASS), Outcome(Result.FAIL, Severity.INFO)], ActivityResult.COMPLIANT),
        ([Outcome(Result.PASS), Outcome(Result.UNKNOWN)], ActivityResult.UNKNOWN),
        ([Outcome(Result.PENDING), Outcome(Result.UNKNOWN)], ActivityResult.PENDING),
        ([Outcome(Result.PENDING), Outcome(Result.FAIL, Severity.WARN)], ActivityResult.NONCOMPLIANT),
        ([Outcome(Result.NOTCHECKED), Outcome(Result.PASS)], ActivityResult.PENDING),
    ],
)
def test_the_activity_result_is_the_worst_that_is_certain(outcomes: list[Outcome], expected: ActivityResult) -> None:
    assert activity_result(outcomes) is expected


def test_failures_of_any_severity_become_findings_and_passes_do_not() -> None:
    rule = rule_giving(Outcome(Result.FAIL, Severity.INFO, "a"), Outcome(Result.PASS), Outcome(Result.UNKNOWN))
    found = evaluate(incident(), LIMITS, (rule,)).findings
    assert [(finding.outcome.anchor, finding.rule_version, finding.unit) for finding in found] == [
        ("a", 3, "310114010000")
    ]


def test_an_unknown_is_a_finding_only_where_the_rule_asks() -> None:
    unknown = Outcome(Result.UNKNOWN, Severity.WARN)
    assert evaluate(incident(), LIMITS, (rule_giving(unknown),)).findings == ()
    assert len(evaluate(incident(), LIMITS, (rule_giving(unknown, asks=True),)).findings) == 1


def test_a_failure_said_by_another_rule_counts_but_asks_nobody() -> None:
    said = Outcome(Result.FAIL, Severity.FAIL, measured={"said_by": "missing.shift-without-clips"})
    judged = evaluate(incident(), LIMITS, (rule_giving(said),))
    assert (judged.findings, judged.result) == ((), ActivityResult.NONCOMPLIANT)


def test_the_key_of_a_finding_rests_on_rule_kind_subject_and_anchor_only() -> None:
    rule = rule_giving(Outcome(Result.FAIL, Severity.WARN, "012345", evidence=("x",)))
    found = evaluate(incident(number="J1"), LIMITS, (rule,)).findings[0]
    assert found.key == finding_key("missing.x", SubjectKind.INCIDENT, "J1", "012345")


def test_before_the_upload_time_a_failure_waits_and_says_when_to_look_again() -> None:
    due = instant("2026-11-21 18:00:00")
    facts = incident(now="2026-11-21 17:00:00", officers=[{"badge": "012345", "upload_due": "2026-11-21 18:00:00"}])
    rule = rule_giving(Outcome(Result.FAIL, Severity.FAIL, officer="012345"), waits=True)
    judged = evaluate(facts, LIMITS, (rule,))
    assert [outcome.result for _, _, outcome in judged.outcomes] == [Result.PENDING]
    assert (judged.recheck_at, judged.result, judged.findings) == (due, ActivityResult.PENDING, ())


def test_looking_again_at_that_time_gives_the_verdict_and_no_further_time() -> None:
    rows = [{"badge": "012345", "upload_due": "2026-11-21 18:00:00"}]
    early = evaluate(incident(now="2026-11-21 17:00:00", officers=rows), LIMITS)
    assert early.recheck_at is not None
    late = evaluate(replace(incident(officers=rows), now=early.recheck_at), LIMITS)
    assert [finding.rule for finding in late.findings] == ["missing.no-recording"]
    assert late.recheck_at is None


def test_a_rule_that_does_not_wait_keeps_its_verdict() -> None:
    facts = incident(now="2026-11-20 10:30:00", officers=[{"badge": "012345"}])
    outcome = evaluate(facts, LIMITS, (rule_giving(Outcome(Result.FAIL)),)).outcomes[0][2]
    assert outcome.result is Result.FAIL


def test_the_upload_time_of_a_colleague_does_not_hold_back_an_officers_verdict() -> None:
    rows = [
        {"badge": "012345", "upload_due": "2026-11-20 18:00:00"},
        {"badge": "012346", "upload_due": "2026-11-21 18:00:00"},
    ]
    facts = incident(officers=rows)
    assert upload_due(facts, "012345", LIMITS) == instant("2026-11-20 18:00:00")
    assert upload_due(facts, None, LIMITS) == instant("2026-11-21 18:00:00")


def test_without_a_stated_time_the_upload_time_is_a_day_after_the_window() -> None:
    facts = incident(officers=[{"badge": "012345"}])
    assert upload_due(facts, "012345", LIMITS) == instant("10:20:00") + timedelta(hours=24)


def test_only_rules_for_the_kind_of_subject_are_run() -> None:
    judged = evaluate(FeedFacts("110", instant("12:00:00"), accepted=1), LIMITS)
    assert [rule for rule, _, _ in judged.outcomes] == ["nonstandard.feed", "nonstandard.feed-hole"]
    assert judged.result is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_given_facts_of_another_kind_refuses(rule: Rule) -> None:
    wrong: Facts = FeedFacts("110", instant("12:00:00"))
    if SubjectKind.FEED in rule.applies_to:
        wrong = incident()
    with pytest.raises(TypeError, match="judges"):
        rule.check(wrong, LIMITS)


def test_rule_ids_are_unique_and_begin_with_their_flag() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.id.startswith(f"{rule.flag}.") for rule in RULES)


def test_every_rule_is_complete_in_both_languages_and_names_real_limits() -> None:
    known = set(Limits.__dataclass_fields__)
    for rule in RULES:
        assert all((rule.title_zh, rule.title_en, rule.condition_zh, rule.condition_en, rule.basis)), rule.id
        assert set(rule.limits) <= known, rule.id


def test_no_text_accuses_a_person() -> None:
    accusing = ("未按规定开启", "故意", "违规", "拒不", "did not record", "failed to record", "refused to")
    for rule in RULES:
        text = rule.title_zh + rule.title_en + rule.condition_zh + rule.condition_en
        assert not [word for word in accusing if word in text], rule.id


def test_a_rule_is_found_by_its_id() -> None:
    found = rule_of("incomplete.gap")
    assert found is not None
    assert found.id == "incomplete.gap"
    assert rule_of("incomplete.nothing") is None


def test_two_interruptions_within_one_minute_have_keys_of_their_own() -> None:
    parts = ["09:58:00-10:15:01", "10:15:15-10:15:40", "10:15:55-10:31:00"]
    found = evaluate(incident(officers=[{"badge": "012345", "recorded": parts}]), LIMITS).findings
    assert [finding.outcome.anchor for finding in found] == ["012345@2026-11-20T02:15Z", "012345@2026-11-20T02:15Z#2"]
    assert len({finding.key for finding in found}) == 2


def test_a_clock_re_estimated_by_a_second_does_not_make_another_finding() -> None:
    first, second = (
        evaluate(incident(officers=[{"badge": "012345", "recorded": parts}]), LIMITS).findings[0].key
        for parts in (["09:58:00-10:15:10", "10:15:40-10:31:00"], ["09:58:00-10:15:11", "10:15:41-10:31:00"])
    )
    assert first == second


def test_a_time_to_look_again_that_is_over_is_not_repeated() -> None:
    over = Outcome(Result.PASS, recheck_at=instant("10:00:00"))
    assert evaluate(incident(), LIMITS, (rule_giving(over),)).recheck_at is None
