"""The draw can be repeated by anybody; sizes and intervals are those of published tables."""

import hashlib
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exact import bounds
from domain.sampling import (
    Member,
    Precision,
    draw,
    interval,
    margin_of,
    population_digest,
    quotas,
    rank,
    size_for,
    strata_of,
    weighted,
)

pytestmark = pytest.mark.slow

NAMES = st.sampled_from(["甲所", "乙所", "丙所", ""])
POPULATIONS = st.dictionaries(st.text(min_size=1, max_size=8), NAMES, max_size=40).map(
    lambda found: [Member(key, stratum) for key, stratum in found.items()]
)


def test_a_members_number_can_be_worked_out_with_any_sha256() -> None:
    assert rank("2026-11", "JQ1") == hashlib.sha256(b'["2026-11","JQ1"]').hexdigest()


@given(POPULATIONS, st.text(max_size=5), st.integers(0, 50), st.integers(0, 3), st.randoms())
def test_the_same_seed_draws_the_same_whatever_the_order(members, seed, size, least, chance) -> None:
    wanted = quotas(strata_of(members), size, least)
    drawn = draw(members, seed, wanted)
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert draw(shuffled, seed, wanted) == drawn
    assert population_digest(shuffled) == population_digest(members)


@given(POPULATIONS, st.text(max_size=5), st.integers(0, 50), st.integers(0, 3))
def test_nobody_is_drawn_twice_and_every_stratum_gives_its_quota(members, seed, size, least) -> None:
    wanted = quotas(strata_of(members), size, least)
    drawn = draw(members, seed, wanted)
    assert len({member.key for member in drawn}) == len(drawn) == sum(wanted.values())
    assert strata_of(drawn) == {name: count for name, count in wanted.items() if count}


@given(st.dictionaries(st.text(max_size=4), st.integers(1, 1000), min_size=1), st.integers(0, 3000), st.integers(0, 5))
def test_quotas_add_up_keep_the_minimum_and_never_exceed_a_stratum(sizes, size, least) -> None:
    wanted = quotas(sizes, size, least)
    floors = sum(min(least, count) for count in sizes.values())
    assert sum(wanted.values()) == min(max(size, floors), sum(sizes.values()))
    assert all(min(least, sizes[name]) <= wanted[name] <= sizes[name] for name in sizes)


@given(st.dictionaries(st.text(max_size=4), st.integers(1, 1000), min_size=1), st.integers(0, 3000))
def test_without_a_minimum_no_quota_is_a_whole_member_off_its_proportion(sizes, size) -> None:
    total = sum(sizes.values())
    wanted = min(size, total)
    assert all(abs(count - wanted * sizes[name] / total) < 1 for name, count in quotas(sizes, size).items())


@given(POPULATIONS, POPULATIONS, st.text(max_size=5), st.integers(0, 10))
def test_who_joins_one_stratum_changes_nothing_in_another(members, more, seed, size) -> None:
    own = [member for member in members if member.stratum == "甲所"]
    others = [Member(f"+{member.key}", "乙所") for member in more]
    assert draw([*own, *others], seed, {"甲所": size}) == draw(own, seed, {"甲所": size})


@given(POPULATIONS, st.text(max_size=5), st.integers(0, 10))
def test_a_larger_quota_only_adds_members(members, seed, size) -> None:
    smaller = draw(members, seed, dict.fromkeys(strata_of(members), size))
    larger = draw(members, seed, dict.fromkeys(strata_of(members), size + 1))
    assert [member for member in larger if member in set(smaller)] == smaller


def test_another_seed_draws_others() -> None:
    members = [Member(f"JQ{number:03}") for number in range(200)]
    assert draw(members, "a", {"": 20}) != draw(members, "b", {"": 20})


def test_proportion_and_minimum_of_three_stations() -> None:
    sizes = {"大所": 700, "中所": 280, "小所": 20}
    assert quotas(sizes, 50) == {"大所": 35, "中所": 14, "小所": 1}
    # Five of the small one: four more, taken from where they weigh least.
    assert quotas(sizes, 50, least=5)["小所"] == 5
    assert sum(quotas(sizes, 50, least=5).values()) == 50


def test_a_member_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="JQ1 twice"):
        strata_of([Member("JQ1", "a"), Member("JQ1", "b")])


@pytest.mark.parametrize(
    ("population", "size"), [(10, 10), (50, 45), (100, 80), (200, 132), (500, 218), (1000, 278), (10_000, 370)]
)
def test_sizes_are_those_of_the_table_of_krejcie_and_morgan(population: int, size: int) -> None:
    """Educational and Psychological Measurement 30 (1970): 95 %, ±5 %, share one half (they round, we round up)."""
    assert abs(size_for(population, 0.05) - size) <= 1
    assert margin_of(population, size_for(population, 0.05)) <= 0.05


