"""What `explain` says about activities, files and findings, and what it can prove of an absence."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from domain.activity import Incident, InterrogationSession, OfficerTimes
from domain.clip import ClockKind, DeviceClock
from domain.gap import Gap, GapCause
from domain.media import Track, TrackKind
from storage.codec import encode
from storage.queries import ExplainSection, Explanation, UnusableQuery, explain
from storage.queries.words import WORDS
from storage.schema import tables as t
from tests.storage.queries import rows

pytestmark = pytest.mark.slow


def explained(connection: Connection, thing: str) -> Explanation:
    found = explain(connection, thing)
    assert found is not None
    return found


def section(found: Explanation, title: str) -> ExplainSection:
    (one,) = [one for one in found.sections if one.title_en == title]
    return one


def table(found: Explanation, title: str) -> list[dict[str, Any]]:
    """Rows of a section by the keys of its columns."""
    one = section(found, title)
    return [dict(zip((name.split()[-1] for name in one.columns), row, strict=True)) for row in one.rows]


def facts(found: Explanation, title: str) -> dict[str, Any]:
    return {row["item"].split()[-1]: row["value"] for row in table(found, title)}


def missing_incident(connection: Connection) -> None:
    """Nobody recorded: the officer's only candidate belongs to the call before; a store has a locked folder."""
    times = OfficerTimes("031021", arrived_at=rows.at(2))
    rows.incident(
        connection,
        Incident("110-1", rows.UNIT, arrived_at=rows.at(0), finished_at=rows.at(30), officers=("031021",)),
    )
    rows.record(
        connection,
        "incidents",
        "110-9",
        Incident("110-9", officers=("031021",), officer_times=(times,)),
        feed="110",
    )
    for number, (fate, raw) in enumerate((("corrected", "110-1"), ("accepted", "110-10"), ("accepted", "110-2")), 1):
        values = {"fate": fate, "notes": ["finished_at: next day"], "raw": {"警情编号": raw}, "since_scan": 1}
        rows.put(connection, t.FEED_ROW, feed="110", number=number, **values)
    rows.window(connection, "110-1", "badge:031021", 0, 30)
    rows.window(connection, "110-1", f"unit:{rows.UNIT}", 0, 30, end_known="upper-bound")
    rows.coverage(connection, "110-1", "officer:031021", 0, 30, late=30, early=30)
    before, near = rows.file(connection, "22/before.mp4"), rows.file(connection, "22/near.mp4")
    for file_id, start, end in ((before, -30, -20), (near, -5, -1)):
        rows.clip(connection, file_id, start, end)
        rows.footage(connection, file_id, "badge:031021", start)
    rows.link(connection, "110-0", before, score=0.9)
    rows.link(connection, "110-1", before, score=0.1, status="rejected", evidence=["no overlap: apart"])
    rows.link(connection, "110-1", near, score=0.4, status="proposed", evidence=["no overlap: approach"])
    outcome = {"result": "fail", "severity": "fail", "officer": None, "evidence": ["nothing"], "measured": {"n": 0}}
    outcome["span"] = encode(rows.span(0, 30))
    passed = {"rule": "missing.no-link", "version": 2, "result": "pass", "severity": "warn"}
    rows.evaluation(
        connection,
        "incident",
        "110-1",
        [{"rule": "missing.no-recording", "version": 1, **outcome}, passed],
        result="noncompliant",
    )
    rows.finding(connection, "0123456789abcdef", "incident", "110-1")
    lost = rows.file(connection, "22/lost.mp4")
    rows.clip(connection, lost, None, None, officer=None, device="C7")
    rows.probe(connection, lost, problems=(rows.problem("truncated", "x"),))
    rows.record(
        connection,
        "assignments",
        "C7|x",
        {"device": "C7", "officer": "031021", "start": rows.at(-60), "end": None},
        group_key="C7",
    )
    rows.clip(connection, rows.file(connection, "22/other.mp4"), None, None, officer="999999", device="C9")


