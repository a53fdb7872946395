"""Recordings that broke off: what is said of their length, and that nobody is asked for what may lie in them."""

from datetime import timedelta

import pytest

from domain.timespan import utc
from indexer.feeds.base import FeedKind
from storage.schema.tables import EVALUATION, FOOTAGE
from tests.builders import House, camera, clip_name, film, incident, registers, results
from tests.scanning import MORNING
from tests.statements import english

HOUR = timedelta(hours=1)
CAMERA, OFFICER = "1100001", "031021"


def without_index(media: int) -> bytes:
    """A recording that lost power: `ftyp`, media data never closed (length 0: to the end), no `moov`."""
    head = (24).to_bytes(4, "big") + b"ftypisom" + bytes(4) + b"isommp41"
    return head + (0).to_bytes(4, "big") + b"mdat" + bytes([1]) * media


def name(start: str, number: int = 1, device: str = CAMERA) -> str:
    return clip_name(device, OFFICER, start, number)


def usual_clips(house: House, count: int = 3, device: str = CAMERA) -> int:
    """Clips of 60 s each in the afternoon; returns how many bytes each has (they are all of one length)."""
    for n in range(count):
        content = film(60, f"{device}-{n}")
        house.put(name(f"15:{10 * n:02}:00", 100 + n, device), content)
    return len(film(60))


def measured(house: House, rule: str = "incomplete.unreadable") -> dict[str, object]:
    found: dict[str, object] = house.finding(rule)["measured"]
    return found


def evidence(house: House, subject: str, rule: str) -> str:
    (row,) = [row for row in house.rows(EVALUATION) if row["subject"] == subject]
    return " | ".join(english(one) for each in row["outcomes"] if each["rule"] == rule for one in each["evidence"])


@pytest.mark.slow
def test_the_time_lost_in_a_file_without_index_is_estimated_from_the_camera_s_other_clips(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    size = usual_clips(house)
    house.put(name("09:00:00"), without_index(size * 5))
    house.scan(MORNING)
    found = measured(house)
    assert found["clips_compared"] == 3
    assert found["cause"] == "power-loss"
    for key in ("estimated_lost_low_s", "estimated_lost_s", "estimated_lost_high_s"):
        assert 299 <= found[key] <= 301  # type: ignore[operator]  # five times the bytes of a minute
    assert "about 5 min lost" in " | ".join(english(one) for one in house.finding("incomplete.unreadable")["evidence"])


@pytest.mark.slow
def test_without_clips_of_its_own_those_of_other_cameras_of_the_model_are_taken(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    house.feed("devices", FeedKind.DEVICES, [camera(CAMERA), camera("1100002")])
    size = usual_clips(house, 4, "1100002")
    house.put(name("09:00:00"), without_index(size * 2))
    house.scan(MORNING)
    assert measured(house)["clips_compared"] == 4
    assert "other BC-S2 cameras" in " | ".join(house.finding("incomplete.unreadable")["evidence"])


@pytest.mark.slow
def test_without_anything_to_compare_with_there_is_no_estimate_and_it_says_so(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    usual_clips(house, 2)
    house.put(name("09:00:00"), without_index(5000))
    house.scan(MORNING)
    assert "estimated_lost_s" not in measured(house)
    assert "at least 3 are needed" in " | ".join(house.finding("incomplete.unreadable")["evidence"])


@pytest.mark.slow
def test_the_estimate_follows_when_clips_of_the_camera_arrive_later(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    house.put(name("09:00:00"), without_index(50_000))
    house.scan(MORNING)
    assert "estimated_lost_s" not in measured(house)
    key = house.finding("incomplete.unreadable")["key"]
    usual_clips(house)
    house.scan(MORNING + HOUR)
    assert measured(house)["clips_compared"] == 3
    assert house.finding("incomplete.unreadable")["key"] == key


def test_an_incident_whose_only_recording_cannot_be_played_is_not_told_to_lack_one(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    rows = [incident("JQ1", OFFICER, "08:12:00", "08:14:00"), incident("JQ2", OFFICER, "13:00:00", "13:05:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    house.put(name("08:11:30"), without_index(100_000))
    house.scan(MORNING)
    assert results(house) == {"JQ1": "unknown", "JQ2": "noncompliant"}
    assert house.findings() == {
        (f"dock:{name('08:11:30')}", "incomplete.unreadable"),
        ("JQ2", "missing.no-recording"),
    }
    said = evidence(house, "JQ1", "missing.no-recording")
    assert "a recording began at 2026-11-20 08:11:30+08:00 and its file cannot be played: power lost" in said
    assert "no recording" not in said
    (row,) = house.rows(FOOTAGE)
    assert (row["started_at"], row["ended_at"]) == (utc(2026, 11, 20, 0, 11, 30), utc(2026, 11, 20, 0, 11, 30))


@pytest.mark.slow
def test_when_the_file_is_put_right_the_incident_is_judged_by_it_and_when_it_goes_as_if_it_had_never_been(
    house: House,
) -> None:
    registers(house, {CAMERA: OFFICER})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", OFFICER, "08:12:00", "08:14:00")])
    file = house.put(name("08:11:30"), without_index(100_000))
    house.put("other.mp4", film(20, "other"))
    house.scan(MORNING)
    assert results(house) == {"JQ1": "unknown"}
    house.put(name("08:11:30"), film(180), modified=MORNING)
    house.scan(MORNING + HOUR)
    assert results(house) == {"JQ1": "compliant"}
    house.put(name("08:11:30"), without_index(100_000), modified=MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    assert results(house) == {"JQ1": "unknown"}
    file.unlink()
    house.scan(MORNING + 3 * HOUR)
    assert results(house) == {"JQ1": "noncompliant"}


def test_the_last_file_of_the_day_lost_power_and_nobody_is_told_to_have_stopped_early(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", OFFICER, "08:12:00", "08:22:00")])
    house.put(name("08:12:00"), film(300, "first"))
    house.put(name("08:17:00", 2), without_index(1_000_000))
    house.scan(MORNING)
    assert house.findings() == {(f"dock:{name('08:17:00', 2)}", "incomplete.unreadable")}
    assert measured(house)["cause"] == "power-loss"
    assert "power lost, or never closed" in evidence(house, "JQ1", "incomplete.early-end")


@pytest.mark.slow
def test_a_hole_in_which_a_file_lost_its_index_is_a_loss_of_power_not_a_stop_by_hand(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", OFFICER, "08:12:00", "08:22:00")])
    house.put(name("08:12:00"), film(240, "first"))
    house.put(name("08:16:00", 2), without_index(1_000_000))
    house.put(name("08:18:00", 3), film(240, "third"))
    house.scan(MORNING)
    said = evidence(house, "JQ1", "incomplete.gap")
    assert "likely cause: power loss" in said
    assert house.findings() == {(f"dock:{name('08:16:00', 2)}", "incomplete.unreadable")}
    assert results(house) == {"JQ1": "unknown"}


@pytest.mark.slow
def test_the_next_file_of_the_camera_ends_the_one_that_cannot_be_played(house: House) -> None:
    registers(house, {CAMERA: OFFICER})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", OFFICER, "09:00:00", "09:10:00")])
    house.put(name("08:16:00", 2), without_index(100_000_000))
    house.put(name("08:18:00", 3), film(60, "third"))
    house.scan(MORNING)
    assert ("JQ1", "missing.no-recording") in house.findings()
