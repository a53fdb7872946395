"""Broken MP4 files: each fault gets its word, what can still be measured is measured, and nothing raises."""

from datetime import timedelta

import pytest

from domain.media import ProblemCode as Code
from tests.boxes import build, movie, steady, track
from tests.indexer.containers.test_isobmff import codes, one, probe

FRONT = "ftyp brand=isom\nmoov\n  mvhd duration=10000\n"


def front(tables: str, data: int) -> bytes:
    """moov before mdat, the chunk offset pointing at the data."""
    text = FRONT + track(tables=tables) + f"mdat bytes={data}\n"
    return build(text.replace("at=24", f"at={build(text).index(b'mdat') + 4}"))


def test_media_data_without_an_index() -> None:
    found = probe(build("ftyp\nmdat bytes=5000\n"))
    assert codes(found) == [Code.INDEX_MISSING]
    assert (found.duration, found.playable) == (None, False)


@pytest.mark.parametrize("size", ["size=99999", "size=0", "large size=0"])
def test_a_recording_that_lost_power_has_no_index_however_its_data_box_was_left(size: str) -> None:
    found = probe(build(f"ftyp\nmdat bytes=5000 {size}\n"))
    assert Code.INDEX_MISSING in codes(found)
    assert (Code.TRUNCATED in codes(found)) == (size == "size=99999")


def test_data_cut_off_behind_the_index_leaves_a_share() -> None:
    """250 samples of 10 bytes, of which 1005 bytes are there: 100 whole samples."""
    whole = front(steady("250x40", 250), 2500)
    found = probe(whole[: len(whole) - 2500 + 1005])
    assert codes(found) == [Code.TRUNCATED, Code.DATA_MISSING]
    assert found.decodable_share == pytest.approx(100 / 250)
    assert found.duration == timedelta(seconds=10)


@pytest.mark.parametrize(
    "sizes",
    [
        "stsz sizes=" + ",".join(["10"] * 10),
        "stz2 bits=8 sizes=" + ",".join(["10"] * 10),
        "stz2 bits=4 sizes=" + ",".join(["10"] * 10),
    ],
)
def test_the_share_counts_whole_samples_over_several_chunks(sizes: str) -> None:
    """Chunks of 3 3 2 2 samples at 24 54 84 104, every sample 10 bytes; the data box ends at 24 + 95."""
    tables = f"stts runs=10x40\n{sizes}\nstsc runs=1:3,3:2\nstco at=24,54,84,104\n"
    data = build("ftyp\nmdat bytes=10000\nmoov\n  mvhd\n" + track(tables=tables))
    assert probe(data).decodable_share == 1.0
    moved = tables.replace("at=24,54,84,104", "at=24,54,84," + str(len(data) - 15))
    found = probe(build("ftyp\nmdat bytes=10000\nmoov\n  mvhd\n" + track(tables=moved)))
    assert found.decodable_share == pytest.approx(0.9)
    assert codes(found) == [Code.DATA_MISSING]


def test_an_index_cut_off_in_a_track_is_a_missing_index() -> None:
    whole = movie(track(tables=steady("250x40", 250)))
    found = probe(whole[:-60])
    assert Code.TRUNCATED in codes(found)
    assert Code.INDEX_MISSING in codes(found)


def test_an_index_cut_off_behind_its_tracks_still_plays() -> None:
    whole = movie(track(tables=steady("250x40", 250)) + "  udta bytes=100\n")
    found = probe(whole[:-60])
    assert Code.TRUNCATED in codes(found)
    assert found.playable
    assert found.duration == timedelta(seconds=10)


def test_a_box_larger_than_its_parent_is_an_overrun() -> None:
    text = track(tables=steady("250x40", 250)).replace("mdhd scale=1000", "mdhd scale=1000 size=9000")
    assert Code.BOX_OVERRUN in codes(probe(movie(text)))


@pytest.mark.parametrize(
    "line",
    [
        "stts runs=250x40 count=4294967295",
        "ctts runs=250x40 count=4294967295",
        "stsz sizes=10,10 count=4294967295",
        "stsc runs=1:250 count=4294967295",
        "stco at=24 count=4294967295",
        "stz2 bits=4 sizes=10 count=4294967295",
    ],
)
def test_a_count_beyond_its_table_is_cut_to_the_table_and_nothing_is_allocated_for_it(line: str) -> None:
    kind = line[:4]
    tables = [
        part
        for part in steady("250x40", 250).splitlines()
        if part[:4] != kind and not (kind == "stz2" and part[:4] == "stsz")
    ]
    found = one("\n".join([*tables, line]))
    assert Code.BAD_TABLE in codes(found)