def stores(connection: Connection) -> None:
    """dock-a was scanned whole before and twice after the call; dock-b is doubtful since the last scan."""
    second, third, fourth = (rows.scan(connection, start) for start in (40, 55, 70))
    other = rows.store(connection, "dock-b")
    for scan_id, start in ((1, 0.5), (second, 40), (third, 55), (fourth, 70)):
        rows.store_scan(connection, scan_id, 1, start, files=6, folders=3, skipped=2)
    rows.store_scan(connection, second, other, 41)
    rows.store_scan(connection, third, other, 56, state="doubtful", detail="empty")
    rows.folder(connection, 1, "", 0)
    rows.folder(connection, 1, "22", 3, until_scan=third)
    rows.folder(connection, 1, "22", 4, since_scan=third)
    rows.folder(connection, 1, "locked", refused="permission denied")
    rows.folder(connection, other, "emptied", 7, until_scan=third)
    rows.folder(connection, other, "emptied", 0, since_scan=third)
    rows.file(connection, "22/growing.mp4", state="arriving")


def test_a_missing_incident_shows_record_window_and_what_was_measured(connection: Connection) -> None:
    missing_incident(connection)
    found = explained(connection, "110-1")
    assert found.title == "警情 / Incident 110-1"
    said = facts(found, "What the record says")
    assert (said["arrived_at"], said["officers"], said["feed"]) == (rows.at(0), ["031021"], "110")
    (source,) = table(found, "Feed rows")
    assert (source["row"], source["fate"], source["notes"]) == (1, "corrected", ["finished_at: next day"])
    badge, unit = table(found, "Required window")
    assert (badge["party"], badge["from"], badge["to"]) == ("badge:031021", rows.at(0), rows.at(30))
    assert (badge["required_s"], unit["end_known"]) == (1800.0, "upper-bound")
    (lane,) = table(found, "Coverage")
    assert (lane["covered_s"], lane["ratio"], lane["late_s"], lane["clips"]) == (0.0, 0.0, 1800.0, 0)


def test_rejected_and_proposed_candidates_are_shown_with_score_and_reason(connection: Connection) -> None:
    missing_incident(connection)
    found = explained(connection, "110-1")
    assert table(found, "Linked clips") == []
    proposed, rejected = table(found, "Proposed and rejected candidates")
    assert (proposed["path"], proposed["status"], proposed["score"]) == ("22/near.mp4", "proposed", 0.4)
    assert (rejected["path"], rejected["status"], rejected["score"]) == ("22/before.mp4", "rejected", 0.1)
    assert (rejected["evidence"], rejected["started_at"]) == (["no overlap: apart"], rows.at(-30))


def test_every_rule_and_finding_is_shown(connection: Connection) -> None:
    missing_incident(connection)
    found = explained(connection, "110-1")
    assert section(found, "Rules").lines == ("总体判定：不合规 / verdict: noncompliant",)
    failed, passed = table(found, "Rules")
    assert (failed["rule"], failed["result"], failed["from"], failed["measured"]) == (
        "missing.no-recording",
        "fail",
        rows.at(0),
        {"n": 0},
    )
    assert (passed["rule"], passed["version"], passed["result"]) == ("missing.no-link", 2, "pass")
    assert [row["id"] for row in table(found, "Findings")] == ["0123456789abcdef"]


def test_the_proof_of_absence_names_stores_scans_folders_and_refusals(connection: Connection) -> None:
    missing_incident(connection)
    stores(connection)
    found = explained(connection, "110-1")
    proof = section(found, "Proof of absence: last complete scan of each store")
    assert [line.partition(":")[0] for line in proof.lines] == ["dock-a", "dock-b"]
    assert "1 folders could not be listed" in proof.lines[0]
    assert "doubtful" in proof.lines[1]
    first, second = table(found, "Proof of absence: last complete scan of each store")
    assert (first["scan"], first["scanned_at"], first["files"], first["folders"]) == (4, rows.at(70), 6, 3)
    assert (first["refused"], first["skipped"], first["arriving"]) == (1, 2, 1)
    assert (second["state"], second["detail"], second["scan"]) == ("doubtful", "empty", 2)
    assert table(found, "Folders that could not be listed") == [
        {"store": "dock-a", "path": "locked", "reason": "permission denied"}
    ]


def test_only_whole_scans_after_the_window_count_for_the_absence(connection: Connection) -> None:
    missing_incident(connection)
    stores(connection)
    first, second = table(explained(connection, "110-1"), "Whole scans after the end of the required window")
    assert (first["scans"], first["first_scan"], first["first_at"]) == (3, 2, rows.at(40))
    assert (first["last_scan"], first["last_at"]) == (4, rows.at(70))
    assert (second["scans"], second["first_scan"], second["last_scan"]) == (1, 2, 2)


