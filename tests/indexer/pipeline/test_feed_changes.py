"""What changed feeds do to what was concluded from them: exactly what one scan of the new state would say."""

from datetime import timedelta
from pathlib import Path

import pytest

from indexer.feeds.base import FeedKind
from storage.schema.tables import FEED_ROW, FOOTAGE, LINK, RECORD, WINDOW
from tests.builders import (
    DAY,
    House,
    as_if_scanned_once,
    assert_as_if_scanned_once,
    assignment,
    camera,
    clip_name,
    film,
    incident,
    officers,
    one_call,
    registers,
    results,
)
from tests.scanning import MORNING, dump

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


def two_calls(house: House) -> None:
    """One call recorded, and a second one of another officer, not recorded."""
    one_call(house)
    registers(house, {"1100001": "031021", "1100002": "031022"})
    house.put(clip_name("1100002", "031022", "11:00:00"), film(120, "another"))
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("JQ2", "031022", "10:00:00", "10:05:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)


def test_a_changed_row_changes_only_what_it_touches(house: House, tmp_path: Path) -> None:
    two_calls(house)
    house.scan(MORNING)
    before = dump(house.engine)
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("JQ2", "031022", "11:00:10", "11:01:50")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    house.scan(MORNING)
    after = dump(house.engine)
    assert results(house) == {"JQ1": "compliant", "JQ2": "compliant"}
    for name in set(before) - {"feed", "day_tally", "day_rule"}:  # a digest is new with any row, so are counts of days
        untouched = [row for row in before[name] if "JQ2" not in row and "031022" not in row and "1100002" not in row]
        assert [row for row in untouched if row not in after[name]] == [], name
    assert_as_if_scanned_once(house, tmp_path)


def test_a_removed_row_withdraws_its_findings_and_keeps_them_in_history(house: House, tmp_path: Path) -> None:
    two_calls(house)
    house.scan(MORNING)
    key = house.finding("missing.no-recording")["key"]
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    summary = house.scan(MORNING)
    assert house.findings() == set()
    assert [row["until_scan"] for row in house.history(key)] == [summary.scan]
    assert results(house) == {"JQ1": "compliant"}
    assert_as_if_scanned_once(house, tmp_path)


def test_a_feed_that_cannot_be_read_is_one_finding_and_keeps_the_old_records(house: House) -> None:
    two_calls(house)
    house.scan(MORNING)
    before = {name: rows for name, rows in dump(house.engine).items() if name in ("feed_record", "activity_window")}
    Path(house.feeds["110"].location).rename(house.folder / "away.csv")
    for hour in (1, 2):
        summary = house.scan(MORNING + hour * HOUR)
        assert len(summary.problems) == 1
        assert house.findings("nonstandard.feed") == {("110", "nonstandard.feed")}
    found = dump(house.engine)
    assert {name: found[name] for name in before} == before
    assert results(house) == {"JQ1": "compliant", "JQ2": "noncompliant"}
    (house.folder / "away.csv").rename(house.feeds["110"].location)
    assert house.scan(MORNING + 3 * HOUR).problems == ()
    assert house.findings("nonstandard.feed") == set()


def test_a_feed_that_leaves_the_configuration_takes_everything_with_it(house: House, tmp_path: Path) -> None:
    two_calls(house)
    house.feed("110-more", FeedKind.INCIDENTS, [incident("JQ9", "031021", "09:00:00", "09:05:00")])
    house.scan(MORNING)
    assert "JQ9" in results(house)
    del house.feeds["110-more"]
    house.scan(MORNING)
    assert "JQ9" not in results(house)
    assert [row["number"] for row in house.rows(WINDOW) if row["number"] == "JQ9"] == []
    assert [row["number"] for row in house.rows(LINK) if row["number"] == "JQ9"] == []
    wanted = as_if_scanned_once(house, tmp_path)
    found = dump(house.engine)
    assert {n for n in wanted if n != "feed" and wanted[n] != found[n]} == set()


def test_the_fault_of_a_feed_ends_when_it_leaves_the_configuration(house: House) -> None:
    two_calls(house)
    house.feed("110-more", FeedKind.INCIDENTS, [incident("", "031021", "09:00:00", "09:05:00")])
    house.scan(MORNING)
    assert house.findings("nonstandard.feed") == {("110-more", "nonstandard.feed")}
    del house.feeds["110-more"]
    house.scan(MORNING)
    assert house.findings("nonstandard.feed") == set()


def test_a_feed_that_comes_back_into_the_configuration_unreadable_is_said(house: House) -> None:
    two_calls(house)
    house.feed("110-more", FeedKind.INCIDENTS, [incident("JQ9", "031021", "09:00:00", "09:05:00")])
    Path(house.feeds["110-more"].location).unlink()
    house.scan(MORNING)
    kept = house.feeds.pop("110-more")
    house.scan(MORNING)
    house.feeds["110-more"] = kept
    summary = house.scan(MORNING)
    assert house.findings("nonstandard.feed") == {("110-more", "nonstandard.feed")}
    assert len(summary.problems) == 1


def test_an_officer_register_that_comes_later_identifies_clips_again(house: House, tmp_path: Path) -> None:
    """DSJ names leave open which id is the officer's: the register decides."""
    house.put("DSJ-1200001_032011_20261120_081130.mp4", film(180, "b"))
    house.put("DSJ-1200001_999999_20261120_091130.mp4", film(180, "c"))
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "032011", "08:12:00", "08:14:00")])
    house.scan(MORNING)
    house.feed("officers", FeedKind.OFFICERS, officers(["032011", "032012"]))
    house.feed("devices", FeedKind.DEVICES, [camera("1200001")])
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant"}
    assert_as_if_scanned_once(house, tmp_path)


