"""A stream over ranges reads what the object holds, and asks for little."""

import io
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.stores.object_stream import HEAD, JUMP, MOST_AHEAD, ObjectStream, Ranges

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class Served:
    """An object, and every range that was asked of it."""

    def __init__(self, content: bytes) -> None:
        self.content, self.asked = content, []

    def fetch(self, begin: int, end: int) -> bytes:
        assert 0 <= begin < end <= len(self.content)
        self.asked.append((begin, end))
        return self.content[begin:end]

    def stream(self) -> ObjectStream:
        return ObjectStream(Ranges(len(self.content), LONG_AGO, self.fetch, self.content[:HEAD]))

    @property
    def bytes(self) -> int:
        return sum(end - begin for begin, end in self.asked)


STEPS = st.lists(st.tuples(st.integers(0, 120_000), st.integers(-1, 70_000)), max_size=12)
NOISE = Random(1).randbytes(100_000)


@given(st.integers(0, 100_000), STEPS)
def test_any_reading_gives_the_bytes_of_the_object(size: int, steps: list[tuple[int, int]]) -> None:
    served, plain = Served(NOISE[:size]), io.BytesIO(NOISE[:size])
    stream = served.stream()
    for place, length in steps:
        assert stream.seek(place) == plain.seek(place)
        assert stream.read(length) == plain.read(length)
        assert stream.tell() == plain.tell()


def test_the_head_costs_nothing_more_and_a_jump_little() -> None:
    served = Served(bytes(100_000_000))
    stream = served.stream()
    stream.read(HEAD)
    assert served.asked == []
    stream.seek(50_000_000)
    stream.read(16)
    stream.read(1000)
    assert served.asked == [(50_000_000 - 50_000_000 % 512, 50_000_000 + JUMP)]


def test_the_end_comes_as_a_whole() -> None:
    served = Served(bytes(100_000_000))
    stream = served.stream()
    stream.seek(-200_000, io.SEEK_END)
    for _ in range(20):
        stream.read(10_000)
    assert served.asked == [(99_800_000 - 99_800_000 % 512, 100_000_000)]


def test_a_step_over_an_index_at_the_beginning_brings_the_index_along() -> None:
    served = Served(bytes(100_000_000))
    stream = served.stream()
    stream.seek(200_000)
    stream.read(8)
    stream.seek(HEAD)
    stream.read(180_000)
    assert served.asked == [(HEAD, 200_000 + JUMP)]


def test_reading_on_asks_for_ever_more_at_a_time_within_a_bound() -> None:
    served = Served(bytes(30_000_000))
    stream = served.stream()
    while stream.read(1 << 20):
        pass
    lengths = [end - begin for begin, end in served.asked]
    assert served.bytes == 30_000_000 - HEAD
    assert len(lengths) < 40
    assert max(lengths) <= MOST_AHEAD


def test_headers_a_few_kilobytes_apart_are_read_in_one_pass_and_not_one_by_one() -> None:
    served = Served(bytes(20_000_000))
    stream = served.stream()
    for place in range(0, 20_000_000, 7000):
        stream.seek(place)
        stream.read(32)
    assert len(served.asked) < 16


def test_one_large_read_is_cut_into_requests_of_a_bounded_size() -> None:
    served = Served(bytes(50_000_000))
    assert len(served.stream().read()) == 50_000_000
    assert max(end - begin for begin, end in served.asked) <= 16 << 20


def test_less_than_was_asked_for_is_an_error_and_never_the_end_of_the_file() -> None:
    stream = ObjectStream(Ranges(1000, LONG_AGO, lambda begin, end: bytes(end - begin - 1), b""))
    with pytest.raises(OSError, match="expected 1000 bytes at 0, got 999"):
        stream.read(10)


def test_a_closed_stream_gives_nothing_and_a_place_before_the_beginning_is_refused() -> None:
    stream = Served(b"abc").stream()
    with pytest.raises(OSError, match="before the beginning"):
        stream.seek(-1)
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)
