"""Content detectors on generated films with defects at known places: the goals, below which no change may take them.

`python -m benchmarks.content.quality --size full` prints the same, and more, on a larger set.
"""

import pytest

from benchmarks.content.quality import Quality, measured
from benchmarks.content.score import LONG
from domain.observation import ObservationKind as Kind

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1200)]
PICTURE = (Kind.BLACK, Kind.FROZEN, Kind.COVERED, Kind.BLURRED, Kind.NO_SIGNAL, Kind.TURNED)


@pytest.fixture(scope="module")
def small() -> Quality:
    """The scenes that are hardest to tell, seed 1."""
    return measured("small", 1)


def test_long_defects_are_found(small: Quality) -> None:
    found, there = small.score.recall(True)
    assert there >= 20
    missed = [(one.truth.name, one.where.name, sorted(one.strict)) for one in small.score.met if not one.found]
    assert found / there >= 0.99, missed


def test_nothing_long_is_said_of_what_is_in_order(small: Quality) -> None:
    """A rule asks for thirty seconds and more; ten are already too many."""
    assert [one for one in small.score.alarms if one.end - one.start >= LONG] == []


def test_edges_lie_within_two_seconds(small: Quality) -> None:
    edges = small.score.edges()
    assert sum(one <= 2 for one in edges) / len(edges) >= 0.95


def test_every_film_is_looked_at_from_end_to_end(small: Quality) -> None:
    for one in small.checked:
        for kind in (Kind.PICTURE_CHECKED, Kind.SOUND_CHECKED):
            parts = [part for part in one.answer.observations if part.kind is kind]
            seconds = sum((part.end - part.start).total_seconds() for part in parts)
            damaged = any(place.defect == "damaged" for place in one.film.places)
            assert seconds >= (0.6 if damaged else 0.95) * one.film.seconds, (kind, one.film.name)
