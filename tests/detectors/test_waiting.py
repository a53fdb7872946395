"""Every rule that waits for the upload, in every situation in which nobody may be accused yet: one table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from detectors import RULES
from detectors.engine import evaluate
from detectors.limits import Limits
from detectors.rule import Facts, StoreFacts, StoreProof
from domain.finding import Result
from tests.detectors.tables import STORE, facts_of, instant
from tests.detectors.test_cases import FOLDER, load, outcomes_of

Case = tuple[str, Mapping[str, Any]]


def failing() -> list[Case]:
    """Every case in which a waiting rule fails and knows all that it says. What one clip shows waits for nothing."""
    waiting = [rule.id for rule in RULES if rule.waits_for_upload]
    cases = [(rule, case) for rule in waiting for case in load(FOLDER / f"{rule}.toml") if "clip" not in case]
    said = [(case.get("results") or [case["result"]]) for _, case in cases]
    return [one for one, results in zip(cases, said, strict=True) if "fail" in results and "unknown" not in results]


SITUATIONS = {
    "all was seen after the time for upload": ([STORE], Result.FAIL),
    "a store is unreachable": ([STORE, replace(STORE, store="dock-b", state="unreachable")], Result.UNKNOWN),
    "a store is in doubt": ([replace(STORE, state="doubtful")], Result.UNKNOWN),
    "a folder could not be listed": ([replace(STORE, refused=("2026-11-20",))], Result.UNKNOWN),
    "a store was never seen whole": ([replace(STORE, state="never-scanned", scan=None)], Result.UNKNOWN),
    "a store was last seen before the time for upload was over": (
        [STORE, replace(STORE, store="dock-b", scanned_at=instant("2026-11-20 23:00:00"))],
        Result.UNKNOWN,
    ),
}


def in_stores(facts: Facts, stores: list[StoreProof]) -> Facts:
    if isinstance(facts, StoreFacts):
        return replace(facts, proof=stores[-1])
    return replace(facts, stores=tuple(stores))  # type: ignore[call-arg]


def results(rule: str, case: Mapping[str, Any], facts: Facts) -> list[Result]:
    limits = Limits.from_mapping(case.get("limits", {}))
    return [outcome.result for outcome in outcomes_of(evaluate(facts, limits), rule)]


TABLE = [
    pytest.param(rule, case, stores, expected, id=f"{rule}: {case['name']}: {situation}")
    for rule, case in failing()
    for situation, (stores, expected) in SITUATIONS.items()
]


@pytest.mark.parametrize(("rule", "case", "stores", "expected"), TABLE)
def test_a_failure_needs_stores_that_were_seen_whole_after_the_time_for_upload(
    rule: str, case: Mapping[str, Any], stores: list[StoreProof], expected: Result
) -> None:
    found = results(rule, case, in_stores(facts_of(case), stores))
    assert expected in found
    assert expected is Result.FAIL or Result.FAIL not in found


@pytest.mark.parametrize(("rule", "case"), [pytest.param(*one, id=f"{one[0]}: {one[1]['name']}") for one in failing()])
def test_before_the_time_for_upload_is_over_it_is_pending_whatever_the_stores_are(
    rule: str, case: Mapping[str, Any]
) -> None:
    early = replace(facts_of(case), now=instant("2026-11-20 23:30:00"))
    for stores, _ in SITUATIONS.values():
        found = results(rule, case, in_stores(early, stores))
        assert Result.PENDING in found
        assert not {Result.FAIL, Result.UNKNOWN} & set(found)


def test_every_waiting_rule_is_in_the_table() -> None:
    assert {rule for rule, _ in failing()} == {rule.id for rule in RULES if rule.waits_for_upload}


def test_what_waits_for_a_store_is_judged_again_at_every_scan() -> None:
    """Nothing marks the subject when the store is listed at last."""
    case = load(FOLDER / "missing.no-recording.toml")
    facts = facts_of(next(one for one in case if one.get("result") == "fail"))
    late = [replace(STORE, scanned_at=instant("2026-11-20 23:00:00"))]
    judged = evaluate(in_stores(facts, late), Limits())
    assert judged.recheck_at is not None
    assert judged.recheck_at < facts.now
    assert evaluate(in_stores(facts, [STORE]), Limits()).recheck_at is None
