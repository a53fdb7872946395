"""Bodies that are too large, lie about their length, or never come."""

import asyncio
from typing import Any

import pytest

from api import security
from api.security import LARGEST_BODY, LARGEST_TEXT, Guard

FORM = (b"content-type", b"multipart/form-data; boundary=x")
SCOPE = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"127.0.0.1")]}


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reads its whole body and answers with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def asked(pieces: list[bytes], *headers: tuple[bytes, bytes], wait: float = 0.0) -> tuple[int | None, bytes, int]:
    """Status, body, and how many pieces were taken."""
    sent: list[dict[str, Any]] = []
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(wait)
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {**SCOPE, "headers": [*SCOPE["headers"], *headers]}
    asyncio.run(Guard(application)(scope, receive, send))
    status = next((one["status"] for one in sent if one["type"] == "http.response.start"), None)
    return status, b"".join(one.get("body", b"") for one in sent), len(pieces) - len(left)


def test_a_body_of_the_largest_size_is_taken() -> None:
    assert asked([b"x" * LARGEST_BODY], FORM)[:2] == (200, str(LARGEST_BODY).encode())
    assert asked([b"x" * LARGEST_TEXT])[:2] == (200, str(LARGEST_TEXT).encode())


@pytest.mark.parametrize("kind", [b"application/json", b"application/x-www-form-urlencoded", b"", b"text/plain"])
def test_only_a_form_with_a_file_may_be_as_large_as_a_file(kind: bytes) -> None:
    status, body, _ = asked([b"x" * (LARGEST_TEXT + 1)], (b"content-type", kind))
    assert (status, str(LARGEST_TEXT).encode() in body) == (413, True)


def test_a_body_that_says_it_is_too_large_is_refused_before_any_of_it_is_read() -> None:
    status, body, taken = asked([b"x"], FORM, (b"content-length", str(LARGEST_BODY + 1).encode()))
    assert (status, taken) == (413, 0)
    assert b"expected at most" in body


@pytest.mark.parametrize("said", [b"1", b"-5", b"abc", b"9" * 40])
def test_a_body_that_lies_about_its_length_is_cut_off(said: bytes) -> None:
    status, _, taken = asked([b"x" * (LARGEST_BODY // 2)] * 6, FORM, (b"content-length", said))
    assert status == 413
    assert taken <= 3


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SLOWEST_S", 0.05)
    assert asked([b"a", b"b"], wait=5.0)[0] is None


def test_a_body_that_comes_drop_by_drop_ends_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "LONGEST_S", 0.1)
    status, _, taken = asked([b"a"] * 100, wait=0.01)
    assert (status, taken < 50) == (None, True)
