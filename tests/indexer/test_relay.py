"""The relay serves one stream, to whoever knows its address, as long as it is needed."""

import http.client
import io
from random import Random
from urllib.parse import urlsplit

import pytest

from indexer.relay import relayed

NOISE = Random(3).randbytes(700_000)


def ask(address: str, path: str | None = None, method: str = "GET", **headers: str) -> tuple[int, bytes, str]:
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        line.request(method, parts.path if path is None else path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Range", "")
    finally:
        line.close()


def test_ranges_are_served_as_asked() -> None:
    with relayed(io.BytesIO(NOISE)) as address:
        assert ask(address) == (200, NOISE, "bytes 0-699999/700000")
        assert ask(address, Range="bytes=500000-") == (206, NOISE[500_000:], "bytes 500000-699999/700000")
        assert ask(address, Range="bytes=10-19")[:2] == (206, NOISE[10:20])
        assert ask(address, Range="bytes=699990-999999999")[:2] == (206, NOISE[-10:])
        assert ask(address, Range="bytes=700000-")[0] == 416
        assert ask(address, method="HEAD")[:2] == (200, b"")


def test_who_does_not_know_the_address_gets_nothing_and_nobody_can_write() -> None:
    with relayed(io.BytesIO(NOISE)) as address:
        secret = urlsplit(address).path
        assert len(secret) > 40
        for path in ("/", "/index.html", secret[:-1], secret + "x", "/../etc/passwd"):
            assert ask(address, path)[0] == 404
        for method in ("PUT", "POST", "DELETE", "OPTIONS"):
            assert ask(address, method=method)[0] == 501


def test_it_is_another_address_each_time_and_gone_afterwards() -> None:
    with relayed(io.BytesIO(NOISE)) as first, relayed(io.BytesIO(NOISE)) as second:
        assert urlsplit(first).path != urlsplit(second).path
        assert urlsplit(first).hostname == "127.0.0.1"
    with pytest.raises(OSError):
        ask(first)


def test_a_fault_of_the_store_breaks_the_answer_off() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 262_144:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with relayed(Failing(NOISE)) as address, pytest.raises(http.client.IncompleteRead):
        ask(address)
