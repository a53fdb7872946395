"""Lists and sidecars that lie in the store among the clips: read as feeds, and never taken for footage."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from domain.clip import ClockSource
from indexer.feeds.base import FeedKind, FeedSettings
from storage.schema.tables import CLIP, FEED, FEED_ROW, FOLDER, RECORD
from tests.builders import DAY, House, clip_name, film, one_call
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
NAMES = [clip_name("1100001", "031021", f"{hour:02}:00:00", hour - 8) for hour in range(10, 14)]


def beside(house: House, location: str, name: str = "lists") -> None:
    """A feed of the files in the store that a location names."""
    house.feeds[name] = FeedSettings(name, FeedKind.CLIP_INDEX, f"{house.root()}/{location}", store="dock")


def sidecar(house: House, clip: str, start: str) -> Path:
    said = {"DeviceID": "1100001", "PoliceID": "031021", "StartTime": f"{DAY} {start}"}
    return house.put(f"{DAY}/{clip}.json", json.dumps(said).encode())


def listed(house: House) -> set[str]:
    return {row["body"]["path"] for row in house.rows(RECORD) if row["kind"] == "clip_index"}


def test_a_sidecar_gives_its_clip_the_station_s_time_and_is_no_file_of_the_store(house: House) -> None:
    one_call(house)
    house.put(f"{DAY}/{NAMES[0]}", film(30))
    sidecar(house, NAMES[0], "10:00:07")
    beside(house, "**/*.json")
    house.scan(MORNING)
    assert f"{DAY}/{NAMES[0]}.json" not in house.states()
    assert house.findings("incomplete.unreadable") == set()
    sources = [source for row in house.rows(CLIP) for source in row["sources"]]
    assert f"{DAY}T02:00:07+00:00" in [s["start"] for s in sources if s["source"] == ClockSource.CLIP_INDEX]
    folders = {row["path"]: row["skipped"] for row in house.rows(FOLDER)}
    assert folders[DAY] == [[f"{NAMES[0]}.json", "list read as a feed"]]


def test_a_list_taken_for_a_broken_clip_before_it_was_configured_is_none_afterwards(house: House) -> None:
    one_call(house)
    house.put(f"{DAY}/{NAMES[0]}", film(30))
    sidecar(house, NAMES[0], "10:00:07")
    house.scan(MORNING)
    assert house.findings("incomplete.unreadable") == {(f"dock:{DAY}/{NAMES[0]}.json", "incomplete.unreadable")}
    beside(house, "**/*.json")
    house.scan(MORNING + HOUR)
    assert house.findings("incomplete.unreadable") == set()
    assert house.findings("missing.file-lost") == set()
    assert set(house.states().values()) == {"present"}
    del house.feeds["lists"]
    house.scan(MORNING + 2 * HOUR)
    assert house.states()[f"{DAY}/{NAMES[0]}.json"] == "unreadable"


def test_many_lists_configured_at_once_do_not_make_the_store_doubtful(house: House) -> None:
    one_call(house)
    for number in range(60):
        house.put(f"{DAY}/{number:03}/index.csv", b"path,device\nx.mp4,1100001\n")
    house.scan(MORNING)
    beside(house, "**/index.csv")
    house.scan(MORNING + HOUR)
    assert house.findings("missing.store-doubtful") == set()
    assert list(house.states().values()) == ["present"]


def test_a_new_sidecar_in_the_middle_makes_one_new_row_and_leaves_the_others_untouched(house: House) -> None:
    one_call(house)
    for clip in (NAMES[0], NAMES[2], NAMES[3]):
        sidecar(house, clip, "10:00:07")
        house.put(f"{DAY}/{clip}", film(30, clip))
    beside(house, "**/*.json")
    house.scan(MORNING)
    before = {row["id"]: row["number"] for row in house.rows(FEED_ROW) if row["feed"] == "lists"}
    sidecar(house, NAMES[1], "11:00:07")
    house.put(f"{DAY}/{NAMES[1]}", film(30, NAMES[1]))
    house.scan(MORNING + HOUR)
    after = {row["id"]: row["number"] for row in house.rows(FEED_ROW) if row["feed"] == "lists"}
    assert before.items() < after.items()
    assert sorted(after.values()) == [1, 2, 3, 4]


def test_lists_unchanged_are_not_read_again(house: House) -> None:
    one_call(house)
    house.put(f"{DAY}/{NAMES[0]}", film(30))
    sidecar(house, NAMES[0], "10:00:07")
    beside(house, "**/*.json")
    house.scan(MORNING)
    counts, read_at = house.counts(), {row["name"]: row["read_at"] for row in house.rows(FEED)}
    house.scan(MORNING + HOUR)
    assert house.counts() == counts
    assert {row["name"]: row["read_at"] for row in house.rows(FEED)} == read_at


def test_a_sidecar_that_disappears_takes_its_entry_with_it_and_the_last_one_keeps_what_was_known(house: House) -> None:
    one_call(house)
    files = [sidecar(house, clip, "10:00:07") for clip in NAMES[:2]]
    for clip in NAMES[:2]:
        house.put(f"{DAY}/{clip}", film(30, clip))
    beside(house, "**/*.json")
    house.scan(MORNING)
    assert listed(house) == {f"{DAY}/{clip}" for clip in NAMES[:2]}
    files[0].unlink()
    house.scan(MORNING + HOUR)
    assert listed(house) == {f"{DAY}/{NAMES[1]}"}
    files[1].unlink()
    house.scan(MORNING + 2 * HOUR)
    assert listed(house) == {f"{DAY}/{NAMES[1]}"}
    assert ("lists", "nonstandard.feed") in house.findings()


def test_a_list_that_names_a_clip_that_is_not_there_says_what_is_lost(house: House) -> None:
    one_call(house)
    house.put(f"{DAY}/031021/{NAMES[0]}", film(30))
    house.put(f"{DAY}/031021/index.csv", f"path,device\n{NAMES[0]},1100001\n{NAMES[1]},1100001\n".encode())
    beside(house, "*/*/index.csv")
    house.scan(MORNING)
    finding = house.finding("missing.sequence-hole")
    assert f"{DAY}/031021/{NAMES[1]}" in str(finding)
    assert NAMES[0] not in str(finding)
