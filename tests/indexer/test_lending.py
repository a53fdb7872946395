"""A stream that is no file is lent to a helper over a line: all of its bytes, its faults, and nothing else."""

import io
import os
import socket
import threading
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.guard import Guard, harmless
from indexer.lending import Borrowed, borrowed, lent

NOISE = Random(2).randbytes(5000)


class NoFile(io.BytesIO):
    """Bytes that lie in no file; a read at `fault` fails."""

    fault = -1

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() == self.fault:
            raise OSError(5, "told by the store")
        return super().read(size)


def look(stream: object, request: object) -> object:
    """In the helper: what can be read of the stream, and what the environment still holds."""
    if request == "environment":
        return sorted(name for name in os.environ if "SECRET" in name or name.startswith("AWS"))
    place, length = request  # type: ignore[misc]
    stream.seek(place)  # type: ignore[attr-defined]
    return stream.read(length)  # type: ignore[attr-defined]


@given(st.lists(st.tuples(st.integers(0, 6000), st.integers(-1, 6000)), max_size=8), st.integers(0, 5000))
def test_any_reading_over_the_line_gives_the_bytes(steps: list[tuple[int, int]], size: int) -> None:
    plain = io.BytesIO(NOISE[:size])
    with lent(NoFile(NOISE[:size])) as one, Borrowed(socket.socket(fileno=os.dup(one.descriptor))) as stream:
        assert stream.seek(0, io.SEEK_END) == size
        for place, length in steps:
            assert (stream.seek(place), plain.seek(place)) == (place, place)
            assert stream.read(length) == plain.read(length)


@pytest.mark.slow
def test_a_helper_reads_a_stream_that_is_no_file_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "MY_SECRET", "BWC_DATABASE_PASSWORD", "PGPASSWORD"):
        monkeypatch.setenv(name, "hidden")
    guard = Guard(f"{__name__}:look", grace=1.0)
    try:
        stream = NoFile(NOISE)
        with lent(stream) as one:
            assert guard.ask(one.descriptor, (1000, 2000), 20) == NOISE[1000:3000]
        assert not stream.closed
        stream.fault = 100
        with lent(stream) as one, pytest.raises(OSError, match="Input/output error"):
            guard.ask(one.descriptor, (100, 10), 20)
        with lent(stream) as one:
            assert guard.ask(one.descriptor, "environment", 20) == []
    finally:
        guard.end()


def test_what_holds_secrets_is_taken_out_of_an_environment_and_nothing_else() -> None:
    kept = {"PATH": "/bin", "HOME": "/", "LANG": "C", "PYTHONPATH": "x", "TMPDIR": "t", "BWC_CONFIG": "c"}
    secret = ("AWS_ACCESS_KEY_ID", "aws_session_token", "BWC_DATABASE_URL", "BWC_DATABASE_PASSWORD", "PGPASSFILE")
    secret += ("OIDC_CLIENT_SECRET", "SMTP_PASSWORD", "GOOGLE_APPLICATION_CREDENTIALS", "X_API_KEY")
    assert harmless(kept | dict.fromkeys(secret, "hidden")) == kept


def test_a_borrower_whose_lender_is_gone_has_an_error_and_not_the_end_of_the_file() -> None:
    with lent(NoFile(NOISE)) as one:
        stream = borrowed(os.dup(one.descriptor))
        assert stream.read(10) == NOISE[:10]
    with stream, pytest.raises(OSError):
        stream.read(10)


def test_nothing_of_a_loan_is_left_over() -> None:
    before = threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH208, PTH112
    for _ in range(20):
        with lent(NoFile(NOISE)):
            pass
    after = threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH208, PTH112
    assert after == before
