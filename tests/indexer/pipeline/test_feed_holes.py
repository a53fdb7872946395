"""A feed that lacks days: one finding on the feed, and no question that its silence would answer."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.timespan import utc
from indexer.feeds.base import FeedKind
from storage.schema.tables import EVALUATION
from tests.builders import House, assert_as_if_scanned_once, clip_name, film, registers
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

RULE, UNLINKED = "nonstandard.feed-hole", "nonstandard.unlinked"
FIRST = date(2026, 10, 20)
DAYS = 37  # to November 25, the last day that is over long enough on the morning of November 27


def call(day: date, n: int) -> dict[str, str]:
    return {
        "number": f"JQ{day:%m%d}{n:03}",
        "dispatched_at": f"{day} {7 + n // 4:02}:{n % 4 * 15:02}:00",
        "arrived_at": f"{day} {7 + n // 4:02}:{n % 4 * 15 + 5:02}:00",
        "finished_at": f"{day} {7 + n // 4:02}:{n % 4 * 15 + 12:02}:00",
        "unit": "310114020000",
        "officers": "039999",
    }


def calls(house: House, each: int, *lacking: int) -> None:
    """So many calls a day of another station, but none on days of November."""
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    rows = [call(day, n) for day in days if not (day.month == 11 and day.day in lacking) for n in range(each)]
    house.feed("110", FeedKind.INCIDENTS, rows)


def outcome(house: House, rule: str) -> list[str]:
    """What every subject that the rule speaks about was given."""
    return [
        one["result"]
        for row in house.rows(EVALUATION)
        for one in row["outcomes"]
        if one["rule"] == rule and one["result"] != "notapplicable"
    ]


def a_clip(house: House) -> None:
    """A clip of November 20 that belongs to no call."""
    registers(house, {"1100001": "031021"})
    house.put(clip_name("1100001", "031021", "08:11:30"), film(180, "no call"))


NOVEMBER_30 = utc(2026, 11, 30, 12)
"""More than 72 h after the clip was first seen."""


def test_a_day_without_calls_in_a_feed_that_has_twenty_is_one_finding_on_the_feed(house: House) -> None:
    calls(house, 20, 20)
    house.scan(MORNING)
    assert house.findings(RULE) == {("110", RULE)}
    found = house.finding(RULE)
    assert found["measured"]["first_day"] == found["measured"]["last_day"] == "2026-11-20"
    assert (found["measured"]["counted"], found["kind"], found["severity"]) == (0, "feed", "fail")
    assert (found["started_at"], found["ended_at"]) == (utc(2026, 11, 19, 16), utc(2026, 11, 20, 16))


def test_a_station_with_one_call_a_day_may_have_a_day_without(house: House) -> None:
    calls(house, 1, 20, 21)
    house.scan(MORNING)
    assert house.findings(RULE) == set()


def test_a_clip_of_a_day_that_the_feed_lacks_is_not_unlinked_but_unknown(house: House, tmp_path: Path) -> None:
    calls(house, 20, 20)
    a_clip(house)
    house.scan(MORNING)
    house.scan(NOVEMBER_30)
    assert (house.findings(UNLINKED), outcome(house, UNLINKED)) == (set(), ["unknown"])
    calls(house, 20)  # the day has come after all
    house.scan(NOVEMBER_30)
    assert (house.findings(RULE) & {("110", RULE)} == set()) or house.finding(RULE)["measured"][
        "first_day"
    ] != "2026-11-20"
    assert outcome(house, UNLINKED) == ["fail"]


def test_a_clip_is_judged_again_when_its_day_turns_out_to_be_lacking(house: House) -> None:
    calls(house, 20)
    a_clip(house)
    house.scan(MORNING)
    house.scan(NOVEMBER_30)
    assert outcome(house, UNLINKED) == ["fail"]
    calls(house, 20, 20)
    house.scan(NOVEMBER_30)
    assert outcome(house, UNLINKED) == ["unknown"]


def test_a_feed_that_falls_silent_is_one_finding_however_long(house: House) -> None:
    calls(house, 20)
    house.scan(MORNING)
    assert house.findings(RULE) == set()
    house.scan(NOVEMBER_30)  # November 26 to 28 are over long enough
    key, measured = house.finding(RULE)["key"], house.finding(RULE)["measured"]
    assert (measured["first_day"], measured["last_day"]) == ("2026-11-26", "2026-11-28")
    house.scan(NOVEMBER_30 + timedelta(days=2))
    assert house.finding(RULE)["key"] == key
    assert house.finding(RULE)["measured"]["last_day"] == "2026-11-30"


def test_a_feed_that_leaves_the_configuration_takes_its_hole_along(house: House) -> None:
    calls(house, 20, 20)
    house.scan(MORNING)
    del house.feeds["110"]
    house.scan(MORNING)
    assert house.findings(RULE) == set()


def test_holes_that_came_and_went_leave_what_one_scan_finds(house: House, tmp_path: Path) -> None:
    calls(house, 20, 12, 20)
    a_clip(house)
    house.scan(MORNING)
    calls(house, 20, 21)
    house.scan(MORNING)
    assert house.finding(RULE)["measured"]["first_day"] == "2026-11-21"
    assert_as_if_scanned_once(house, tmp_path)


def test_a_feed_with_a_hole_that_cannot_be_read_is_one_question_and_no_work_for_later_scans(house: House) -> None:
    calls(house, 20, 20)
    a_clip(house)
    house.scan(NOVEMBER_30)
    (house.folder / "feeds" / "110.csv").unlink()
    house.scan(NOVEMBER_30)
    assert (house.findings(RULE), house.findings("nonstandard.feed")) == (set(), {("110", "nonstandard.feed")})
    house.scan(NOVEMBER_30)
    before = house.counts()
    assert house.scan(NOVEMBER_30).evaluated == 0
    assert house.counts() == before
