"""The live stream over a real socket: what happens is told within seconds, once, and only to those whose unit it is."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Engine, insert, update

import api.live
import api.routes.events
from domain.audit import Action, Entry, detail_text
from storage.audit import append
from storage.engine import DatabaseSettings, Use, open_engine
from storage.queries.events import MOST, Place, happened_since, here
from storage.schema.tables import FILE, SCAN, STORED
from tests.api import world
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district
from tests.scanning import new_engine

pytestmark = pytest.mark.slow

KEY = "b" * 16


@dataclass(frozen=True, slots=True)
class Told:
    id: str
    kind: str
    data: dict[str, Any]


class Stream:
    """One connection to the stream, read in a thread of its own; HTTP/1.0, so that the body comes as it is."""

    def __init__(self, port: int, client: Client, after: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        lines = ["GET /api/v1/events HTTP/1.0", f"Host: 127.0.0.1:{port}", f"Cookie: {cookies}"]
        lines += [f"Last-Event-ID: {after}"] if after else []
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = dict(iter(self._header, ("", "")))
        self.told: list[Told] = []
        self.text = ""
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _header(self) -> tuple[str, str]:
        name, _, value = self.file.readline().decode().strip().partition(": ")
        return name.lower(), value

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while line := self.file.readline():
                self._take(line.decode())
        self.ended.set()

    def _take(self, line: str) -> None:
        self.text += line
        if line != "\n":
            return
        block, fields = self.text.rsplit("\n\n", 2)[-2], {}
        for one in block.splitlines():
            name, _, value = one.partition(": ")
            fields[name] = value
        if "data" in fields:
            self.told.append(Told(fields["id"], fields["event"], json.loads(fields["data"])))

    def kinds(self) -> list[str]:
        return [one.kind for one in self.told]

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.file.close()
        self.socket.close()


def until(true: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


@dataclass(slots=True)
class House:
    client: Client
    port: int
    server: uvicorn.Server
    thread: threading.Thread
    streams: list[Stream] = field(default_factory=list)

    @property
    def writer(self) -> Engine:
        engine: Engine = self.client.app.state.house.writer
        return engine

    def listen(self, name: str, after: str = "") -> Stream:
        stream = self.stream(self.client.signed_in(name), after)
        assert stream.status == 200
        return stream

    def stream(self, client: Client, after: str = "") -> Stream:
        self.streams.append(Stream(self.port, client, after))
        return self.streams[-1]

    def file(self, number: int, state: str = "arriving") -> None:
        with self.writer.begin() as connection:
            add_file(connection, number, state)

    def log(self, *entries: Entry) -> None:
        with self.writer.begin() as connection:
            append(connection, world.NOW, entries)


def add_file(connection: Any, number: int, state: str = "arriving") -> None:
    seen = {"anchor": f"dock-a:n{number}", "store_id": 1, "first_seen_at": world.NOW}
    connection.execute(insert(FILE).values(id=number, **seen))
    place = {"store_id": 1, "folder": "", "path": f"n{number}.mp4", "size": 1, "modified_at": world.NOW}
    connection.execute(
        insert(STORED).values(file_id=number, state=state, state_at=world.NOW, since_scan=1, until_scan=None, **place)
    )


def opened(unit: str | None = world.UNIT) -> Entry:
    detail = detail_text(change="opened", rule="missing.no-recording", flag="missing", kind="incident", subject="JQ1")
    return Entry("scan:1", Action.VERDICT, f"finding:{KEY}", unit, detail)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with district(tmp_path / "e.db") as client, served(client) as house:
        yield house


@contextmanager
def served(client: Client) -> Iterator[House]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(client.app, log_config=None, ws="none", timeout_graceful_shutdown=3))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert until(lambda: server.started)
        house = House(client, listener.getsockname()[1], server, thread)
        yield house
        for stream in house.streams:
            stream.close()
        client.app.state.hub.end()
        server.should_exit = True
        thread.join(10)


def test_a_fresh_listener_hears_nothing_old_and_all_that_is_new_within_seconds(house: House) -> None:
    house.log(opened())
    stream = house.listen("officer")
    assert until(lambda: stream.kinds() == ["ready"])
    house.file(901)
    house.log(opened())
    assert until(lambda: len(stream.told) == 3, 5)
    assert stream.kinds() == ["ready", "file.arriving", "finding.opened"]
    data = stream.told[2].data
    assert (data["subject"], data["href"], data["unit"], data["mine"]) == ("JQ1", "/incidents/JQ1", world.UNIT, False)
    assert (data["finding"], data["rule"]) == (KEY, "missing.no-recording")
    assert data["text"] == {"zh": "新问题：JQ1", "en": "new finding: JQ1"}
    assert data["at"].startswith("2026-11-23T12:00:00+08:00")


def test_what_happened_while_nobody_was_connected_is_told_once_after_coming_back(house: House) -> None:
    stream = house.listen("officer")
    house.file(901)
    house.file(902)
    assert until(lambda: len(stream.told) == 3)
    place = stream.told[1].id  # the second file was not taken in any more
    stream.close()
    house.file(903)
    house.log(opened())
    again = house.listen("officer", place)
    house.file(904)
    assert until(lambda: len(again.told) == 4)
    time.sleep(1.5)
    names = [one.data["subject"] for one in again.told]
    assert [name for name in names if name != "JQ1"] == ["dock-a:n902.mp4", "dock-a:n903.mp4", "dock-a:n904.mp4"]
    assert names.count("JQ1") == 1


def test_nobody_hears_of_another_units_files_findings_or_decisions(house: House) -> None:
    stranger, officer = house.listen("officer.elsewhere"), house.listen("officer")
    house.file(901)
    house.log(
        opened(), Entry("account:x", Action.REVIEWED, f"finding:{KEY}", world.UNIT, detail_text(decision="confirm"))
    )
    house.log(opened(None))
    assert until(lambda: len(officer.told) == 4)
    house.log(opened(ELSEWHERE))
    assert until(lambda: len(stranger.told) == 2)
    assert stranger.kinds() == ["ready", "finding.opened"]
    assert officer.kinds() == ["ready", "file.arriving", "finding.opened", "review"]
    missed = house.listen("officer.elsewhere", "f0-c0-a0-s1")
    assert until(lambda: len(missed.told) == 1)
    assert [one.data["unit"] for one in missed.told] == [ELSEWHERE]


def test_ones_own_decision_is_marked_so(house: House) -> None:
    stream = house.listen("officer")
    house.log(Entry("account:officer", Action.REVIEWED, f"finding:{KEY}", world.UNIT, detail_text(decision="confirm")))
    assert until(lambda: stream.kinds() == ["ready", "review"])
    assert (stream.told[1].data["mine"], stream.told[1].data["decision"]) == (True, "confirm")


def test_other_links_of_the_log_are_nobodys_business_here(house: House) -> None:
    stream = house.listen("administrator")
    house.log(Entry("account:x", Action.SIGNED_IN, "account:x", world.UNIT), opened())
    assert until(lambda: len(stream.told) == 2)
    assert stream.kinds() == ["ready", "finding.opened"]


def test_an_ended_scan_is_told_to_everybody_a_running_one_to_nobody(house: House) -> None:
    stream = house.listen("officer.elsewhere")
    scan = {"started_at": world.NOW, "host": "h", "process": 1, "claimed_until": world.NOW}
    with house.writer.begin() as connection:
        connection.execute(insert(SCAN).values(id=2, state="running", **scan))
    time.sleep(1.5)
    assert stream.kinds() == ["ready"]
    with house.writer.begin() as connection:
        connection.execute(update(SCAN).where(SCAN.c.id == 2).values(state="complete", finished_at=world.NOW))
    assert until(lambda: stream.kinds() == ["ready", "scan"])


def test_more_than_can_be_told_one_by_one_is_one_word_to_look_again(house: House) -> None:
    stream = house.listen("officer")
    with house.writer.begin() as connection:
        for number in range(MOST + 1):
            add_file(connection, 10_000 + number)
    house.log(opened())
    assert until(lambda: len(stream.told) == 3)
    assert stream.kinds() == ["ready", "reset", "finding.opened"]


def test_a_heart_beat_comes_while_nothing_happens_and_carries_the_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.routes.events, "HEART_BEAT_S", 0.3)
    stream = house.listen("officer.elsewhere")
    house.file(901)  # not for them: but where they come back to is behind it
    with house.writer.connect() as connection:
        place = str(here(connection))
    assert until(lambda: f"id: {place}\n\n" in stream.text)
    assert stream.kinds() == ["ready"]


def test_all_listeners_together_cost_one_look_a_second_and_hold_no_connection(house: House) -> None:
    streams = [house.listen("officer") for _ in range(8)]
    assert until(lambda: all(stream.told for stream in streams))
    hub = house.client.app.state.hub
    before, begun = hub.polls, time.monotonic()
    time.sleep(3)
    assert hub.polls - before <= (time.monotonic() - begun) + 1
    assert until(lambda: house.client.app.state.house.engine.pool.checkedout() == 0, 2)


def test_too_many_streams_of_one_sender_are_refused_and_those_that_leave_make_room(house: House) -> None:
    client = house.client.signed_in("officer")
    streams = [house.stream(client) for _ in range(api.live.MOST_OF_ONE)]
    assert [one.status for one in streams] == [200] * len(streams)
    refused = house.stream(client)
    assert refused.status == 429
    assert refused.headers["retry-after"]
    for stream in streams:
        stream.close()
    assert until(lambda: not house.client.app.state.hub.listeners)
    assert house.stream(client).status == 200


def test_a_listener_that_does_not_take_its_events_is_dropped_and_misses_nothing_when_it_comes_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.live, "HELD", 3)
    slow = house.listen("officer")
    assert until(lambda: slow.kinds() == ["ready"])
    with house.writer.begin() as connection:
        for number in range(901, 951):
            add_file(connection, number)
    assert slow.ended.wait(10)
    again = house.listen("officer", slow.told[-1].id)
    assert until(lambda: len(slow.told) + len(again.told) == 51)
    names = [one.data["subject"] for one in (*slow.told[1:], *again.told)]
    assert names == [f"dock-a:n{number}.mp4" for number in range(901, 951)]


def test_a_server_that_stops_ends_its_streams_at_once(house: House) -> None:
    stream = house.listen("officer")
    assert until(lambda: stream.kinds() == ["ready"])
    house.client.app.state.hub.end()
    assert stream.ended.wait(3)
    assert house.stream(house.client.signed_in("officer")).status == 503


def test_who_may_not_see_who_asks_wrongly_and_who_asks_for_the_head_alone_get_an_answer_that_ends(house: House) -> None:
    assert house.stream(Client(house.client.app)).status == 401
    officer = house.client.signed_in("officer")
    for address in ("/api/v1/events?after=f1", "/api/v1/events?since=1"):
        assert officer.get(address).status_code == 422, address
    head = officer.send("HEAD", "/api/v1/events")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_two_writers_at_once_and_a_reader_between_them_miss_nothing(database_url: str) -> None:
    """Numbers become visible in order: whoever appends to the log waits for the one before."""
    engine = new_engine(database_url)
    world.build(engine)
    reader = open_engine(DatabaseSettings(database_url), Use.READING)
    seen: list[str] = []
    with reader.connect() as connection:
        place = here(connection)
    stop = threading.Event()

    def write(name: str) -> None:
        for number in range(40):
            with engine.begin() as connection:
                append(connection, world.NOW, [Entry(name, Action.PUSHED, f"{name}{number}", world.UNIT)])
                time.sleep(0.002)

    def look() -> None:
        nonlocal place
        last = False
        while not last:
            last = stop.is_set()
            with reader.connect() as connection:
                found, place = happened_since(connection, place, world.NOW)
            seen.extend(one.subject for one in found)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    looker = threading.Thread(target=look)
    for thread in (looker, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    looker.join()
    assert sorted(seen) == sorted(f"{name}{number}" for name in "ab" for number in range(40))
    for one in (engine, reader):
        one.dispose()


def test_an_open_transaction_with_smaller_numbers_is_not_passed_by(database_url: str) -> None:
    """A link that is not committed yet keeps later ones from being written, so nobody can pass it."""
    engine = new_engine(database_url)
    world.build(engine)
    first = engine.connect()
    begun = first.begin()
    append(first, world.NOW, [Entry("a", Action.PUSHED, "first", world.UNIT)])
    later = threading.Thread(target=_append, args=(engine, "second"))
    later.start()
    time.sleep(0.3)
    reader = open_engine(DatabaseSettings(database_url), Use.READING)
    with reader.connect() as connection:
        found, place = happened_since(connection, Place(99, 99, 0, 99), world.NOW)
    assert found == []
    begun.commit()
    first.close()
    later.join()
    with reader.connect() as connection:
        found, _ = happened_since(connection, place, world.NOW)
    assert [one.subject for one in found] == ["first", "second"]
    for one in (engine, reader):
        one.dispose()


def _append(engine: Engine, subject: str) -> None:
    with engine.begin() as connection:
        append(connection, world.NOW, [Entry("b", Action.PUSHED, subject, world.UNIT)])


def test_every_kind_has_its_words_and_a_place_reads_back() -> None:
    from api.words import words
    from storage.queries.events import ACTIONS, RESET, VERDICTS

    kinds = {*ACTIONS.values(), *VERDICTS.values(), RESET, "scan", "clip"}
    kinds |= {f"file.{state}" for state in ("arriving", "present", "missing", "moved", "unreadable")}
    assert {f"event.{kind}" for kind in kinds} <= words().keys()
    assert Place.parse(str(Place(1, 2, 3, 4))) == Place(1, 2, 3, 4)
    assert Place.parse("f1-c2-a3") is None
