"""Station lists that come, change and come true later; settings that change what is known of files."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.feeds.base import FeedKind
from indexer.filenames import PatternSettings
from storage.schema.tables import CLIP
from tests.builders import DAY, House, assert_as_if_scanned_once, clip_name, film, one_call, results
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


def test_a_sequence_beyond_any_database_number_does_not_end_the_scan(house: House) -> None:
    one_call(house)
    listed(house, path="x.mp4", sequence="9" * 25, started_at=f"{DAY} 15:00:00", ended_at=f"{DAY} 15:00:30")
    house.put("x.mp4", film(30, "x"))
    house.scan(MORNING)
    assert results(house) == {"JQ1": "compliant"}
    assert house.states()["x.mp4"] == "present"
