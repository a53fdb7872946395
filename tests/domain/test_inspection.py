"""Who may check what, who sees which verdict, and what the verdicts add up to."""

import pytest

from domain.inspection import (
    Check,
    Checked,
    CheckVerdict,
    SelfCheck,
    contradiction,
    next_round,
    results,
    self_check_of,
    shown_to,
)
from domain.timespan import utc

AT = utc(2026, 11, 23, 4)
AGREED, DISAGREED, UNDECIDED = CheckVerdict.AGREED, CheckVerdict.DISAGREED, CheckVerdict.UNDECIDED


def check(turn: int, actor: str, verdict: CheckVerdict = AGREED, missed: bool = False) -> Check:
    return Check(turn, AT, actor, verdict, missed, "looked at all of it")


def test_the_self_check_is_open_while_anything_is_and_fine_only_when_nothing_was_found_or_kept() -> None:
    assert self_check_of([]) is SelfCheck.FINE
    assert self_check_of(["dismissed", "dismissed"]) is SelfCheck.FINE
    assert self_check_of(["dismissed", "explained"]) is SelfCheck.FAULTS
    assert self_check_of(["confirmed"]) is SelfCheck.FAULTS
    assert self_check_of(["confirmed", "open"]) is SelfCheck.OPEN


@pytest.mark.parametrize(
    ("said", "verdict", "missed", "why"),
    [
        (SelfCheck.FINE, AGREED, False, None),
        (SelfCheck.FINE, DISAGREED, True, None),
        (SelfCheck.FINE, AGREED, True, "agreed-missed"),
        (SelfCheck.FINE, DISAGREED, False, "disagreed-nothing"),
        (SelfCheck.FAULTS, AGREED, True, None),  # what was found is true, and there is more
        (SelfCheck.FAULTS, DISAGREED, False, None),  # what was found is not so
        (SelfCheck.OPEN, UNDECIDED, True, "undecided-missed"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_not_taken(said, verdict, missed, why) -> None:
    assert contradiction(said, verdict, missed) == why


def test_the_second_check_is_another_persons_and_there_is_no_third() -> None:
    assert next_round([], "account:a") == 1
    assert next_round([check(1, "account:a")], "account:a") is None
    assert next_round([check(1, "account:a")], "account:b") == 2
    assert next_round([check(1, "account:a"), check(2, "account:b")], "account:c") is None


def test_whoever_may_still_check_does_not_see_the_first_verdict() -> None:
    first, second = check(1, "account:a"), check(2, "account:b", DISAGREED, True)
    assert shown_to([first], "account:b", closed=False) == ()
    assert shown_to([first], "account:a", closed=False) == (first,)
    assert shown_to([first, second], "account:b", closed=False) == (first, second)
    assert shown_to([first], "account:b", closed=True) == (first,)


def items() -> list[Checked]:
    """Six drawn: of four fine ones three decided, one of these missed; one with faults, one not looked at."""
    fine, faults = SelfCheck.FINE, SelfCheck.FAULTS
    return [
        Checked(1, "甲所", fine, (check(1, "a"),)),
        Checked(2, "甲所", fine, (check(1, "a"), check(2, "b", DISAGREED, True))),
        Checked(3, "甲所", faults, (check(1, "a", AGREED, True),)),
        Checked(4, "乙所", fine, (check(1, "a", UNDECIDED),)),
        Checked(5, "乙所", fine, (check(1, "b"), check(2, "a"))),
        Checked(6, "乙所", fine, ()),
    ]


def test_the_miss_rate_counts_what_the_self_check_had_called_fine() -> None:
    found = results(items(), {"甲所": 30, "乙所": 10})
    assert (found.whole.drawn, found.whole.checked, found.whole.undecided) == (6, 5, 1)
    assert (found.whole.missed.hits, found.whole.missed.count) == (1, 3)
    assert found.whole.missed_elsewhere == 1
    assert (found.whole.agreement.hits, found.whole.agreement.count) == (3, 4)
    # The published exact bounds of 1 in 3 are 0.0084 and 0.9057.
    assert found.whole.missed.low == pytest.approx(0.0084, abs=6e-5)
    assert found.whole.missed.high == pytest.approx(0.9057, abs=6e-5)


def test_the_second_check_is_the_one_that_counts_and_the_two_are_compared() -> None:
    found = results(items(), {"甲所": 30, "乙所": 10})
    assert (found.second.hits, found.second.count) == (1, 2)
    assert (found.strata["甲所"].missed.hits, found.strata["甲所"].missed.count) == (1, 2)
    assert (found.strata["乙所"].missed.hits, found.strata["乙所"].missed.count) == (0, 1)
    # 甲: 3 decided stand for 30, 2 of them fine, 1 missed; 乙: 1 decided stands for 10, fine.
    assert found.weighted is not None
    assert found.weighted.share == pytest.approx(10 / (20 + 10))
    # Agreed and agreed, agreed and disagreed: one of two the same, and chance alone would give one of two.
    assert (found.kappa.pairs, found.kappa.same, found.kappa.value) == (2, 1, 0.0)


def test_an_unlooked_at_sample_has_no_share_at_all() -> None:
    found = results([Checked(1, "", SelfCheck.FINE, ())], {"": 9})
    assert found.whole.missed.share is None
    assert found.weighted is None
