"""Laws that hold whatever was recorded: no echo, no accusation under doubt, stable keys, nothing before its time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine import Evaluation, evaluate
from detectors.limits import Limits
from detectors.rule import IncidentFacts, SessionFacts
from domain.finding import ActivityResult, Result, Severity
from tests.detectors.tables import facts_of, instant

LIMITS = Limits()
START, LENGTH = instant("10:00:00"), 1200
stretch = st.tuples(st.integers(-600, 1500), st.integers(1, 900))
officer = st.fixed_dictionaries(
    {"recorded": st.lists(stretch, max_size=5), "clock_error_s": st.sampled_from([0, 5, 30, 90, 400])},
    optional={"unplaced": st.just(["dock-a:x.mp4"]), "devices": st.just([])},
)
incidents = st.fixed_dictionaries(
    {
        "officers": st.lists(officer, min_size=1, max_size=3),
        "explanations_known": st.booleans(),
        "stores": st.sampled_from(["complete", "complete", "offline", "none"]),
        "end": st.sampled_from(["finished", "feedback", "none"]),
    }
)


def clock_time(offset: int) -> str:
    return f"{START + timedelta(seconds=offset):%Y-%m-%d %H:%M:%S}"


def built(table: dict[str, Any]) -> IncidentFacts:
    rows = [
        {
            **row,
            "badge": f"01234{at}",
            "recorded": [f"{clock_time(start)} to {clock_time(start + length)}" for start, length in row["recorded"]],
        }
        for at, row in enumerate(table["officers"])
    ]
    end = {} if table["end"] == "none" else {table["end"]: clock_time(LENGTH)}
    rest = {key: table[key] for key in ("explanations_known", "stores")}
    facts = facts_of({"incident": {"arrived": clock_time(0), **end, **rest, "officers": rows}})
    assert isinstance(facts, IncidentFacts)
    return facts


def rules_failing(judged: Evaluation, badge: str | None) -> set[str]:
    return {finding.rule for finding in judged.findings if finding.outcome.officer == badge}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_every_finding_of_a_subject_has_a_key_of_its_own(table: dict[str, Any]) -> None:
    keys = [finding.key for finding in evaluate(built(table), LIMITS).findings]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_whoever_has_no_footage_is_asked_about_once(table: dict[str, Any]) -> None:
    facts = built(table)
    judged = evaluate(facts, LIMITS)
    if any(finding.rule == "missing.no-recording" for finding in judged.findings):
        assert {finding.rule for finding in judged.findings} == {"missing.no-recording"}
    for coverage in facts.coverages:
        failing = rules_failing(judged, coverage.officer)
        if not coverage.may_touch:
            assert failing <= {"missing.officer-not-recording"}
        if "missing.officer-not-recording" in failing:
            assert not coverage.may_touch


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_nothing_fails_while_a_store_is_not_seen_whole(table: dict[str, Any]) -> None:
    judged = evaluate(built({**table, "stores": "offline"}), LIMITS)
    assert judged.findings == ()
    assert judged.result is not ActivityResult.NONCOMPLIANT


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_an_end_that_is_not_stated_is_never_ended_early(table: dict[str, Any]) -> None:
    judged = evaluate(built({**table, "end": "feedback"}), LIMITS)
    assert not {"incomplete.early-end", "incomplete.low-coverage"} & {finding.rule for finding in judged.findings}


@settings(max_examples=150, deadline=None)
@given(incidents, st.integers(0, 2))
def test_recording_all_of_it_clears_an_officer_of_everything(table: dict[str, Any], which: int) -> None:
    rows = table["officers"]
    at = which % len(rows)
    # Long enough on both sides that no plausible clock leaves a second uncovered.
    rows = [*rows[:at], {**rows[at], "recorded": [(-600, 2400)]}, *rows[at + 1 :]]
    judged = evaluate(built({**table, "officers": rows}), LIMITS)
    assert rules_failing(judged, f"01234{at}") == set()
    assert "missing.no-recording" not in {finding.rule for finding in judged.findings}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_a_failure_under_an_uncertain_clock_is_a_failure_under_an_exact_one(table: dict[str, Any]) -> None:
    """Uncertainty may only take accusations away."""
    exact = [{**row, "clock_error_s": 0} for row in table["officers"]]
    uncertain = {(f.rule, f.outcome.anchor) for f in evaluate(built(table), LIMITS).findings}
    certain = {(f.rule, f.outcome.anchor) for f in evaluate(built({**table, "officers": exact}), LIMITS).findings}
    assert uncertain <= certain


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(incidents)
def test_an_approved_explanation_of_everything_leaves_nothing_that_spoils(table: dict[str, Any]) -> None:
    facts = built({**table, "stores": "complete"})
    excuse = facts_of({"incident": {"explanations": [{"reason": "设备故障", "approved_by": "020001"}]}})
    assert isinstance(excuse, IncidentFacts)
    judged = evaluate(replace(facts, explanations=excuse.explanations), LIMITS)
    assert all(finding.outcome.severity is Severity.INFO for finding in judged.findings)
    assert judged.result is not ActivityResult.NONCOMPLIANT


@settings(max_examples=100, deadline=None)
@given(incidents, st.integers(0, 23))
def test_before_the_upload_time_nothing_is_asked(table: dict[str, Any], hours: int) -> None:
    facts = built(table)
    finish = max(view.window.span.end for view in facts.coverages)
    assert evaluate(replace(facts, now=finish + timedelta(hours=hours)), LIMITS).findings == ()


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(incidents)
def test_no_severity_exceeds_what_the_rule_declares(table: dict[str, Any]) -> None:
    from detectors import rule_of

    order = [Severity.INFO, Severity.WARN, Severity.FAIL]
    for finding in evaluate(built(table), LIMITS).findings:
        rule = rule_of(finding.rule)
        assert rule is not None
        assert order.index(finding.outcome.severity) <= order.index(rule.severity)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(stretch, max_size=4), min_size=1, max_size=3), st.sampled_from([0, 10, 100]))
def test_a_channel_is_missing_only_while_another_runs(channels: list[list[tuple[int, int]]], error: int) -> None:
    rows = [
        {
            "channel": f"CH{at}",
            "recorded": [f"{clock_time(start)} to {clock_time(start + length)}" for start, length in parts],
        }
        for at, parts in enumerate(channels)
    ]
    facts = facts_of(
        {"session": {"started": clock_time(0), "signed": clock_time(LENGTH), "channels": rows, "clock_error_s": error}}
    )
    assert isinstance(facts, SessionFacts)
    assert facts.together is not None
    for finding in evaluate(facts, LIMITS).findings:
        if finding.rule == "incomplete.session-channel":
            missing = finding.outcome.measured["missing_s"]
            assert isinstance(missing, float)
            assert missing <= facts.together.covered.nominal.total_seconds()
        assert finding.outcome.result is Result.FAIL
