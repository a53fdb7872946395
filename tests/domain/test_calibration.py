"""When a decision counts as undone, and how long it had taken."""

from datetime import timedelta

import pytest

from domain.calibration import undone, waited
from domain.finding import FindingStatus
from domain.review import STEPS, Decision, ReviewEntry
from domain.timespan import utc

START, HOUR = utc(2026, 11, 20), timedelta(hours=1)
EXPLAIN, ACCEPT, RETURN, REOPEN = Decision.EXPLAIN, Decision.ACCEPT, Decision.RETURN, Decision.REOPEN
DISMISS, CONFIRM = Decision.DISMISS, Decision.CONFIRM


def loop(*decisions: Decision, resolved_before: int | None = None) -> list[ReviewEntry]:
    """Decisions an hour apart; before one of them the program had resolved the finding, and it had come back."""
    found, status = [], FindingStatus.OPEN
    for number, decision in enumerate(decisions, 1):
        before = FindingStatus.OPEN if number == resolved_before else status
        status = STEPS[decision].after
        found.append(ReviewEntry("k", number, START + number * HOUR, "a", "officer", decision, before, status))
    return found


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ((DISMISS,), [False]),
        ((DISMISS, REOPEN, CONFIRM), [True, False, False]),
        ((EXPLAIN, RETURN, EXPLAIN, ACCEPT), [True, False, False, False]),
        # What is reopened after it was accepted undoes both.
        ((EXPLAIN, ACCEPT, REOPEN), [True, True, False]),
        # Another explanation takes the place of the first, and is returned.
        ((EXPLAIN, EXPLAIN, RETURN), [False, True, False]),
        # Each question by itself: dismissed, reopened, dismissed again, and that stands.
        ((DISMISS, REOPEN, DISMISS), [True, False, False]),
    ],
)
def test_a_decision_is_undone_when_what_it_led_to_is_taken_back(decisions, expected) -> None:
    entries = loop(*decisions)
    assert [undone(entries, at) for at in range(len(entries))] == expected


def test_what_is_decided_after_the_finding_came_back_undoes_nothing() -> None:
    entries = loop(DISMISS, EXPLAIN, RETURN, resolved_before=2)
    assert [undone(entries, at) for at in range(3)] == [False, True, False]


def test_the_time_runs_since_the_question_or_the_step_before() -> None:
    entries = loop(EXPLAIN, RETURN, EXPLAIN)
    assert [waited(entries, at, [START]) for at in range(3)] == [HOUR, HOUR, HOUR]
    # Half an hour before the first explanation the question was put anew.
    assert waited(entries, 0, [START, START + HOUR / 2, START + 9 * HOUR]) == HOUR / 2
    assert waited(entries, 0, []) is None


def test_after_it_came_back_the_time_runs_since_it_was_asked_again() -> None:
    entries = loop(DISMISS, CONFIRM, resolved_before=2)
    assert waited(entries, 1, [START, START + 1.75 * HOUR]) == HOUR / 4
