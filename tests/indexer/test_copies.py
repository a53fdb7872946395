"""Copies by fingerprints: one difference of time for many moments, in any order; chance and loops are not."""

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.content.base import Print
from detectors.content.prints import as_still
from domain.prints import FINE, KEY, RUN, packed
from indexer.copies import Match, copies_of

EASY = settings(max_examples=25, deadline=None)


def seconds(count: float) -> timedelta:
    return timedelta(milliseconds=round(count * 1000))


def value(rng: random.Random) -> int:
    return packed(rng.getrandbits(KEY), (rng.randrange(KEY), rng.randrange(KEY)), rng.getrandbits(FINE))


def footage(seed: int, length: float, step: float = 2.2, sound: bool = True) -> list[Print]:
    """Moments that no other footage has."""
    rng = random.Random(seed)
    return [Print(seconds(n * step + rng.random()), value(rng), sound) for n in range(int(length / step))]


def later(prints: Sequence[Print], by: timedelta) -> list[Print]:
    return [replace(one, at=one.at + by) for one in prints]


def between(prints: Sequence[Print], start: float, end: float) -> list[Print]:
    return [one for one in prints if seconds(start) <= one.at < seconds(end)]


def encoded_again(prints: Sequence[Print], seed: int, kept: float = 0.75) -> list[Print]:
    """Some moments are lost, of the others a few fine bits and their time are a little other."""
    rng = random.Random(seed)
    found = []
    for one in prints:
        if rng.random() < kept:
            bits = sum(1 << rng.randrange(FINE) for _ in range(3))
            found.append(replace(one, value=one.value ^ bits, at=one.at + seconds(rng.uniform(0, 0.06))))
        else:
            found.append(replace(one, value=value(rng), at=one.at + seconds(rng.uniform(-0.9, 0.9))))
    return found


def only(matches: Sequence[Match]) -> Match:
    assert len(matches) == 1, matches
    return matches[0]


@EASY
@given(st.integers(0, 10**6), st.floats(0, 500))
def test_a_copy_that_begins_elsewhere_is_the_same_copy(seed: int, offset: float) -> None:
    """Offset invariance: the stretch moves with it and nothing else changes."""
    whole = footage(seed, 120)
    match = only(copies_of(later(encoded_again(whole, seed + 1), seconds(offset)), {7: whole}))
    again = only(copies_of(encoded_again(whole, seed + 1), {7: whole}))
    assert (match.agreeing, match.sound, match.picture, match.there) == (again.agreeing, True, False, again.there)
    assert match.here == tuple(at + seconds(offset) for at in again.here)


@EASY
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_moments_and_of_files_is_no_matter(seed: int, order: random.Random) -> None:
    mine, copy, other = footage(seed, 90), encoded_again(footage(seed, 90), 3), footage(seed + 1, 90)
    shuffled = [order.sample(one, len(one)) for one in (mine, copy, other)]
    assert copies_of(mine, {1: copy, 2: other}) == copies_of(shuffled[0], {2: shuffled[2], 1: shuffled[1]})


@EASY
@given(st.integers(0, 10**6))
def test_a_part_of_thirty_seconds_is_found_in_the_whole_and_its_place_told(seed: int) -> None:
    whole = footage(seed, 300)
    part = later(encoded_again(between(whole, 100, 130), seed, kept=0.9), seconds(-100))
    match = only(copies_of(part, {1: whole}))
    assert abs(match.there[0] - match.here[0] - seconds(100)) < seconds(0.2)
    assert match.there[1] - match.there[0] > seconds(15)


def test_a_part_cut_out_makes_two_stretches() -> None:
    whole = footage(1, 300)
    cut = [*between(whole, 0, 100), *later(between(whole, 200, 300), seconds(-100))]
    first, second = copies_of(encoded_again(cut, 2), {1: whole})
    assert abs(first.there[0] - first.here[0]) < seconds(0.2)
    assert abs(second.there[0] - second.here[0] - seconds(100)) < seconds(0.2)
    assert first.here[1] <= seconds(101)
    assert second.here[0] >= seconds(99)


