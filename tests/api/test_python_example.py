"""docs/examples/inspect_unit.py, run as a user runs it: against a real server, with a token in the environment."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest
from sqlalchemy import select

from app.pushing import understand
from docs import python_example
from domain.access import Role
from domain.audit import Action, Entry, detail_text
from storage.audit import append
from storage.schema.tables import AUDIT_ENTRY, PUSHED_ROW
from tests.api import world
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district, give_token
from tests.serving import served

pytestmark = pytest.mark.slow

NAME_FINDING = "d" * 16
PER_MINUTE = 120


@dataclass(frozen=True, slots=True)
class House:
    client: Client
    address: str

    def token(self, role: Role, unit: str = world.UNIT, per_minute: int = 10_000) -> str:
        with self.client.app.state.house.writing() as connection:
            return give_token(connection, role, unit, per_minute=per_minute)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-W", "error", str(python_example.PAGE), world.UNIT, *words]

    def environment(self, token: str) -> dict[str, str]:
        return {**os.environ, "BWC_URL": self.address, "BWC_TOKEN": token, "PYTHONUTF8": "1"}

    def run(self, token: str, *words: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(token)
        return subprocess.run(
            self.command(*words), env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
        )

    def log(self, subject: str) -> None:
        detail = detail_text(change="opened", rule="missing.no-recording", flag="missing", kind="incident", subject="J")
        entry = Entry("scan:1", Action.VERDICT, subject, world.UNIT, detail)
        with self.client.app.state.house.writing() as connection:
            append(connection, world.NOW, [entry])

    def drop_streams(self) -> None:
        """As a server that is started anew, or a line that is cut."""
        hub = self.client.app.state.hub
        hub._loop.call_soon_threadsafe(hub._drop_all)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with district(tmp_path / "e.db", more_findings=120) as client:
        client.app.state.house = replace(client.app.state.house, understand=understand)
        with served(client.app) as address:
            yield House(client, address)
            client.app.state.hub.end()


def test_it_is_what_the_description_of_the_api_says() -> None:
    """`python -m docs.generate` makes it anew."""
    assert python_example.PAGE.read_text(encoding="utf-8") == python_example.text()


def test_every_open_finding_of_the_unit_is_listed_over_all_pages_and_a_time_line_is_told(house: House) -> None:
    done = house.run(house.token(Role.INSPECTOR))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"a program: inspector, {world.UNIT}"
    assert lines[1].startswith(f"{'a' * 16} incomplete.gap {world.GAPPED} ")  # overdue comes first
    assert len({line.split()[0] for line in lines[1:125]}) == 124  # three of activities, one and 120 of clips
    assert lines[125:] == ["124 open findings", f"{world.GAPPED}: noncompliant, 2 lanes, 1 gaps"]


def test_a_unit_without_findings_and_a_token_that_is_none_are_told(house: House) -> None:
    done = house.run(house.token(Role.INSPECTOR, ELSEWHERE))
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["0 open findings"])
    refused = house.run("bwc_nothing")
    assert refused.returncode == 1
    assert refused.stderr.startswith("401: ")


def test_a_decision_is_sent_once_and_a_second_one_is_told_what_is_there_now(house: House) -> None:
    token = house.token(Role.OFFICER)
    asked = ("--decide", NAME_FINDING, "dismiss", "--reason", "false-alarm", "--note", "已核对录像")
    first, second = house.run(token, *asked), house.run(token, *asked)
    assert first.stdout.splitlines()[-1] == f"{NAME_FINDING} is dismissed, decision 1"
    assert second.returncode == 0
    assert second.stdout.splitlines()[-1].startswith(f"{NAME_FINDING} not decided, it is dismissed: ")
    with house.client.app.state.house.reading() as connection:
        query = select(AUDIT_ENTRY.c.subject).where(AUDIT_ENTRY.c.action == Action.REVIEWED)
        assert list(connection.execute(query).scalars()) == [f"finding:{NAME_FINDING}"]


def test_who_may_not_decide_is_told_so(house: House) -> None:
    done = house.run(house.token(Role.INSPECTOR), "--decide", NAME_FINDING, "confirm", "--note", "x")
    assert done.returncode == 1
    assert done.stderr.startswith("403: ")


def test_it_waits_as_long_as_the_server_says_and_then_goes_on(house: House) -> None:
    token = house.token(Role.INSPECTOR, per_minute=PER_MINUTE)
    state, mine = house.client.app.state.house, house.client.with_token(token)
    sender = mine.get("/api/v1/me").json()["actor"]
    while not state.limiter.wait(sender, PER_MINUTE):
        pass
    done = house.run(token)
    assert done.returncode == 0, done.stderr
    assert "429: waiting 1 s" in done.stderr
    assert "124 open findings" in done.stdout


def test_one_incident_is_pushed_with_the_fields_that_were_named(house: House) -> None:
    token = house.token(Role.ADMINISTRATOR)
    done = house.run(token, "--push", "JQ9", "dispatched_at=2026-11-20 08:05:00", "officers=031021")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "pushed JQ9: scan request 1"
    with house.client.app.state.house.reading() as connection:
        (raw,) = connection.execute(select(PUSHED_ROW.c.raw)).scalars()
    assert raw == {
        "number": "JQ9",
        "unit": world.UNIT,
        "dispatched_at": "2026-11-20 08:05:00",
        "officers": "031021",
    }


def test_events_are_followed_over_a_lost_connection_and_none_is_missed_or_told_twice(house: House) -> None:
    environment = house.environment(house.token(Role.INSPECTOR))
    command = house.command("--follow", "3")
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as program:
        lines: Queue[str] = Queue()
        Thread(target=lambda: [lines.put(line.strip()) for line in program.stdout or ()], daemon=True).start()
        try:
            told_until(lines, "ready")
            house.log(f"finding:{'1' * 16}")
            assert told_until(lines, "finding.opened")
            house.drop_streams()
            house.log(f"finding:{'2' * 16}")
            house.log(f"finding:{'3' * 16}")
            assert program.wait(30) == 0
        finally:
            with suppress(ProcessLookupError):
                program.kill()
    assert [line.split()[0] for line in rest(lines)] == ["finding.opened", "finding.opened"]


def told_until(lines: "Queue[str]", word: str) -> str:
    """The line that begins with a word; fails where it does not come."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(Empty):
            line = lines.get(timeout=1)
            if line.startswith(word):
                return line
    raise AssertionError(f"no line begins with {word}")


def rest(lines: "Queue[str]") -> list[str]:
    time.sleep(0.2)
    return [lines.get_nowait() for _ in range(lines.qsize())]
