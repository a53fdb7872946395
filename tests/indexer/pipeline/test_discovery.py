"""What a scan says about files that arrive, grow, change, vanish, come back and move (`time-and-linking.md` § 6)."""

import os
import shutil
from datetime import timedelta

import pytest

from storage.schema.tables import FILE, FOOTAGE, LINK, PROBE, STORED
from tests.builders import LONG_AGO, House, clip_name, film, one_call
from tests.scanning import MORNING, count

pytestmark = pytest.mark.slow

CALL = clip_name("1100001", "031021", "08:11:30")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_file_is_arriving_until_it_keeps_still_then_present_then_left_alone(house: House) -> None:
    house.put("a.mp4", film(30), modified=MORNING - timedelta(seconds=30))
    assert house.scan(MORNING).probed == 0
    assert house.states() == {"a.mp4": "arriving"}
    assert house.scan(MORNING + 2 * MINUTE).probed == 1
    assert house.states() == {"a.mp4": "present"}
    assert house.scan(MORNING + HOUR).probed == 0
    assert count(house.engine, STORED) == 2  # one version for each state


def test_a_growing_file_stays_arriving_since_the_hour_it_was_first_seen(house: House) -> None:
    whole = film(30)
    for step in range(4):
        now = MORNING + step * 15 * MINUTE
        house.put("a.mp4", whole[: (step + 1) * 500], modified=now - timedelta(seconds=5))
        assert house.scan(now).probed == 0
    (row,) = house.rows(STORED)
    assert (row["state"], row["size"]) == ("arriving", 2000)
    assert MORNING - MINUTE <= row["state_at"] <= MORNING


def test_a_file_still_arriving_after_a_day_is_a_finding_without_any_change_on_disk(house: House) -> None:
    house.put("a.mp4.part", film(30), modified=MORNING - MINUTE)
    house.scan(MORNING)
    assert house.findings() == set()
    house.scan(MORNING + timedelta(hours=23))
    assert house.findings() == set()
    house.scan(MORNING + timedelta(hours=25))
    assert house.findings() == {("dock:a.mp4.part", "incomplete.still-arriving")}


def test_a_file_dated_in_the_future_settles_once_it_has_kept_still_between_two_scans(house: House) -> None:
    house.put("a.mp4", film(30), modified=MORNING + timedelta(days=300))
    house.scan(MORNING)
    assert house.states() == {"a.mp4": "arriving"}
    house.scan(MORNING + MINUTE)
    assert house.states() == {"a.mp4": "arriving"}
    house.scan(MORNING + 15 * MINUTE)
    assert house.states() == {"a.mp4": "present"}


def test_a_temporary_name_that_becomes_the_final_one_leaves_no_lost_file_behind(house: House) -> None:
    file = house.put("a.mp4.part", film(30), modified=MORNING - HOUR)
    house.scan(MORNING)
    assert house.states() == {"a.mp4.part": "arriving"}
    file.rename(file.with_suffix(""))
    house.scan(MORNING + HOUR)
    assert house.states() == {"a.mp4": "present"}
    assert house.findings("missing.file-lost") == set()


def test_a_file_still_being_copied_that_is_renamed_is_not_a_lost_file(house: House) -> None:
    file = house.put("recording.mp4", film(30), modified=MORNING - MINUTE)
    house.put("other.mp4", film(20, "other"))
    house.scan(MORNING)
    assert house.states()["recording.mp4"] == "arriving"
    file.rename(file.with_name("a.mp4"))
    house.scan(MORNING + HOUR)
    assert house.states()["a.mp4"] == "present"
    assert house.findings("missing.file-lost") == set()


def test_an_empty_file_is_unreadable_and_says_so(house: House) -> None:
    house.put("a.mp4", b"")
    house.scan()
    assert house.states() == {"a.mp4": "unreadable"}
    assert ("dock:a.mp4", "incomplete.unreadable") in house.findings()


def test_any_bytes_are_read_without_harm(house: House) -> None:
    for name, content in {"noise.mp4": os.urandom(5000), "text.mp4": b"hello" * 99, "one.bin": b"\0"}.items():
        house.put(name, content)
    summary = house.scan()
    assert (summary.files, summary.unreadable, summary.problems) == (3, 3, ())


def test_a_file_that_changes_size_after_it_was_read_is_altered(house: House) -> None:
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    house.put("a.mp4", film(30)[:-40], modified=MORNING + MINUTE)
    house.scan(MORNING + HOUR)
    assert ("dock:a.mp4", "nonstandard.altered") in house.findings()


def test_a_file_cut_after_it_was_read_says_altered_also_after_it_was_read_again_by_a_later_scan(house: House) -> None:
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    house.put("a.mp4", film(30)[:-40], modified=MORNING + MINUTE)
    house.scan(MORNING + HOUR)
    house.put("a.mp4", film(30)[:-80], modified=MORNING + 2 * HOUR)
    house.scan(MORNING + 3 * HOUR)
    house.put("a.mp4", film(30), modified=MORNING + 4 * HOUR)
    house.scan(MORNING + 5 * HOUR)
    assert house.findings("nonstandard.altered") == set()  # as long again as when it was first read


