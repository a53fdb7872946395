"""Reading in chunks: nothing lost at the seams, errors where they belong."""

import io

import pytest

from indexer.containers.mpeg.chunks import MARGIN, Chunks

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
