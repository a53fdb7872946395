"""Laws of the rules on content, whatever was measured: no exception, no accusation under doubt, no pass unseen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import RULES as ALL
from detectors.engine import evaluate
from detectors.limits import Limits
from detectors.rule import ClipFacts
from domain.finding import Outcome, Result
from domain.observation import Observation, ObservationKind
from tests.detectors.tables import facts_of

LIMITS = Limits()
RULES = ("incomplete.picture-lost", "incomplete.sound-lost", "nonstandard.covered", "nonstandard.blurred")
ON_CONTENT = [rule for rule in ALL if rule.id in (*RULES, "nonstandard.turned")]
LEVELS = {"black": [2, 29, 31], "frozen": [0, 0.5, 2], "no-signal": [0.5, 1], "covered": [1, 9], "blurred": [0.1, 0.9]}
LEVELS |= {"silent": [-120, -70, -50], "low-sound": [-60, -30], "undecodable": [5], "still": [1], "turned": [0, 180]}


def piece(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.integers(0, 590), st.integers(1, 200), st.sampled_from(LEVELS[kind])).map(
        lambda drawn: {"kind": kind, "at": f"{drawn[0]}-{min(drawn[0] + drawn[1], 600)}", "value": drawn[2]}
    )


pieces = st.lists(st.sampled_from(sorted(LEVELS)).flatmap(piece), max_size=8)
stretch = st.tuples(st.integers(0, 590), st.integers(1, 600)).map(lambda d: f"{d[0]}-{min(d[0] + d[1], 600)}")
contents = st.fixed_dictionaries(
    {
        "found": pieces,
        "required": st.lists(stretch, max_size=2),
        "picture": st.lists(stretch, max_size=2),
        "sound": st.lists(stretch, max_size=2),
        "waiting": st.booleans(),
    }
)


def built(content: dict[str, Any], error: float = 0) -> ClipFacts:
    facts = facts_of({"clip": {"content": content, "clock_error_s": error}})
    assert isinstance(facts, ClipFacts)
    return facts


def judged(facts: ClipFacts, limits: Limits = LIMITS) -> dict[str, Outcome]:
    return {rule: outcome for rule, _, outcome in evaluate(facts, limits, ON_CONTENT).outcomes}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(contents)
def test_a_failure_is_longer_than_the_limit_that_it_names(content: dict[str, Any]) -> None:
    for outcome in judged(built(content)).values():
        longest, allowed = outcome.measured.get("longest_s"), outcome.measured.get("content_allowed_s")
        if outcome.result is Result.FAIL and isinstance(longest, float):
            assert isinstance(allowed, float)
            assert longest > allowed


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(contents, st.sampled_from([1, 15, 200]))
def test_a_less_certain_clock_only_takes_failures_away(content: dict[str, Any], error: float) -> None:
    certain, uncertain = judged(built(content)), judged(built(content, error))
    for rule in RULES:
        if uncertain[rule].result is Result.FAIL:
            assert certain[rule].result is Result.FAIL


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(contents)
def test_looking_at_less_neither_adds_a_failure_nor_makes_a_pass(content: dict[str, Any]) -> None:
    whole = {**content, "picture": ["0-600"], "sound": ["0-600"]}
    more, less = judged(built(whole)), judged(built(content))
    for rule in RULES:
        if less[rule].result in (Result.FAIL, Result.PASS):
            assert more[rule].result is less[rule].result


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(contents)
def test_a_longer_allowance_adds_no_failure(content: dict[str, Any]) -> None:
    ease = replace(LIMITS, picture_lost_seconds=90, silence_seconds=120, covered_seconds=90, blurred_seconds=90)
    # Picture that is no longer lost may be covered or blurred: these two are compared without it.
    seen = {**content, "found": [one for one in content["found"] if one["kind"] in ("silent", "covered")]}
    for given_content, rules in ((content, RULES[:2]), (seen, RULES[:3])):
        strict, mild = judged(built(given_content)), judged(built(given_content), ease)
        for rule in rules:
            if mild[rule].result is Result.FAIL:
                assert strict[rule].result is Result.FAIL


def halved(one: Observation) -> list[Observation]:
    middle = one.start + (one.end - one.start) / 2
    return [replace(one, end=middle), replace(one, start=middle)]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(contents)
def test_cutting_measurements_finer_changes_nothing(content: dict[str, Any]) -> None:
    facts = built(content)
    assert facts.content is not None
    finer = tuple(part for one in facts.content.observations for part in halved(one))
    cut = replace(facts, content=replace(facts.content, observations=finer))
    before, after = judged(facts), judged(cut)
    for rule in (*RULES, "nonstandard.turned"):
        assert before[rule] == after[rule]


odd = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.none(), st.sampled_from([0.0, -1.0, 1e308, 1.7e9, -1e300])
)
far = st.integers(-(10**10), 10**10).map(lambda seconds: timedelta(seconds=seconds))
near = st.integers(-10, 700).map(lambda seconds: timedelta(seconds=seconds))
hostile = st.builds(
    Observation,
    st.just("test"),
    st.just(1),
    st.sampled_from(ObservationKind),
    near | far,
    near | far,
    odd,
    st.just("any"),
    st.none() | st.text(max_size=12),
)


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(st.lists(hostile, max_size=12), st.lists(st.tuples(near | far, near | far), max_size=3), st.booleans())
def test_measurements_that_make_no_sense_never_stop_the_rules(
    found: list[Observation], required: list[tuple[timedelta, timedelta]], placed: bool
) -> None:
    facts = facts_of({"clip": {"content": {}, **({} if placed else {"recorded": "time unknown"})}})
    assert isinstance(facts, ClipFacts)
    assert facts.content is not None
    content = replace(facts.content, observations=tuple(found), required=tuple(required))
    assert evaluate(replace(facts, content=content), LIMITS).outcomes
