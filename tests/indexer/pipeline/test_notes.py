"""Written notes (explanations) through the whole pipeline: what they explain, what they leave, and what waits."""

from pathlib import Path

import pytest

from indexer.feeds.base import FeedKind
from storage.schema.tables import FINDING
from tests.builders import DAY, House, assert_as_if_scanned_once, clip_name, film, incident, registers, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

GAP, UNEXPLAINED, NONE = "incomplete.gap", "incomplete.unexplained-gap", "missing.no-recording"


def note(start: str, end: str, **more: str) -> dict[str, str]:
    """A row of the feed: camera broken, approved, by the officer of the call."""
    row = {"activity": "JQ1", "officer": "031021", "reason": "设备故障", "note": "", "approved_by": "020001"}
    return {**row, "from": start and f"{DAY} {start}", "to": end and f"{DAY} {end}", **more}


def hour_long_call(house: House) -> None:
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "09:30:00", "11:00:00")])
    registers(house, {"1100001": "031021"})


def half_an_hour_lacks(house: House, *notes: dict[str, str]) -> None:
    """Recorded from before 09:30 to 10:00 and from 10:30 on."""
    hour_long_call(house)
    house.put(clip_name("1100001", "031021", "09:29:00", 1), film(1860, "first"))
    house.put(clip_name("1100001", "031021", "10:30:00", 2), film(1860, "second"))
    # Another call's note makes explanations known; it has no part in this one.
    house.feed("notes", FeedKind.EXPLANATIONS, [note("", "", activity="JQ9"), *notes])
    house.scan(MORNING)


def found(house: House) -> list[tuple[str, str, str, object]]:
    """(rule, severity, status, seconds) of the findings that hold, in order of time."""
    rows = sorted(house.rows(FINDING), key=lambda row: row["started_at"])
    return [(row["rule"], row["severity"], row["status"], row["measured"].get("gap_s")) for row in rows]


def test_a_note_on_ten_of_thirty_minutes_explains_ten_and_twenty_stay(house: House) -> None:
    half_an_hour_lacks(house, note("10:00:00", "10:10:00"))
    assert found(house) == [(GAP, "info", "explained", 600.0), (UNEXPLAINED, "fail", "open", 1200.0)]
    assert results(house) == {"JQ1": "noncompliant"}


def test_a_note_on_all_of_it_reconciles_the_hole(house: House) -> None:
    half_an_hour_lacks(house, note("10:00:00", "10:30:00"))
    assert found(house) == [(GAP, "info", "explained", 1800.0)]
    assert results(house) == {"JQ1": "compliant"}


def test_a_note_that_nobody_approved_leaves_the_question_open_and_says_that_it_waits(house: House) -> None:
    half_an_hour_lacks(house, note("10:00:00", "10:30:00", approved_by=""))
    assert found(house) == [(GAP, "warn", "open", 1800.0)]
    assert any("not yet approved" in one for one in house.finding(GAP)["evidence"])
    assert results(house) == {"JQ1": "noncompliant"}


@pytest.mark.parametrize("other", [{"officer": "031022"}, {"activity": "JQ2"}])
def test_a_note_of_another_officer_or_call_explains_nothing(house: House, other: dict[str, str]) -> None:
    half_an_hour_lacks(house, note("10:00:00", "10:30:00", **other))
    assert found(house) == [(UNEXPLAINED, "fail", "open", 1800.0)]


def test_a_note_of_another_time_explains_nothing(house: House) -> None:
    half_an_hour_lacks(house, note("12:00:00", "12:30:00"))
    assert found(house) == [(UNEXPLAINED, "fail", "open", 1800.0)]


def test_a_failure_report_reconciles_a_call_without_recording(house: House) -> None:
    hour_long_call(house)
    house.feed("notes", FeedKind.EXPLANATIONS, [note("08:00:00", "12:00:00")])
    house.scan(MORNING)
    assert [(row["rule"], row["severity"], row["status"]) for row in house.rows(FINDING)] == [
        (NONE, "info", "explained")
    ]
    assert results(house) == {"JQ1": "compliant"}


def test_a_report_on_part_of_a_call_without_recording_leaves_the_question_open(house: House) -> None:
    hour_long_call(house)
    house.feed("notes", FeedKind.EXPLANATIONS, [note("09:30:00", "10:00:00")])
    house.scan(MORNING)
    row = house.finding(NONE)
    assert (row["severity"], row["status"]) == ("fail", "open")
    assert (row["measured"]["explained_s"], row["measured"]["unexplained_s"]) == (1800.0, 3600.0)


def test_a_note_that_comes_later_explains_and_one_that_is_withdrawn_no_longer_does(
    house: House, tmp_path: Path
) -> None:
    hour_long_call(house)
    house.scan(MORNING)
    first = house.finding(NONE)
    assert first["status"] == "open"
    house.feed("notes", FeedKind.EXPLANATIONS, [note("", "")])
    house.scan(MORNING)
    assert (house.finding(NONE)["key"], house.finding(NONE)["status"]) == (first["key"], "explained")
    house.feed("notes", FeedKind.EXPLANATIONS, [note("", "", approved_by="")])
    house.scan(MORNING)
    assert house.finding(NONE)["status"] == "open"
    assert_as_if_scanned_once(house, tmp_path)
