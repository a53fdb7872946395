"""The life of a finding: opened, resolved, opened again under the same key; nothing is written that did not change."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.schema.tables import EVALUATION, FINDING
from tests.builders import House, clip_name, film, incident, one_call, registers
from tests.scanning import MORNING, new_engine, plan_of, scan_once

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


def call_without_footage(house: House) -> None:
    one_call(house)
    (house.root() / CALL).unlink()
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "elsewhere"))


def test_a_finding_is_resolved_when_the_file_turns_up_and_opened_again_under_its_key_when_it_goes(
    house: House,
) -> None:
    call_without_footage(house)
    opened = house.scan(MORNING)
    key = house.finding("missing.no-recording")["key"]
    late = house.put(CALL, film(180, "one call"))
    closed = house.scan(MORNING + HOUR)
    assert house.findings("missing.no-recording") == set()
    assert [(row["since_scan"], row["until_scan"]) for row in house.history(key)] == [(opened.scan, closed.scan)]
    late.unlink()
    again = house.scan(MORNING + 2 * HOUR)
    found = house.finding("missing.no-recording")
    assert (found["key"], found["since_scan"], found["status"]) == (key, again.scan, "open")
    assert len(house.history(key)) == 2
    assert [row["first_seen_at"] for row in house.history(key)] == [MORNING, MORNING]


@pytest.mark.slow
def test_a_finding_whose_figures_change_keeps_its_key_date_and_deadline(house: House) -> None:
    one_call(house)
    house.put(CALL, film(60, "short"))
    house.scan(MORNING)
    first = house.finding("incomplete.low-coverage")
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:14:05")])
    house.scan(MORNING + 30 * HOUR)
    second = house.finding("incomplete.low-coverage")
    assert second["measured"] != first["measured"]
    kept = ("key", "first_seen_at", "due_at", "status")
    assert [second[name] for name in kept] == [first[name] for name in kept]
    assert second["last_seen_at"] == MORNING + 30 * HOUR


def test_scans_of_an_unchanged_world_write_no_row_at_all(house: House) -> None:
    one_call(house)
    house.put("broken.mp4", film(30)[:3000])
    house.put("coming.mp4.part", b"x", modified=MORNING)
    house.put("sub/empty.mp4", b"")
    house.scan(MORNING)
    before = house.counts()
    for minutes in (15, 30, 45):
        summary = house.scan(MORNING + timedelta(minutes=minutes))
        assert (summary.probed, summary.evaluated) == (0, 0)
    assert house.counts() == before


@pytest.mark.slow
def test_scans_of_the_unchanged_sample_day_write_no_row_at_all(sample_day: Path, database_url: str) -> None:
    engine = new_engine(database_url)
    house = House(sample_day, engine)
    scan_once(engine, plan_of(sample_day), MORNING)
    before = house.counts()
    for hours in (1, 2):
        scan_once(engine, plan_of(sample_day), MORNING + hours * HOUR)
    assert house.counts() == before
    engine.dispose()


@pytest.mark.slow
def test_the_time_for_upload_is_waited_for_and_then_over_without_any_change_on_disk(house: House) -> None:
    call_without_footage(house)
    evening = MORNING.replace(day=20, hour=13)  # 21:00 local; the camera was returned at 20:00
    house.scan(evening)
    (verdict,) = [row for row in house.rows(EVALUATION) if row["subject"] == "JQ1"]
    assert (verdict["result"], house.findings("missing.no-recording")) == ("pending", set())
    assert verdict["recheck_at"] == MORNING.replace(day=21, hour=12)  # a day after the return
    assert house.scan(MORNING.replace(day=21, hour=11)).evaluated == 0
    house.scan(MORNING.replace(day=21, hour=12, minute=1))
    (verdict,) = [row for row in house.rows(EVALUATION) if row["subject"] == "JQ1"]
    assert (verdict["result"], house.findings("missing.no-recording")) == (
        "noncompliant",
        {("JQ1", "missing.no-recording")},
    )


@pytest.mark.slow
def test_an_unlinked_clip_is_waited_for_seventy_two_hours(house: House) -> None:
    one_call(house)
    house.put(clip_name("1100001", "031021", "16:00:00", 2), film(20, "elsewhere"))
    house.scan(MORNING)
    assert house.findings("nonstandard.unlinked") == set()
    house.scan(MORNING + 71 * HOUR)
    assert house.findings("nonstandard.unlinked") == set()
    house.scan(MORNING + 73 * HOUR)
    assert len(house.findings("nonstandard.unlinked")) == 1


@pytest.mark.slow
def test_a_rule_limit_that_changes_judges_everything_anew_and_a_limit_that_is_put_back_restores_it(
    house: House,
) -> None:
    from detectors.limits import Limits

    one_call(house)
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:32:00")])
    house.put(CALL, film(1130, "ends 100 s before the finish"))
    house.scan(MORNING)
    assert house.findings() == set()
    house.changes["limits"] = Limits.from_mapping({"early_end_seconds": 60})
    house.scan(MORNING + HOUR)
    assert house.findings() == {("JQ1", "incomplete.early-end")}
    del house.changes["limits"]
    house.scan(MORNING + 2 * HOUR)
    assert house.findings() == set()


@pytest.mark.slow
def test_travel_time_that_changes_moves_windows_that_were_estimated(house: House) -> None:
    from detectors.limits import Limits
    from storage.schema.tables import WINDOW

    registers(house, {"1100001": "031021"})
    row = {**incident("JQ1", "031021", "08:12:00", "08:30:00"), "arrived_at": ""}
    one_call(house)
    house.feed("110", house.feeds["110"].kind, [row])
    house.scan(MORNING)
    before = {window["started_at"] for window in house.rows(WINDOW)}
    house.changes["limits"] = Limits.from_mapping({"typical_travel_seconds": 600})
    house.scan(MORNING + HOUR)
    assert {window["started_at"] for window in house.rows(WINDOW)} == {t + timedelta(minutes=2) for t in before}


@pytest.mark.slow
def test_the_last_sight_of_a_finding_is_not_before_its_first(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING)
    assert all(row["first_seen_at"] <= row["last_seen_at"] <= row["due_at"] for row in house.rows(FINDING))
