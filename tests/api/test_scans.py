"""Scans asked for: within one's units, once, taken together, and what became of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import scan_requests
from storage.schema.tables import AUDIT_ENTRY, STORED
from tests.api import world
from tests.api.client import Client
from tests.api.people import district

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "s.db") as client:
        yield client


def ask(client: Client, **body: Any) -> Any:
    return client.send("POST", "/api/v1/scans", {"x-csrf-token": client.csrf()}, json=body)


def test_a_request_is_waiting_then_running_then_done_with_its_scan(house: Client) -> None:
    officer = house.signed_in("officer")
    answer = ask(officer, stores=["dock-a"])
    assert answer.status_code == 202, answer.text
    row = answer.json()
    assert (row["state"], row["stores"], row["scan"]) == ("waiting", ["dock-a"], None)
    writing, address = house.app.state.house.writing, f"/api/v1/scan-requests/{row['id']}"
    with writing() as connection:
        wanted = scan_requests.take(connection, world.NOW)
        assert scan_requests.take(connection, world.NOW) is None
    assert wanted is not None
    assert officer.get(address).json()["state"] == "running"
    with writing() as connection:
        scan_requests.note_scan(connection, wanted.ids, 1)
    assert (officer.get(address).json()["state"], officer.get(address).json()["scan"]) == ("done", 1)


def test_several_requests_become_one_scan_of_all_their_stores(house: Client) -> None:
    officer = house.signed_in("officer")
    ask(officer, stores=["dock-a"])
    ask(officer, stores=["rooms"], confirmed=["rooms"])
    with house.app.state.house.writing() as connection:
        scan_requests.ask_scan(connection, world.NOW, "token:1", [scan_requests.NO_STORE])
        wanted = scan_requests.take(connection, world.NOW)
    assert wanted is not None
    assert (len(wanted.ids), wanted.confirmed) == (3, {"rooms"})
    assert wanted.only - {scan_requests.NO_STORE} == {"dock-a", "rooms"}


def test_a_request_for_everything_among_them_makes_it_a_scan_of_everything(house: Client) -> None:
    with house.app.state.house.writing() as connection:
        scan_requests.ask_scan(connection, world.NOW, "a", ["dock-a"])
        scan_requests.ask_scan(connection, world.NOW, "b")
        wanted = scan_requests.take(connection, world.NOW)
    assert wanted is not None
    assert wanted.only == frozenset()


def test_who_names_no_store_asks_for_those_of_their_units_and_the_log_says_so(house: Client) -> None:
    officer = house.signed_in("officer")
    assert ask(officer).json()["stores"] == ["dock-a", "rooms"]
    with house.app.state.house.reading() as connection:
        entry = connection.execute(select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.action == "scan.asked")).one()
    assert (entry.actor, entry.unit) == ("account:officer", world.UNIT)


def test_a_store_of_another_unit_is_not_there_for_asking_or_looking(house: Client) -> None:
    row = ask(house.signed_in("officer"), stores=["dock-a"]).json()
    stranger = house.signed_in("officer.elsewhere")
    assert ask(stranger, stores=["dock-a"]).status_code == 404
    assert ask(stranger, confirmed=["dock-a"]).status_code == 404
    assert ask(stranger, stores=["nothing"]).status_code == 404
    assert stranger.get(f"/api/v1/scan-requests/{row['id']}").status_code == 404
    assert stranger.get("/api/v1/scan-requests").json() == {"items": []}


def test_a_role_without_the_right_and_a_request_without_the_token_are_refused(house: Client) -> None:
    assert ask(house.signed_in("inspector")).status_code == 403
    officer = house.signed_in("officer")
    assert officer.send("POST", "/api/v1/scans", {}, json={}).status_code == 403
    assert ask(officer, everything=True).status_code == 422


def test_what_a_scan_that_died_had_taken_waits_again(house: Client) -> None:
    with house.app.state.house.writing() as connection:
        scan_requests.ask_scan(connection, world.NOW, "a", ["dock-a"])
        scan_requests.take(connection, world.NOW)
        scan_requests.give_back(connection)
        assert scan_requests.waiting(connection)


def test_the_next_settling_is_that_of_the_oldest_file_that_still_may(house: Client) -> None:
    settle = timedelta(seconds=120)
    with house.app.state.house.writing() as connection:
        assert scan_requests.next_settling(connection, "dock-a", settle, world.NOW) is None

        for file, age in ((1, 30), (2, 100), (3, 500)):  # the third has a temporary name: it never settles
            values = {"state": "arriving", "modified_at": world.NOW - timedelta(seconds=age)}
            connection.execute(update(STORED).where(STORED.c.file_id == file).values(**values))
        due = scan_requests.next_settling(connection, "dock-a", settle, world.NOW)
    assert due == world.NOW + timedelta(seconds=20)
