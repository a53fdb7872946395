"""Block indexes: built here field by field from the layout in the docstring, as no real file can be shipped."""

import os
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.clip import IndexEntry
from domain.errors import FeedUnreadable
from domain.timespan import utc
from indexer.feeds import FeedKind, FeedRow, FeedSettings, open_feed
from indexer.feeds.base import Fate
from tests.statements import english, in_english

Slots = list[tuple[int, int]]


def face(text: str) -> int:
    """Seconds of a clock face since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def index(blocks: list[Slots | None], declared: int | None = None) -> bytes:
    """An index of blocks; None is one not yet used. The upper half of each time is garbage, as in real ones."""
    count = len(blocks) if declared is None else declared
    head = struct.pack("<QIIII", 7, 2, count, 0, 0).ljust(1280, b"\0")
    records = b"".join(
        struct.pack("<IHH", number, 0xFFFF if slots is None else 1, len(slots or ())).ljust(32, b"\0")
        for number, slots in enumerate(blocks)
    )
    return head + records + b"".join(map(_slots, blocks))


def _slots(slots: Slots | None) -> bytes:
    packed = (
        struct.pack("<BBHIIIII", 3, 0, 0, 0x13, start, 0xABCD, end, 0xABCD).ljust(80, b"\0")
        for start, end in slots or ()
    )
    return b"".join(packed).ljust(256 * 80, b"\0")


def read(folder: Path, content: bytes, name: str = "index00.bin", timezone: str = "Asia/Shanghai") -> list[FeedRow]:
    data = folder / "nvr" / "datadir0"
    data.mkdir(parents=True, exist_ok=True)
    (data / name).write_bytes(content)
    location = "nvr/datadir*/*.bin"
    feed = open_feed(FeedSettings("hik", FeedKind.CLIP_INDEX, location, timezone, store="rooms"), folder, str(folder))
    return list(feed.read())


NINE, TEN, NOON = face("2026-11-20T09:00:00"), face("2026-11-20T10:00:00"), face("2026-11-20T12:00:00")


def test_each_block_that_holds_something_is_an_entry_with_its_first_start_and_last_end(tmp_path: Path) -> None:
    rows = read(tmp_path, index([[(NINE, NINE + 600), (NINE + 700, TEN)], [], None, [(TEN, NOON)]]))
    assert [row.record for row in rows] == [
        IndexEntry("nvr/datadir0/hiv00000.mp4", started_at=utc(2026, 11, 20, 1), ended_at=utc(2026, 11, 20, 2)),
        IndexEntry("nvr/datadir0/hiv00003.mp4", started_at=utc(2026, 11, 20, 2), ended_at=utc(2026, 11, 20, 4)),
    ]
    assert [(row.number, row.fate) for row in rows] == [(1, Fate.ACCEPTED), (4, Fate.ACCEPTED)]
    assert in_english(rows[0].notes) == (
        "datadir0/index00.bin, row 1",
        "times read as Asia/Shanghai (unverified)",
        "2 segments in the block, earliest start and latest end taken, 100 s between them not recorded",
    )
    assert rows[0].raw["seconds"] == f"{NINE}-{NINE + 600} {NINE + 700}-{TEN}"


def test_what_an_earlier_round_of_the_ring_left_in_a_block_is_not_taken(tmp_path: Path) -> None:
    last_week = NINE - 7 * 86400
    (row,) = read(tmp_path, index([[(NINE, TEN), (last_week, last_week + 60), (last_week + 60, last_week + 90)]]))
    assert isinstance(row.record, IndexEntry)
    assert row.record.started_at == utc(2026, 11, 20, 1)
    assert english(row.notes[-1]) == "2 entries of an earlier round left out"


def test_a_segment_still_open_has_no_end_and_impossible_times_are_said(tmp_path: Path) -> None:
    rows = read(tmp_path, index([[(NINE, TEN), (NOON, 0)], [(NOON, 0)], [(5, 9)]]))
    assert [(row.number, row.fate) for row in rows] == [(1, Fate.ACCEPTED), (3, Fate.REJECTED)]
    assert english(rows[0].notes[-1]) == "1 entries not ended yet left out"
    assert "impossible times" in english(rows[1].notes[-1])


def test_the_zone_of_the_feed_may_say_that_the_seconds_are_utc(tmp_path: Path) -> None:
    (row,) = read(tmp_path, index([[(NINE, TEN)]]), timezone="UTC")
    assert isinstance(row.record, IndexEntry)
    assert row.record.started_at == utc(2026, 11, 20, 9)


@pytest.mark.parametrize(
    ("written", "started"),
    [
        (utc(2026, 11, 20, 10, 0, 20), utc(2026, 11, 20, 9)),  # last written when the end is UTC
        (utc(2026, 11, 20, 2, 0, 20), utc(2026, 11, 20, 1)),  # ... when it is the face in Shanghai
        (utc(2026, 12, 24), utc(2026, 11, 20, 1)),  # a copy: proves nothing
    ],
)
def test_the_time_at_which_a_block_was_last_written_settles_what_the_seconds_are(
    tmp_path: Path, written: datetime, started: datetime
) -> None:
    block = tmp_path / "nvr" / "datadir0" / "hiv00000.mp4"
    block.parent.mkdir(parents=True)
    block.touch()
    os.utime(block, (written.timestamp(), written.timestamp()))
    (row,) = read(tmp_path, index([[(NINE, TEN)]]))
    assert isinstance(row.record, IndexEntry)
    assert row.record.started_at == started


def test_the_second_copy_of_an_index_adds_nothing(tmp_path: Path) -> None:
    content = index([[(NINE, TEN)]])
    read(tmp_path, content)
    rows = read(tmp_path, content, "index01.bin")
    assert len({row.record for row in rows}) == 1
    assert len(rows) == 2


def test_an_index_cut_short_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    content = index([[(NINE, TEN)], [(TEN, NOON)]])
    rows = read(tmp_path, content[:-1])
    assert [row.fate for row in rows] == [Fate.ACCEPTED, Fate.REJECTED]
    assert "expected the index of 2 blocks, got that of 1" in english(rows[1].notes[-1])


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "index00.bin", "0 bytes that declare 0 blocks"),
        (b"\0" * 1280, "index00.bin", "1280 bytes that declare 0 blocks"),
        (index([[(NINE, TEN)]], declared=0xFFFFFFFF), "index00.bin", "that declare 4294967295 blocks"),
        (index([[(NINE, TEN)]]), "index00p.bin", "an index of pictures"),
        (b"\0" * 16 + b"HIKBTREE" + b"\0" * 90_000, "index00.bin", "a HIKBTREE index"),
        (b"x" * 90_000, "logMainFile.bin", "bytes that declare"),
        (index([[(NINE, TEN)]])[:1280] + b"\x09" + index([[(NINE, TEN)]])[1281:], "index00.bin", "that says 9"),
    ],
)
def test_what_is_no_such_index_is_one_rejected_entry(tmp_path: Path, content: bytes, name: str, reason: str) -> None:
    (row,) = read(tmp_path, content, name)
    assert (row.fate, row.number) == (Fate.REJECTED, 0)
    assert reason in english(row.notes[1])


def test_a_single_index_is_a_feed_too_and_keeps_the_name_of_its_folder(tmp_path: Path) -> None:
    read(tmp_path, index([[(NINE, TEN)]]))
    feed = open_feed(FeedSettings("hik", FeedKind.CLIP_INDEX, "nvr/datadir0/index00.bin"), tmp_path)
    (row,) = feed.read()
    assert isinstance(row.record, IndexEntry)
    assert row.record.path == "datadir0/hiv00000.mp4"


def test_a_single_index_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="expected at least one file, got none"):
        list(open_feed(FeedSettings("hik", FeedKind.CLIP_INDEX, "index00.bin"), tmp_path).read())


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.binary(max_size=4000), st.integers(0, 3), st.integers(0, 22_000))
def test_any_damage_gives_rows_or_one_rejected_entry(tmp_path: Path, noise: bytes, blocks: int, at: int) -> None:
    content = bytearray(index([[(NINE, TEN)]] * blocks))
    content[at : at + len(noise)] = noise
    for row in read(tmp_path, bytes(content)):
        assert row.notes
        assert (row.record is None) == (row.fate is Fate.REJECTED)


def test_the_sqlite_index_of_newer_models_is_read_by_the_query_in_the_documentation(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "config.md").read_text(encoding="utf-8")
    query = text.split("record_db_index00")[-1].split('"""')[1]
    with closing(sqlite3.connect(tmp_path / "record_db_index00")) as database, database:
        columns = "file_no int, record_type int, start_time_tv_sec int, end_time_tv_sec int"
        database.execute(f"create table record_segment_idx_tb ({columns})")
        rows = [(3, 1, NINE, NINE + 60), (3, 1, TEN, NOON), (4, 0, NINE, TEN)]
        database.executemany("insert into record_segment_idx_tb values (?, ?, ?, ?)", rows)
    location = "sqlite:///record_db_index00"
    feed = open_feed(FeedSettings("hik", FeedKind.CLIP_INDEX, location, query=query), tmp_path)
    assert [row.record for row in feed.read()] == [
        IndexEntry("datadir0/hiv00003.mp4", started_at=utc(2026, 11, 20, 9), ended_at=utc(2026, 11, 20, 12))
    ]
