"""Where inside a file another sample description begins to hold, on the line of the presentation."""

from datetime import timedelta

import pytest

from domain.media import Probe
from tests.boxes import build, movie, track
from tests.indexer.containers.test_isobmff import probe
from tests.indexer.containers.test_isobmff_fragments import EMPTY, fragment, init

A, B = "            avc1\n", "            avc1 width=320\n"


def described(text: str, entries: str = A + B) -> str:
    return text.replace(A, entries)


def chunked(stsc: str, edits: str = "", entries: str = A + B, more: str = "") -> Probe:
    """Ten seconds of 250 samples in as many chunks as stsc needs; where the chunks lie is of no matter here."""
    chunks = len(stsc.split(","))
    offsets = ",".join(str(24 + 10 * n) for n in range(chunks))
    tables = f"stts runs=250x40\nstsz each=10 count=250\nstsc runs={stsc}\nstco at={offsets}\n{more}"
    return probe(movie(described(track(tables=tables, edits=edits), entries)))


def changes(found: Probe) -> list[float]:
    return [at.total_seconds() for at in found.tracks[0].changes_at]


def test_a_chunk_with_another_description_is_where_it_changes() -> None:
    assert changes(chunked("1:100:1,2:150:2")) == [4.0]
    assert changes(chunked("1:50:1,2:50:2,3:150:1")) == [2.0, 4.0]


def test_the_same_description_again_changes_nothing() -> None:
    assert changes(chunked("1:100:1,2:150:2", entries=A + A)) == []
    assert changes(chunked("1:50:1,2:50:3,3:150:2", entries=A + B + A)) == [4.0]


def test_a_second_description_that_no_chunk_uses_changes_nothing() -> None:
    found = chunked("1:250:1")
    assert (found.parameter_changes, changes(found)) == (1, [])


def test_a_description_that_is_not_there_counts_as_the_first() -> None:
    assert changes(chunked("1:100:1,2:150:9")) == []
    assert changes(chunked("1:100:0,2:150:2")) == [4.0]


def test_chunks_counted_downwards_say_nothing_about_changes() -> None:
    assert changes(chunked("3:2:1,1:3:2")) == []


def test_chunks_beyond_any_file_change_nothing_inside_it() -> None:
    most = (1 << 32) - 1
    assert changes(chunked(f"1:{most}:1,{most - 1}:{most}:2,{most}:1:1")) == []


def test_a_change_is_where_its_first_picture_is_shown() -> None:
    assert changes(chunked("1:100:1,2:150:2", edits="10000@80", more="ctts runs=250x80\n")) == [4.0]
    assert changes(chunked("1:100:1,2:150:2", edits="500@-1,10000@0")) == [4.5]


def test_a_change_inside_what_was_cut_out_shows_at_the_cut() -> None:
    assert changes(chunked("1:100:1,2:150:2", edits="3000@0,4000@6000")) == [3.0]
    assert changes(chunked("1:100:1,2:25:2,3:125:1", edits="3000@0,4000@6000")) == []
    assert changes(chunked("1:100:1,2:150:2", edits="3000@0")) == []


def test_what_is_shown_twice_changes_twice() -> None:
    """0 s to 6 s, then again from 3 s: A up to 4, B up to 6, A from there to 7, B."""
    assert changes(chunked("1:100:1,2:150:2", edits="6000@0,4000@3000")) == [4.0, 6.0, 7.0]


def test_a_change_played_at_half_the_speed_comes_twice_as_late() -> None:
    assert changes(chunked("1:100:1,2:150:2", edits="20000@0*0.5")) == [8.0]


def fragments(numbers: list[int], trex: str = "ticks=40 each=10", tables: str = EMPTY, begin: int = 0) -> Probe:
    """Fragments of a second; number 0 leaves the description to the movie."""
    parts = [
        fragment(begin + 1000 * n, "count=25", header=f"described={number}" if number else "")
        for n, number in enumerate(numbers)
    ]
    return probe(build(described(init(tables, trex)) + "".join(parts)))


def test_a_fragment_names_the_description_of_its_samples() -> None:
    assert changes(fragments([1, 2])) == [1.0]
    assert changes(fragments([1, 1, 1, 2, 2, 2, 1])) == [3.0, 6.0]


def test_what_a_fragment_does_not_name_is_the_movies_default() -> None:
    assert changes(fragments([0, 0, 2, 0])) == [2.0, 3.0]
    assert changes(fragments([0, 0, 2, 0], trex="ticks=40 each=10 described=2")) == []
    assert changes(fragments([1, 0, 0], trex="ticks=40 each=10 described=2")) == [1.0]


def test_fragments_go_on_with_another_description_than_the_movies_own_samples() -> None:
    tables = "stts runs=25x40\nstsz each=10 count=25\nstsc runs=1:25:1\nstco at=24\n"
    assert changes(fragments([2, 2], tables=tables, begin=1000)) == [1.0]


def test_fragments_that_count_from_elsewhere_have_their_changes_from_the_begin_of_the_file() -> None:
    assert changes(fragments([1, 1, 2], begin=3_600_000)) == [2.0]


def test_a_hole_before_a_change_is_not_lost() -> None:
    text = described(init()) + fragment(0, "count=25") + fragment(5000, "count=25", header="described=2")
    assert changes(probe(build(text))) == [5.0]


@pytest.mark.parametrize("entries", [A, A + B])
def test_fragments_of_one_description_and_of_several_measure_the_same(entries: str) -> None:
    parts = "".join(fragment(1000 * n, "count=25", header="described=1") for n in range(8))
    found = probe(build(described(init(), entries) + parts))
    assert (found.duration, found.tracks[0].sample_count, changes(found)) == (timedelta(seconds=8), 200, [])


def test_no_more_than_a_thousand_changes_are_listed() -> None:
    rows = ",".join(f"{n}:1:{1 + n % 2}" for n in range(1, 2002))
    offsets = ",".join(["24"] * 2001)
    tables = f"stts runs=2001x40\nstsz each=1 count=2001\nstsc runs={rows}\nstco at={offsets}\n"
    found = changes(probe(movie(described(track(tables=tables)))))
    assert found == [round(0.04 * n, 2) for n in range(1, 1001)]
