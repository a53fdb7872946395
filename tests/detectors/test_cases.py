"""Every rule against its readable cases in tests/cases/<rule-id>.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detectors import RULES, rule_of
from detectors.engine import Evaluation, evaluate
from detectors.limits import Limits
from domain.finding import Outcome, Result
from tests.detectors.tables import facts_of, known_keys
from tests.statements import english

FOLDER = Path(__file__).resolve().parent.parent / "cases"
FACTS = ("incident", "session", "clip", "device", "store", "feed")
EXPECTED = ("name", "result", "results", "severity", "measured", "says", "findings", "activity", "limits", "officer")


def load(path: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    return cases


CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for case in load(path)
]


def outcomes_of(evaluation: Evaluation, rule_id: str) -> list[Outcome]:
    return [outcome for rule, _, outcome in evaluation.outcomes if rule == rule_id]


@pytest.mark.parametrize(("rule_id", "case"), CASES)
def test_the_rule_says_what_the_case_expects(rule_id: str, case: dict[str, Any]) -> None:
    known_keys(case, *EXPECTED, *FACTS)
    whole = evaluate(facts_of(case), Limits.from_mapping(case.get("limits", {})))
    outcomes = outcomes_of(whole, rule_id)
    expected = case.get("results") or [case["result"]]
    assert [outcome.result.value for outcome in outcomes] == expected, [outcome.evidence for outcome in outcomes]
    told = next((o for o in outcomes if o.result not in (Result.PASS, Result.NOTAPPLICABLE)), outcomes[0])
    if "severity" in case:
        assert told.severity.value == case["severity"]
    if "officer" in case:
        assert told.officer == case["officer"]
    for key, value in case.get("measured", {}).items():
        assert told.measured[key] == value, key
    assert case.get("says", "") in " | ".join(told.evidence)
    if "findings" in case:
        assert [finding.rule for finding in whole.findings] == case["findings"]
    if "activity" in case:
        assert whole.result == case["activity"]


@pytest.mark.parametrize(("rule_id", "case"), CASES)
def test_every_statement_says_as_much_in_chinese_as_in_english(rule_id: str, case: dict[str, Any]) -> None:
    whole = evaluate(facts_of(case), Limits.from_mapping(case.get("limits", {})))
    given = set(texts_in(case))  # what the facts say themselves is passed on as it is
    for statement in (said for outcome in outcomes_of(whole, rule_id) for said in outcome.evidence):
        assert statement in given or english(statement)


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


def test_every_rule_has_its_cases_and_every_file_its_rule() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_every_rule_is_shown_passing_failing_and_not_knowing(rule_id: str) -> None:
    shown = {result for case in load(FOLDER / f"{rule_id}.toml") for result in case.get("results") or [case["result"]]}
    assert {"pass", "fail", "unknown"} <= shown
    rule = rule_of(rule_id)
    assert rule is not None
    if rule.waits_for_upload:
        assert "pending" in shown


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_case_names_are_told_apart(rule_id: str) -> None:
    names = [case["name"] for case in load(FOLDER / f"{rule_id}.toml")]
    assert len(names) == len(set(names))
