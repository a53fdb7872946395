"""Samples of fragments that can be decoded alone: by the flags of rows, runs, fragments and the movie."""

import itertools
import struct
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.media import Probe
from indexer.containers.isobmff import fragments
from indexer.containers.isobmff.reader import IsoBmffReader
from tests.boxes import build, steady, track
from tests.indexer.containers.films import read_by
from tests.indexer.containers.test_isobmff import probe, s
from tests.indexer.containers.test_isobmff_fragments import fragment, init

ALONE, BLOCKED, DEPENDS = 0x0200_0000, 0x0001_0000, 0x0100_0000
LAYOUT = struct.Struct(">I4s")


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return LAYOUT.pack(8 + len(content), kind) + content


@dataclass(frozen=True)
class Run:
    """Samples of 40 ms: flags in each row, of the first sample, and of the fragment (None: not stated)."""

    samples: int
    rows: tuple[int, ...] | None = None
    first: int | None = None
    usual: int | None = None

    def stands_alone(self, movies: int) -> list[bool]:
        """By § 8.8.7 and § 8.8.8, sample by sample."""
        usual = movies if self.usual is None else self.usual
        flags = list(self.rows) if self.rows is not None else [usual] * self.samples
        if self.rows is None and self.first is not None:
            flags[0] = self.first
        return [not one & (BLOCKED | DEPENDS) for one in flags]

    def moof(self, number: int) -> bytes:
        flags = (0x400 if self.rows is not None else 0) | (0x4 if self.first is not None else 0)
        content = struct.pack(">II", flags, self.samples)
        content += struct.pack(">I", self.first) if self.first is not None else b""
        content += struct.pack(f">{self.samples}I", *self.rows) if self.rows is not None else b""
        tfhd = struct.pack(">II", 0x20000 | (0x20 if self.usual is not None else 0), 1)
        tfhd += struct.pack(">I", self.usual) if self.usual is not None else b""
        time = box(b"tfdt", struct.pack(">IQ", 0x0100_0000, number * 40))
        traf = box(b"traf", box(b"tfhd", tfhd), time, box(b"trun", content))
        return box(b"moof", box(b"mfhd", bytes(8)), traf) + box(b"mdat", bytes(self.samples * 10))


def recording(runs: list[Run], movies: int = BLOCKED, head: str = "") -> bytes:
    data = bytearray(build(head or init()))
    at = data.index(b"trex") + 24
    struct.pack_into(">I", data, at, movies)
    number = 25 if head else 0
    for run in runs:
        data += run.moof(number)
        number += run.samples
    return bytes(data)


def measured(data: bytes, together: int = 1) -> Probe:
    before, fragments.FEWEST = fragments.FEWEST, together
    try:
        return read_by(IsoBmffReader(), data)[0]
    finally:
        fragments.FEWEST = before


BOTH = pytest.mark.parametrize("together", [1, 1 << 30], ids=["side by side", "one by one"])


def spacing(data: bytes, together: int = 1) -> timedelta | None:
    found = measured(data, together)
    assert found.video is not None
    assert found.problems == ()
    return found.video.sync_spacing


CASES: dict[str, tuple[Run, int, float | None]] = {
    "the first of each, as said of it": (Run(25, first=ALONE, usual=BLOCKED), 0, 1.0),
    "the first of each, by rows": (Run(25, rows=(ALONE, *(BLOCKED,) * 24)), 0, 1.0),
    "two of each, by rows": (Run(50, rows=(ALONE, *(BLOCKED,) * 24) * 2), 0, 1.0),
    "the movie's flags hold for the others": (Run(10, first=0), BLOCKED, 0.4),
    "the fragment's own beat the movie's": (Run(10, first=0, usual=BLOCKED), 0, 0.4),
    "a picture that depends on others does not stand alone": (Run(10, first=ALONE, usual=DEPENDS), 0, 0.4),
    "all of them": (Run(25, usual=ALONE), BLOCKED, 0.04),
    "none": (Run(25), BLOCKED, None),
    "rows count more than the first sample's": (Run(4, rows=(BLOCKED, 0, BLOCKED, BLOCKED), first=0), 0, 0.16),
}


@BOTH
@pytest.mark.parametrize("case", CASES)
def test_flags_say_which_samples_can_be_decoded_alone(case: str, together: int) -> None:
    run, movies, expected = CASES[case]
    assert spacing(recording([run] * 6, movies), together) == (None if expected is None else s(expected))


@BOTH
def test_of_an_even_number_of_distances_the_mean_of_the_middle_two_counts(together: int) -> None:
    """All but the first of three: distances of 40 and 80 ms by turns, and the last run has one sample less."""
    whole, last = Run(3, first=BLOCKED, usual=0), Run(2, first=BLOCKED, usual=0)
    assert spacing(recording([whole] * 3), together) == s(0.04)
    assert spacing(recording([whole, whole, last]), together) == s(0.06)


@BOTH
def test_the_movies_own_samples_come_first(together: int) -> None:
    """One second in the movie with its first picture marked, then fragments that begin with one."""
    head = init(steady("25x40", 25) + "stss hex=000000000000000100000001\n")
    assert spacing(recording([Run(25, first=0, usual=BLOCKED)] * 5, head=head), together) == s(1)


def test_a_movie_that_says_nothing_of_a_track_lets_none_stand_alone() -> None:
    text = init().replace("trex ", "trex id=7 ") + "".join(
        fragment(n * 1000, "count=25 ticks=" + "40," * 24 + "40") for n in range(5)
    )
    found = probe(build(text))
    assert found.video is not None
    assert found.video.sync_spacing is None


def test_sound_has_no_distance_of_pictures() -> None:
    text = init().replace(
        track(tables="stts\nstsz\nstsc\nstco\n"), track("soun", "mp4a", 8000, "stts\nstsz\nstsc\nstco\n")
    )
    found = probe(build(text + "".join(fragment(n * 1000, "count=25") for n in range(5))))
    assert found.audio is not None
    assert found.audio.sync_spacing is None


FLAGS = st.sampled_from([0, ALONE, BLOCKED, DEPENDS, BLOCKED | DEPENDS])


@st.composite
def run(draw: st.DrawFn) -> Run:
    samples = draw(st.integers(1, 6))
    rows = draw(st.none() | st.lists(FLAGS, min_size=samples, max_size=samples).map(tuple))
    return Run(samples, rows, draw(st.none() | FLAGS), draw(st.none() | FLAGS))


RUNS = st.lists(run(), min_size=4, max_size=12)


@settings(deadline=None, max_examples=20)
@given(RUNS, FLAGS)
def test_the_distance_is_the_middle_one_of_those_counted_sample_by_sample(runs: list[Run], movies: int) -> None:
    counted(runs, movies)


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(RUNS, FLAGS)
def test_the_distance_is_the_middle_one_in_many_recordings(runs: list[Run], movies: int) -> None:
    counted(runs, movies)


def counted(runs: list[Run], movies: int) -> None:
    marks = [mark for one in runs for mark in one.stands_alone(movies)]
    places = [number for number, mark in enumerate(marks) if mark]
    steps = sorted(after - before for before, after in itertools.pairwise(places))
    middle = (steps[(len(steps) - 1) // 2] + steps[len(steps) // 2]) * 20 if steps else None
    data = recording(runs, movies)
    for together in (1, 1 << 30):
        expected = None if middle is None else timedelta(milliseconds=middle)
        assert spacing(data, together) == expected
