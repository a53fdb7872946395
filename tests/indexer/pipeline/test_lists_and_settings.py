"""Station lists that come, change and come true later; settings that change what is known of files."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.feeds.base import FeedKind
from indexer.filenames import PatternSettings
from indexer.name_patterns import BUILT_IN, VERSION, Pattern
from storage.schema.tables import CLIP, EVALUATION
from tests.builders import (
    DAY,
    House,
    assert_as_if_scanned_once,
    clip_name,
    film,
    incident,
    local,
    one_call,
    registers,
    results,
)
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


def listed(house: House, **values: str) -> None:
    row = {"path": CALL, "device": "1100001", "officer": "031021", "started_at": f"{DAY} 08:11:30"}
    row |= {"ended_at": f"{DAY} 08:14:30", "imported_at": f"{DAY} 20:30:00", "digest": "", "sequence": "1"}
    house.feed("list", FeedKind.CLIP_INDEX, [{**row, **values}], store="dock")


@pytest.mark.parametrize("list_first", [True, False])
def test_a_digest_on_the_station_list_is_compared_whether_list_or_file_comes_first(
    house: House, list_first: bool
) -> None:
    one_call(house)
    wrong = hashlib.sha256(b"another content").hexdigest()
    if list_first:
        listed(house, digest=wrong)
    house.scan(MORNING)
    listed(house, digest=wrong)
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.altered") == {(f"dock:{CALL}", "nonstandard.altered")}


def test_a_list_that_changes_too_much_to_name_each_file_is_compared_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number of changed rows the files are not queued one by one, but all together."""
    monkeypatch.setattr("indexer.pipeline.feed_effects.MANY", 0)
    one_call(house)
    house.scan(MORNING)
    listed(house, digest=hashlib.sha256(b"another content").hexdigest())
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.altered") == {(f"dock:{CALL}", "nonstandard.altered")}


def test_a_digest_that_is_put_right_on_the_list_ends_the_finding(house: House) -> None:
    one_call(house)
    listed(house, digest=hashlib.sha256(b"another content").hexdigest())
    house.scan(MORNING)
    assert len(house.findings("nonstandard.altered")) == 1
    listed(house, digest=hashlib.sha256(film(180, "one call")).hexdigest())
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.altered") == set()


def test_a_digest_by_another_algorithm_on_the_list_is_compared_with_that_one(house: House) -> None:
    one_call(house)
    listed(house, digest=hashlib.sha256(film(180, "one call")).hexdigest())
    house.scan(MORNING)
    listed(house, digest=hashlib.md5(film(180, "one call")).hexdigest())
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.altered") == set()


def test_a_listed_file_that_turns_up_ends_the_finding_about_the_store(house: House) -> None:
    one_call(house)
    (house.root() / CALL).rename(house.folder / "late.mp4")
    house.put(clip_name("1100001", "031021", "09:00:00", 2), film(20, "other"))
    listed(house)
    house.scan(MORNING)
    assert house.findings("missing.sequence-hole") == {("dock", "missing.sequence-hole")}
    (house.folder / "late.mp4").rename(house.root() / CALL)
    house.scan(MORNING + HOUR)
    assert house.findings("missing.sequence-hole") == set()


def test_a_pattern_that_is_added_reads_the_names_of_known_files_again(house: House, tmp_path: Path) -> None:
    one_call(house)
    (house.root() / CALL).rename(house.root() / "x1100001y031021z20261120081130w.mp4")
    house.scan(MORNING)
    assert [(row["device"], row["officer"]) for row in house.rows(CLIP)] == [(None, None)]
    regex = r"x(?P<device>\d{7})y(?P<officer>\d{6})z(?P<start>\d{14})w\.mp4"
    house.changes["patterns"] = (PatternSettings("odd", regex),)
    house.scan(MORNING)
    assert [(row["device"], row["officer"]) for row in house.rows(CLIP)] == [("1100001", "031021")]
    assert_as_if_scanned_once(house, tmp_path)


def test_a_zone_that_is_put_right_places_known_files_again(house: House, tmp_path: Path) -> None:
    one_call(house)
    house.stores["dock"] = replace(house.stores["dock"], timezone="UTC")
    house.scan(MORNING)
    house.stores["dock"] = replace(house.stores["dock"], timezone="Asia/Shanghai")
    house.scan(MORNING)
    assert_as_if_scanned_once(house, tmp_path)


def test_names_that_a_later_program_reads_otherwise_have_all_clips_placed_again(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known files of every store, for each of them: not only those that come later."""
    odd = Pattern("odd", re.compile(r"x(?P<device>\d{7})y(?P<officer>\d{6})z(?P<start>\d{14})w\.mp4"))
    one_call(house)
    house.store("dock-2")
    for store in ("dock", "dock-2"):
        for hour in ("10", "11"):
            house.put(f"x1100001y031021z20261120{hour}0000w.mp4", film(30, store + hour), store=store)
    house.scan(MORNING)
    read = [(row["device"], row["name_pattern"]) for row in house.rows(CLIP)]
    assert sorted(read, key=str) == [("1100001", "body-camera"), *[(None, "time-stamp")] * 4]
    monkeypatch.setattr("indexer.filenames.BUILT_IN", (odd, *BUILT_IN))
    house.scan(MORNING)
    assert [(row["device"], row["name_pattern"]) for row in house.rows(CLIP)] == read  # nothing says to look again
    monkeypatch.setattr("indexer.pipeline.settings.NAMES", VERSION + 1)
    house.scan(MORNING)
    assert sorted(row["name_pattern"] for row in house.rows(CLIP)) == ["body-camera", *["odd"] * 4]
    assert {row["device"] for row in house.rows(CLIP)} == {"1100001"}
    assert_as_if_scanned_once(house, tmp_path)


@pytest.mark.parametrize(
    ("start", "error", "late"),
    # 1 s of the name and 10 s of a clock that nothing checked, and the minute that the name leaves open.
    [("20261120081400", timedelta(seconds=11), "fail"), ("202611200814", timedelta(seconds=71), "unknown")],
)
def test_a_name_without_seconds_leaves_a_minute_open_and_what_depends_on_it_undecided(
    house: House, start: str, error: timedelta, late: str
) -> None:
    """On scene at 08:12:00, recorded from 08:14 on: 120 s late, by 109 to 131 s or by 49 to 191 s; allowed are 60."""
    regex = r"cam(?P<device>\d{7})_(?P<officer>\d{6})_(?P<start>\d{12}(?:\d{2})?)\.mp4"
    house.changes["patterns"] = (PatternSettings("odd", regex),)
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:30:00")])
    registers(house, {"1100001": "031021"})
    house.put(f"cam1100001_031021_{start}.mp4", film(17 * 60))
    house.scan(MORNING)
    (clip,) = house.rows(CLIP)
    assert (clip["started_at"], clip["clock_error_us"]) == (local("08:14:00"), error)
    judged = [one for row in house.rows(EVALUATION) if row["subject"] == "JQ1" for one in row["outcomes"]]
    assert [one["result"] for one in judged if one["rule"] == "incomplete.late-start"] == [late]


def test_a_sequence_beyond_any_database_number_does_not_end_the_scan(house: House) -> None:
    one_call(house)
    listed(house, path="x.mp4", sequence="9" * 25, started_at=f"{DAY} 15:00:00", ended_at=f"{DAY} 15:00:30")
    house.put("x.mp4", film(30, "x"))
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant"}
    assert house.states()["x.mp4"] == "present"