def test_folders_are_those_of_the_last_whole_scan_with_their_counts(connection: Connection) -> None:
    missing_incident(connection)
    stores(connection)
    listed = table(explained(connection, "110-1"), "Folders that were listed")
    assert [(row["store"], row["path"], row["files"], row["scan"]) for row in listed] == [
        ("dock-a", "/", 0, 4),
        ("dock-a", "22", 4, 4),
        ("dock-a", "locked", 0, 4),
        ("dock-b", "emptied", 7, 2),
    ]


def test_many_folders_are_bounded_and_the_rest_is_counted(connection: Connection) -> None:
    missing_incident(connection)
    rows.store_scan(connection, 1, 1)
    for number in range(35):
        rows.folder(connection, 1, f"day-{number:02}", files=number)
    found = section(explained(connection, "110-1"), "Folders that were listed")
    assert len(found.rows) == 30
    # 30 + 31 + 32 + 33 + 34 = 160
    assert found.lines == ("dock-a: 另有 5 个文件夹(共 160 个文件) / 5 more folders with 160 files",)


def test_files_without_a_time_that_may_be_the_footage_are_named(connection: Connection) -> None:
    missing_incident(connection)
    (row,) = table(explained(connection, "110-1"), "Files without a believable time that may belong here")
    assert (row["path"], row["device"], row["problems"]) == ("22/lost.mp4", "C7", ["truncated"])


def test_officers_own_times_are_shown_where_the_feed_has_them(connection: Connection) -> None:
    missing_incident(connection)
    (row,) = table(explained(connection, "110-9"), "Each officer's own times")
    assert (row["officer"], row["arrived_at"], row["finished_at"]) == ("031021", rows.at(2), None)
    assert "no time to derive" in section(explained(connection, "110-9"), "Required window").lines[0]


def test_a_session_is_explained_like_an_incident(connection: Connection) -> None:
    rows.session(connection, InterrogationSession("x-1", room="1号", started_at=rows.at(0), signed_at=rows.at(9)))
    gap = Gap(rows.span(3, 4), GapCause.DROPPED, ("jump",))
    rows.coverage(connection, "x-1", "channel:全景", 0, 9, kind="session", covered=8, gaps=[gap])
    found = explained(connection, "x-1")
    assert found.title == "讯问场次 / Session x-1"
    (row,) = table(found, "Gaps")
    assert (row["lane"], row["from"], row["length_s"], row["cause"], row["evidence"]) == (
        "channel:全景",
        rows.at(3),
        60.0,
        "dropped",
        ("jump",),
    )


def known_file(connection: Connection) -> int:
    """A clip that was moved once, with two time sources, a drifting camera and two candidates."""
    second = rows.scan(connection, 30)
    file_id = rows.put(
        connection, t.FILE, anchor="dock-a:in/a.mp4", store_id=1, first_seen_at=rows.at(0), not_seen_before=None
    )
    rows.seen(connection, file_id, "in/a.mp4", until_scan=second)
    rows.seen(connection, file_id, "22/a.mp4", since_scan=second)
    sources = (
        rows.source("name", rows.at(0), chosen=True, reason="camera clock"),
        rows.source("modified", rows.at(3), reason="time of copy"),
    )
    rows.clip(connection, file_id, 0, 10, sources=sources, sequence=7)
    length, changes = timedelta(minutes=10), (timedelta(seconds=61.5),)
    track = Track(1, TrackKind.VIDEO, "h264", timedelta(0), length, 15000, 1280, 720, changes_at=changes)
    rows.probe(connection, file_id, (track,), problems=(rows.problem("truncated", "ends early"),))
    rows.footage(connection, file_id, "badge:031021", 0)
    rows.recording(connection, [file_id], 0, 10)
    clock = DeviceClock("C1", ClockKind.DRIFT, timedelta(seconds=40), timedelta(seconds=5), ("31 pairs",))
    known = {"kind": "drift", "offset": clock.offset, "error": clock.error, "body": encode(clock), "since_scan": 1}
    rows.put(connection, t.DEVICE_CLOCK, device="C1", **known)
    rows.link(connection, "110-1", file_id, score=0.9, runner_up_number="110-2", runner_up_score=0.2)
    rows.link(connection, "110-2", file_id, score=0.2, status="rejected")
    rows.finding(connection, "fedcba9876543210", "clip", "dock-a:22/a.mp4", subject_key="dock-a:in/a.mp4")
    outcome = {"rule": "nonstandard.name", "version": 1, "result": "pass", "severity": "info"}
    rows.evaluation(connection, "clip", "dock-a:in/a.mp4", [outcome])
    failure = {"error": "ReaderFailed", "message": "out of time", "retryable": True, "attempts": 2}
    rows.put(connection, t.FAILURE, step="probe", subject=str(file_id), last_at=rows.at(5), **failure)
    return file_id


