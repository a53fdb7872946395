"""The layout of a fingerprint: what is put in comes out, and likeness is no matter of order."""

from hypothesis import given
from hypothesis import strategies as st

from domain.prints import FINE, KEY, RUN, STILL, alike, apart, is_run, is_still, key_of, keys_of, packed, range_of

KEYS = st.integers(0, 2**KEY - 1)
PLACES = st.tuples(st.integers(0, KEY - 1), st.integers(0, KEY - 1))
FINES = st.integers(0, 2**FINE - 1)
VALUES = st.builds(packed, KEYS, PLACES, FINES)


@given(KEYS, PLACES, FINES)
def test_a_value_fits_a_signed_column_and_keeps_its_key(key: int, places: tuple[int, int], fine: int) -> None:
    value = packed(key, places, fine)
    assert -(2**63) <= value < 2**63
    assert key_of(value) == key
    low, high = range_of(key)
    assert low <= value <= high


@given(KEYS, KEYS)
def test_ranges_of_different_keys_do_not_meet(one: int, other: int) -> None:
    if one != other:
        first, second = sorted((range_of(one), range_of(other)))
        assert first[1] < second[0]


@given(VALUES, VALUES)
def test_likeness_and_distance_are_the_same_either_way(one: int, other: int) -> None:
    assert alike(one, other) == alike(other, one)
    assert apart(one, other) == apart(other, one)
    assert alike(one, one)
    assert apart(one, one) == 0


def test_the_two_least_certain_bits_may_be_either_way_and_no_other() -> None:
    one = packed(0b1, (KEY - 1, 0), 0)
    assert alike(one, packed(0b0, (5, 6), 0))
    assert alike(one, packed(0b1 | 1 << KEY - 1, (5, 6), 0))
    assert not alike(one, packed(0b11, (5, 6), 0))
    assert len(keys_of(one)) == 4


def test_fine_bits_decide_by_how_many_differ() -> None:
    assert alike(packed(7, (1, 2), 0), packed(7, (1, 2), 2**10 - 1))
    assert not alike(packed(7, (1, 2), 0), packed(7, (1, 2), 2**11 - 1))


def test_a_digest_is_equal_or_it_is_not() -> None:
    digest = packed(7, (RUN, RUN), 1)
    assert is_run(digest)
    assert keys_of(digest) == (7,)
    assert alike(digest, packed(7, (RUN, RUN), 1))
    assert not alike(digest, packed(7, (RUN, RUN), 0))
    assert not alike(digest, packed(7, (0, 1), 1))
    assert is_still(packed(7, (STILL, STILL), 1))