def test_a_camera_that_is_not_in_the_register_is_said_also_when_the_register_comes_later(house: House) -> None:
    house.put(CALL, film(180, "a"))
    house.put(clip_name("1999999", "031021", "10:00:00"), film(60, "stranger"))
    house.scan(MORNING)
    assert house.findings("nonstandard.unidentified") == set()
    registers(house, {"1100001": "031021"})
    house.scan(MORNING)
    stranger = f"dock:{clip_name('1999999', '031021', '10:00:00')}"
    assert house.findings("nonstandard.unidentified") == {(stranger, "nonstandard.unidentified")}


def test_an_assignment_that_changes_moves_the_footage(house: House, tmp_path: Path) -> None:
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031022", "08:12:00", "08:14:00")])
    registers(house, {"1100001": "031021"})
    house.feed("officers", FeedKind.OFFICERS, officers(["031021", "031022"]))
    house.put(clip_name("1100001", "000000", "08:11:30"), film(180, "badge left at its default"))
    house.scan(MORNING)
    assert results(house) == {"JQ1": "noncompliant"}
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment("1100001", "031022")])
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant"}
    assert {row["party"] for row in house.rows(FOOTAGE)} == {"badge:031022"}
    assert_as_if_scanned_once(house, tmp_path)


def test_assignments_that_come_later_change_what_absence_means_for_everybody(house: House, tmp_path: Path) -> None:
    """A register of assignments that speaks of the day also says who had no camera."""
    two_calls(house)
    del house.feeds["assignments"]
    house.scan(MORNING)
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment("1100001", "031021")])
    house.scan(MORNING)
    assert_as_if_scanned_once(house, tmp_path)


def gap_of_forty_seconds(house: House) -> None:
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:16:00")])
    registers(house, {"1100001": "031021"})
    house.put(CALL, film(120, "first"))
    house.put(clip_name("1100001", "031021", "08:14:10", 2), film(140, "second"))


EXPLANATION = {
    "activity": "JQ1",
    "officer": "031021",
    "from": f"{DAY} 08:13:30",
    "to": f"{DAY} 08:14:10",
    "reason": "设备故障",
    "note": "",
    "approved_by": "031001",
}


def test_an_explanation_that_arrives_turns_the_unexplained_gap(house: House, tmp_path: Path) -> None:
    gap_of_forty_seconds(house)
    house.feed("explanations", FeedKind.EXPLANATIONS, [{**EXPLANATION, "activity": "JQ-other"}])
    house.scan(MORNING)
    assert ("JQ1", "incomplete.unexplained-gap") in house.findings()
    house.feed("explanations", FeedKind.EXPLANATIONS, [EXPLANATION])
    house.scan(MORNING)
    assert house.findings("incomplete.unexplained-gap") == set()
    assert results(house) == {"JQ1": "compliant"}
    assert_as_if_scanned_once(house, tmp_path)


def test_a_first_explanation_of_another_call_makes_silence_about_this_one_mean_something(
    house: House, tmp_path: Path
) -> None:
    gap_of_forty_seconds(house)
    house.scan(MORNING)
    assert house.findings("incomplete.unexplained-gap") == set()
    house.feed("explanations", FeedKind.EXPLANATIONS, [{**EXPLANATION, "activity": "JQ-other"}])
    house.scan(MORNING)
    assert ("JQ1", "incomplete.unexplained-gap") in house.findings()
    assert_as_if_scanned_once(house, tmp_path)


def test_the_order_of_feeds_in_the_configuration_does_not_matter(house: House, tmp_path: Path) -> None:
    two_calls(house)
    house.scan(MORNING)
    house.feeds = dict(reversed(house.feeds.items()))
    assert_as_if_scanned_once(house, tmp_path)


