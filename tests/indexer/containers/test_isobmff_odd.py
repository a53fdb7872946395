"""Odd MP4 files as cameras, editors and accidents leave them: what is still true is said, and nothing else."""

import struct
import zlib
from datetime import timedelta

import numpy as np
import pytest

from domain.media import ProblemCode as Code
from domain.media import TrackKind
from indexer.containers.isobmff import tables
from indexer.containers.isobmff.boxes import ProblemList
from tests.boxes import build, movie, steady, track
from tests.indexer.containers.test_isobmff import codes, holes, one, probe, s
from tests.indexer.containers.test_isobmff_fragments import fragment, init

PICTURE = track(tables=steady("250x40", 250))
SOUND = track("soun", "mp4a", 8000, steady("78x1024", 78))
DATA = "ftyp\nmdat bytes=10000\n"
MOOV = "moov\n  mvhd\n"
GIB = 1 << 30


def test_of_two_indexes_the_first_is_used_and_the_second_is_said() -> None:
    longer = MOOV + track(tables=steady("500x40", 500))
    found = probe(build(DATA + MOOV + PICTURE + longer))
    assert codes(found) == [Code.BAD_BOX]
    assert "2 moov boxes" in found.problems[0].detail
    assert (found.duration, found.playable) == (s(10), True)


@pytest.mark.parametrize("first", [MOOV, MOOV + track(tables="stts\nstsz\nstsc\nstco\n"), "moov hex=00\n"])
def test_an_index_that_a_camera_left_empty_and_wrote_again_is_read_where_it_is_whole(first: str) -> None:
    found = probe(build(DATA + first + MOOV + PICTURE))
    assert codes(found) == [Code.BAD_BOX]
    assert (found.duration, found.playable) == (s(10), True)


def test_many_indexes_without_samples_have_nothing_to_play() -> None:
    found = probe(build(DATA + MOOV * 20))
    assert codes(found) == [Code.BAD_BOX, Code.NO_TRACKS]


def test_an_index_given_up_inside_free_space_is_not_read() -> None:
    freed = "free\n  moov\n    mvhd\n" + PICTURE.replace("  ", "    ")
    assert codes(probe(build(DATA + freed))) == [Code.INDEX_MISSING]
    found = probe(build(DATA + freed + MOOV + track(tables=steady("500x40", 500))))
    assert (found.problems, found.duration) == ((), s(20))


def test_an_index_inside_a_data_box_that_claims_too_much_is_missing() -> None:
    assert Code.INDEX_MISSING in codes(probe(build("ftyp\nmdat bytes=10000 size=99999\n" + MOOV + PICTURE)))


def test_a_file_without_its_first_box_is_read_as_quicktime() -> None:
    found = probe(build("wide\nmdat bytes=10000\n" + MOOV + PICTURE))
    assert (found.container, found.brand, found.duration, found.problems) == ("mov", None, s(10), ())


@pytest.mark.parametrize("header", ["mvhd", "mvhd duration=0", "mvhd duration=4294967295", "mvhd v=1 duration=0"])
def test_a_header_that_leaves_the_length_open_claims_nothing(header: str) -> None:
    found = probe(build(DATA + f"moov\n  {header}\n" + PICTURE))
    assert (found.declared_duration, found.duration, found.problems) == (None, s(10), ())


def test_a_movie_without_its_header_still_has_its_tracks() -> None:
    found = probe(build(DATA + "moov\n" + PICTURE))
    assert (codes(found), found.duration) == ([Code.BAD_BOX], s(10))


def test_entries_with_other_pictures_are_changes_and_the_same_entry_again_is_none() -> None:
    same = PICTURE.replace("            avc1", "            avc1\n            avc1\n            avc1")
    assert probe(movie(same)).parameter_changes == 0
    other = PICTURE.replace(
        "            avc1", "            avc1\n            hvc1\n            avc1 width=320\n            avc1"
    )
    found = probe(movie(other))
    assert (found.parameter_changes, found.tracks[0].codec, found.tracks[0].width) == (2, "h264", 160)


@pytest.mark.parametrize("kind", ["vide", "soun"])
def test_samples_that_all_last_nothing_are_broken_times(kind: str) -> None:
    found = probe(movie(track(kind, "avc1" if kind == "vide" else "mp4a", tables=steady("250x0", 250))))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert (found.duration, found.tracks[0].frame_rate) == (timedelta(0), None)


