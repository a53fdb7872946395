"""Interrogation rooms through the whole pipeline: recordings without sessions, sessions that share a room."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from domain.clip import StoreKind
from domain.timespan import utc
from indexer.feeds.base import FeedKind
from storage.schema.tables import CLIP, EVALUATION
from tests.builders import DAY, House, assert_as_if_scanned_once, film, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

RULE = "nonstandard.recording-without-session"
ROOMS = "310114030000"
HOUR = timedelta(hours=1)


def suite(house: House, **more: tuple[str, str]) -> None:
    """A store of rooms; room XW-01 with two recorders, XW-02 with one."""
    house.store("rooms", ROOMS, StoreKind.INTERROGATION)
    channels = {"1300101": ("XW-01", "CH1"), "1300102": ("XW-01", "CH2"), "1300201": ("XW-02", "CH1"), **more}
    rows = [
        {"serial": serial, "model": "RC", "kind": "interrogation", "unit": ROOMS, "room": room, "channel": channel}
        for serial, (room, channel) in channels.items()
    ]
    house.feed("devices", FeedKind.DEVICES, rows)


def footage(house: House, start: str, seconds: int, room: str = "XW-01", channel: str = "CH1", seed: str = "") -> Path:
    """One file of one channel that begins at a local time of the day."""
    name = f"{room}_{channel}_{DAY.replace('-', '')}{start.replace(':', '')}_0001.mp4"
    return house.put(f"{room}/{name}", film(seconds, f"{room}{channel}{start}{seed}"), store="rooms")


def session(number: str, start: str, end: str, room: str = "XW-01", person: str = "P1", **more: str) -> dict[str, str]:
    return {
        "number": number,
        "kind": "讯问",
        "room": room,
        "person_code": person,
        "unit": ROOMS,
        "started_at": f"{DAY} {start}",
        "signed_at": f"{DAY} {end}",
        "channels": more.get("channels", "CH1"),
        "interruptions": more.get("interruptions", ""),
    }


def sessions(house: House, *rows: Mapping[str, str]) -> None:
    house.feed("sessions", FeedKind.SESSIONS, rows)


ELSEWHERE = session("S0", "08:00:00", "08:10:00", "XW-02", "P0")
"""The feed speaks of the day, but of another room."""


def outcomes(house: House, rule: str, subject: str) -> list[str]:
    return [
        one["result"]
        for row in house.rows(EVALUATION)
        for one in row["outcomes"]
        if row["subject"] == subject and one["rule"] == rule
    ]


def test_two_hours_in_three_files_of_two_channels_without_a_session_are_one_finding(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:02", 3600, channel="CH2")
    first = footage(house, "10:00:00", 3600)
    footage(house, "11:00:00", 3600)
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    found = house.finding(RULE)
    assert found["measured"]["recorded_s"] == 7200.0
    assert (found["measured"]["clips"], found["measured"]["channels"]) == (3, ["CH1", "CH2"])
    assert (found["started_at"], found["ended_at"]) == (utc(2026, 11, 20, 2), utc(2026, 11, 20, 4))
    assert first.exists()
    assert house.findings("nonstandard.unlinked") == set()
    house.scan(MORNING + timedelta(days=4))  # nor when the backlog of clips would be asked about
    assert house.findings("nonstandard.unlinked") == set()


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        ("10:20:00", "10:50:00", False),
        ("11:09:00", "11:30:00", False),  # entered nine minutes late
        ("11:11:30", "11:40:00", True),
        ("09:00:00", "09:52:00", False),  # signed eight minutes before the recorder ran
        ("09:00:00", "09:48:00", True),
    ],
)
def test_a_session_within_ten_minutes_of_the_recording_is_its_session(
    house: House, start: str, end: str, asked: bool
) -> None:
    suite(house)
    sessions(house, ELSEWHERE, session("S1", start, end))
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert bool(house.findings(RULE)) is asked


def test_less_than_an_hour_needs_no_session(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3540)
    house.scan(MORNING)
    assert house.findings(RULE) == set()


def test_without_a_feed_of_sessions_nobody_is_asked(house: House) -> None:
    suite(house)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert (house.findings(RULE), outcomes(house, RULE, "1300101")) == (set(), ["unknown"])


def test_a_feed_that_ends_the_day_before_does_not_answer(house: House) -> None:
    suite(house)
    old = {**ELSEWHERE, "started_at": "2026-11-19 08:00:00", "signed_at": "2026-11-19 08:10:00"}
    sessions(house, old)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert (house.findings(RULE), outcomes(house, RULE, "1300101")) == (set(), ["unknown"])
    sessions(house, old, ELSEWHERE)  # a session of another room shows that the feed has come so far
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}


def test_a_feed_that_cannot_be_read_does_not_answer(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    (house.folder / "feeds" / "sessions.csv").unlink()
    house.scan(MORNING)
    assert outcomes(house, RULE, "1300101") == ["unknown"]


def test_the_session_may_still_reach_the_feed(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3600)
    house.scan(utc(2026, 11, 20, 14))
    assert (house.findings(RULE), outcomes(house, RULE, "1300101")) == (set(), ["pending"])
    house.scan(utc(2026, 11, 21, 3, 1))  # 24 h after the recording's end at 11:00 local
    assert house.findings(RULE) == {("1300101", RULE)}


def test_the_question_goes_when_the_session_comes_and_comes_back_when_it_goes(house: House, tmp_path: Path) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    key = house.finding(RULE)["key"]
    sessions(house, ELSEWHERE, session("S1", "10:05:00", "10:50:00"))
    house.scan(MORNING)
    assert house.findings(RULE) == set()
    sessions(house, ELSEWHERE)
    house.scan(MORNING)
    assert house.finding(RULE)["key"] == key
    assert_as_if_scanned_once(house, tmp_path)


def test_a_session_without_a_room_may_be_the_one(house: House, tmp_path: Path) -> None:
    suite(house)
    nowhere = session("S1", "10:05:00", "10:50:00", room="")
    sessions(house, ELSEWHERE, nowhere)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert (house.findings(RULE), outcomes(house, RULE, "1300101")) == (set(), ["unknown"])
    sessions(house, ELSEWHERE)
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    assert_as_if_scanned_once(house, tmp_path)


def test_another_channel_that_began_earlier_takes_the_question_over(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    footage(house, "09:50:00", 3600, channel="CH2")
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300102", RULE)}


def test_the_question_stays_open_and_undecided_while_the_store_of_the_rooms_is_gone(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    root = house.root("rooms")
    away = root.with_name("away")
    root.rename(away)
    sessions(house, ELSEWHERE, session("S9", "15:00:00", "15:10:00", "XW-02"))
    house.scan(MORNING + HOUR)
    assert house.findings(RULE) == {("1300101", RULE)}
    assert outcomes(house, RULE, "1300101") == ["unknown"]


def test_a_file_that_no_channel_claims_is_asked_about_on_the_first_recorder_of_its_room(
    house: House,
) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "08:00:00", 600, room="XW-02")
    house.scan(MORNING)
    house.put("XW-01/20261120100000.mp4", film(3600, "no channel"), store="rooms")
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    house.scan(MORNING + timedelta(days=4))
    assert house.findings("nonstandard.unlinked") == set()


def test_footage_that_is_gone_is_no_recording_of_the_room(house: House) -> None:
    suite(house)
    sessions(house, ELSEWHERE)
    footage(house, "08:00:00", 600, room="XW-02")
    file = footage(house, "10:00:00", 3600)
    house.scan(MORNING)
    assert house.findings(RULE) == {("1300101", RULE)}
    file.unlink()
    house.scan(MORNING)
    assert house.findings(RULE) == set()
    assert len(house.findings("missing.file-lost")) == 1


def recorded_whole(house: House) -> None:
    suite(house)
    footage(house, "10:00:00", 1800)


def test_two_persons_on_record_in_one_room_at_one_time_are_one_question_and_no_proof(
    house: House, tmp_path: Path
) -> None:
    recorded_whole(house)
    sessions(house, session("S1", "10:00:30", "10:29:00"), session("S2", "10:01:00", "10:28:00", person="P2"))
    house.scan(MORNING)
    assert house.findings() == {("S2", "nonstandard.room")}
    assert house.finding("nonstandard.room")["measured"] == {"session": "S1", "shared_s": 1620.0}
    # S1 was alone in the room for half a minute and one minute: that footage is its own. S2 never was.
    assert outcomes(house, "missing.session-not-recorded", "S1") == ["pass"]
    assert outcomes(house, "missing.session-not-recorded", "S2") == ["unknown"]
    sessions(house, session("S1", "10:00:30", "10:29:00"), session("S2", "10:01:00", "10:28:00", "XW-02", "P2"))
    house.scan(MORNING)
    assert house.findings() == {("S2", "missing.session-not-recorded")}
    assert results(house)["S1"] == "compliant"
    assert_as_if_scanned_once(house, tmp_path)


def test_one_person_s_two_activities_at_one_time_have_the_same_footage(house: House) -> None:
    recorded_whole(house)
    sessions(house, session("S1", "10:00:30", "10:29:00"), session("S2", "10:10:00", "10:20:00"))
    house.scan(MORNING)
    assert (house.findings(), results(house)) == (set(), {"S1": "compliant", "S2": "compliant"})


def test_each_required_channel_is_asked_about_by_itself(house: House) -> None:
    suite(house)
    sessions(house, session("S1", "10:00:30", "10:29:00", channels="CH1、CH2、CH3"))
    footage(house, "10:00:00", 1800)
    footage(house, "10:00:00", 600, channel="CH2")
    house.scan(MORNING)
    assert house.findings() == {("S1", "incomplete.session-channel")}
    assert outcomes(house, "incomplete.session-channel", "S1") == ["pass", "fail", "fail"]


def run(house: House, *rows: Mapping[str, str]) -> Sequence[str]:
    sessions(house, *rows)
    house.scan(MORNING)
    return sorted(rule for _, rule in house.findings())


def test_a_session_without_recording_is_one_finding(house: House) -> None:
    suite(house)
    footage(house, "13:00:00", 600)
    assert run(house, session("S1", "10:00:00", "10:30:00")) == ["missing.session-not-recorded"]


def test_a_break_that_the_session_declares_is_none_and_one_that_it_does_not_is(house: House) -> None:
    suite(house)
    footage(house, "10:00:00", 600)
    footage(house, "10:20:00", 660)
    lunch = f"{DAY} 10:10:00/{DAY} 10:20:00/用餐"
    declared = session("S1", "10:00:30", "10:30:00", interruptions=lunch)
    assert run(house, declared) == []
    assert run(house, session("S1", "10:00:30", "10:30:00")) == ["incomplete.session-gap"]


def test_the_second_recorder_of_a_room_registered_later_takes_what_was_given_to_the_only_one(
    house: House, tmp_path: Path
) -> None:
    """A block names no recorder; the station's list does, but the register did not know that one yet."""
    suite(house)
    footage(house, "09:00:00", 600, "XW-02")
    house.put("XW-02/20261120/hiv00000.mp4", film(600, "block"), store="rooms")
    entry = {"path": "XW-02/20261120/hiv00000.mp4", "device": "1300202", "officer": "", "started_at": f"{DAY} 10:00:00"}
    house.feed("list", FeedKind.CLIP_INDEX, [entry], store="rooms")
    house.scan(MORNING)
    assert [row["device"] for row in house.rows(CLIP)] == ["1300201", "1300201"]
    suite(house, **{"1300202": ("XW-02", "CH2")})
    house.scan(MORNING)
    assert sorted(row["device"] for row in house.rows(CLIP)) == ["1300201", "1300202"]
    assert_as_if_scanned_once(house, tmp_path)
