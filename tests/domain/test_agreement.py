"""κ of published examples, by another way of reckoning, and laws; what is said where there is none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreement import Undefined, kappa
from domain.sampling import interval

Table = list[list[int]]
VERDICTS = st.sampled_from(["agreed", "disagreed", "undecided"])
PAIRS = st.lists(st.tuples(VERDICTS, VERDICTS), max_size=60)


def pairs(table: Table) -> list[tuple[int, int]]:
    return [
        (row, column) for row, cells in enumerate(table) for column, times in enumerate(cells) for _ in range(times)
    ]


@pytest.mark.parametrize(
    ("table", "value"),
    [
        # The usual example of two readers of 50 grant proposals: 35 of 50 agree, chance gives half.
        ([[20, 5], [10, 15]], 0.4),
        # Two tables with the same share of agreement (60 of 100) and different chance.
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        # Fleiss, Statistical Methods for Rates and Proportions: 100 patients in three diagnoses, κ 0.68.
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.6765),
    ],
)
def test_the_values_are_those_of_textbooks(table: Table, value: float) -> None:
    assert kappa(pairs(table)).value == pytest.approx(value, abs=5e-5)


def test_the_interval_is_that_of_fleiss_cohen_and_everitt() -> None:
    """Of the 100 patients the textbook gives a standard error of 0.087 and 0.51 to 0.85."""
    found = kappa(pairs([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found.low is not None
    assert found.high is not None
    assert (found.low, found.high) == pytest.approx((0.506, 0.847), abs=3e-3)


@pytest.mark.parametrize("table", [[[20, 5], [10, 15]], [[53, 5, 2], [11, 14, 5], [1, 6, 3]], [[3, 1], [0, 4]]])
def test_the_standard_error_is_that_of_the_delta_method_reckoned_by_differences(table: Table) -> None:
    """The slope of κ in every cell by a small step: its variance over the pairs is that of κ."""
    whole, step = sum(map(sum, table)), 1e-6
    cells = [[times / whole for times in row] for row in table]

    def of(shares: list[list[float]]) -> float:
        total = sum(map(sum, shares))
        rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
        chance = sum(one * other for one, other in zip(rows, columns, strict=True)) / total**2
        return (sum(shares[at][at] for at in range(len(shares))) / total - chance) / (1 - chance)

    slopes = []
    for row in range(len(table)):
        for column in range(len(table)):
            moved = [list(one) for one in cells]
            moved[row][column] += step
            slopes.append((cells[row][column], (of(moved) - of(cells)) / step))
    mean = sum(share * slope for share, slope in slopes)
    variance = sum(share * (slope - mean) ** 2 for share, slope in slopes) / whole
    found = kappa(pairs(table))
    assert found.low is not None
    assert found.value is not None
    assert found.value - found.low == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-4)


def test_without_pairs_and_with_one_category_only_there_is_no_value_and_it_is_said_why() -> None:
    none, one = kappa([]), kappa([("agreed", "agreed")] * 7)
    assert (none.value, none.why, none.share) == (None, Undefined.NO_PAIRS, None)
    assert (one.value, one.why, one.share, one.pairs) == (None, Undefined.ONE_CATEGORY, 1.0, 7)


def test_full_agreement_of_few_pairs_leaves_open_what_few_pairs_leave_open() -> None:
    """Three pairs, all the same: κ is 1, but 3 of 3 may well be a share of 0.29."""
    found = kappa([("agreed", "agreed"), ("agreed", "agreed"), ("disagreed", "disagreed")])
    chance = (2 / 3) ** 2 + (1 / 3) ** 2
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx((interval(3, 3).low - chance) / (1 - chance))


@given(PAIRS)
def test_whoever_is_named_first_plays_no_part(found) -> None:
    turned = kappa([(other, one) for one, other in found])
    assert (turned.value, turned.same, turned.why) == (kappa(found).value, kappa(found).same, kappa(found).why)


@given(PAIRS)
def test_the_value_lies_in_its_interval_and_all_between_minus_one_and_one(found) -> None:
    one = kappa(found)
    if one.value is None:
        assert one.why is not None
        return
    assert one.low is not None
    assert one.high is not None
    assert -1 <= one.low <= one.value <= one.high <= 1
    assert (one.value == 1) == (one.same == one.pairs)


@given(PAIRS.filter(lambda found: len({*found}) > 1), st.integers(2, 5))
def test_more_pairs_of_the_same_kind_leave_the_value_and_narrow_the_interval(found, times) -> None:
    one, many = kappa(found), kappa(found * times)
    assert many.value == pytest.approx(one.value)
    assert one.low is not None
    assert one.high is not None
    assert many.low is not None
    assert many.high is not None
    assert many.high - many.low <= one.high - one.low + 1e-9


@given(PAIRS, st.permutations(["agreed", "disagreed", "undecided"]))
def test_names_of_the_categories_play_no_part(found, names) -> None:
    other = dict(zip(["agreed", "disagreed", "undecided"], names, strict=True))
    renamed = kappa([(other[one], other[two]) for one, two in found])
    assert renamed.value == pytest.approx(kappa(found).value)