def test_a_sample_that_lasts_nothing_takes_no_time_and_is_no_hole() -> None:
    found = one(steady("100x40,5x0,100x40", 205))
    assert (found.problems, found.duration, holes(found)) == ((), s(8), [])


def test_a_run_of_samples_that_last_nothing_takes_no_time() -> None:
    found = probe(build(init() + fragment(0, "count=25") + fragment(1000, "ticks=0,0,40") + fragment(1040, "count=5")))
    assert (found.problems, found.duration) == ((), s(1.24))


def test_an_edit_that_points_behind_the_media_shows_nothing_more() -> None:
    found = one(steady("250x40", 250), edits="10000@0,5000@20000")
    assert (found.duration, found.edits) == (s(10), 1)


def test_an_edit_played_backwards_is_left_out_and_said() -> None:
    found = one(steady("250x40", 250), edits="10000@0*-1")
    assert (codes(found), found.duration) == ([Code.BAD_TABLE], s(10))
    assert codes(one(steady("250x40", 250), edits="10000@-7")) == [Code.BAD_TABLE]


def test_one_picture_every_five_seconds_is_a_slow_recording_without_holes() -> None:
    found = one(steady("720x5000", 720))
    assert (holes(found), found.duration, found.tracks[0].frame_rate) == ([], s(3600), 0.2)


def test_a_second_lens_that_starts_later_keeps_its_own_start() -> None:
    rear = track(tables=steady("240x40", 240), edits="400@-1,9600@0")
    found = probe(movie(PICTURE + rear))
    assert [(t.kind, t.start, t.end) for t in found.tracks] == [
        (TrackKind.VIDEO, s(0), s(10)),
        (TrackKind.VIDEO, s(0.4), s(10)),
    ]
    assert found.edits == 0


def test_sound_that_ends_early_shows_as_the_end_of_its_track() -> None:
    found = probe(movie(PICTURE + track("soun", "mp4a", 8000, steady("39x1024", 39))))
    assert [t.end for t in found.tracks] == [s(10), s(4.992)]
    assert (holes(found), found.duration) == ([], s(10))


def test_priming_of_sound_is_hidden_by_its_edit_and_neither_a_hole_nor_a_cut() -> None:
    sound = track("soun", "mp4a", 8000, steady("79x1024", 79), edits="9984@1024")
    found = probe(movie(PICTURE + sound))
    assert (found.tracks[1].start, found.tracks[1].duration, found.edits, holes(found)) == (s(0), s(9.984), 0, [])


def test_pauses_written_as_empty_edits_are_holes_of_their_own_track() -> None:
    paused = track("soun", "mp4a", 8000, steady("78x1024", 78), edits="2048@0,3000@-1,2048@16384,1000@-1,5888@32768")
    assert holes(probe(movie(PICTURE + paused))) == [(2.048, 3.0), (7.096, 1.0)]


def test_a_thumbnail_is_a_still_picture_and_makes_the_file_no_longer() -> None:
    found = probe(movie(PICTURE + track("vide", "jpeg", tables=steady("1x60000", 1))))
    assert [t.kind for t in found.tracks] == [TrackKind.VIDEO, TrackKind.STILL]
    assert found.duration == s(10)


def test_a_compressed_index_inside_a_compressed_index_is_opened_once() -> None:
    inner = build(MOOV + PICTURE)
    for _ in range(3):
        packed = zlib.compress(inner)
        cmvd = struct.pack(">I4sI", len(packed) + 12, b"cmvd", len(inner)) + packed
        dcom = struct.pack(">I4s4s", 12, b"dcom", b"zlib")
        cmov = struct.pack(">I4s", len(dcom) + len(cmvd) + 8, b"cmov") + dcom + cmvd
        inner = struct.pack(">I4s", len(cmov) + 8, b"moov") + cmov
        found = probe(build(DATA) + inner)
        assert found.playable == (_ == 0)


def test_boxes_nested_without_end_are_left_alone() -> None:
    deep = b""
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta") * 2000:
        deep = struct.pack(">I4s", len(deep) + 8, kind) + deep
    assert not probe(build("ftyp\n") + struct.pack(">I4s", len(deep) + 8, b"moov") + deep).playable


@pytest.mark.parametrize("limit", ["", "size=0 "])
def test_an_empty_box_of_free_space_ends_nothing_and_an_open_one_everything(limit: str) -> None:
    found = probe(build(f"ftyp\nfree {limit}bytes=0\nmdat bytes=10000\n" + MOOV + PICTURE))
    assert found.playable == (not limit)


