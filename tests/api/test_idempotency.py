"""The same write under the same key happens once; what is not the same write is refused."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection, select

from api.house import house_of
from api.idempotency import HEADER, REPLAYED, once
from api.identity.access import audited, needs
from api.problems import Refused
from domain.access import Right, Role
from domain.audit import Action
from storage.audit import append
from storage.engine import DatabaseSettings, open_engine
from storage.kept_answers import AnsweredAtOnce, claim_key, keep_answer, kept_answer
from storage.schema.tables import AUDIT_ENTRY, KEPT_ANSWER
from tests.api import world
from tests.api.client import Client
from tests.api.people import district, give_token
from tests.databases import migrate

pytestmark = pytest.mark.slow

DAY = timedelta(hours=24)


class Bell(BaseModel):
    name: str


def ring(request: Request, bell: Bell) -> Response:
    """A write of the tests: each effect is one row of the audit log, numbered in the answer."""

    def work(connection: Connection) -> tuple[int, object]:
        head = append(connection, house_of(request).now(), [audited(request, Action.PUSHED, f"bell:{bell.name}")])
        if bell.name == "broken":
            raise Refused(409, "broken")
        return 201, {"rung": head.sequence, "at": world.NOW}

    return once(request, bell.model_dump_json(), work)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "d.db") as client:
        client.app.add_api_route("/api/v1/bell", ring, methods=["POST"], dependencies=[needs(Right.PUSH)])
        with client.app.state.house.writer.begin() as connection:
            token = give_token(connection, Role.ADMINISTRATOR)
        yield client.with_token(token)


def rung(client: Client) -> list[str]:
    with client.app.state.house.reading() as connection:
        query = select(AUDIT_ENTRY.c.subject).where(AUDIT_ENTRY.c.action == Action.PUSHED.value)
        return list(connection.execute(query.order_by(AUDIT_ENTRY.c.sequence)).scalars())


def send(client: Client, name: str = "a", key: str | None = "k-1") -> httpx.Response:
    return client.send("POST", "/api/v1/bell", {HEADER: key} if key else {}, json={"name": name})


def test_the_same_write_twice_has_one_effect_and_one_answer(people: Client) -> None:
    first, again = send(people), send(people)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["at"].endswith("+08:00")
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert rung(people) == ["bell:a"]


def test_quotes_around_a_key_are_no_part_of_it(people: Client) -> None:
    send(people, key='"k-1"')
    assert send(people, key="k-1").headers[REPLAYED] == "true"


def test_without_a_key_every_write_counts(people: Client) -> None:
    send(people, key=None)
    send(people, key=None)
    assert rung(people) == ["bell:a", "bell:a"]


def test_another_request_under_the_same_key_is_refused_and_has_no_effect(people: Client) -> None:
    send(people)
    other = send(people, name="b")
    assert other.status_code == 422
    assert other.json()["errors"][0]["parameter"] == HEADER
    assert rung(people) == ["bell:a"]


def test_the_key_of_somebody_else_is_another_key(people: Client) -> None:
    send(people)
    with people.app.state.house.writer.begin() as connection:
        token = give_token(connection, Role.ADMINISTRATOR, per_minute=50)
    assert REPLAYED not in send(people.with_token(token)).headers
    assert rung(people) == ["bell:a", "bell:a"]


def test_a_refusal_is_not_kept_and_leaves_nothing_behind(people: Client) -> None:
    assert send(people, name="broken").status_code == 409
    assert rung(people) == []
    assert send(people, name="b").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_a_key_that_is_none_is_refused(people: Client, key: str) -> None:
    headers = {HEADER: key.encode("latin-1")}
    answer = people.send("POST", "/api/v1/bell", headers, json={"name": "a"})  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert rung(people) == []


def test_after_a_day_a_key_is_new_again_and_old_answers_are_gone(people: Client) -> None:
    with people.app.state.house.writer.begin() as connection:
        for key, age in (("k-1", DAY), ("old", 2 * DAY), ("young", DAY - timedelta(seconds=1))):
            claim_key(connection, "token:1", key, "something", world.NOW - age)
            keep_answer(connection, "token:1", key, 200, "{}")
    assert send(people).status_code == 201
    with people.app.state.house.reading() as connection:
        assert set(connection.execute(select(KEPT_ANSWER.c.key)).scalars()) == {"k-1", "young"}


def test_two_at_once_under_one_key_have_one_effect(database_url: str) -> None:
    """The second waits for the first; then it is told so, or gets the answer, but never takes the key as well."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    claimed, told = threading.Event(), []

    def second() -> None:
        claimed.wait(10)
        with engine.begin() as connection:
            known = kept_answer(connection, "token:1", "k", world.NOW)
            if known is not None:
                told.append(known.body)
                return
            try:
                claim_key(connection, "token:1", "k", "r", world.NOW)
                told.append("claimed")
            except AnsweredAtOnce:
                told.append("at once")
                connection.rollback()

    thread = threading.Thread(target=second)
    thread.start()
    with engine.begin() as connection:
        claim_key(connection, "token:1", "k", "r", world.NOW)
        claimed.set()
        thread.join(0.3)
        assert told == []
        keep_answer(connection, "token:1", "k", 200, "the answer")
    thread.join(10)
    assert told in (["the answer"], ["at once"])
    engine.dispose()


def test_openapi_describes_the_header_once(people: Client) -> None:
    described = people.get("/api/openapi.json").json()["components"]["parameters"]["IdempotencyKey"]
    assert (described["name"], described["in"], described["required"]) == (HEADER, "header", False)
