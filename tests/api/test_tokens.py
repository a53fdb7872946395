"""Tokens of programs: what they open, when they end, who makes and revokes them; and who am I."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.access import Right, Role
from storage.accounts import tokens
from storage.audit import entries_of
from tests.api import world
from tests.api.client import Client
from tests.api.desks import office
from tests.api.people import ELSEWHERE, give_token

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with office(tmp_path / "a.db") as client:
        yield client


def token(house: Client, role: Role = Role.OFFICER, **more: Any) -> str:
    with house.app.state.house.writer.begin() as connection:
        return give_token(connection, role, **more)


def make(client: Client, **wanted: Any) -> httpx.Response:
    headers = {"x_csrf_token": client.csrf()} if client.cookies else {}
    return client.send("POST", "/api/v1/tokens", headers, json={"name": "a program", "role": "officer", **wanted})


def test_a_token_opens_what_its_role_and_unit_open(house: Client) -> None:
    own, other = token(house, unit=world.UNIT), token(house, unit=ELSEWHERE)
    assert house.with_token(own).get("/api/v1/findings").json()["items"] != []
    assert house.with_token(other).get("/api/v1/findings").json()["items"] == []
    assert house.with_token(own).get("/api/v1/audit").status_code == 403


def test_a_token_has_the_rights_that_were_chosen_and_never_those_of_a_persons_account(house: Client) -> None:
    pushing = house.with_token(token(house, Role.ADMINISTRATOR, rights=(Right.PUSH,)))
    assert pushing.get("/api/v1/findings").status_code == 403
    assert pushing.get("/api/v1/me").json()["rights"] == ["push"]
    whole = house.with_token(token(house, Role.ADMINISTRATOR))
    assert "account" not in whole.get("/api/v1/me").json()["rights"]
    assert whole.get("/account").status_code == 403


@pytest.mark.parametrize("secret", ["", "bwc_", "bwc_unknown", "x" * 5000])
def test_what_is_no_token_is_refused_and_does_not_count_as_a_visitor(house: Client, secret: str) -> None:
    answer = house.get("/api/v1/findings", authorization=f"Bearer {secret}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert house.get("/api/v1/findings", authorization="Basic YTpi").status_code == 401


def test_a_token_ends_at_its_time(house: Client) -> None:
    client = house.with_token(token(house))
    rooms = house.app.state.house
    object.__setattr__(rooms, "now", lambda: world.NOW + timedelta(hours=23, minutes=59))
    assert client.get("/api/v1/findings").status_code == 200
    object.__setattr__(rooms, "now", lambda: world.NOW + timedelta(days=1))
    assert client.get("/api/v1/findings").status_code == 401


def test_a_token_that_asks_too_often_is_told_when_to_come_back(house: Client) -> None:
    object.__setattr__(house.app.state.house.limiter, "clock", lambda: 0.0)
    client = house.with_token(token(house, per_minute=3))
    assert [client.get("/api/v1/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert 1 <= int(client.get("/api/v1/me").headers["retry-after"]) <= 21
    assert house.with_token(token(house, per_minute=4)).get("/api/v1/me").status_code == 200


def test_last_use_is_kept_to_the_hour(house: Client) -> None:
    client = house.with_token(token(house))
    client.get("/api/v1/findings")
    with house.app.state.house.reading() as connection:
        assert tokens(connection)[0].used_at == world.NOW


def test_an_administrator_makes_a_token_whose_secret_is_told_once(house: Client) -> None:
    chief = house.signed_in("chief")
    answer = make(chief, unit=world.UNIT, rights=["see"], days=7)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert made["secret"].startswith("bwc_")
    assert len(made["secret"]) == 47
    assert made["expires_at"] == "2026-11-30T12:00:00+08:00"
    listed = chief.get("/api/v1/tokens")
    assert made["secret"] not in listed.text
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    me = house.with_token(made["secret"]).get("/api/v1/me").json()
    assert (me["actor"], me["role"], me["rights"], me["expires_at"]) == (
        f"token:{made['id']}",
        "officer",
        ["see"],
        made["expires_at"],
    )
    with house.app.state.house.reading() as connection:
        (entry,) = entries_of(connection, f"token:{made['id']}", ["token"])
    assert made["secret"] not in entry.detail
    assert json.loads(entry.detail)["change"] == "created"


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {"name": " "},
        {"role": "visitor"},
        {"role": "king"},
        {"rights": ["decide"]},
        {"rights": ["account"]},
        {"rights": ["fly"]},
        {"days": 0},
        {"days": 731},
        {"per_minute": 0},
        {"other": 1},
    ],
)
def test_a_token_that_cannot_be_is_refused_with_the_reason(house: Client, wanted: dict[str, Any]) -> None:
    answer = make(house.signed_in("chief"), **wanted)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_revoked_token_opens_nothing_from_that_moment(house: Client) -> None:
    chief = house.signed_in("chief")
    made = make(chief).json()
    program = house.with_token(made["secret"])
    assert program.get("/api/v1/me").status_code == 200
    headers = {"x_csrf_token": chief.csrf()}
    assert chief.send("DELETE", f"/api/v1/tokens/{made['id']}", headers).status_code == 204
    assert program.get("/api/v1/me").status_code == 401
    assert chief.send("DELETE", f"/api/v1/tokens/{made['id']}", headers).status_code == 404
    assert chief.send("DELETE", "/api/v1/tokens/99999999999999999999", headers).status_code == 404


def test_a_write_by_cookie_needs_the_sessions_own_token_and_one_by_bearer_does_not(house: Client) -> None:
    chief = house.signed_in("chief")
    bare = chief.send("POST", "/api/v1/tokens", json={"name": "x", "role": "officer"})
    assert bare.status_code == 403
    program = house.with_token(token(house, Role.ADMINISTRATOR))
    assert make(program).status_code == 201


def test_an_administrator_of_one_station_makes_lists_and_revokes_tokens_of_it_only(house: Client) -> None:
    chief, local = house.signed_in("chief"), house.signed_in("administrator")
    everywhere = make(chief).json()["id"]
    theirs = make(chief, unit=ELSEWHERE).json()["id"]
    assert make(local).status_code == 422
    assert make(local, unit=ELSEWHERE).status_code == 422
    own = make(local, unit=world.UNIT).json()["id"]
    assert [one["id"] for one in local.get("/api/v1/tokens").json()["items"]] == [own]
    headers = {"x_csrf_token": local.csrf()}
    for number in (everywhere, theirs):
        assert local.send("DELETE", f"/api/v1/tokens/{number}", headers).status_code == 404
        assert local.post(f"/administration/tokens/{number}/revoke").status_code == 404
    assert local.post(f"/administration/tokens/{own}/revoke").status_code == 303


def test_the_page_shows_a_new_token_once(house: Client) -> None:
    chief = house.signed_in("chief")
    given = {
        "name": "指挥中心",
        "role": "administrator",
        "unit": "*",
        "right": "push",
        "days": "30",
        "per_minute": "60",
    }
    page = chief.post("/administration/tokens", given)
    secret = page.text.partition('class="shown-once">')[2].partition("<")[0]
    assert house.with_token(secret).get("/api/v1/me").json()["rights"] == ["push"]
    again = chief.get("/administration/tokens").text
    assert secret not in again
    assert "指挥中心" in again
    wrong = chief.post("/administration/tokens", {**given, "days": "many"})
    assert wrong.status_code == 400
    assert 'value="指挥中心"' in wrong.text


def test_who_am_i_is_answered_for_people_and_refused_for_nobody(house: Client) -> None:
    me = house.signed_in("officer").get("/api/v1/me").json()
    assert (me["actor"], me["role"], me["unit"], me["expires_at"]) == ("account:officer", "officer", world.UNIT, None)
    assert me["units"][0] == world.UNIT
    assert house.signed_in("chief").get("/api/v1/me").json()["units"] is None
    assert Client(house.app).get("/api/v1/me").status_code == 401


def test_the_audit_log_goes_page_by_page_and_can_be_verified_by_its_reader(house: Client) -> None:
    import hashlib

    clerk = house.signed_in("clerk")
    for _ in range(4):
        house.signed_in("officer")
    rows = clerk.everything("/api/v1/audit", 1)
    numbers = [row["sequence"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    head = clerk.get("/api/v1/audit/head").json()
    assert (rows[0]["sequence"], rows[0]["digest"]) == (head["sequence"], head["digest"])
    before = "0" * 64
    for row in reversed(rows):
        names = ("sequence", "at_us", "actor", "origin", "action", "subject", "unit", "detail")
        values = [*(row[name] for name in names), before]
        made = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(made.encode()).hexdigest()
        assert row["digest"] == before


@pytest.mark.parametrize(
    "query", ["action=none", "actor=", "limit=0", "from=x", "unit=1", "actor=a&actor=b", "subject=%00"]
)
def test_a_filter_of_the_audit_log_that_cannot_be_used_is_refused(house: Client, query: str) -> None:
    assert house.signed_in("clerk").get(f"/api/v1/audit?{query}").status_code == 422


def test_rows_of_feeds_are_listed_for_who_sees_every_unit(house: Client) -> None:
    rows = house.signed_in("chief").get("/api/v1/feed-rows?status=rejected").json()["items"]
    assert [(row["feed"], row["row"]) for row in rows] == [("110", 3)]
    assert house.signed_in("officer").get("/api/v1/feed-rows").json()["items"] == []
    assert house.signed_in("chief").get("/api/v1/feed-rows?status=odd").status_code == 422
