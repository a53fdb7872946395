"""The rule for holes, and the presentation, against a plain reading sample by sample."""

import itertools
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.media import Discontinuity
from indexer.containers.continuity import Hole, Runs, as_delta, delivered_rate, holes, nominal
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.headers import ONE, Edit
from indexer.containers.isobmff.timeline import Placed, placed, presented

RUN = st.tuples(st.integers(0, 6), st.sampled_from([0, 1, 33, 40, 40, 41, 200, 499, 500, 501, 3000]))


def runs(*pairs: tuple[int, int]) -> Runs:
    return Runs(np.array([c for c, _ in pairs], np.int64), np.array([t for _, t in pairs], np.int64))


def plain_nominal(samples: list[int]) -> int:
    counted = Counter(ticks for ticks in samples if ticks > 0)
    best = sorted(ticks for ticks, times in counted.items() if times == max(counted.values()))
    return best[(len(best) - 1) // 2] if best else 0


def plain_holes(samples: list[int], scale: int) -> list[Hole]:
    usual, at, found = plain_nominal(samples), 0, []
    for ticks in samples:
        if ticks > max(Fraction(scale, 2), 3 * usual):
            found.append(Hole(at + usual, ticks - usual))
        at += ticks
    return found


@given(st.lists(RUN, max_size=12), st.sampled_from([600, 1000, 1001]))
def test_holes_over_runs_are_those_found_sample_by_sample(pairs: list[tuple[int, int]], scale: int) -> None:
    samples = [ticks for count, ticks in pairs for _ in range(count)]
    found = runs(*pairs)
    if samples and any(samples):
        assert nominal(found) == plain_nominal(samples)
    assert list(holes(found, scale)) == plain_holes(samples, scale)
    assert (found.samples, found.total) == (len(samples), sum(samples))


@pytest.mark.slow
@given(st.lists(RUN, min_size=1, max_size=8), st.data())
def test_reordered_samples_have_the_extent_and_holes_of_their_sorted_times(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    samples = [ticks for count, ticks in pairs for _ in range(count)]
    if not samples:
        return
    shifts = data.draw(st.lists(st.integers(-200, 2000), min_size=len(samples), max_size=len(samples)))
    decoded = [sum(samples[:n]) for n in range(len(samples))]
    shown = sorted((at + shift, n) for n, (at, shift) in enumerate(zip(decoded, shifts, strict=True)))
    offsets = runs(*((1, shift) for shift in shifts))
    found = presented(runs(*pairs), offsets, 1000, "track", ProblemList())
    assert found.first == shown[0][0]
    last = max(at for at, _ in shown)
    lasting = {samples[n] for at, n in shown if at == last}
    assert found.end - last in lasting
    if len(set(shifts)) > 1:
        between = [b[0] - a[0] for a, b in itertools.pairwise(shown)] + [found.end - last]
        assert [Hole(h.at - found.first, h.length) for h in found.holes] == plain_holes(between, 1000)


def in_ms(ticks: int | Fraction, on_line: Placed) -> Fraction:
    return Fraction(ticks) * 1000 / on_line.scale


@given(st.integers(0, 5000), st.integers(1, 20_000))
def test_an_edit_list_that_shows_everything_changes_nothing_but_the_start(offset: int, length: int) -> None:
    media = presented(runs((length, 1)), None, 1000, "track", ProblemList())
    edits = (Edit(offset, -1, ONE), Edit(length, 0, ONE)) if offset else (Edit(length, 0, ONE),)
    found = placed(media, edits, (1000, 1000), False)
    assert (in_ms(found.start, found), in_ms(found.end - found.start, found)) == (offset, length)
    assert (found.edits, found.holes) == (0, ())


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 9000)), min_size=1, max_size=5))
@example([(999, 9000)])  # a tick short of the end, which the movie's own ticks can express
def test_edits_present_what_they_show_and_no_more(cuts: list[tuple[int, int]]) -> None:
    """Edits inside a steady ten seconds: the presentation lasts as long as the parts of them that have media."""
    media = presented(runs((250, 40)), None, 1000, "track", ProblemList())
    edits = tuple(Edit(length, start, ONE) for length, start in cuts)
    found = placed(media, edits, (1000, 1000), False)
    shown = sum(min(length, 10_000 - start) for length, start in cuts)
    lost = sum(length for _, length in found.holes)
    short = sum(max(start + length - 10_000, 0) for length, start in cuts[:-1])
    assert in_ms(found.end - found.start, found) == shown + short
    assert in_ms(lost, found) <= short


@pytest.mark.parametrize(
    ("samples", "duration", "lost", "expected"),
    [(250, 10, 0, 25.0), (250, 20, 10, 25.0), (0, 10, 0, None), (5, 1, 1, None)],
)
def test_the_delivered_rate_leaves_lost_time_out(
    samples: int, duration: int, lost: int, expected: float | None
) -> None:
    gone = (Discontinuity(timedelta(0), timedelta(seconds=lost)),) if lost else ()
    assert delivered_rate(samples, timedelta(seconds=duration), gone) == expected


def test_seconds_become_the_nearest_microsecond() -> None:
    assert as_delta(Fraction(1, 3)) == timedelta(microseconds=333333)
