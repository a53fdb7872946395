"""Ranges as RFC 9110 says; streams are bounded, end with their player, and pass for whole only when they are."""

import asyncio
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import create_engine, update
from starlette.types import Message

from api.ranges import Part, Unsatisfiable, asked_part, still_wanted
from api.streaming import PIECE, Sending, Streamed, Streams
from storage.schema.tables import STORED
from tests.api.conftest import application
from tests.api.films import OTHER
from tests.api.world import MINUTE, NOW


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=10-", Part(10, 100)),
        ("bytes=90-200", Part(90, 100)),
        ("bytes=-30", Part(70, 100)),
        ("bytes=-300", Part(0, 100)),
        ("BYTES = 5-9 ", Part(5, 10)),
        ("bytes=9-5", None),  # invalid: as if it had not been sent
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("lines=0-5", None),
        ("bytes=0-5,10-15", None),  # several: the whole
        ("bytes=" + ",".join(["0-"] * 10_000), None),
        ("bytes=0-" + "9" * 20, Part(0, 100)),
        ("bytes=0-" + "9" * 150, None),
        ("bytes=٣-٥", None),
        ("bytes=+1-5", None),
    ],
)
def test_a_range_header_asks_for_one_part_or_for_the_whole(header: str | None, expected: Part | None) -> None:
    assert asked_part(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=99999999999999999999-", "bytes=-0"])
def test_a_range_after_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked_part(header, 100)


def test_nothing_of_an_empty_file_can_be_asked_for() -> None:
    for header in ("bytes=0-", "bytes=-5"):
        with pytest.raises(Unsatisfiable):
            asked_part(header, 0)


def test_a_range_counts_only_for_the_very_same_bytes() -> None:
    assert still_wanted(None, '"a"')
    assert still_wanted('"a"', '"a"')
    for other in ('"b"', 'W/"a"', "Thu, 26 Nov 2026 00:00:00 GMT"):
        assert not still_wanted(other, '"a"')


class Player:
    """The other end of a stream: takes messages, or goes away."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.gone = asyncio.Event()
        self.slow = asyncio.Event()
        self.slow.set()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        await self.slow.wait()

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.messages)

    @property
    def complete(self) -> bool:
        return self.messages[-1].get("more_body", False) is False and self.messages[-1]["type"] == "http.response.body"


def streamed(path: Path, size: int, streams: Streams | None = None, who: str = "a") -> Streamed:
    return Streamed(Sending(path.open("rb", buffering=0), Part(0, size), who), streams or Streams(), 200, {})


async def sent(answer: Streamed, player: Player, **scope: Any) -> None:
    await answer({"type": "http", **scope}, player.receive, player.send)


def test_a_file_that_becomes_shorter_while_it_is_sent_never_looks_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(3 * PIECE))
    player = Player()

    async def run() -> None:
        player.slow.clear()
        sending = asyncio.create_task(sent(streamed(path, 3 * PIECE), player))
        while not player.messages:
            await asyncio.sleep(0.01)
        os.truncate(path, PIECE)
        player.slow.set()
        await sending

    asyncio.run(run())
    assert len(player.body) == PIECE
    assert not player.complete


def test_nothing_is_read_for_a_player_that_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100 * PIECE))
    player, streams = Player(), Streams()

    async def run() -> None:
        player.slow.clear()
        sending = asyncio.create_task(sent(streamed(path, 100 * PIECE, streams), player))
        while len(player.messages) < 1:
            await asyncio.sleep(0.01)
        player.gone.set()
        await asyncio.wait_for(sending, 5)

    asyncio.run(run())
    assert len(player.body) < 100 * PIECE
    assert streams.sent.total() == 0


def test_a_player_that_takes_nothing_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(2 * PIECE))
    player, streams = Player(), Streams(stall=0.1)

    async def run() -> None:
        answer = streamed(path, 2 * PIECE, streams)

        async def send(message: Message) -> None:
            player.messages.append(message)
            if message["type"] == "http.response.body":
                await asyncio.sleep(60)

        await asyncio.wait_for(answer({"type": "http"}, player.receive, send), 5)

    asyncio.run(run())
    assert not player.complete
    assert streams.sent.total() == 0


def test_only_so_many_are_sent_at_once_and_so_many_to_one_person(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    streams = Streams(most=3, most_each=2)

    async def run() -> list[Player]:
        players = [Player() for _ in range(5)]
        tasks = []
        for player, who in zip(players, ("a", "a", "a", "b", "c"), strict=True):
            player.slow.clear()
            tasks.append(asyncio.create_task(sent(streamed(path, 10, streams, who), player)))
            await asyncio.sleep(0.02)
        for player in players:
            player.slow.set()
        await asyncio.gather(*tasks)
        return players

    players = asyncio.run(run())
    assert [player.messages[0]["status"] for player in players] == [200, 200, 503, 200, 503]
    headers = dict(players[2].messages[0]["headers"])
    assert headers[b"retry-after"] == b"5"
    assert streams.sent.total() == 0


@pytest.mark.slow
def test_pages_answer_while_slow_players_hold_every_stream(tmp_path: Path) -> None:
    """A real server: more players than the pool has database connections take nothing, and the list still comes."""
    with application(tmp_path / "films.db", films=True) as app, socket.socket() as listener:
        big = tmp_path / "dock-a" / OTHER
        with big.open("r+b") as file:
            file.truncate(60_000_000)
        listed = app.state.house
        os.utime(big, ((NOW - MINUTE).timestamp(),) * 2)
        writer = create_engine(f"sqlite:///{tmp_path / 'films.db'}")
        with writer.begin() as connection:
            connection.execute(update(STORED).where(STORED.c.file_id == 3).values(size=60_000_000))
        writer.dispose()
        listed.streams.most, listed.streams.most_each = 40, 40
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        request = f"GET /api/v1/media/3 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        players = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
        try:
            for player in players:
                player.sendall(request)
                assert player.recv(16).startswith(b"HTTP/1.1 200")
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/findings?limit=1", timeout=10)
            assert answer.status_code == 200
        finally:
            for player in players:
                player.close()
            server.should_exit = True
            thread.join(10)
