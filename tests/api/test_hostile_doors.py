"""Coming in where one may not: guesses at once, names that give themselves away, a proxy's guests, stale sessions."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.accounts import account_named
from tests.api.client import Client
from tests.api.people import PASSWORD, district

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "a.db", visitors=True) as client:
        yield client


def guess(house: Client, name: str, password: str = "not it") -> int:
    return Client(house.app).post("/sign-in", {"name": name, "password": password}).status_code


def test_guesses_at_once_count_like_guesses_one_after_the_other(house: Client) -> None:
    found: list[int] = []
    guesses = [threading.Thread(target=lambda: found.append(guess(house, "officer"))) for _ in range(8)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert sorted(found) == [401] * 5 + [429] * 3
    with house.app.state.house.reading() as connection:
        account = account_named(connection, "officer")
    assert account is not None
    assert (account.failures, account.locked_until is not None) == (5, True)
    assert guess(house, "officer", PASSWORD) == 429


def test_a_name_that_no_account_has_is_locked_like_one_that_has(house: Client) -> None:
    tried = {name: [guess(house, name) for _ in range(7)] for name in ("officer", "nobody")}
    assert tried["officer"] == tried["nobody"] == [401] * 5 + [429] * 2
    pages = [
        Client(house.app).post("/sign-in", {"name": name, "password": "x"}).text.replace(name, "") for name in tried
    ]
    assert pages[0] == pages[1]


def test_who_signs_in_is_counted_from_nothing_again(house: Client) -> None:
    for _ in range(3):
        assert [guess(house, "officer") for _ in range(4)] == [401] * 4
        assert guess(house, "officer", PASSWORD) == 303


@pytest.mark.parametrize("name", ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"])
def test_a_visitor_who_comes_through_a_proxy_of_this_machine_is_no_guest(house: Client, name: str) -> None:
    assert Client(house.app).get("/api/v1/findings").status_code == 200
    assert Client(house.app).get("/api/v1/findings", **{name: "127.0.0.1"}).status_code == 401


def test_a_visitor_changes_nothing(house: Client) -> None:
    visitor = Client(house.app)
    for address in ("/reports/file", "/stores/scan", "/links", "/sign-offs", "/inboxes", "/account/language"):
        assert visitor.post(address, {"name": "completeness", "period": "2026-11"}).status_code in (401, 403), address


def test_a_password_cannot_be_found_out_from_within_a_session(house: Client) -> None:
    officer = house.signed_in("officer")
    given = {"csrf": officer.csrf(), "now": "not it", "new": "a", "again": "a"}
    found = [officer.send("POST", "/account/password", {}, data=given).status_code for _ in range(12)]
    assert found[:10] == [400] * 10
    assert 429 in found[10:]