def wrapped(above: list[int]) -> tables.Rows:
    return np.array(above, np.uint64).astype(np.uint32)


def test_offsets_that_begin_again_beyond_four_gibibytes_are_counted_on_and_said() -> None:
    problems = ProblemList()
    where = [GIB, 3 * GIB, 4 * GIB + 5, 6 * GIB, 8 * GIB - 9, 8 * GIB + 7]
    found = tables.unwrapped(wrapped(where), 9 * GIB, "track 1 (video)", problems)
    assert found.tolist() == where
    (problem,) = problems.all()
    assert (problem.code, "chunk 3" in problem.detail) == (Code.BAD_TABLE, True)


@pytest.mark.parametrize(("where", "size"), [([GIB, 2 * GIB, GIB + 5], 9 * GIB), ([3 * GIB, 5], 4 * GIB)])
def test_chunks_out_of_order_and_small_files_are_not_taken_for_it(where: list[int], size: int) -> None:
    problems = ProblemList()
    assert tables.unwrapped(wrapped(where), size, "track", problems).tolist() == where
    assert problems.all() == ()


def test_samples_of_wrapped_offsets_are_missing_only_beyond_the_end() -> None:
    whole = tables.unwrapped(wrapped([4 * GIB - 100, 5 * GIB]), 5 * GIB + 50, "track", ProblemList())
    chunks = tables.Chunks(whole, np.array([0]), np.array([10]))
    assert tables.samples_inside(chunks, tables.Sizes(20, 10), 5 * GIB + 50) == 15


def test_an_offset_beyond_what_a_number_holds_is_beyond_the_end() -> None:
    tables_ = "stts runs=250x40\nstsz each=10 count=250\nstsc runs=1:250\nco64 at=18446744073709551615\n"
    found = one(tables_)
    assert (codes(found), found.decodable_share) == ([Code.DATA_MISSING], 0.0)


def test_a_segment_index_without_segments_lacks_them() -> None:
    found = probe(build(init() + "sidx sizes=5000,5000\n"))
    assert codes(found) == [Code.TRUNCATED, Code.NO_TRACKS]


def test_fragments_before_their_movie_are_read_like_those_behind_it() -> None:
    lines = init().split("\n", 1)
    found = probe(build(lines[0] + "\n" + fragment(0, "count=25") + fragment(1000, "count=25") + lines[1]))
    assert (found.problems, found.duration) == ((), s(2))


def test_a_last_fragment_whose_data_never_came_plays_up_to_there() -> None:
    """Power was lost between moof and mdat: the samples are listed, their 250 bytes are not there."""
    data = "each=10"
    whole = build(
        init(trex=f"ticks=40 {data}") + fragment(0, "count=25 data=100") + fragment(1000, "count=25 data=100")
    )
    found = probe(whole[: whole.rindex(b"mdat") - 4])
    assert codes(found) == [Code.DATA_MISSING]
    assert found.decodable_share == pytest.approx(0.5)
    assert found.duration == s(2)


def test_a_camera_restarted_into_the_same_file_goes_on_behind_what_it_had_said_once() -> None:
    """Ten fragments, then five that count from 0 again with a second missing among them."""
    first = "".join(fragment(n * 1000, "count=25") for n in range(10))
    second = "".join(fragment(n * 1000, "count=25") for n in (0, 1, 3, 4, 5))
    found = probe(build(init() + first + second))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert (found.duration, holes(found)) == (s(16), [(12.0, 1.0)])


def test_one_fragment_with_a_wrong_time_does_not_move_those_behind_it() -> None:
    times = (0, 1000, 2000, 500, 4000, 5000)
    found = probe(build(init() + "".join(fragment(time, "count=25") for time in times)))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert (found.duration, holes(found)) == (s(6), [])


@pytest.mark.slow
@pytest.mark.parametrize("text", [init() + fragment(0, "count=25") * 3, DATA + MOOV + PICTURE + SOUND])
def test_a_file_cut_at_any_byte_gives_a_result(text: str) -> None:
    whole = build(text)
    for kept in [*range(12, min(len(whole), 700)), *range(max(len(whole) - 900, 12), len(whole))]:
        found = probe(whole[:kept])
        assert found.playable or found.problems
