"""Every shipped family on real-looking names: the intended one reads each, and nothing can hold up the reading."""

import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.filenames import NameFields, compile_patterns, read_name
from indexer.name_patterns import BUILT_IN, MEDIA_EXTENSIONS
from tests.indexer.name_corpus import CORPUS, OF_NO_FAMILY
from tests.statements import english

PATTERNS = compile_patterns([])
NAMES = [(family, path, said) for family, names in CORPUS.items() for path, said in names.items() if said != "no"]


def test_every_shipped_family_has_at_least_six_names_here_in_the_order_in_which_they_are_tried() -> None:
    assert list(CORPUS) == [pattern.name for pattern in BUILT_IN]
    assert {family: len(names) for family, names in CORPUS.items() if len(names) < 6} == {}


@pytest.mark.parametrize(("family", "path", "said"), NAMES, ids=[path for _, path, _ in NAMES])
def test_the_intended_family_reads_what_the_name_says(family: str, path: str, said: str) -> None:
    fields = read_name(path, PATTERNS)
    assert fields is not None
    assert fields.pattern == family
    assert bool(fields.doubt) == ("copied" in said.split())
    for word in said.split():
        _holds(fields, word)


def _holds(fields: NameFields, word: str) -> None:
    """One word of what a name says: a field, a time, a copy, minutes only."""
    if word == "copied":
        assert "copy mark" in english(fields.doubt)
    elif word == "minute":
        assert fields.resolution == timedelta(minutes=1)
    elif "=" in word:
        name, value = word.split("=")
        found = getattr(fields, name)
        assert ",".join(found) == value if isinstance(found, tuple) else str(found) == value
    else:
        times = [time.isoformat().replace("+00:00", "Z") for time in (fields.start, fields.end) if time]
        assert word in times


@pytest.mark.parametrize("path", OF_NO_FAMILY)
def test_a_name_that_states_too_little_is_of_no_family(path: str) -> None:
    assert read_name(path, PATTERNS) is None


@pytest.mark.parametrize(("family", "path", "said"), NAMES, ids=[path for _, path, _ in NAMES])
def test_a_second_family_that_fits_a_name_never_says_another_time(family: str, path: str, said: str) -> None:
    """A name may fit a later, looser family too; taking that one would lose something, never say something else."""
    first = read_name(path, PATTERNS)
    assert first is not None
    others = [
        _on_the_clock(read) for pattern in PATTERNS if pattern.name != family and (read := read_name(path, [pattern]))
    ]
    starts, ends = {start for start, _ in others if start}, {end for _, end in others if end}
    start, end = _on_the_clock(first)
    assert start is None or starts <= {start}
    assert end is None or ends <= {end}


def _on_the_clock(fields: NameFields) -> tuple[datetime | None, datetime | None]:
    """Start and end as figures: that Axis names are UTC, only their folders tell."""
    start, end = (time and time.replace(tzinfo=None) for time in (fields.start, fields.end))
    return start, end


FRAGMENTS = st.sampled_from(
    "20240115143025 2024-01-15 14-30-25 _ - / 1234567 031021 张三 CH1 [R] (1) A . hiv00001 DSJ Axon_Body_3_Video_ REC_ "
    "\uff11 S09-30-00 E ~ Z IMP 副本".split(" ")
)


@settings(deadline=None)
@given(
    st.lists(FRAGMENTS | st.text(max_size=4), max_size=24).map("".join),
    st.sampled_from([f".{extension}" for extension in MEDIA_EXTENSIONS] + ["", ".txt"]),
)
def test_no_name_raises_and_what_is_read_is_consistent(name: str, extension: str) -> None:
    fields = read_name(name + extension, PATTERNS)
    if fields is not None and fields.start is not None and fields.end is not None:
        assert fields.start <= fields.end


HOSTILE = [
    *("2", "20240115143025_", "2024-01-15 14-30-2", "1234567_", "A1", "A1_", "a/", "2026-11-20/031021/", "[R]", "(1)"),
    *("张三_", "CH1_", "_", "-", ".", "1.1.1.1_", " - 副本", "copy ", "DSJ-", "\uff11", "\u0301\u0316", "20240115/"),
    *("x-", "00.00.00-", "S09-30-00E", "GX01", "VID_", "2024_", "20240115143025-20240115153025~", "12:30:"),
]


@pytest.mark.parametrize("part", HOSTILE)
@pytest.mark.parametrize("end", ["", ".mp4", "x.mp4", "_20240115143025.mp4", "/20240115143025.mp4"])
def test_ten_thousand_characters_are_read_within_fifty_milliseconds(part: str, end: str) -> None:
    name = (part * 10_000)[: 10_000 - len(end)] + end
    assert min(_seconds(name) for _ in range(3)) < 0.05


def _seconds(name: str) -> float:
    """Of this thread alone: other work on the machine does not count."""
    begun = time.thread_time()
    read_name(name, PATTERNS)
    return time.thread_time() - begun


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(FRAGMENTS, min_size=1, max_size=4).map("".join), FRAGMENTS, st.sampled_from([".mp4", ".avi", "x"]))
def test_the_time_grows_with_the_length_and_not_with_its_square(part: str, head: str, end: str) -> None:
    """Four times the length is four times the time; sixteen times would be the square. Noise is allowed for."""
    short, long = (head + (part * size)[:size] + end for size in (10_000, 40_000))
    quick, slow = (min(_seconds(name) for _ in range(5)) for name in (short, long))
    assert slow < 10 * quick + 0.03
