"""Until when missing footage may still be recovered, through the whole pipeline: hours left, and the deadline."""

from datetime import datetime, timedelta

import pytest

from detectors.limits import Limits
from domain.timespan import utc
from indexer.feeds.base import FeedKind
from tests.builders import House, assignment, camera, film, incident, local, officers

pytestmark = pytest.mark.slow

NONE = "missing.no-recording"
CALL = local("15:00:00")
NOW = utc(2026, 11, 22, 2)
"""November 22, 10:00 local: the upload time of the shift is over since 14 hours, the call is 43 hours ago."""


def three_days(house: House, days_of_memory: float) -> None:
    """A camera that wrote one file on each of three days, so many days fit; its officer's second call lacks."""
    house.feed("devices", FeedKind.DEVICES, [camera("1100001")])
    house.feed("officers", FeedKind.OFFICERS, officers(["031021"]))
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment("1100001", "031021")])
    size = 0
    for day in (18, 19, 20):
        content = film(120, f"day {day}")
        size = len(content)
        name = f"1100001_031021_202611{day}080000_{day:04}.mp4"
        house.put(name, content, modified=datetime.fromisoformat(f"2026-11-{day}T12:00:00+00:00"))
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "15:00:00", "15:20:00")])
    house.changes["limits"] = Limits(camera_storage_gb=days_of_memory * size / 1e9)


@pytest.mark.parametrize(("days", "hours"), [(2.0, 5.0), (4.0, 53.0), (1.0, 0.0)])
def test_the_camera_s_own_days_tell_how_many_hours_are_left(house: House, days: float, hours: float) -> None:
    three_days(house, days)
    house.scan(NOW)
    measured = house.finding(NONE)["measured"]
    assert measured["recover_within_h"] == hours
    assert (measured["recover_basis"], measured["recover_from"]) == ("storage", "1100001")
    until = datetime.fromisoformat(measured["recover_until"])
    assert abs(until - (CALL + timedelta(days=days))) < timedelta(seconds=1)


def test_the_deadline_is_no_later_than_the_footage_lasts(house: House) -> None:
    three_days(house, 2.0)
    house.scan(NOW)
    # The usual deadline is midnight; the camera overwrites at 15:00 local.
    assert abs(house.finding(NONE)["due_at"] - (CALL + timedelta(days=2))) < timedelta(seconds=1)


def test_footage_that_lasts_longer_leaves_the_usual_deadline(house: House) -> None:
    three_days(house, 4.0)
    house.scan(NOW)
    assert house.finding(NONE)["due_at"] == utc(2026, 11, 22, 16)


def test_without_a_capacity_no_number_is_given(house: House) -> None:
    three_days(house, 0.0)
    house.scan(NOW)
    found = house.finding(NONE)
    assert "recover_within_h" not in found["measured"]
    assert any("not known" in one for one in found["evidence"])
    assert found["due_at"] == utc(2026, 11, 22, 16)


def test_files_that_came_late_show_how_long_the_camera_keeps_them(house: House) -> None:
    """The file of November 12 was not there on the 20th: it was on the camera for eight days."""
    three_days(house, 0.0)
    house.scan(utc(2026, 11, 20, 1))
    name = "1100001_031021_20261112080000_0012.mp4"
    house.put(name, film(120, "late"), modified=utc(2026, 11, 12, 1))
    house.scan(NOW)
    measured = house.finding(NONE)["measured"]
    assert measured["recover_basis"] == "observed"
    # It ended on November 12 at 08:02 local; at 09:00 on the 20th it was 8 days and 58 minutes old.
    until = CALL + timedelta(days=8, minutes=58)
    assert abs(datetime.fromisoformat(measured["recover_until"]) - until) < timedelta(seconds=1)


def test_a_finding_made_before_the_capacity_was_known_gets_the_earlier_deadline(house: House) -> None:
    three_days(house, 0.0)
    house.scan(NOW)
    first = house.finding(NONE)
    three_days(house, 2.0)
    house.scan(NOW)
    assert house.finding(NONE)["key"] == first["key"]
    assert house.finding(NONE)["due_at"] < first["due_at"]
