"""Finds what is wrong: facts in, outcomes and findings out. RULES is the whole catalogue (`docs/rules.md`)."""

from detectors import incomplete, missing, nonstandard
from detectors.rule import Rule

RULES: tuple[Rule, ...] = (*missing.RULES, *incomplete.RULES, *nonstandard.RULES)


def rule_of(rule_id: str) -> Rule | None:
    """The rule with this id, None when there is none."""
    return next((rule for rule in RULES if rule.id == rule_id), None)