def test_a_file_that_vanishes_is_missing_since_the_scan_that_did_not_see_it_and_never_deleted(house: House) -> None:
    file = house.put("a.mp4", film(30))
    house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    file.unlink()
    summary = house.scan(MORNING + HOUR)
    assert (summary.files, summary.missing) == (1, 1)
    row = next(row for row in house.rows(STORED) if row["path"] == "a.mp4")
    assert (row["state"], row["state_at"]) == ("missing", MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    row = next(row for row in house.rows(STORED) if row["path"] == "a.mp4")
    assert row["state_at"] == MORNING + HOUR
    assert count(house.engine, FILE) == 2
    assert ("dock:a.mp4", "missing.file-lost") in house.findings()


def test_the_footage_of_a_file_that_is_gone_counts_no_more_and_counts_again_when_it_comes_back(house: House) -> None:
    one_call(house)
    house.put(clip_name("1100001", "031021", "09:00:00", 2), film(20, "other"))
    house.scan(MORNING)
    assert house.findings() == set()
    (house.root() / CALL).rename(house.folder / "away")
    house.scan(MORNING + HOUR)
    assert {rule for _, rule in house.findings()} == {"missing.no-recording", "missing.file-lost"}
    assert [row["status"] for row in house.rows(LINK)] == ["rejected"]  # the clip of nine o'clock
    (house.folder / "away").rename(house.root() / CALL)
    house.scan(MORNING + 2 * HOUR)
    assert house.findings() == set()
    assert house.states()[CALL] == "present"
    assert house.anchors()[CALL] == f"dock:{CALL}"
    assert [row["number"] for row in house.rows(LINK) if row["status"] == "linked"] == ["JQ1"]


def test_a_moved_file_keeps_identity_link_and_findings(house: House) -> None:
    one_call(house)
    file = house.put(CALL, film(60, "short"))  # ends at 08:12:30: the rest of the call is not on record
    house.scan(MORNING)
    before, found, links = house.findings(), house.finding("incomplete.low-coverage"), house.rows(LINK)
    (house.root() / "later").mkdir()
    file.rename(house.root() / "later" / CALL)
    house.scan(MORNING + HOUR)
    assert house.anchors() == {f"later/{CALL}": f"dock:{CALL}"}
    assert house.findings() == before
    assert [row["id"] for row in house.rows(LINK)] == [row["id"] for row in links]
    assert house.finding("incomplete.low-coverage")["key"] == found["key"]
    assert house.finding("incomplete.low-coverage")["first_seen_at"] == MORNING


def test_a_finding_about_a_moved_file_keeps_its_key_and_says_the_new_name(house: House) -> None:
    file = house.put("a.mp4", film(30))
    house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    house.put("a.mp4", film(30)[:-40], modified=MORNING + MINUTE)
    house.scan(MORNING + HOUR)
    key = house.finding("nonstandard.altered")["key"]
    file.rename(file.with_name("c.mp4"))
    house.scan(MORNING + 2 * HOUR)
    found = house.finding("nonstandard.altered")
    assert (found["key"], found["subject"]) == (key, "dock:c.mp4")
    assert found["first_seen_at"] == MORNING + HOUR


def test_a_new_file_under_the_old_name_of_a_moved_one_is_another_file(house: House) -> None:
    file = house.put("a.mp4", film(30))
    house.scan(MORNING)
    file.rename(file.with_name("b.mp4"))
    house.scan(MORNING + HOUR)
    house.put("a.mp4", film(20, "new"))
    house.scan(MORNING + 2 * HOUR)
    assert house.anchors() == {"b.mp4": "dock:a.mp4", "a.mp4": "dock:a.mp4#2"}
    assert house.findings("nonstandard.altered") == set()


def test_a_third_file_of_a_name_is_told_from_one_that_really_bears_a_number_sign(house: House) -> None:
    file = house.put("a.mp4", film(30))
    house.put("a.mp4#3", film(25, "really so called"))
    house.scan(MORNING)
    file.rename(file.with_name("b.mp4"))
    house.scan(MORNING + HOUR)
    house.put("a.mp4", film(20, "new"))
    house.scan(MORNING + 2 * HOUR)
    assert set(house.states().values()) == {"present"}
    assert len(set(house.anchors().values())) == 3


def test_a_moved_folder_is_many_moved_files(house: House) -> None:
    for number in range(5):
        house.put(f"day/{number}.mp4", film(20 + number, f"{number}"))
    house.scan(MORNING)
    (house.root() / "day").rename(house.root() / "archive")
    house.scan(MORNING + HOUR)
    assert house.anchors() == {f"archive/{n}.mp4": f"dock:day/{n}.mp4" for n in range(5)}
    assert house.findings("missing.file-lost") == set()


def test_of_two_equal_files_that_are_gone_one_moved_and_the_other_is_missing(house: House) -> None:
    first, second = house.put("a.mp4", film(30)), house.put("b.mp4", film(30))
    house.put("stays.mp4", film(10, "stays"))
    house.scan(MORNING)
    first.rename(first.with_name("c.mp4"))
    second.unlink()
    house.scan(MORNING + HOUR)
    assert sorted(house.states().values()) == ["missing", "present", "present"]
    assert house.states()["c.mp4"] == "present"


def test_two_equal_files_that_both_move_are_both_found_again(house: House) -> None:
    for name in ("a.mp4", "b.mp4"):
        house.put(name, film(30))
    house.put("stays.mp4", film(10, "stays"))
    house.scan(MORNING)
    for name in ("a.mp4", "b.mp4"):
        (house.root() / name).rename(house.root() / f"new-{name}")
    house.scan(MORNING + HOUR)
    assert house.states() == {"stays.mp4": "present", "new-a.mp4": "present", "new-b.mp4": "present"}
    assert house.findings("missing.file-lost") == set()


def test_two_files_that_swap_their_names_are_both_told_as_altered(house: House) -> None:
    """Two names with another content than was read there first: whoever knows the reason says so in the review."""
    first, second = house.put("a.mp4", film(30)), house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    away = first.with_name("x")
    first.rename(away)
    second.rename(first)
    away.rename(second)
    house.scan(MORNING + HOUR)
    assert set(house.states().values()) == {"present"}
    assert house.findings("nonstandard.altered") == {
        ("dock:a.mp4", "nonstandard.altered"),
        ("dock:b.mp4", "nonstandard.altered"),
    }
    assert {row["size"] for row in house.rows(PROBE)} == {len(film(30)), len(film(20))}


def test_a_move_is_recognised_also_when_the_scan_that_saw_it_was_killed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = house.put("a.mp4", film(30))
    house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    file.rename(file.with_name("c.mp4"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("indexer.pipeline.discover._close_walk", killed)
        with pytest.raises(KeyboardInterrupt):
            house.scan(MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    assert house.anchors() == {"b.mp4": "dock:b.mp4", "c.mp4": "dock:a.mp4"}
    assert house.findings("missing.file-lost") == set()


def test_a_file_that_changes_again_leaves_its_recording_at_once_not_by_the_next_accident(house: House) -> None:
    """What the database says must not depend on whether a neighbour was looked at."""
    one_call(house)
    house.scan(MORNING)
    house.put(CALL, film(170, "one call"), modified=MORNING + HOUR)
    house.scan(MORNING + HOUR + MINUTE)
    assert house.states()[CALL] == "arriving"
    before = [(row["file_id"], row["party"]) for row in house.rows(FOOTAGE)]
    house.put(clip_name("1100001", "031021", "08:15:00", 2), film(20, "neighbour"))
    house.put(clip_name("1100001", "031021", "08:14:35", 3), film(20, "next to it"))
    house.scan(MORNING + HOUR + timedelta(seconds=90))
    first = house.rows(FILE)[0]["id"]
    assert [pair for pair in before if pair[0] == first] == [
        (row["file_id"], row["party"]) for row in house.rows(FOOTAGE) if row["file_id"] == first
    ]


def test_a_copy_is_no_duplicate_any_more_once_the_first_one_is_gone(house: House) -> None:
    house.put("a.mp4", film(30))
    house.put("b.mp4", film(30), modified=LONG_AGO + HOUR)
    house.put("stays.mp4", film(10, "stays"))
    house.scan(MORNING)
    assert house.findings("nonstandard.duplicate") == {("dock:b.mp4", "nonstandard.duplicate")}
    (house.root() / "a.mp4").unlink()
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.duplicate") == set()


def test_a_copy_is_no_duplicate_any_more_once_the_first_one_has_another_content(house: House) -> None:
    house.put("a.mp4", film(30))
    house.put("b.mp4", film(30))
    house.scan(MORNING)
    assert len(house.findings("nonstandard.duplicate")) == 1
    house.put("a.mp4", film(30, "another"), modified=MORNING)
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.duplicate") == set()


def test_a_folder_that_turns_into_a_file_and_back_is_followed(house: House) -> None:
    house.put("x/a.mp4", film(30))
    house.put("b.mp4", film(20, "b"))
    house.scan(MORNING)
    shutil.rmtree(house.root() / "x")
    house.put("x", film(10, "x"))
    house.scan(MORNING + HOUR)
    assert house.states() == {"x/a.mp4": "missing", "b.mp4": "present", "x": "present"}


def test_a_file_beyond_the_calendar_is_said_and_the_rest_is_done(house: House) -> None:
    file = house.put(clip_name("1100001", "031021", "08:11:30"), film(30))
    house.put("b.mp4", film(20, "b"))
    far = 253_402_300_799  # the last second of the year 9999
    os.utime(file, (far, far))
    house.scan(MORNING)
    house.scan(MORNING + HOUR)
    assert house.states()["b.mp4"] == "present"
    long_before = -62_135_596_800  # the first second of the year 1
    os.utime(file, (long_before, long_before))
    house.scan(MORNING + 2 * HOUR)
    assert house.states() == {file.name: "present", "b.mp4": "present"}
