"""The score of the content detectors: what counts as found, as a false alarm, and how far an edge is off."""

from datetime import timedelta

import pytest

from benchmarks.content.encode import ENCODINGS
from benchmarks.content.films import Film, Place
from benchmarks.content.score import LIMITS, Score, outside, percentile
from domain.observation import Observation
from domain.observation import ObservationKind as Kind

H264 = ENCODINGS["H.264 CRF 26, GOP 50"]
DARK = {Kind.BLACK: 20.0, Kind.COVERED: 1.0, Kind.NO_SIGNAL: 0.95, Kind.SILENT: -90.0, Kind.LOW_SOUND: -60.0}


def seen(kind: Kind, start: float, end: float, value: float | None = None) -> Observation:
    measured = DARK.get(kind, 0.1) if value is None else value
    return Observation("fake", 1, kind, timedelta(seconds=start), timedelta(seconds=end), measured, "")


def scored(*observations: Observation, defect: str = "black", scene: str = "street") -> Score:
    """A minute of the scene, the defect from 20 to 40."""
    score = Score()
    score.add(Film(scene, H264, 60, (Place(defect, 20, 40),)), observations)
    return score


def test_a_defect_is_found_when_half_of_it_is_said() -> None:
    assert scored(seen(Kind.BLACK, 20, 30)).recall(True) == (1, 1)
    assert scored(seen(Kind.BLACK, 20, 29.9)).recall(True) == (0, 1)
    assert scored().recall(True) == (0, 1)


def test_what_lies_beyond_the_limit_is_not_said() -> None:
    assert scored(seen(Kind.BLACK, 20, 40, LIMITS[Kind.BLACK] + 0.1)).recall(True) == (0, 1)
    assert scored(seen(Kind.BLACK, 50, 60, LIMITS[Kind.BLACK] + 0.1)).alarms == []


def test_of_a_card_more_is_worse() -> None:
    assert scored(seen(Kind.NO_SIGNAL, 20, 40, 0.9), defect="bars").recall(True) == (1, 1)
    assert scored(seen(Kind.NO_SIGNAL, 20, 40, 0.7), defect="bars").recall(True) == (0, 1)


def test_kinds_that_mean_the_same_to_people_find_a_defect_together() -> None:
    score = scored(seen(Kind.COVERED, 20, 28), seen(Kind.BLACK, 28, 40))
    assert score.recall(True) == (1, 1)
    assert score.edges() == [0, 0]
    assert score.alarms == []
    assert score.met[0].strict == {Kind.BLACK, Kind.COVERED}


def test_another_kind_does_not_find_it_and_is_a_false_alarm() -> None:
    score = scored(seen(Kind.TURNED, 20, 40, 180))
    assert score.recall(True) == (0, 1)
    assert [(one.kind, one.start, one.end) for one in score.alarms] == [(Kind.TURNED, 20, 40)]


def test_what_is_seen_and_what_is_heard_do_not_answer_for_each_other() -> None:
    score = scored(seen(Kind.SILENT, 20, 40))
    assert score.met[0].strict == frozenset()
    assert [one.kind for one in score.alarms] == [Kind.SILENT]


def test_edges_are_off_by_what_is_said_too_early_and_too_late() -> None:
    assert scored(seen(Kind.BLACK, 19.5, 38)).edges() == pytest.approx([0.5, 2.0])


def test_an_edge_that_is_off_by_more_than_two_seconds_is_a_false_alarm_too() -> None:
    assert scored(seen(Kind.BLACK, 18.5, 41.5)).alarms == []
    (alarm,) = scored(seen(Kind.BLACK, 15, 40)).alarms
    assert (alarm.start, alarm.end) == (15, 18)


def test_a_quiet_room_may_be_called_low_but_not_silent() -> None:
    score = scored(seen(Kind.LOW_SOUND, 0, 60), seen(Kind.SILENT, 0, 10), scene="empty room")
    assert [one.kind for one in score.alarms] == [Kind.SILENT]


def test_clean_time_is_counted_without_the_defect_and_its_edges() -> None:
    score = scored()
    assert score.clean[Kind.BLACK] == 60 - 24
    assert score.clean[Kind.SILENT] == 60


def test_long_and_short_defects_are_told_apart() -> None:
    score = Score()
    score.add(Film("street", H264, 60, (Place("black", 5, 14.9), Place("black", 30, 40))), [seen(Kind.BLACK, 30, 40)])
    assert score.recall(True) == (1, 1)
    assert score.recall(False) == (0, 1)


def test_parts_without_holes() -> None:
    assert outside([(0, 10), (20, 30)], [(5, 22), (25, 26)]) == [(0, 5), (22, 25), (26, 30)]


def test_percentiles_are_values_that_occur() -> None:
    values = [float(n) for n in range(100)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1.0)) == (50, 95, 99)