def test_a_file_shows_its_history_over_a_move(connection: Connection) -> None:
    known_file(connection)
    found = explained(connection, "dock-a:22/a.mp4")
    versions = [(v["since_scan"], v["until_scan"], v["path"]) for v in table(found, "As the scans saw it")]
    assert versions == [(1, 2, "in/a.mp4"), (2, None, "22/a.mp4")]


def test_a_file_shows_every_time_source_the_clock_and_whose_it_is(connection: Connection) -> None:
    known_file(connection)
    found = explained(connection, "dock-a:22/a.mp4")
    name, modified = table(found, "Time sources")
    assert (name["clock_source"], name["chosen"], name["reason"]) == ("name", True, "camera clock")
    assert (modified["chosen"], modified["from"], modified["reason"]) == (False, rows.at(3), "time of copy")
    clock = facts(found, "Device clock")
    assert (clock["clock_kind"], clock["clock_offset_s"]) == ("drift", 40.0)
    assert section(found, "Device clock").lines == ("31 pairs",)
    whose = facts(found, "Camera and officer")
    assert (whose["device"], whose["sequence"], whose["footage"]) == ("C1", 7, "badge:031021 (badge)")
    assert section(found, "Camera and officer").lines == ("name: device C1",)


def test_a_file_shows_all_its_times_instants_as_such_and_local_ones_as_text(connection: Connection) -> None:
    file_id = rows.file(connection, "22/b.mp4")
    times = {"mvhd": "2024-01-15T06:30:25+00:00", "day": "2024-01-15T14:30:25"}
    rows.probe(connection, file_id, stated_times=times, muxer="libebml")
    found = explained(connection, "dock-a:22/b.mp4")
    stated = [(row["stated_in"], row["stated_time"]) for row in table(found, "Times that the file states")]
    assert stated == [("mvhd", datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC)), ("day", "2024-01-15 14:30:25")]
    assert facts(found, "What the file says about itself")["muxer"] == "libebml"


def test_a_file_shows_what_was_read_and_what_it_was_compared_with(connection: Connection) -> None:
    known_file(connection)
    found = explained(connection, "dock-a:22/a.mp4")
    (track,) = table(found, "Tracks")
    assert (track["codec"], track["width"], track["duration_s"]) == ("h264", 1280, 600.0)
    assert [(row["track"], row["at_s"]) for row in table(found, "Where parameters change")] == [(1, 61.5)]
    assert [row["code"] for row in table(found, "Problems")] == ["truncated"]
    made, rejected = table(found, "Links and candidates, rejected ones included")
    assert (made["number"], made["status"], made["runner_up"]) == ("110-1", "linked", {"number": "110-2", "score": 0.2})
    assert (rejected["number"], rejected["status"], rejected["score"]) == ("110-2", "rejected", 0.2)
    assert facts(found, "Recording it is part of")["clips"] == "dock-a:22/a.mp4"
    assert [row["rule"] for row in table(found, "Rules")] == ["nonstandard.name"]
    assert [row["id"] for row in table(found, "Findings")] == ["fedcba9876543210"]
    assert [row["error"] for row in table(found, "Steps that failed")] == ["ReaderFailed"]


@pytest.mark.parametrize("name", ["dock-a:22/a.mp4", "dock-a:in/a.mp4"])
def test_a_file_is_found_by_its_place_now_and_by_its_earlier_one(connection: Connection, name: str) -> None:
    known_file(connection)
    assert explained(connection, name).title == "文件 / File dock-a:22/a.mp4"