def one_number_in_two_feeds(house: House) -> None:
    two_calls(house)
    house.feed("110-copy", FeedKind.INCIDENTS, [incident("JQ2", "031022", "11:00:10", "11:01:50")])


def test_an_incident_in_two_feeds_is_judged_the_same_whichever_feed_changed_last(house: House, tmp_path: Path) -> None:
    one_number_in_two_feeds(house)
    house.scan(MORNING)
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("JQ2", "031022", "10:00:00", "10:06:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    house.scan(MORNING)
    assert_as_if_scanned_once(house, tmp_path)


def test_an_incident_in_two_feeds_stays_known_when_one_of_them_drops_it(house: House, tmp_path: Path) -> None:
    one_number_in_two_feeds(house)
    house.scan(MORNING)
    house.feed("110-copy", FeedKind.INCIDENTS, [])
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant", "JQ2": "noncompliant"}
    assert {row["number"] for row in house.rows(WINDOW)} == {"JQ1", "JQ2"}
    assert_as_if_scanned_once(house, tmp_path)


def test_activities_that_come_later_make_an_old_unlinked_clip_a_question(house: House, tmp_path: Path) -> None:
    """Without any activity of the day a clip without link says nothing; with some it does."""
    one_call(house)
    del house.feeds["110"]
    house.scan(MORNING)
    house.scan(MORNING + 96 * HOUR)
    assert house.findings("nonstandard.unlinked") == set()
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ7", "031099", "13:12:00", "13:14:00")])
    house.scan(MORNING + 97 * HOUR)
    assert house.findings("nonstandard.unlinked") == {(f"dock:{CALL}", "nonstandard.unlinked")}


def test_incidents_that_come_after_the_clips_still_put_a_camera_of_the_wrong_zone_right(
    house: House, tmp_path: Path
) -> None:
    """The clock of a camera without list is inferred from the calls of its officer: they often come a day later."""
    starts = ["08:20", "09:50", "11:15", "13:05", "14:40", "16:30"]
    registers(house, {"1100001": "031021"})
    for number, start in enumerate(starts, 1):
        hour, minute = start.split(":")
        wrong = f"{int(hour) - 1:02}:{minute}:00"  # the camera is an hour behind
        house.put(clip_name("1100001", "031021", wrong, number), film(300, f"clip {number}"))
    house.scan(MORNING)
    calls = [incident(f"JQ{n}", "031021", f"{s}:10", f"{s[:3]}{int(s[3:]) + 4:02}:40") for n, s in enumerate(starts)]
    house.feed("110", FeedKind.INCIDENTS, calls)
    house.scan(MORNING)
    assert_as_if_scanned_once(house, tmp_path)


def test_every_row_of_a_feed_keeps_its_fate(house: House) -> None:
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("", "031021", "09:12:00", "09:14:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    house.scan(MORNING)
    assert [row["fate"] for row in house.rows(FEED_ROW)] == ["accepted", "rejected"]
    assert [row["key"] for row in house.rows(RECORD)] == ["JQ1"]


def test_a_call_that_comes_later_is_linked_to_a_recording_begun_long_before_it(house: House, tmp_path: Path) -> None:
    """A camera left running: eight hours in one file, the call in its last hour."""
    registers(house, {"1100001": "031021"})
    house.put(clip_name("1100001", "031021", "08:00:00"), film(8 * 3600, "all day"))
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    house.scan(MORNING)
    rows = [incident("JQ1", "031021", "08:12:00", "08:14:00"), incident("JQ2", "031021", "15:12:00", "15:14:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    house.scan(MORNING)
    assert {row["number"] for row in house.rows(LINK)} == {"JQ1", "JQ2"}
    assert_as_if_scanned_once(house, tmp_path)


@pytest.mark.parametrize("character", ["\0", "\x1f", "\u2028", "\U0001f600", "\ufeff", "'"])
def test_any_character_in_a_feed_is_survived_on_both_databases(
    database_url: str, tmp_path: Path, character: str
) -> None:
    house = House.new(tmp_path / "house", database_url)
    one_call(house)
    odd = {**incident(f"JQ{character}2", "031021", "09:12:00", "09:14:00"), "address": f"x{character}y"}
    plain = {**incident("JQ1", "031021", "08:12:00", "08:14:00"), "address": f"{character}", "case_number": "AJ1"}
    house.feed("110", FeedKind.INCIDENTS, [{**odd, "case_number": f"AJ{character}"}, plain])
    house.feed("sessions", FeedKind.SESSIONS, [{"number": "S1", "case_number": f"AJ{character}", "room": "XW"}])
    house.scan(MORNING)
    house.scan(MORNING + HOUR)
    assert results(house)["JQ1"] == "compliant"
    house.engine.dispose()
