"""Time sources: what each states, the traps of § 1 of the design, and that none is ever thrown away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clip import ClockSource, IndexEntry, StoredFile, TimeSource
from domain.media import Probe, Track, TrackKind
from domain.timespan import utc
from indexer.filenames import NameFields
from indexer.timesources import time_sources
from tests.statements import english, in_english

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = utc(2026, 11, 21, 4)
LOCAL = datetime(2026, 11, 20, 14, 30, 25)
START = utc(2026, 11, 20, 6, 30, 25)  # the same instant: Shanghai is eight hours ahead
FIVE = timedelta(minutes=5)
EIGHT = timedelta(hours=8)
MODIFIED = utc(2026, 11, 20, 12)


def probe(created: datetime | None = None, duration: timedelta | None = FIVE, still: bool = False) -> Probe:
    kind = TrackKind.STILL if still else TrackKind.VIDEO
    tracks = (Track(1, kind, "h264", timedelta(0), duration or timedelta(0), 1),)
    return Probe("mp4", "test", 1, duration, creation_time=created, tracks=tracks)


def read(
    start: datetime | None = None,
    *,
    end: datetime | None = None,
    doubt: str = "",
    content: Probe | None = None,
    entry: IndexEntry | None = None,
    zone: ZoneInfo = SHANGHAI,
) -> dict[ClockSource, TimeSource]:
    fields = NameFields("t", start=start, end=end, doubt=doubt)
    file = StoredFile("dock", "a/clip.mp4", 1, MODIFIED)
    found = time_sources(file, fields, content, entry, zone=zone, now=NOW)
    by_source = {source.source: source for source in found}
    assert len(by_source) == len(found)
    assert all(in_english(source.reason for source in found if source.reason))
    return by_source


def test_local_name_becomes_utc_in_the_zone_of_the_store() -> None:
    name = read(LOCAL)[ClockSource.NAME]
    assert name.start == START
    assert name.error == timedelta(seconds=1)
    assert name.raw == "clip.mp4"


def test_without_a_creation_time_the_container_states_its_start_in_a_second_place() -> None:
    times = {"mvhd-modified": utc(2026, 11, 20, 7), "mdhd": START, "day": LOCAL}
    content = replace(probe(), stated_times=times)
    container = read(content=content)[ClockSource.CONTAINER]
    assert (container.start, container.raw) == (START, "2026-11-20T14:30:25")
    assert english(container.reason) == "no creation time: taken from day"
    only = replace(probe(), stated_times={"mvhd-modified": utc(2026, 11, 20, 7)})
    assert ClockSource.CONTAINER not in read(content=only), "when it was changed is not when it began"
    stated = replace(probe(START + FIVE), stated_times=times)
    assert read(content=stated)[ClockSource.CONTAINER].start == START + FIVE


def test_a_name_in_utc_is_taken_as_it_is() -> None:
    assert read(START)[ClockSource.NAME].start == START


def test_a_container_in_utc_and_one_in_local_time_state_the_same_instant() -> None:
    assert read(content=probe(START))[ClockSource.CONTAINER].start == START
    assert read(content=probe(LOCAL))[ClockSource.CONTAINER].start == START


def test_a_still_states_its_time_as_exif() -> None:
    found = read(content=probe(LOCAL, timedelta(0), still=True))
    assert found[ClockSource.EXIF].start == START
    assert ClockSource.CONTAINER not in found


def test_a_name_that_states_only_its_end_begins_one_duration_earlier() -> None:
    assert read(end=LOCAL, content=probe())[ClockSource.NAME].start == START - FIVE


def test_an_impossible_name_is_kept_without_a_start() -> None:
    name = read(doubt="'20241315143025' 不是开始时间 / '20241315143025' is no start time")[ClockSource.NAME]
    assert name.start is None
    assert "20241315143025" in english(name.reason)


def test_the_station_list_is_kept_with_its_own_text_and_bound() -> None:
    entry = IndexEntry("a/clip.mp4", started_at=START, ended_at=START + FIVE)
    listed = read(entry=entry)[ClockSource.CLIP_INDEX]
    assert (listed.start, listed.end, listed.error) == (START, START + FIVE, timedelta(seconds=2))
    assert listed.raw == "2026-11-20T06:30:25+00:00/2026-11-20T06:35:25+00:00"


def test_a_list_with_only_the_end_gives_the_start() -> None:
    entry = IndexEntry("a/clip.mp4", ended_at=START + FIVE)
    assert read(entry=entry, content=probe())[ClockSource.CLIP_INDEX].start == START


def test_a_list_row_without_times_states_no_time() -> None:
    assert ClockSource.CLIP_INDEX not in read(entry=IndexEntry("a/clip.mp4", imported_at=NOW))


def test_the_modification_time_bounds_the_end_with_a_day_of_error() -> None:
    modified = read(content=probe())[ClockSource.MODIFIED]
    assert (modified.start, modified.end) == (MODIFIED - FIVE, MODIFIED)
    assert modified.error == timedelta(days=1)


@pytest.mark.parametrize("off", [timedelta(0), EIGHT, -EIGHT])
@pytest.mark.parametrize("rounding", [-2, 0, 2])
def test_a_container_time_that_states_the_end_is_moved_to_the_start(off: timedelta, rounding: int) -> None:
    created = START + FIVE + off + timedelta(seconds=rounding)
    container = read(LOCAL, content=probe(created))[ClockSource.CONTAINER]
    assert container.start == created - FIVE
    assert container.end == created
    assert english(container.reason) == "states the end of recording: -0:05:00"


def test_a_name_that_states_the_end_against_the_container_is_moved_to_the_start() -> None:
    name = read(LOCAL, content=probe(START - FIVE))[ClockSource.NAME]
    assert name.start == START - FIVE
    assert "states the end" in english(name.reason)


def test_a_zone_fault_alone_is_not_taken_for_an_end() -> None:
    container = read(LOCAL, content=probe(START + EIGHT, EIGHT))[ClockSource.CONTAINER]
    assert container.start == START + EIGHT
    assert (container.reason, container.lost) == ("", False)


def test_times_that_differ_by_anything_else_are_left_alone() -> None:
    found = read(LOCAL, content=probe(START + timedelta(minutes=3)))
    assert found[ClockSource.NAME].start == START
    assert found[ClockSource.CONTAINER].start == START + timedelta(minutes=3)


@pytest.mark.parametrize(
    "lost", [utc(1904, 1, 1), utc(1970, 1, 1), utc(2000, 1, 1, 0, 5), utc(2014, 12, 31), NOW + timedelta(hours=25)]
)
def test_a_lost_clock_states_no_start_but_keeps_its_text(lost: datetime) -> None:
    found = read(lost, content=probe(lost))
    for source in (ClockSource.NAME, ClockSource.CONTAINER):
        assert found[source].start is None
        assert found[source].lost
        assert english(found[source].reason).startswith("lost clock")
    assert found[ClockSource.CONTAINER].raw == lost.isoformat()


@pytest.mark.parametrize("kept", [utc(2015, 1, 1), NOW + timedelta(hours=23)])
def test_a_clock_at_the_edge_is_not_lost(kept: datetime) -> None:
    assert read(content=probe(kept))[ClockSource.CONTAINER].start == kept


def test_an_hour_that_happens_twice_is_stated_with_an_hour_of_error() -> None:
    name = read(datetime(2026, 10, 25, 2, 30), zone=ZoneInfo("Europe/Paris"))[ClockSource.NAME]
    assert name.start == utc(2026, 10, 25, 0, 30)
    assert name.error == timedelta(hours=1, seconds=1)


def test_sources_come_in_the_order_of_trust() -> None:
    entry = IndexEntry("a/clip.mp4", started_at=START)
    file = StoredFile("dock", "a/clip.mp4", 1, MODIFIED)
    found = time_sources(file, NameFields("t", start=LOCAL), probe(START), entry, zone=SHANGHAI, now=NOW)
    assert [source.source for source in found] == ["clip_index", "name", "container", "modified"]


def test_a_file_of_which_nothing_is_known_still_has_its_modification_time() -> None:
    file = StoredFile("dock", "x", 0, MODIFIED)
    (only,) = time_sources(file, None, None, None, zone=SHANGHAI, now=NOW)
    assert (only.source, only.start, only.end) == (ClockSource.MODIFIED, MODIFIED, MODIFIED)


anything = st.none() | st.just(datetime(1, 1, 1)) | st.just(datetime(9999, 12, 31, 23, 59)) | st.datetimes()
durations = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))


@given(anything, anything, anything, durations)
def test_no_stated_time_raises_and_every_start_is_aware(
    start: datetime | None, end: datetime | None, created: datetime | None, duration: timedelta | None
) -> None:
    for source in read(start, end=end, content=probe(created, duration)).values():
        assert source.start is None or source.start.tzinfo is UTC
        assert source.error > timedelta(0)
