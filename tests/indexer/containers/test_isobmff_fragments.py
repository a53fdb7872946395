"""Fragmented MP4, built fragment by fragment."""

from datetime import timedelta

import pytest

from domain.media import ProblemCode as Code
from tests.boxes import build, steady, track
from tests.indexer.containers.test_isobmff import codes, holes, probe, s

EMPTY = "stts\nstsz\nstsc\nstco\n"


def init(tables: str = EMPTY, trex: str = "ticks=40 each=10", mehd: str = "", edits: str = "") -> str:
    more = f"    mehd value={mehd}\n" if mehd else ""
    head = "ftyp brand=iso6\nmoov\n  mvhd\n" + track(tables=tables, edits=edits)
    return head + f"  mvex\n{more}    trex {trex}\n"


def fragment(time: int | None, run: str, header: str = "", data: int = 1000) -> str:
    tfdt = f"    tfdt v=1 value={time}\n" if time is not None else ""
    return f"moof\n  mfhd value=1\n  traf\n    tfhd {header}\n{tfdt}    trun {run}\nmdat bytes={data}\n"


def test_fragments_follow_each_other_with_the_defaults_of_the_movie() -> None:
    found = probe(build(init() + "".join(fragment(n * 1000, "count=25") for n in range(4))))
    assert found.problems == ()
    assert (found.tracks[0].sample_count, found.duration, holes(found)) == (100, s(4), [])


def test_a_jump_between_fragments_is_a_hole() -> None:
    found = probe(build(init() + fragment(0, "count=25") + fragment(4000, "count=25")))
    assert holes(found) == [(1.0, 3.0)]
    assert found.duration == s(5)


def test_a_jump_inside_a_run_is_a_hole() -> None:
    found = probe(build(init() + fragment(0, "ticks=40,2040,40,40")))
    assert holes(found) == [(0.08, 2.0)]


def test_fragments_without_times_are_laid_end_to_end() -> None:
    assert probe(build(init() + fragment(None, "count=25") * 3)).duration == s(3)


def test_a_fragments_own_default_beats_the_movies() -> None:
    assert probe(build(init() + fragment(0, "count=10", header="ticks=100"))).duration == s(1)


def test_samples_of_the_movie_come_before_those_of_fragments() -> None:
    tables = steady("25x40", 25)
    found = probe(build(init(tables) + fragment(1000, "count=25") + fragment(3000, "count=25")))
    assert (found.tracks[0].sample_count, found.duration, holes(found)) == (75, s(4), [(2.0, 1.0)])


def test_fragments_that_count_from_elsewhere_begin_at_zero_and_the_place_is_kept() -> None:
    found = probe(build(init() + fragment(3_600_000, "count=25") + fragment(3_602_000, "count=25")))
    assert (found.start, found.tracks[0].start, found.duration) == (s(3600), s(0), s(3))
    assert holes(found) == [(1.0, 1.0)]


def test_a_fragment_that_goes_back_is_broken_time_and_follows_the_one_before() -> None:
    found = probe(build(init() + fragment(5000, "count=25") + fragment(0, "count=25")))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert found.duration == s(2)


def test_a_time_centuries_ahead_is_not_believed() -> None:
    found = probe(build(init() + fragment(0, "count=25") + fragment(1 << 63, "count=25")))
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]
    assert found.duration == s(2)
    assert probe(build(init() + fragment(1 << 63, "count=25"))).duration == s(1)


def test_the_last_edit_of_a_fragmented_movie_is_open_ended() -> None:
    for length in (0, 40):
        found = probe(build(init(edits=f"{length}@40") + fragment(0, "count=25")))
        assert (found.duration, found.edits) == (s(0.96), 0)


def test_composition_offsets_in_runs_are_applied() -> None:
    """Shown at 0 80 40 120: same extent, no hole."""
    found = probe(build(init() + fragment(0, "ticks=40,40,40,40 shifts=0,40,-40,0 v=1")))
    assert (found.duration, holes(found)) == (s(0.16), [])


def test_a_cut_in_the_last_fragments_data_is_measured() -> None:
    """Data begin 8 bytes into mdat: the data offset counts from moof."""
    text = init() + fragment(0, "count=100 data=92", data=1000)
    whole = build(text)
    start = whole.index(b"moof") - 4
    offset = whole.index(b"mdat") + 4 - start
    whole = build(text.replace("data=92", f"data={offset}"))
    assert probe(whole).decodable_share == 1.0
    found = probe(whole[:-405])
    assert codes(found) == [Code.TRUNCATED, Code.DATA_MISSING]
    assert found.decodable_share == pytest.approx(0.59)


def test_a_fragment_header_cut_off_is_truncated_and_the_rest_is_kept() -> None:
    whole = build(init() + fragment(0, "count=25") + fragment(1000, "ticks=" + ",".join(["40"] * 25)))
    found = probe(whole[: whole.rindex(b"moof") + 60])
    assert codes(found) == [Code.TRUNCATED]
    assert found.duration == s(1)


def test_an_index_of_segments_shows_a_cut_between_two_fragments() -> None:
    one = build(fragment(0, "count=25"))
    text = init() + f"sidx sizes={len(one)},{len(one)}\n" + fragment(0, "count=25")
    assert codes(probe(build(text))) == [Code.TRUNCATED]
    assert codes(probe(build(text + fragment(1000, "count=25")))) == []


def test_the_stated_length_of_a_fragmented_movie_is_held_against_its_fragments() -> None:
    found = probe(build(init(mehd="60000") + fragment(0, "count=25")))
    assert codes(found) == [Code.DURATION_DISAGREES]
    assert found.declared_duration == timedelta(minutes=1)


def test_fragments_without_a_movie_lack_their_index() -> None:
    assert codes(probe(build(fragment(0, "count=25")))) == [Code.INDEX_MISSING]


def test_a_movie_that_announces_fragments_and_has_none_has_nothing_to_play() -> None:
    assert codes(probe(build(init()))) == [Code.NO_TRACKS]


def test_a_movie_with_all_its_samples_ignores_fragments_left_behind() -> None:
    text = "ftyp\n" + fragment(0, "count=25") + "moov\n  mvhd\n" + track(tables=steady("25x40", 25))
    assert probe(build(text)).tracks[0].sample_count == 25


@pytest.mark.parametrize("run", ["count=4294967295", "ticks=40 count=4294967295"])
def test_a_run_longer_than_the_file_is_a_bad_table(run: str) -> None:
    assert Code.BAD_TABLE in codes(probe(build(init() + fragment(0, "count=25") + fragment(1000, run))))


def test_a_fragment_of_a_track_that_does_not_exist_is_a_bad_box() -> None:
    found = probe(build(init() + fragment(0, "count=25") + fragment(0, "count=25", header="id=9")))
    assert codes(found) == [Code.BAD_BOX]
