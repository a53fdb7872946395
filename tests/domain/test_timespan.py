"""Interval arithmetic held against the plainest oracle there is: sets of whole seconds."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timespan import ZERO, Span, covered, merge, total, uncovered, utc

EPOCH = utc(2026, 11, 20, 8)


def span(start: int, end: int) -> Span:
    return Span(EPOCH + timedelta(seconds=start), EPOCH + timedelta(seconds=end))


def seconds(*spans: Span) -> set[int]:
    """Every whole second that the spans hold."""
    found: set[int] = set()
    for one in spans:
        start, end = ((t - EPOCH) // timedelta(seconds=1) for t in (one.start, one.end))
        found |= set(range(start, end))
    return found


SPANS = st.tuples(st.integers(-50, 50), st.integers(0, 30)).map(lambda t: span(t[0], t[0] + t[1]))
MANY = st.lists(SPANS, max_size=8)


def test_a_span_refuses_naive_times_and_an_end_before_its_start() -> None:
    with pytest.raises(ValueError, match="aware"):
        Span(datetime(2026, 1, 1), EPOCH)
    with pytest.raises(ValueError, match="ends before it starts"):
        span(10, 9)
    assert span(10, 10).duration == ZERO


def test_the_end_is_not_part_of_a_span() -> None:
    assert span(0, 10).contains(EPOCH)
    assert not span(0, 10).contains(EPOCH + timedelta(seconds=10))
    assert not span(0, 10).overlaps(span(10, 20))
    assert span(0, 10).distance(span(10, 20)) == ZERO
    assert span(0, 10).distance(span(25, 30)) == span(30, 40).distance(span(0, 15)) == timedelta(seconds=15)


def test_touching_spans_merge_and_a_hole_up_to_the_joining_is_closed() -> None:
    assert merge([span(10, 20), span(0, 10)]) == (span(0, 20),)
    assert merge([span(0, 10), span(12, 20)], timedelta(seconds=2)) == (span(0, 20),)
    assert merge([span(0, 10), span(13, 20)], timedelta(seconds=2)) == (span(0, 10), span(13, 20))


def test_utc_takes_fractions_of_seconds() -> None:
    assert utc(2026, 11, 20, 8, 0, 0.25) - EPOCH == timedelta(milliseconds=250)


@given(MANY)
def test_merging_keeps_every_second_and_leaves_holes_between_parts(spans: list[Span]) -> None:
    merged = merge(spans)
    assert seconds(*merged) == seconds(*spans)
    assert all(a.end < b.start for a, b in pairwise(merged))
    assert all(part.duration > ZERO for part in merged)
    assert merge(merged) == merged == merge(spans[::-1])


@given(MANY, st.integers(0, 10))
def test_joining_closes_exactly_the_holes_that_are_not_longer(spans: list[Span], joining: int) -> None:
    merged = merge(spans)
    joined = merge(spans, timedelta(seconds=joining))
    holes = [b.start - a.end for a, b in pairwise(merged)]
    closed = [hole for hole in holes if hole <= timedelta(seconds=joining)]
    assert total(joined) == total(merged) + sum(closed, ZERO)
    assert len(joined) == len(merged) - len(closed)


@given(SPANS, MANY)
def test_covered_and_uncovered_are_what_was_needed(window: Span, spans: list[Span]) -> None:
    inside, outside = covered(window, spans), uncovered(window, spans)
    assert total(inside) + total(outside) == window.duration
    assert seconds(*inside) == seconds(window) & seconds(*spans)
    assert seconds(*outside) == seconds(window) - seconds(*spans)


@given(SPANS, SPANS)
def test_overlap_agrees_with_the_seconds_shared(one: Span, other: Span) -> None:
    shared = len(seconds(one) & seconds(other))
    assert one.overlap(other) == other.overlap(one) == timedelta(seconds=shared)
    assert one.overlaps(other) == (shared > 0)
    part = one.intersection(other)
    assert (part is None) == (shared == 0)
    assert part is None or seconds(part) == seconds(one) & seconds(other)
    assert one.distance(other) == ZERO or shared == 0


@given(SPANS, st.integers(-100, 100), st.integers(0, 50))
def test_shifting_keeps_the_length_and_widening_adds_to_it(one: Span, by: int, more: int) -> None:
    assert one.shifted(timedelta(seconds=by)).duration == one.duration
    assert one.shifted(timedelta(seconds=by)).shifted(timedelta(seconds=-by)) == one
    assert one.widened(timedelta(seconds=more), ZERO).duration == one.duration + timedelta(seconds=more)
    assert Span.of(one.start, one.duration) == one
