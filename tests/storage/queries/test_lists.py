"""The other lists: recordings, gaps, activities, coverage, links, findings, registers, stores, scans."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from domain.activity import Incident, InterrogationSession, Interruption
from domain.clip import ClockKind, Device, DeviceClock
from domain.gap import Gap, GapCause
from storage.codec import encode
from storage.queries import LISTS, Filters
from storage.schema import tables as t
from tests.storage.queries import rows

pytestmark = pytest.mark.slow


def listed(connection: Connection, name: str, **filters: Any) -> list[dict[str, Any]]:
    return list(LISTS[name].rows(connection, Filters(**filters), None))


def column(connection: Connection, name: str, key: str, **filters: Any) -> list[Any]:
    return [row[key] for row in listed(connection, name, **filters)]


def two_recordings(connection: Connection) -> tuple[int, int, int]:
    """Two clips that run on, with a jump in the second; and one of another camera."""
    first, second, third = (rows.file(connection, name) for name in ("a.mp4", "b.mp4", "c.mp4"))
    rows.clip(connection, first, 0, 10)
    rows.clip(connection, second, 10.1, 20)
    rows.clip(connection, third, 5, 6, lane="device:C2", device="C2", unit="far")
    gaps = [
        Gap(rows.span(10, 10.1), GapCause.ROLL_OVER, ("a is followed by b",)),
        Gap(rows.span(12, 13), GapCause.DROPPED),
    ]
    rows.recording(connection, [first, second], 0, 20, gaps)
    rows.recording(connection, [third], 5, 6, lane="device:C2", device="C2", officer=None)
    rows.footage(connection, first, "badge:031021", 0)
    rows.footage(connection, third, "badge:031063", 5, lane="device:C2", basis="assignment")
    return first, second, third


def test_a_recording_names_its_clips_and_gaps(connection: Connection) -> None:
    two_recordings(connection)
    row = listed(connection, "recordings")[0]
    assert row == {
        "id": "device:C1@2026-11-22T12:00:00+00:00",
        "device": "C1",
        "officer": "031021",
        "started_at": rows.at(0),
        "ended_at": rows.at(20),
        "clips": ["dock-a:a.mp4", "dock-a:b.mp4"],
        "gaps": [
            {"from": rows.at(10), "to": rows.at(10.1), "cause": "roll-over"},
            {"from": rows.at(12), "to": rows.at(13), "cause": "dropped"},
        ],
    }


def test_recordings_are_narrowed_by_unit_officer_time_and_incident(connection: Connection) -> None:
    first, _, _ = two_recordings(connection)
    rows.link(connection, "110-1", first)
    assert column(connection, "recordings", "device", unit="far") == ["C2"]
    assert column(connection, "recordings", "device", officer="031063") == ["C2"]
    assert column(connection, "recordings", "device", officer="031021") == ["C1"]
    assert column(connection, "recordings", "device", since=rows.at(6)) == ["C1"]
    assert column(connection, "recordings", "device", until=rows.at(5)) == ["C1"]
    assert column(connection, "recordings", "device", incident="110-1") == ["C1"]


def test_a_gap_names_the_file_it_begins_in_or_follows(connection: Connection) -> None:
    two_recordings(connection)
    between, inside = listed(connection, "gaps")
    assert between == {
        "device": "C1",
        "officer": "031021",
        "store": "dock-a",
        "path": "a.mp4",
        "from": rows.at(10),
        "to": rows.at(10.1),
        "length_s": 6.0,
        "cause": "roll-over",
        "evidence": ["a is followed by b"],
    }
    assert (inside["path"], inside["length_s"], inside["cause"]) == ("b.mp4", 60.0, "dropped")
    assert column(connection, "gaps", "cause", since=rows.at(11)) == ["dropped"]
    assert column(connection, "gaps", "cause", until=rows.at(12)) == ["roll-over"]


ATTENDED = Incident(
    "110-1",
    unit=rows.UNIT,
    received_at=rows.at(-10),
    arrived_at=rows.at(0),
    finished_at=rows.at(30),
    officers=("031021", "031063"),
    category="治安",
    status="办结",
    longitude=121.2,
)


def test_an_incident_shows_its_fields_with_what_was_concluded(connection: Connection) -> None:
    rows.incident(connection, ATTENDED)
    file_id = rows.file(connection, "a.mp4", anchor="dock-a:first.mp4")
    rows.link(connection, "110-1", file_id)
    rows.coverage(connection, "110-1", "all", 0, 30, covered=24)
    rows.coverage(connection, "110-1", "officer:031021", 0, 30, covered=6)
    rows.evaluation(connection, "incident", "110-1", result="noncompliant")
    rows.finding(connection, "1" * 16, "incident", "110-1", flag="incomplete")
    rows.finding(connection, "2" * 16, "clip", "dock-a:a.mp4", flag="nonstandard", subject_key="dock-a:first.mp4")
    (row,) = listed(connection, "incidents")
    assert row == {
        "number": "110-1",
        "received_at": rows.at(-10),
        "dispatched_at": None,
        "arrived_at": rows.at(0),
        "finished_at": rows.at(30),
        "feedback_at": None,
        "unit": rows.UNIT,
        "officers": ["031021", "031063"],
        "category": "治安",
        "status": "办结",
        "address": None,
        "longitude": 121.2,
        "latitude": None,
        "case_number": None,
        "result": "noncompliant",
        "coverage_ratio": 0.8,
        "flags": ["incomplete", "nonstandard"],
    }


def test_an_incident_not_yet_judged_has_no_result(connection: Connection) -> None:
    rows.incident(connection, ATTENDED)
    (row,) = listed(connection, "incidents")
    assert (row["result"], row["coverage_ratio"], row["flags"]) == (None, None, [])


def test_flags_of_rejected_candidates_and_of_closed_findings_do_not_count(connection: Connection) -> None:
    rows.incident(connection, ATTENDED)
    file_id = rows.file(connection, "a.mp4")
    rows.link(connection, "110-1", file_id, status="rejected")
    rows.finding(connection, "1" * 16, "incident", "110-1", until_scan=1)
    rows.finding(connection, "2" * 16, "clip", "dock-a:a.mp4", flag="nonstandard")
    (row,) = listed(connection, "incidents")
    assert row["flags"] == []
    assert column(connection, "incidents", "number", flag="nonstandard") == []


def test_incidents_are_narrowed_by_every_filter(connection: Connection) -> None:
    rows.incident(connection, ATTENDED)
    later = Incident("110-2", unit="far", arrived_at=rows.at(60), officers=("0310211",), status="撤销")
    rows.incident(connection, later)
    rows.incident(connection, Incident("110-3"))
    rows.evaluation(connection, "incident", "110-1", result="compliant")
    file_id = rows.file(connection, "a.mp4")
    rows.link(connection, "110-2", file_id)
    rows.finding(connection, "2" * 16, "clip", "dock-a:a.mp4", rule="nonstandard.name", flag="nonstandard")
    assert column(connection, "incidents", "number", officer="031021") == ["110-1"]
    assert column(connection, "incidents", "number", unit="far") == ["110-2"]
    assert column(connection, "incidents", "number", since=rows.at(0), until=rows.at(60)) == ["110-1"]
    assert column(connection, "incidents", "number", status="compliant") == ["110-1"]
    assert column(connection, "incidents", "number", status="撤销") == ["110-2"]
    assert column(connection, "incidents", "number", rule="nonstandard.name") == ["110-2"]
    assert column(connection, "incidents", "number", incident="110-3") == ["110-3"]
    assert column(connection, "incidents", "number", officer="%") == []


def test_a_session_shows_its_kind_and_declared_breaks(connection: Connection) -> None:
    pause = Interruption(rows.span(5, 7), "用餐")
    named = InterrogationSession("x-1", "案1", "讯问", rows.UNIT, "1号", "P1", ("031021",), channels=("全景", "特写"))
    rows.session(connection, replace(named, started_at=rows.at(0), signed_at=rows.at(9), interruptions=(pause,)))
    rows.coverage(connection, "x-1", "channel:全景", 0, 9, kind="session", covered=9)
    rows.coverage(connection, "x-1", "all", 0, 9, kind="session", covered=9)
    (row,) = listed(connection, "sessions")
    assert (row["number"], row["kind"], row["room"], row["channels"]) == ("x-1", "讯问", "1号", ["全景", "特写"])
    assert row["interruptions"] == [{"from": rows.at(5), "to": rows.at(7), "reason": "用餐"}]
    assert (row["started_at"], row["signed_at"], row["coverage_ratio"]) == (rows.at(0), rows.at(9), 1.0)
    lanes = [(row["officer"], row["channel"]) for row in listed(connection, "coverage")]
    assert lanes == [(None, None), (None, "全景")]


def test_coverage_measures_the_required_window(connection: Connection) -> None:
    rows.incident(connection, ATTENDED)
    gap = Gap(rows.span(10, 12), GapCause.STOPPED, ("next number follows",))
    rows.coverage(connection, "110-1", "officer:031021", 0, 30, covered=24, late=3, early=1, gaps=[gap])
    (row,) = listed(connection, "coverage")
    assert row == {
        "kind": "incident",
        "number": "110-1",
        "officer": "031021",
        "from": rows.at(0),
        "to": rows.at(30),
        "required_s": 1800.0,
        "covered_s": 1440.0,
        "ratio": 0.8,
        "late_s": 180.0,
        "early_s": 60.0,
        "gaps": [{"from": rows.at(10), "to": rows.at(12), "cause": "stopped"}],
        "channel": None,
    }
    assert len(listed(connection, "coverage", unit=rows.UNIT, officer="031021", incident="110-1")) == 1
    assert listed(connection, "coverage", unit="far") == []


def test_an_empty_window_counts_as_covered(connection: Connection) -> None:
    rows.coverage(connection, "110-1", "all", 5, 5)
    assert column(connection, "coverage", "ratio") == [1.0]


def test_links_show_score_and_runner_up_and_losers_only_on_request(connection: Connection) -> None:
    file_id, other = rows.file(connection, "a.mp4"), rows.file(connection, "b.mp4")
    rows.link(connection, "110-1", file_id, runner_up_number="110-2", runner_up_score=0.25, score=0.75)
    rows.link(connection, "110-2", file_id, status="rejected")
    rows.link(connection, "110-1", other, status="proposed", at=rows.at(60))
    assert listed(connection, "links") == [
        {
            "kind": "incident",
            "number": "110-1",
            "officer": "031021",
            "store": "dock-a",
            "path": "a.mp4",
            "basis": "badge",
            "overlap_s": 480.0,
            "score": 0.75,
            "runner_up": {"number": "110-2", "score": 0.25},
            "method": "auto",
        }
    ]
    assert column(connection, "links", "number", status="rejected") == ["110-2"]
    assert column(connection, "links", "path", status="proposed", since=rows.at(60)) == ["b.mp4"]


def test_a_finding_shows_everything_it_rests_on(connection: Connection) -> None:
    rows.finding(connection, "0123456789abcdef", "incident", "110-1")
    (row,) = listed(connection, "findings")
    assert row == {
        "id": "0123456789abcdef",
        "decision": None,
        "reviews": 0,
        "rule": "missing.no-recording",
        "flag": "missing",
        "severity": "fail",
        "result": "fail",
        "status": "open",
        "kind": "incident",
        "subject": "110-1",
        "officer": "031021",
        "unit": rows.UNIT,
        "from": rows.at(0),
        "to": rows.at(30),
        "measured": {"covered_s": 0.0},
        "evidence": ["no clip overlaps the window"],
        "first_seen_at": rows.at(100),
        "last_seen_at": rows.at(100),
        "due_at": rows.at(1000),
    }


def test_a_closed_finding_is_resolved_unless_it_stands_again(connection: Connection) -> None:
    rows.finding(connection, "a" * 16, "incident", "110-1", severity="warn", until_scan=1)
    rows.finding(connection, "a" * 16, "incident", "110-1", severity="fail", until_scan=1)
    rows.finding(connection, "b" * 16, "incident", "110-2", until_scan=1)
    rows.finding(connection, "b" * 16, "incident", "110-2")
    rows.finding(connection, "c" * 16, "incident", "110-3", status="explained")
    assert column(connection, "findings", "id") == ["b" * 16, "c" * 16]
    assert column(connection, "findings", "id", status="explained") == ["c" * 16]
    (closed,) = listed(connection, "findings", status="resolved")
    assert (closed["id"], closed["status"], closed["severity"]) == ("a" * 16, "resolved", "fail")


def test_findings_are_narrowed_by_every_filter(connection: Connection) -> None:
    file_id = rows.file(connection, "a.mp4", anchor="dock-a:first.mp4")
    rows.link(connection, "110-1", file_id)
    rows.finding(connection, "1" * 16, "incident", "110-1")
    rows.finding(connection, "2" * 16, "clip", "dock-a:a.mp4", subject_key="dock-a:first.mp4", flag="nonstandard")
    far = {"unit": "far", "officer": None, "started_at": None, "ended_at": None, "rule": "incomplete.store"}
    rows.finding(connection, "3" * 16, "store", "dock-b", **far, flag="incomplete")
    assert column(connection, "findings", "id", incident="110-1") == ["2" * 16, "1" * 16]
    assert column(connection, "findings", "id", flag="nonstandard") == ["2" * 16]
    assert column(connection, "findings", "id", rule="incomplete.store") == ["3" * 16]
    assert column(connection, "findings", "id", unit="far") == ["3" * 16]
    assert column(connection, "findings", "id", officer="031021", flag="missing") == ["1" * 16]
    assert column(connection, "findings", "id", since=rows.at(31)) == ["3" * 16]
    assert column(connection, "findings", "id", until=rows.at(100)) == ["2" * 16, "1" * 16]


def test_devices_are_those_registered_and_those_seen(connection: Connection) -> None:
    rows.record(connection, "devices", "C1", Device("C1", "DSJ", unit=rows.UNIT), unit=rows.UNIT)
    rows.clip(connection, rows.file(connection, "a.mp4"), device="C2", unit="far")
    rows.clip(connection, rows.file(connection, "b.mp4"), device="C1")
    clock = DeviceClock("C2", ClockKind.ZONE, timedelta(hours=8), timedelta(seconds=5), ("12 pairs",))
    known = {"kind": "zone", "offset": clock.offset, "error": clock.error, "body": encode(clock), "since_scan": 1}
    rows.put(connection, t.DEVICE_CLOCK, device="C2", **known)
    first, second = listed(connection, "devices")
    assert (first["serial"], first["model"], first["kind"], first["unit"]) == ("C1", "DSJ", "recorder", rows.UNIT)
    assert (first["clock_kind"], first["evidence"]) == (None, [])
    assert second == {
        "serial": "C2",
        **dict.fromkeys(("model", "kind", "unit", "room", "channel")),
        "clock_offset_s": 28800.0,
        "clock_error_s": 5.0,
        "clock_kind": "zone",
        "evidence": ["12 pairs"],
    }
    assert column(connection, "devices", "serial", unit="far") == ["C2"]
    assert column(connection, "devices", "serial", unit=rows.UNIT) == ["C1"]


def test_devices_come_page_by_page_each_once_whoever_knows_them(connection: Connection) -> None:
    for serial in ("A1", "C3"):
        rows.record(connection, "devices", serial, Device(serial, "DSJ", unit="far"), unit="far")
    for at, (serial, unit) in enumerate(
        [("B2", "far"), ("C3", "far"), ("B2", "far"), ("D4", rows.UNIT), ("E5", "far")]
    ):
        rows.clip(connection, rows.file(connection, f"{at}.mp4"), device=serial, unit=unit)
    for filters, wanted in (
        (Filters(), ["A1", "B2", "C3", "D4", "E5"]),
        (Filters(unit="far"), ["A1", "B2", "C3", "E5"]),
    ):
        found: list[str] = []
        page = LISTS["devices"].page(connection, filters, 1)
        while True:
            found += [row["serial"] for row in page.rows]
            if page.next_cursor is None:
                break
            page = LISTS["devices"].page(connection, filters, 1, page.next_cursor)
        assert found == wanted


def test_a_store_shows_its_last_whole_scan_even_when_it_is_doubtful_now(connection: Connection) -> None:
    second = rows.scan(connection, 20)
    rows.store_scan(connection, 1, 1, files=40, folders=4)
    rows.store_scan(connection, second, 1, 20, state="doubtful", detail="empty", files=0)
    rows.folder(connection, 1, "private", refused="permission denied")
    rows.store(connection, "old", active=False)
    (row,) = listed(connection, "stores")
    assert (row["name"], row["state"], row["detail"], row["scan"]) == ("dock-a", "doubtful", "empty", 1)
    assert (row["folders"], row["files"], row["errors"], row["refused"]) == (4, 40, 1, ["private"])
    assert row["scanned_at"] == rows.at(0)  # complete up to the begin of the walk
    assert listed(connection, "stores", status="online") == []


def test_scans_come_newest_first_with_what_they_saw_of_each_store(connection: Connection) -> None:
    second = rows.scan(connection, 20, state="running", finished_at=None)
    rows.store_scan(connection, 1, 1)
    newest, oldest = listed(connection, "scans")
    assert (newest["id"], newest["state"], newest["duration_s"], newest["stores"]) == (second, "running", None, [])
    assert (oldest["duration_s"], oldest["summary"]) == (60.0, {"files": 3})
    assert oldest["stores"] == [
        {"store": "dock-a", "state": "online", "folders": 2, "files": 5, "refused": 0, "skipped": 0}
    ]
    assert column(connection, "scans", "id", status="complete", until=rows.at(20)) == [1]


def test_feed_rows_show_their_fate(connection: Connection) -> None:
    for number, fate in ((2, "rejected"), (1, "accepted")):
        values = {"notes": [f"note {number}"], "raw": {"警情编号": str(number)}, "since_scan": 1}
        rows.put(connection, t.FEED_ROW, feed="110", number=number, fate=fate, **values)
    assert column(connection, "feed-rows", "row") == [1, 2]
    assert listed(connection, "feed-rows", status="rejected") == [
        {"feed": "110", "row": 2, "fate": "rejected", "notes": ["note 2"], "raw": {"警情编号": "2"}}
    ]


def test_an_officers_findings_include_those_that_name_nobody_but_are_about_their_work(connection: Connection) -> None:
    own, other = rows.file(connection, "own.mp4"), rows.file(connection, "other.mp4")
    rows.footage(connection, own, "badge:031021", 0)
    rows.footage(connection, other, "badge:031063", 0)
    rows.window(connection, "110-1", "badge:031021", 0, 30)
    rows.window(connection, "110-1", "badge:031063", 0, 30)
    rows.finding(connection, "1" * 16, "incident", "110-1", officer=None)
    rows.finding(connection, "2" * 16, "incident", "110-1", officer="031063")
    rows.finding(connection, "3" * 16, "clip", "dock-a:own.mp4", officer=None)
    rows.finding(connection, "4" * 16, "clip", "dock-a:other.mp4", officer=None)
    rows.finding(connection, "5" * 16, "incident", "110-2", officer="031021")
    assert column(connection, "findings", "id", officer="031021") == ["3" * 16, "1" * 16, "5" * 16]


def test_words_in_chinese_and_with_wildcards_are_found_exactly(connection: Connection) -> None:
    for number, officer in enumerate(("辅警%3", "辅警13", "辅警_3", "a\\b")):
        rows.incident(connection, Incident(f"警-{number}", officers=(officer,), status="撤销"))
    assert column(connection, "incidents", "number", officer="辅警%3") == ["警-0"]
    assert column(connection, "incidents", "number", officer="辅警_3") == ["警-2"]
    assert column(connection, "incidents", "number", officer="a\\b") == ["警-3"]
    assert len(column(connection, "incidents", "number", status="撤销")) == 4
