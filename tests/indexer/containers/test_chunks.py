"""Reading in chunks: nothing lost at the seams, errors where they belong."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.containers.base import ContainerReader
from indexer.containers.counted import fill
from indexer.containers.mpeg import chunks
from indexer.containers.mpeg.chunks import MARGIN, Chunks, Remembered
from indexer.containers.mpeg.program import ProgramReader
from indexer.containers.mpeg.transport import TransportReader
from tests.golden import media
from tests.indexer.containers.films import Counting, read_by

DATA = bytes(range(251)) * 400


@pytest.mark.parametrize("size", [1000, 4096, 33_333, len(DATA), len(DATA) + 1])
@pytest.mark.parametrize("begin", [0, 7, 4096])
@pytest.mark.parametrize("left", [0, 5, 600])
def test_chunks_are_the_file_with_what_is_left_in_front(size: int, begin: int, left: int) -> None:
    source, found = Chunks(io.BytesIO(DATA), begin, len(DATA), size, 600), b""
    lasts = []
    for data, last in source.read():
        content = data[:-MARGIN].tobytes()
        assert data[-MARGIN:].max() == 0
        kept = 0 if last else min(left, len(content))
        source.carry(data[len(content) - kept : len(content)])
        found += content[: len(content) - kept]
        lasts.append(last)
    assert found == DATA[begin:]
    assert lasts == [False] * (len(lasts) - 1) + [True]


def test_an_end_before_the_files_own_is_kept() -> None:
    whole = b"".join(data[:-MARGIN].tobytes() for data, _ in Chunks(io.BytesIO(DATA), 100, 5000, 1000, 0).read())
    assert whole == DATA[100:5000]


class Failing(io.BytesIO):
    """A store that goes away."""

    def readinto(self, buffer: object) -> int:
        if self.tell() >= 8000:
            raise OSError(5, "Input/output error")
        return super().readinto(buffer)  # type: ignore[arg-type]


def test_an_error_of_the_store_comes_out_of_the_reading() -> None:
    with pytest.raises(OSError, match="Input/output error"):
        list(Chunks(Failing(DATA), 0, len(DATA), 4000, 0).read())


@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(0, 3000), st.lists(st.integers(0, 900), max_size=4), st.booleans()), max_size=8),
)
def test_what_is_remembered_is_what_is_in_the_file(head: int, reads: list[tuple[int, list[int], bool]]) -> None:
    whole = DATA[:2500]
    stream, plain = Remembered(Counting(whole), whole[:head]), io.BytesIO(whole)
    for at, lengths, learning in reads:
        stream.learning = learning
        stream.seek(at)
        plain.seek(at)
        for length in lengths:
            found = bytearray(length)
            count = fill(stream, memoryview(found))
            assert bytes(found[:count]) == plain.read(length)
            assert stream.tell() == plain.tell()


def test_what_was_learnt_is_not_read_again_and_there_is_a_bound_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_KEPT", 300)
    beneath = Counting(DATA)
    stream = Remembered(beneath, DATA[:100])
    stream.learning = True
    for _ in range(2):
        stream.seek(0)
        for _ in range(6):
            fill(stream, memoryview(bytearray(100)))
    assert beneath.count == 500 + 300  # all behind the head, then what is behind three hundred bytes


@pytest.mark.parametrize(
    ("reader", "name"),
    [(TransportReader(), "plain.ts"), (TransportReader(), "plain.m2ts"), (ProgramReader(), "h264.vob")],
    ids=["ts", "m2ts", "vob"],
)
def test_a_stream_is_read_once_from_its_first_byte_to_its_last(reader: ContainerReader, name: str) -> None:
    """But for what the readers are given of it."""
    data = media.clip(name).read_bytes()
    found, count = read_by(reader, data)
    assert found.playable
    assert count == len(data) - 4096
