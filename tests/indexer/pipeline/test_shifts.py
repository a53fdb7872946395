"""A shift without any clip is one question, however many calls it had."""

import pytest

from indexer.feeds.base import FeedKind
from storage.schema.tables import EVALUATION
from tests.builders import (
    UNIT,
    House,
    camera,
    clip_name,
    film,
    incident,
    officers,
    registers,
    results,
)
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

SHIFT, NONE, OFFICER = "missing.shift-without-clips", "missing.no-recording", "missing.officer-not-recording"


def pointers(house: House) -> dict[str, str]:
    """By call: the rule that asks about it in its place."""
    return {
        row["subject"]: one["measured"]["said_by"]
        for row in house.rows(EVALUATION)
        for one in row["outcomes"]
        if row["kind"] == "incident" and "said_by" in one["measured"]
    }


def three(house: House, officer: str = "031021") -> None:
    times = [("JQ1", "08:12:00", "08:20:00"), ("JQ2", "10:00:00", "10:10:00"), ("JQ3", "12:00:00", "12:10:00")]
    house.feed("110", FeedKind.INCIDENTS, [incident(number, officer, *at) for number, *at in times])


def test_three_calls_of_a_shift_without_a_clip_are_one_finding_on_the_camera(house: House) -> None:
    registers(house, {"1100001": "031021"})
    three(house)
    house.scan(MORNING)
    assert house.findings() == {("1100001", SHIFT)}
    assert house.finding(SHIFT)["measured"]["incidents"] == ["JQ1", "JQ2", "JQ3"]
    assert results(house) == dict.fromkeys(("JQ1", "JQ2", "JQ3"), "noncompliant")
    assert pointers(house) == dict.fromkeys(("JQ1", "JQ2", "JQ3"), SHIFT)


def test_the_only_call_of_a_shift_without_a_clip_is_asked_about_itself(house: House) -> None:
    """One fact, one question: of one call the call is the better place."""
    registers(house, {"1100001": "031021"})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:20:00")])
    house.scan(MORNING)
    assert (house.findings(), pointers(house)) == ({("JQ1", NONE)}, {})


def test_of_two_officers_of_whom_one_recorded_the_other_s_shift_is_the_question(house: House) -> None:
    registers(house, {"1100001": "031021", "1100002": "031022"})
    three(house, "031021、031022")
    for start, seconds in (("08:11:00", 600), ("09:59:00", 720), ("11:59:00", 720)):
        house.put(clip_name("1100001", "031021", start), film(seconds, start))
    house.scan(MORNING)
    assert house.findings() == {("1100002", SHIFT)}
    assert pointers(house) == dict.fromkeys(("JQ1", "JQ2", "JQ3"), SHIFT)


def test_of_two_officers_the_one_who_recorded_elsewhere_is_asked_about_by_the_call(house: House) -> None:
    registers(house, {"1100001": "031021", "1100002": "031022"})
    three(house, "031021、031022")
    for start, seconds in (("08:11:00", 600), ("09:59:00", 720), ("11:59:00", 720)):
        house.put(clip_name("1100001", "031021", start), film(seconds, start))
    house.put(clip_name("1100002", "031022", "15:00:00"), film(60, "elsewhere"))
    house.scan(MORNING)
    assert {found for found in house.findings() if found[1] != "nonstandard.unlinked"} == {
        ("JQ1", OFFICER),
        ("JQ2", OFFICER),
        ("JQ3", OFFICER),
    }


def over_midnight(house: House) -> None:
    """A night shift from 20:00 to 08:00, a call before and a call after midnight."""
    house.feed("devices", FeedKind.DEVICES, [camera("1100001")])
    house.feed("officers", FeedKind.OFFICERS, officers(["031021"]))
    issued = {"device": "1100001", "officer": "031021", "from": "2026-11-20 20:00:00", "to": "2026-11-21 08:00:00"}
    house.feed("assignments", FeedKind.ASSIGNMENTS, [issued])
    rows = [
        {
            "number": number,
            "dispatched_at": f"{day} {hour}:00:00",
            "arrived_at": f"{day} {hour}:05:00",
            "finished_at": f"{day} {hour}:20:00",
            "unit": UNIT,
            "officers": "031021",
        }
        for number, day, hour in (("JQ1", "2026-11-20", "22"), ("JQ2", "2026-11-21", "02"))
    ]
    house.feed("110", FeedKind.INCIDENTS, rows)


def test_a_shift_over_midnight_is_one_shift(house: House) -> None:
    over_midnight(house)
    house.scan(MORNING)
    assert house.findings() == {("1100001", SHIFT)}
    assert house.finding(SHIFT)["measured"]["incidents"] == ["JQ1", "JQ2"]
    assert pointers(house) == {"JQ1": SHIFT, "JQ2": SHIFT}


def test_a_clip_after_midnight_is_of_the_shift_that_began_before(house: House) -> None:
    over_midnight(house)
    house.scan(MORNING)
    house.put("1100001_031021_20261121020400_0001.mp4", film(1000, "after midnight"))
    house.scan(MORNING)
    assert {found for found in house.findings() if found[1] != "nonstandard.late-upload"} == {("JQ1", NONE)}
    assert pointers(house) == {}
