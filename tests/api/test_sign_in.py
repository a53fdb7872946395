"""Signing in: locks with growing waits, one-time passwords, sessions that end, forged cookies, and the way on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer

from api.identity.doors import DoorSettings
from api.identity.passwords import fits, hashed, one_time, unfit
from api.identity.sessions import SALT, cookie_name
from api.pages.sign_in import LONGEST_LOCK, lock_until, next_address
from domain.access import Role
from storage.accounts import account_named, add_account, change_account
from tests.api import world
from tests.api.client import Client
from tests.api.people import PASSWORD, district

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Clock:
    """A clock that a test sets."""

    now: datetime = world.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with district(tmp_path / "a.db") as client:
        object.__setattr__(client.app.state.house, "now", clock)
        yield client


def enter(client: Client, password: str = PASSWORD, name: str = "officer", **more: str) -> int:
    return client.post("/sign-in", {"name": name, "password": password, **more}).status_code


def test_four_wrong_passwords_are_free_then_each_doubles_the_wait_up_to_an_hour() -> None:
    waits = [lock_until(count, world.NOW) for count in range(1, 16)]
    seconds = [None if at is None else (at - world.NOW).total_seconds() for at in waits]
    assert seconds[:8] == [None, None, None, None, 30, 60, 120, 240]
    assert seconds[-1] == LONGEST_LOCK.total_seconds() == 3600
    assert lock_until(10**6, world.NOW) == world.NOW + LONGEST_LOCK


def test_a_locked_account_is_closed_to_the_right_password_too_and_opens_after_the_wait(
    house: Client, clock: Clock
) -> None:
    for _ in range(5):
        assert enter(Client(house.app), "wrong") == 401
    assert enter(Client(house.app)) == 429
    clock.now += timedelta(seconds=29)
    assert enter(Client(house.app)) == 429
    clock.now += timedelta(seconds=2)
    assert enter(Client(house.app), "wrong") == 401
    clock.now += timedelta(seconds=31)
    assert enter(Client(house.app)) == 429  # the sixth wrong one: a minute
    clock.now += timedelta(seconds=31)
    assert enter(Client(house.app)) == 303
    assert enter(Client(house.app), "wrong") == 401  # the right one sets the count back
    assert enter(Client(house.app)) == 303


def test_a_name_that_does_not_exist_is_answered_like_a_wrong_password(house: Client) -> None:
    def answer(name: str) -> str:
        page = Client(house.app).post("/sign-in", {"name": name, "password": "wrong"}).text
        return page.replace(f'value="{name}"', "")

    assert answer("nobody") == answer("officer")


def test_one_address_may_try_thirty_times_a_minute_whatever_names_it_tries(house: Client) -> None:
    object.__setattr__(house.app.state.house.limiter, "clock", lambda: 0.0)
    statuses = [enter(Client(house.app), "", f"name{number}") for number in range(31)]
    assert statuses[:30] == [401] * 30
    assert statuses[30] == 429


def test_a_one_time_password_opens_nothing_but_the_choice_of_another(house: Client) -> None:
    once = one_time()
    with house.app.state.house.writer.begin() as connection:
        add_account(connection, world.NOW, "newcomer", Role.ADMINISTRATOR, password_hash=hashed(once))
    client = Client(house.app)
    assert client.post("/sign-in", {"name": "Newcomer ", "password": once}).headers["location"] == "/account"
    for address in ("/", "/findings", "/administration/users", "/api/v1/findings", "/api/v1/tokens"):
        assert client.get(address).status_code == 403, address
    assert client.get("/api/v1/me").json()["rights"] == []
    for new in ("short", "newcomer-and-more", "aaaaaaaaaaaa", "x" * 201):
        wrong = client.post("/account/password", {"now": once, "new": new, "again": new})
        assert wrong.status_code == 400, new
    assert client.post("/account/password", {"now": once, "new": "a good one 12", "again": "other"}).status_code == 400
    assert client.post("/account/password", {"now": "x", "new": "a good one 12", "again": "a good one 12"}).is_error
    done = client.post("/account/password", {"now": once, "new": "a good one 12", "again": "a good one 12"})
    assert done.status_code == 303
    assert client.get("/administration/users").status_code == 200
    assert enter(Client(house.app), once, "newcomer") == 401
    assert enter(Client(house.app), "a good one 12", "newcomer") == 303


def test_another_password_ends_every_other_sign_in_of_the_account_but_not_this_one(house: Client) -> None:
    here, there = house.signed_in("officer"), house.signed_in("officer")
    here.post("/account/password", {"now": PASSWORD, "new": "another good 1", "again": "another good 1"})
    assert here.get("/api/v1/findings").status_code == 200
    assert there.get("/api/v1/findings").status_code == 401


def test_signing_out_ends_every_cookie_of_the_account_also_a_stolen_one(house: Client) -> None:
    here, elsewhere = house.signed_in("officer"), house.signed_in("officer")
    stolen = Client(house.app)
    stolen.cookies = dict(here.cookies)
    here.post("/sign-out")
    for client in (here, elsewhere, stolen):
        assert client.get("/api/v1/findings").status_code == 401
    assert house.signed_in("officer").get("/api/v1/findings").status_code == 200


def test_a_disabled_accounts_cookie_counts_no_more(house: Client) -> None:
    client = house.signed_in("officer")
    with house.app.state.house.writer.begin() as connection:
        account = account_named(connection, "officer")
        assert account is not None
        change_account(connection, account.id, active=False)
    assert client.get("/api/v1/findings").status_code == 401
    assert enter(Client(house.app)) == 401


def test_signing_in_again_gives_another_session_and_csrf_token(house: Client) -> None:
    client = house.signed_in("officer")
    cookies, csrf = dict(client.cookies), client.csrf()
    client.sign_in("officer")
    assert client.cookies != cookies
    assert client.csrf() != csrf


def forged(doors: DoorSettings, content: object) -> str:
    kinds = {"digest_method": hashlib.sha256}
    return str(URLSafeTimedSerializer(doors.secret, salt=SALT, signer_kwargs=kinds).dumps(content))


def test_a_cookie_that_this_server_did_not_sign_is_nobody(house: Client) -> None:
    doors: DoorSettings = house.app.state.house.doors
    mine = house.signed_in("officer").cookies[cookie_name(doors)]
    other = replace(doors, secret=b"another secret, of another installation")
    cut = mine.rpartition(".")[0]
    for cookie in (forged(other, [1, 1, "x"]), mine[:-1], cut, f"{cut}.", mine[1:], "", "a.b.c", "[1,1,1]"):
        client = Client(house.app)
        client.cookies = {cookie_name(doors): cookie}
        assert client.get("/api/v1/findings").status_code == 401, cookie


@pytest.mark.parametrize("content", [None, [], [1], "1", {"a": 1}, [1, 1, "x", 4], [99, 1, "x"], [1, 99, "x"]])
def test_a_signed_cookie_of_another_shape_or_generation_is_nobody(house: Client, content: object) -> None:
    doors: DoorSettings = house.app.state.house.doors
    client = Client(house.app)
    client.cookies = {cookie_name(doors): forged(doors, content)}
    assert client.get("/api/v1/findings").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(house: Client) -> None:
    answer = Client(house.app).post("/sign-in", {"name": "officer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    object.__setattr__(house.app.state.house, "doors", replace(house.app.state.house.doors, secure=True))
    secure = Client(house.app).post("/sign-in", {"name": "officer", "password": PASSWORD}).headers["set-cookie"]
    assert secure.startswith("__Host-")
    assert "secure" in secure.lower()


def test_a_form_of_another_site_signs_nobody_in(house: Client) -> None:
    headers = {"sec_fetch_site": "cross-site"}
    data = {"name": "officer", "password": PASSWORD}
    assert Client(house.app).send("POST", "/sign-in", headers, data=data).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(house: Client, text: str) -> None:
    assert next_address(text) == "/"
    answer = Client(house.app).post("/sign-in", {"name": "officer", "password": PASSWORD, "next": text})
    assert answer.headers["location"] == "/"


def test_one_goes_on_where_one_was_asked_to_sign_in(house: Client) -> None:
    for address in ("/findings?flag=missing&unit=3", "/incidents/JQ1", "/"):
        assert next_address(address) == address
    assert next_address("/a\r\nSet-Cookie: x") == "/"
    assert next_address("/\t/evil.example") == "/"


def test_a_password_is_kept_as_a_hash_that_only_it_fits() -> None:
    kept = hashed("a good one 12")
    assert kept.startswith("$argon2id$")
    assert fits(kept, "a good one 12")
    assert not fits(kept, "a good one 13")
    assert not fits(None, "a good one 12")
    assert unfit("a good one 12", "li") is None
    assert unfit("李明的密码一二三四五", "li") is None


def test_one_time_passwords_are_never_the_same_and_have_no_letters_to_mix_up() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("il1o0")