def test_whoever_looks_at_all_knows_the_share_and_whoever_looks_at_none_knows_nothing() -> None:
    assert margin_of(40, 40) == 0.0
    assert margin_of(40, 0) == 1.0
    assert size_for(0, 0.05) == 0
    assert (interval(0, 0).low, interval(0, 0).high, interval(0, 0).share) == (0.0, 1.0, None)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 20, 0.0, 0.1684),
        (2, 20, 0.0123, 0.3170),
        (0, 100, 0.0, 0.0362),
        (10, 100, 0.0490, 0.1762),
        (50, 100, 0.3983, 0.6017),
    ],
)
def test_intervals_are_the_exact_ones_of_published_tables(hits: int, count: int, low: float, high: float) -> None:
    """Binomial confidence limits at 95 %, as in Geigy's scientific tables and `scipy.stats.binomtest`."""
    found = interval(hits, count)
    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)


@given(st.integers(1, 400), st.data())
def test_an_interval_holds_its_share_and_mirrors(count, data) -> None:
    hits = data.draw(st.integers(0, count))
    found, mirrored = interval(hits, count), interval(count - hits, count)
    assert 0 <= found.low <= hits / count <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


def test_strata_weigh_as_many_members_as_they_have() -> None:
    # A tenth of the large one missed, half of the small one: 0.1 * 900 + 0.5 * 100 of 1000.
    assert share([(900, 10, 10, 1), (100, 10, 10, 5)]) == pytest.approx(0.14)
    # Only half of the large one's count: 90 + 50 missed of an estimated 450 + 100.
    assert share([(900, 10, 5, 1), (100, 10, 10, 5)]) == pytest.approx(140 / 550)
    assert weighted([(900, 10, 10, 1), (100, 0, 0, 0)]) is None
    assert weighted([]) is None


def share(parts: list[tuple[int, int, int, int]]) -> float:
    found = weighted(parts)
    assert found is not None
    return found.share


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 20), st.data()), min_size=1, max_size=4))
def test_strata_drawn_in_proportion_have_the_exact_interval_of_all_together(strata) -> None:
    parts = [
        (ten * count * 10, count * ten, count * ten, data.draw(st.integers(0, count))) for ten, count, data in strata
    ]
    together = interval(sum(part[3] for part in parts), sum(part[2] for part in parts))
    found = weighted(parts)
    assert found is not None
    assert (found.share, found.low, found.high) == pytest.approx((together.share, together.low, together.high))


@pytest.mark.parametrize(("large", "small"), [((900, 10), (100, 10)), ((800, 12), (200, 12)), ((90, 9), (10, 1))])
@pytest.mark.parametrize("wrong", [(0.1, 0.0), (0.05, 0.5), (0.0, 0.3), (0.3, 0.3), (0.9, 0.0)])
def test_the_weighted_interval_holds_the_true_share_at_least_as_often_as_it_says(large, small, wrong) -> None:
    """Every outcome of a draw from two strata, with its chance."""
    true = sum(size * p for (size, _), p in zip((large, small), wrong, strict=True)) / (large[0] + small[0])
    holds = 0.0
    for one, other in itertools.product(range(large[1] + 1), range(small[1] + 1)):
        found = weighted([(*large, large[1], one), (*small, small[1], other)])
        assert found is not None
        if found.low <= true <= found.high:
            holds += chance(one, large[1], wrong[0]) * chance(other, small[1], wrong[1])
    assert holds >= 0.95


def chance(hits: int, count: int, p: float) -> float:
    return math.comb(count, hits) * p**hits * (1 - p) ** (count - hits)


@given(st.integers(1, 30), st.integers(0, 30), st.floats(0.02, 0.98))
def test_the_exact_bounds_leave_half_the_doubt_on_each_side(count, hits, confidence) -> None:
    """By the sum of chances, which is how the interval is defined."""
    hits = min(hits, count)
    low, high = bounds(hits, count, confidence)
    if hits:
        assert sum(chance(k, count, low) for k in range(hits, count + 1)) == pytest.approx((1 - confidence) / 2)
    if hits < count:
        assert sum(chance(k, count, high) for k in range(hits + 1)) == pytest.approx((1 - confidence) / 2)


@pytest.mark.parametrize("least", [5e-324, 1e-300, 1e-12])
def test_next_to_nothing_is_bounded_like_nothing(least: float) -> None:
    assert bounds(least, 5.0, 0.95)[0] == 0.0
    assert bounds(5.0 - least, 5.0, 0.95)[1] == 1.0


@given(st.floats(0.1, 500), st.data())
def test_bounds_of_numbers_that_are_not_whole_hold_their_share(count, data) -> None:
    hits = data.draw(st.floats(0, count))
    low, high = bounds(hits, count, 0.95)
    assert 0 <= low <= hits / count + 1e-9
    assert hits / count - 1e-9 <= high <= 1


def test_a_wanted_precision_tells_the_size() -> None:
    # 1.959964² · ¼ ÷ 0.05² = 384.15; of 1000: 384.15 ÷ (1 + 383.15 ÷ 1000) = 277.7.
    assert Precision(0.05, 0.95).size(1000) == 278
    # 2.575829² · ¼ ÷ 0.02² = 4146.8; of 500: 446.2.
    assert Precision(0.02, 0.99).size(500) == 447
    assert Precision().size(0) == 0
