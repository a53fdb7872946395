"""Until when footage may be recovered: a table of what is known against what is said."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detectors.engine import evaluate
from detectors.limits import Limits
from detectors.recovery import GIGABYTE, of_camera
from detectors.retention import months_later
from detectors.rule import ClipFacts, DeviceFacts, IncidentFacts, SessionFacts
from domain.finding import Finding, Result
from domain.keeping import Keeping
from tests.detectors.tables import facts_of, instant

RECORDED = instant("2026-11-20 10:00:00")
NOW = instant("2026-11-24 12:00:00")
DAY = timedelta(days=1)
EIGHT_A_DAY = Keeping(8.0 * GIGABYTE, days=20)


@pytest.mark.parametrize(
    ("keeping", "gb", "until", "basis"),
    [
        # 64 GB at 8 GB a day last eight days.
        (EIGHT_A_DAY, 64, RECORDED + 8 * DAY, "storage"),
        (EIGHT_A_DAY, 32, RECORDED + 4 * DAY, "storage"),
        (EIGHT_A_DAY, 4, RECORDED + DAY / 2, "storage"),
        # The capacity is not known.
        (EIGHT_A_DAY, 0, None, None),
        # The capacity is known, what the camera writes is not.
        (None, 64, None, None),
        (Keeping(8.0 * GIGABYTE, days=2), 64, None, None),
        (Keeping(), 64, None, None),
        # A file ten days old was still imported: kept at least as long, whatever the estimate says.
        (replace(EIGHT_A_DAY, oldest_kept=10 * DAY), 0, RECORDED + 10 * DAY, "observed"),
        (replace(EIGHT_A_DAY, oldest_kept=10 * DAY), 64, RECORDED + 10 * DAY, "observed"),
        (replace(EIGHT_A_DAY, oldest_kept=5 * DAY), 64, RECORDED + 8 * DAY, "storage"),
        # Seen to keep files for two days only says nothing about the fourth.
        (replace(EIGHT_A_DAY, oldest_kept=2 * DAY), 0, None, None),
    ],
)
def test_what_is_known_of_a_camera_says_until_when(
    keeping: Keeping | None, gb: float, until: datetime | None, basis: str | None
) -> None:
    chance = of_camera("1234567", keeping, RECORDED, NOW, gb)
    assert (chance and chance.until, chance and chance.basis) == (until, basis)


@pytest.mark.parametrize(
    ("start", "months", "later"),
    [
        ("2026-08-31 10:00:00", 6, "2027-02-28 10:00:00"),
        ("2027-08-31 10:00:00", 6, "2028-02-29 10:00:00"),
        ("2026-11-20 10:00:00", 6, "2027-05-20 10:00:00"),
        ("2026-12-01 00:00:00", 1, "2027-01-01 00:00:00"),
    ],
)
def test_months_are_calendar_months(start: str, months: int, later: str) -> None:
    assert months_later(instant(start), months) == instant(later)


def the_finding(found: tuple[Finding, ...], rule: str) -> Finding:
    (one,) = [finding for finding in found if finding.rule == rule]
    return one


def unrecorded(**more: object) -> IncidentFacts:
    facts = facts_of({"incident": {"arrived": "10:00:00", "finished": "10:30:00", **more}})
    assert isinstance(facts, IncidentFacts)
    return facts


ONE = [{"badge": "012345", "devices": ["1100001"]}]
TWO = [{"badge": "012345", "devices": ["1100001"]}, {"badge": "012346", "devices": ["1100002"]}]
SIZED = Limits(camera_storage_gb=64.0)


def test_a_call_without_recording_has_hours_until_its_camera_overwrites() -> None:
    facts = replace(unrecorded(officers=ONE), keeping={"1100001": EIGHT_A_DAY})
    outcome = the_finding(evaluate(facts, SIZED).findings, "missing.no-recording").outcome
    # From November 20, 10:00, eight days; on the 24th at 12:00 three days and 22 hours are left.
    assert outcome.measured["recover_within_h"] == 94.0
    assert outcome.measured["recover_until"] == (RECORDED + 8 * DAY).isoformat()
    assert any("64 GB, about 8.0 GB a day" in one for one in outcome.evidence)


def test_of_two_cameras_the_one_that_overwrites_first_counts() -> None:
    half = Keeping(16.0 * GIGABYTE, days=20)
    facts = replace(unrecorded(officers=TWO), keeping={"1100001": EIGHT_A_DAY, "1100002": half})
    outcome = the_finding(evaluate(facts, Limits(camera_storage_gb=80.0)).findings, "missing.no-recording").outcome
    assert outcome.measured["recover_until"] == (RECORDED + 5 * DAY).isoformat()


def test_what_is_probably_overwritten_has_no_hour_left() -> None:
    facts = replace(unrecorded(officers=ONE), keeping={"1100001": EIGHT_A_DAY})
    outcome = the_finding(evaluate(facts, Limits(camera_storage_gb=8.0)).findings, "missing.no-recording").outcome
    assert outcome.measured["recover_within_h"] == 0.0
    assert any("probably overwritten" in one for one in outcome.evidence)


def test_what_is_not_known_is_said_and_no_number_invented() -> None:
    outcome = the_finding(evaluate(unrecorded(officers=ONE), Limits()).findings, "missing.no-recording").outcome
    assert "recover_within_h" not in outcome.measured
    assert any("not known" in one for one in outcome.evidence)


def test_without_a_camera_issued_there_is_nothing_to_recover() -> None:
    facts = unrecorded(officers=[{"badge": "012345", "devices": []}])
    outcome = the_finding(evaluate(facts, SIZED).findings, "missing.no-recording").outcome
    assert "recover_within_h" not in outcome.measured
    assert not any("keeps footage" in one for one in outcome.evidence)


def test_pending_and_passing_say_nothing_of_recovery() -> None:
    facts = replace(unrecorded(officers=ONE, now="2026-11-20 12:00:00"), keeping={"1100001": EIGHT_A_DAY})
    outcomes = [outcome for _, _, outcome in evaluate(facts, SIZED).outcomes]
    assert Result.PENDING in {outcome.result for outcome in outcomes}
    assert not any("recover_within_h" in outcome.measured for outcome in outcomes)


def test_a_shift_and_a_sequence_hole_are_recovered_from_the_camera_itself() -> None:
    device = facts_of(
        {
            "device": {
                "shifts": [{"officer": "012345", "incidents": ["1", "2"], "clips": 0}],
                "holes": [
                    {
                        "after": 7,
                        "before": 10,
                        "missing": 2,
                        "after_time": "10:00:00-10:10:00",
                        "before_time": "11:00:00-11:10:00",
                    }
                ],
            }
        }
    )
    assert isinstance(device, DeviceFacts)
    found = evaluate(replace(device, keeping=EIGHT_A_DAY), SIZED).findings
    shift, hole = (the_finding(found, rule) for rule in ("missing.shift-without-clips", "missing.sequence-hole"))
    assert shift.outcome.measured["recover_until"] == instant("2026-11-28 08:00:00").isoformat()
    assert hole.outcome.measured["recover_until"] == instant("2026-11-28 10:10:00").isoformat()


def test_what_the_station_lists_it_has_to_keep_for_six_months() -> None:
    listed = {"path": "a.mp4", "recorded": "10:00:00-10:10:00", "imported": "18:00:00"}
    found = evaluate(facts_of({"store": {"listed_absent": [listed]}}), Limits()).findings
    measured = the_finding(found, "missing.sequence-hole").outcome.measured
    assert measured["recover_until"] == instant("2027-05-20 18:00:00").isoformat()
    # 177 days and 6 hours; months ahead it is told in whole days.
    assert (measured["recover_within_h"], measured["recover_basis"]) == (177 * 24.0, "retention")
    assert measured["recover_from"] is None


def test_a_file_that_cannot_be_played_may_still_be_whole_on_the_camera() -> None:
    clip = facts_of({"clip": {"state": "unreadable", "bytes": 0}})
    assert isinstance(clip, ClipFacts)
    found = evaluate(replace(clip, keeping=EIGHT_A_DAY), SIZED).findings
    measured = the_finding(found, "incomplete.unreadable").outcome.measured
    assert measured["recover_until"] == (RECORDED + 8 * DAY).isoformat()


def test_a_room_s_recorder_has_a_memory_of_its_own() -> None:
    session = facts_of({"session": {"started": "09:30:00", "signed": "10:30:00", "channels": [{"channel": "CH1"}]}})
    assert isinstance(session, SessionFacts)
    facts = replace(session, keeping={"1300101": Keeping(100.0 * GIGABYTE, days=30)})
    for limits, until in ((Limits(room_storage_gb=4000.0), RECORDED + 40 * DAY - DAY / 48), (SIZED, None)):
        measured = the_finding(evaluate(facts, limits).findings, "missing.session-not-recorded").outcome.measured
        assert measured.get("recover_until") == (until.isoformat() if until else None)
