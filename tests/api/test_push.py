"""Rows that other systems push by the API: taken one by one, each with its fate; nobody reaches another unit's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.pushing import understand
from domain.access import Role
from storage.schema.tables import AUDIT_ENTRY, PUSHED_ROW, SCAN_REQUEST
from tests.api import world
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district, give_token

pytestmark = pytest.mark.slow

HALF = b'{"number":"\\ud800","unit":"1"}'
ROW = {"number": "P1", "unit": world.UNIT, "officers": ["031021"], "arrived_at": "2026-11-20 08:12:00"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "p.db") as client:
        client.app.state.house = replace(client.app.state.house, understand=understand)
        yield client


@pytest.fixture
def program(house: Client) -> Client:
    with house.app.state.house.writing() as connection:
        return house.with_token(give_token(connection, Role.ADMINISTRATOR))


def rows(house: Client, table: Any) -> list[Any]:
    with house.app.state.house.reading() as connection:
        return list(connection.execute(select(table)).all())


def push(client: Client, content: Any, where: str = "incidents", **headers: str) -> Any:
    named = {"content-type": "application/json", **headers}
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.send("POST", f"/api/v1/{where}", named, content=body)


def test_a_row_is_taken_kept_as_sent_and_a_scan_is_asked_for_that_walks_no_store(program: Client) -> None:
    answer = push(program, ROW)
    assert answer.status_code == 202, answer.text
    content = answer.json()
    assert (content["accepted"], content["rejected"], content["rows"][0]["number"]) == (1, 0, "P1")
    (kept,) = rows(program, PUSHED_ROW)
    assert (kept.kind, kept.key, kept.raw) == ("incidents", "P1", ROW)
    (asked,) = rows(program, SCAN_REQUEST)
    assert (asked.id, asked.stores) == (content["scan_request"], [""])
    (entry,) = (one for one in rows(program, AUDIT_ENTRY) if one.action == "push")
    assert (entry.subject, entry.unit, json.loads(entry.detail)["numbers"]) == ("incidents", world.UNIT, ["P1"])


def test_bad_rows_among_good_ones_are_refused_alone_each_with_its_reason(program: Client) -> None:
    answer = push(program, [ROW, {"unit": "x"}, 7, {"警情编号": "P2", "到达时间": "soon"}, {"jqbh": "P3", "状态": "x"}])
    content = answer.json()
    assert (answer.status_code, content["accepted"], content["rejected"]) == (202, 2, 3)
    assert [one["accepted"] for one in content["rows"]] == [True, False, False, False, True]
    problems = [one["problem"] or "" for one in content["rows"]]
    assert "number" in problems[1]
    assert "expected a JSON object, got int" in problems[2]
    assert "expected a time, got 'soon'" in problems[3]
    assert [one.key for one in rows(program, PUSHED_ROW)] == ["P1", "P3"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'[{"number": "P1"}]',
        b'{"number": NaN}',
        b"[" * 100_000,
        b'{"number":"\\ud800","unit":"1"}',
    ],
)
def test_where_nothing_can_be_used_nothing_is_written(program: Client, body: bytes) -> None:
    answer = push(program, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert (rows(program, PUSHED_ROW), rows(program, SCAN_REQUEST)) == ([], [])


def test_more_than_a_thousand_rows_are_refused(program: Client) -> None:
    assert push(program, [ROW] * 1001).status_code == 422
    assert push(program, [{**ROW, "number": f"P{n}"} for n in range(1000)]).json()["accepted"] == 1000


def test_the_same_key_twice_pushes_once(program: Client) -> None:
    first = push(program, ROW, idempotency_key="k1")
    again = push(program, ROW, idempotency_key="k1")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(rows(program, PUSHED_ROW)) == 1
    assert push(program, {**ROW, "status": "x"}, idempotency_key="k1").status_code == 422


def test_a_program_of_another_unit_can_neither_send_nor_change_what_is_not_its_own(house: Client) -> None:
    with house.app.state.house.writing() as connection:
        other = house.with_token(give_token(connection, Role.ADMINISTRATOR, ELSEWHERE))
    for row in (ROW, {"number": world.GAPPED, "unit": ELSEWHERE, "status": "x"}, {"number": "P9", "status": "x"}):
        assert push(other, row).status_code == 422, row
    assert push(other, {"number": "P9", "unit": ELSEWHERE, "status": "x"}).status_code == 202


@pytest.mark.parametrize("role", ["officer", "supervisor", "inspector", "auditor"])
def test_who_may_not_push_is_refused(house: Client, role: str) -> None:
    client = house.signed_in(role)
    assert push(client, ROW, x_csrf_token=client.csrf()).status_code == 403
    assert push(Client(house.app), ROW).status_code == 401
    assert rows(house, PUSHED_ROW) == []


def test_sessions_are_pushed_under_their_own_address(program: Client) -> None:
    answer = push(program, {"number": "S1", "room": "XW-01", "started_at": "2026-11-20 10:00:00"}, "sessions")
    assert answer.status_code == 202
    assert [one.kind for one in rows(program, PUSHED_ROW)] == ["sessions"]


def test_a_server_without_a_reader_takes_nothing(tmp_path: Path) -> None:
    with district(tmp_path / "q.db") as client:
        with client.app.state.house.writing() as connection:
            program = client.with_token(give_token(connection, Role.ADMINISTRATOR))
        assert push(program, ROW).status_code == 422