def test_a_file_with_pictures_says_where_they_can_be_seen(connection: Connection) -> None:
    file_id = known_file(connection)
    shown = facts(explained(connection, "dock-a:22/a.mp4"), "Pictures of it")
    assert shown == {"strip": f"/api/v1/clips/{file_id}/strip"}


def test_the_file_that_is_there_wins_over_one_that_is_gone(connection: Connection) -> None:
    gone = rows.file(connection, "a.mp4", state="missing")
    here = rows.file(connection, "a.mp4", anchor="dock-a:a.mp4#2")
    assert facts(explained(connection, "dock-a:a.mp4"), "What is known of the file")["id"] == here
    assert gone != here


def test_a_file_nobody_has_read_is_explained_as_such(connection: Connection) -> None:
    rows.file(connection, "a.mp4", state="arriving")
    found = explained(connection, "dock-a:a.mp4")
    assert "not read yet" in section(found, "What the file says about itself").lines[0]
    assert "not placed" in section(found, "Time sources").lines[0]


@pytest.mark.parametrize("name", ["fedcba9876543210", "FEDCBA98", "fedcba"])
def test_a_finding_is_found_by_its_id_or_a_beginning_of_it(connection: Connection, name: str) -> None:
    known_file(connection)
    found = explained(connection, name)
    assert found.title == "问题 / Finding fedcba9876543210 · missing.no-recording · dock-a:22/a.mp4"
    shown = facts(found, "The finding")
    assert (shown["rule"], shown["measured"], shown["status"]) == ("missing.no-recording", {"covered_s": 0.0}, "open")
    assert section(found, "The finding").lines == ("no clip overlaps the window",)
    assert section(found, "Time sources").rows


def test_a_finding_shows_its_versions_and_the_scan_that_closed_it(connection: Connection) -> None:
    second, third = rows.scan(connection, 30), rows.scan(connection, 60)
    rows.finding(connection, "a" * 16, "store", "dock-a", severity="warn", until_scan=second)
    rows.finding(connection, "a" * 16, "store", "dock-a", since_scan=second, until_scan=third)
    found = explained(connection, "a" * 16)
    newest, oldest = table(found, "Versions")
    assert (newest["since_scan"], newest["until_scan"], newest["until"]) == (second, third, rows.at(60))
    assert (oldest["severity"], oldest["since"]) == ("warn", rows.at(0))
    assert facts(found, "The finding")["status"] == "resolved"
    assert facts(found, "Store")["location"] == "/stores/dock-a"


def test_a_beginning_that_fits_two_findings_is_refused_with_both(connection: Connection) -> None:
    rows.finding(connection, "abcdef0000000000", "incident", "110-1")
    rows.finding(connection, "abcdef1111111111", "incident", "110-2")
    with pytest.raises(UnusableQuery, match="abcdef0000000000 abcdef1111111111"):
        explain(connection, "abcdef")
    assert explained(connection, "abcdef1").title.startswith("问题 / Finding abcdef1111111111")


@pytest.mark.parametrize(
    "thing", ["", "   ", "110-404", "dock-a:nowhere.mp4", ":", "abcde", "a" * 17, "g" * 16, "a\x00", "\udc80", "x:y:z"]
)
def test_what_nothing_is_called_is_not_explained(connection: Connection, thing: str) -> None:
    known_file(connection)
    assert explain(connection, thing) is None


CHINESE, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")


def test_every_title_and_column_is_chinese_first_and_english_complete(connection: Connection) -> None:
    missing_incident(connection)
    stores(connection)
    known_file(connection)
    for thing in ("110-1", "dock-a:22/a.mp4", "fedcba9876543210", "C1", "dock-a"):
        for part in explained(connection, thing).sections:
            assert CHINESE.match(part.title_zh)
            assert LATIN.match(part.title_en)
            assert [name for name in part.columns if not (CHINESE.match(name) and LATIN.search(name))] == []
            names = [row[0] for row in part.rows] if part.columns[:1] == ("项目 item",) else []
            assert [name for name in names if not (CHINESE.match(name) and LATIN.search(name))] == []


def test_the_words_agree_with_those_of_the_lists() -> None:
    from app.headings import CHINESE as HEADINGS

    assert {key: word for key, word in WORDS.items() if HEADINGS.get(key, word) != word} == {}