@EASY
@given(st.integers(0, 10**6))
def test_other_footage_is_no_copy(seed: int) -> None:
    assert copies_of(footage(seed, 600), {n: footage(seed + n, 600) for n in range(1, 4)}) == []


def test_eight_seconds_of_the_same_jingle_are_no_copy() -> None:
    jingle = footage(9, 8, step=0.8)
    mine = [*footage(1, 100), *later(jingle, seconds(100)), *later(footage(2, 100), seconds(110))]
    other = [*footage(3, 40), *later(jingle, seconds(40)), *later(footage(4, 100), seconds(50))]
    assert copies_of(mine, {1: other}) == []


def test_a_siren_that_goes_round_and_round_is_no_copy() -> None:
    """Four seconds of moments, again and again, in both."""
    turn = footage(9, 4.4)
    mine = [one for n in range(30) for one in later(turn, seconds(4.4 * n))]
    other = [one for n in range(30) for one in later(turn, seconds(4.4 * n + 300))]
    assert copies_of(mine, {1: other}) == []


def blurred(prints: Sequence[Print], seed: int, bits: Sequence[int], kept: float = 1.0) -> list[Print]:
    """Every moment with as many other fine bits as one of these; some are none at all."""
    rng = random.Random(seed)
    return [
        replace(one, value=one.value ^ sum(1 << at for at in rng.sample(range(FINE), rng.choice(bits))))
        for one in prints
        if rng.random() < kept
    ]


@pytest.mark.parametrize("seed", range(8))
def test_a_microphone_beside_the_first_is_no_copy(seed: int) -> None:
    """Bits of a hundred moments as measured a metre or two away; at 38 it heard none."""
    measured = [2] + [6] * 8 + [9] * 13 + [12] * 18 + [15] * 12 + [19] * 10
    whole = footage(seed, 600)
    assert copies_of(blurred(whole, seed + 1000, measured, kept=0.62), {1: whole}) == []


def test_pictures_alone_are_enough_where_they_move() -> None:
    moving = footage(1, 120, step=9, sound=False)
    match = only(copies_of(moving, {1: later(moving, seconds(5))}))
    assert (match.sound, match.picture) == (False, True)


def test_the_same_room_is_no_copy_of_itself() -> None:
    """Pictures of which many are alike are evidence of nothing, however many agree."""
    room = [replace(one, value=as_still(footage(1, 10)[0].value)) for one in footage(2, 600, step=30, sound=False)]
    assert copies_of(room, {1: room}) == []


def test_coded_pictures_that_weigh_the_same_are_a_copy_in_any_container() -> None:
    rng = random.Random(1)
    runs = [Print(seconds(9 * n), packed(rng.getrandbits(KEY), (RUN, RUN), rng.getrandbits(FINE))) for n in range(5)]
    match = only(copies_of(runs, {1: later(runs, seconds(60))}))
    assert (match.agreeing, match.sound, match.picture) == (5, False, True)


def test_another_view_speaks_against_sound_that_barely_agrees() -> None:
    heard = footage(3, 20)
    barely = blurred(heard, 1, (6,))
    view, other = ([Print(seconds(10), as_still(footage(seed, 10)[0].value))] for seed in (100, 200))
    assert not only(copies_of(heard, {1: barely})).picture
    assert only(copies_of([*heard, *view], {1: [*barely, *view]})).picture
    assert copies_of([*heard, *view], {1: [*barely, *other]}) == []


@pytest.mark.slow
def test_hours_of_one_sound_or_of_a_copy_are_compared_in_seconds() -> None:
    """What a hostile clip costs is bounded: five thousand moments, all the same or all of them a copy's."""
    began = time.process_time()
    one = [replace(moment, value=footage(1, 3)[0].value) for moment in footage(2, 12_000)]
    assert copies_of(one, {1: one}) == []
    long = footage(3, 12_000)
    assert only(copies_of(long, {1: long})).agreeing > 5_000
    assert time.process_time() - began < 10