def test_uniform_samples_beyond_all_reason_are_a_bad_table() -> None:
    found = one(steady("4294967295x40", 4294967295, each=4000))
    assert Code.BAD_TABLE in codes(found)
    assert Code.NO_TRACKS in codes(found)


def test_tables_that_disagree_are_cut_to_what_they_agree_on() -> None:
    found = one(steady("250x40", 100))
    assert codes(found) == [Code.BAD_TABLE]
    assert (found.tracks[0].sample_count, found.duration) == (100, timedelta(seconds=4))


def test_composition_offsets_for_too_few_samples_are_a_bad_table() -> None:
    assert codes(one(steady("250x40", 250) + "ctts runs=10x40,10x80\n")) == [Code.BAD_TABLE]


def test_a_time_that_goes_backwards_counts_as_none() -> None:
    found = one(steady("100x40,1x4294967000,100x40", 201))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert found.duration == timedelta(seconds=8)


def test_a_track_longer_than_a_year_is_not_believed() -> None:
    found = one(steady("2x2000000000,200x2000000000", 202))
    assert Code.TIMESTAMPS_BROKEN in codes(found)


@pytest.mark.parametrize("name", ["mdhd", "hdlr", "tkhd", "stsd", "stts", "mdia", "minf", "stbl"])
def test_a_track_that_lacks_a_part_is_named_with_the_part(name: str) -> None:
    text = track(tables=steady("250x40", 250)).replace(f"{name}", "free", 1)
    found = probe(movie(text))
    assert Code.BAD_BOX in codes(found)
    assert not found.playable


@pytest.mark.parametrize("name", ["mvhd", "mdhd", "tkhd", "hdlr", "stts", "stsz", "stsc", "stco", "ctts", "elst"])
def test_a_header_too_short_for_its_fields_is_a_bad_box(name: str) -> None:
    text = movie_text(name)
    assert Code.BAD_BOX in codes(probe(build(text)))


def movie_text(short: str) -> str:
    text = "ftyp\nmdat bytes=10000\nmoov\n  mvhd\n" + track(
        tables=steady("250x40", 250) + "ctts runs=250x0\n", edits="10000@0"
    )
    lines = text.splitlines()
    return "\n".join(f"{line.split(short)[0]}{short} hex=00" if line.split()[0] == short else line for line in lines)


@pytest.mark.parametrize("name", ["mvhd", "mdhd"])
def test_a_time_scale_of_zero_is_a_bad_box(name: str) -> None:
    text = ("ftyp\nmdat bytes=10000\nmoov\n  mvhd scale=1000\n" + track(tables=steady("250x40", 250))).replace(
        f"{name} scale=1000", f"{name} scale=0"
    )
    assert Code.BAD_BOX in codes(probe(build(text)))


def test_chunks_counted_downwards_are_a_bad_table() -> None:
    tables = "stts runs=10x40\nstsz each=10 count=10\nstsc runs=3:2,1:3\nstco at=24,54,84\n"
    assert codes(one(tables)) == [Code.BAD_TABLE]


def test_garbage_behind_the_index_is_a_bad_box_and_the_rest_is_kept() -> None:
    found = probe(movie(track(tables=steady("250x40", 250))) + b"\x00\x00\x01\x00\xff\xfe\xfd\xfc" * 4)
    assert codes(found) == [Code.BAD_BOX]
    assert found.duration == timedelta(seconds=10)


def test_zeros_behind_the_index_are_padding() -> None:
    assert probe(movie(track(tables=steady("250x40", 250))) + bytes(512)).problems == ()


def test_neither_data_nor_index_is_nothing_to_play() -> None:
    assert codes(probe(build("ftyp\nfree bytes=100\n"))) == [Code.NO_TRACKS]


@pytest.mark.slow
def test_a_hundred_thousand_small_boxes_end_in_a_problem_not_in_a_long_wait() -> None:
    found = probe(build("ftyp\nmoov\n  mvhd\n")[: -108 - 8] + build("moov\n" + "  free\n" * 25_000))
    assert Code.TOO_DEEP in codes(found)


def test_more_tracks_than_any_file_has_are_not_all_read() -> None:
    found = probe(movie(track(tables=steady("250x40", 250)) * 100))
    assert Code.TOO_DEEP in codes(found)
    assert len(found.tracks) == 64


@pytest.mark.slow
def test_holes_without_end_are_listed_up_to_a_bound() -> None:
    found = one(steady(",".join(["2x40,1x5000"] * 12_000), 36_000))
    assert Code.TOO_DEEP in codes(found)
    assert len(found.tracks[0].discontinuities) == 10_000
