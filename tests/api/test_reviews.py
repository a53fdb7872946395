"""Decisions and sign-offs by API: who may, what is told to whoever is too late, repeats, bulk, scope."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from domain.review import Decision, Reason
from storage.audit import audit_rows
from storage.schema.tables import FINDING
from tests.api import world
from tests.api.client import Client
from tests.api.people import district

pytestmark = pytest.mark.slow

GAP, ABSENT, CHANNEL, NAME, CLOCK = (letter * 16 for letter in "abcde")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "d.db", more_findings=3) as client:
        yield client


@pytest.fixture
def officer(people: Client) -> Client:
    return people.signed_in("officer")


def send(client: Client, address: str, content: dict[str, Any], **headers: str) -> httpx.Response:
    """A JSON write by the session's own token."""
    headers = {"x-csrf-token": client.csrf(), **headers} if client.cookies else headers
    return client.send("POST", address, headers, json=content)


def decide(client: Client, key: str = GAP, decision: str = "explain", reviews: int = 0, **more: Any) -> httpx.Response:
    said = {"reason": "battery", "note": "没电"} if decision == "explain" else {}
    content = {"decision": decision, "reviews": reviews, **said, **more}
    return send(client, f"/api/v1/findings/{key}/reviews", content)


def detail(client: Client, key: str = GAP) -> dict[str, Any]:
    content: dict[str, Any] = client.get(f"/api/v1/findings/{key}").raise_for_status().json()
    return content


def test_a_finding_is_told_with_history_and_what_its_reader_may_decide(people: Client, officer: Client) -> None:
    found = detail(officer)
    assert (found["id"], found["status"], found["subject"]) == (GAP, "open", world.GAPPED)
    assert found["possible"] == ["explain", "confirm", "dismiss"]
    assert [(one["change"], one["scan"]) for one in found["history"]] == [("first-found", 1)]
    assert detail(people.signed_in("inspector"))["possible"] == []
    answer = officer.get(f"/api/v1/findings/{GAP}")
    assert officer.get(f"/api/v1/findings/{GAP}", if_none_match=answer.headers["etag"]).status_code == 304


@pytest.mark.parametrize("key", ["f" * 16, "x", "a%00", "A" * 16])
def test_a_finding_that_is_not_there_is_404(officer: Client, key: str) -> None:
    assert officer.get(f"/api/v1/findings/{key}").status_code == 404
    assert decide(officer, key).status_code == 404


def test_the_loop_by_officer_and_supervisor(people: Client, officer: Client) -> None:
    made = decide(officer)
    assert (made.status_code, made.json()["status"], made.json()["reviews"]) == (201, "explained", 1)
    supervisor = people.signed_in("supervisor")
    assert detail(supervisor)["possible"] == ["accept", "return", "reopen"]
    back = decide(supervisor, decision="return", reviews=1, note="补充维修单")
    assert (back.json()["status"], back.json()["decision"]) == ("open", "return")
    entries = [one["review"] for one in detail(officer)["history"] if one["review"]]
    assert [(one["actor"], one["role"], one["decision"], one["note"]) for one in entries] == [
        ("account:officer", "officer", "explain", "没电"),
        ("account:supervisor", "supervisor", "return", "补充维修单"),
    ]


def test_whoever_is_too_late_is_told_who_decided_what(people: Client, officer: Client) -> None:
    decide(officer)
    late = decide(officer, decision="confirm")
    assert (late.status_code, late.headers["content-type"]) == (409, "application/problem+json")
    current = late.json()["current"]
    assert (current["status"], current["reviews"]) == ("explained", 1)
    assert (current["last"]["actor"], current["last"]["decision"]) == ("account:officer", "explain")
    assert "officer 已于" in late.json()["detail"]


def test_what_was_resolved_meanwhile_says_by_which_scan(people: Client, officer: Client) -> None:
    with people.app.state.house.writer.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == GAP).values(until_scan=1))
    late = decide(officer)
    assert (late.status_code, late.json()["current"]["scan"]) == (409, 1)
    found = detail(officer)
    assert (found["status"], found["possible"], found["resolved_by"]) == ("resolved", [], 1)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"reason": None}, 422),
        ({"reason": "other", "note": "  "}, 422),
        ({"reason": "nonsense"}, 422),
        ({"note": "x" * 2001}, 422),
        ({"note": "a\x00b"}, 422),
        ({"attachment": "0" * 64}, 422),
        ({"attachment": "../etc"}, 422),
        ({"reviews": -1}, 422),
        ({"surprise": 1}, 422),
        ({"decision": "accept"}, 403),
        ({"decision": "burn"}, 422),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    officer: Client, wrong: dict[str, Any], status: int
) -> None:
    content = {"decision": "explain", "reviews": 0, "reason": "battery", **wrong}
    assert send(officer, f"/api/v1/findings/{GAP}/reviews", content).status_code == status
    assert (detail(officer)["status"], detail(officer)["reviews"]) == ("open", 0)


def test_nobody_decides_outside_of_his_units_without_a_right_or_without_the_token(people: Client) -> None:
    assert decide(people.signed_in("officer.elsewhere")).status_code == 404
    for role in ("inspector", "auditor", "administrator", "supervisor"):
        assert decide(people.signed_in(role)).status_code == 403, role
    assert decide(Client(people.app)).status_code == 401
    forged = people.signed_in("officer").send(
        "POST", f"/api/v1/findings/{GAP}/reviews", json={"decision": "confirm", "reviews": 0}
    )
    assert forged.status_code == 403
    assert detail(people.signed_in("officer"))["reviews"] == 0


def test_the_same_decision_sent_again_under_its_key_has_one_effect(officer: Client) -> None:
    content = {"decision": "confirm", "reviews": 0}
    address = f"/api/v1/findings/{GAP}/reviews"
    first, again = (send(officer, address, content, idempotency_key="k") for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert detail(officer)["reviews"] == 1


def test_many_are_decided_by_themselves_and_told_one_by_one(people: Client, officer: Client) -> None:
    decide(officer, ABSENT, "confirm")
    items = [{"id": key, "reviews": 0} for key in (GAP, ABSENT, CLOCK)]
    sent = {"items": items, "decision": "dismiss", "reason": "false-alarm", "note": "<b>同一原因</b>"}
    answer = send(officer, "/api/v1/reviews", sent).raise_for_status().json()
    assert (answer["decided"], answer["refused"]) == (1, 2)
    told = [(one["decided"], one["status"], one["code"]) for one in answer["results"]]
    assert told == [(True, "dismissed", None), (False, "confirmed", "decided"), (False, None, "unknown")]
    entry = next(one["review"] for one in detail(officer)["history"] if one["review"])
    assert (entry["bulk"], entry["note"], entry["reason"]) == (answer["bulk"], "<b>同一原因</b>", "false-alarm")


def test_not_more_than_500_at_once(officer: Client) -> None:
    items = [{"id": f"{number:016x}", "reviews": 0} for number in range(501)]
    for count, status in ((501, 422), (500, 200), (0, 422)):
        sent = {"items": items[:count], "decision": "confirm"}
        assert send(officer, "/api/v1/reviews", sent).status_code == status


def test_the_list_can_be_sorted_by_urgency_and_asked_for_what_is_due(officer: Client) -> None:
    rows = officer.everything("/api/v1/findings?sort=due", 2)
    severity = {"fail": 0, "warn": 1}
    assert rows[0]["id"] == GAP
    ranks = [(severity[row["severity"]], row["due_at"], row["id"]) for row in rows]
    assert ranks == sorted(ranks)
    assert len(rows) == 7
    assert [row["id"] for row in officer.everything("/api/v1/findings?due=overdue", 10)] == [GAP]
    assert [row["id"] for row in officer.everything("/api/v1/findings?due=today", 10)] == [GAP]
    assert len(officer.everything("/api/v1/findings?due=week", 10)) == 7
    assert officer.get("/api/v1/findings?due=soon").status_code == 422
    assert officer.get("/api/v1/findings?sort=colour").status_code == 422
    cursor = officer.get("/api/v1/findings?sort=due&limit=1").json()["next_cursor"]
    assert officer.get(f"/api/v1/findings?cursor={cursor}").status_code == 400


def test_the_list_tells_what_waits_to_be_accepted(people: Client, officer: Client) -> None:
    decide(officer)
    address = "/api/v1/findings?status=awaiting"
    assert [row["id"] for row in officer.everything(address, 10)] == [GAP]
    decide(people.signed_in("supervisor"), decision="accept", reviews=1)
    assert officer.everything(address, 10) == []
    assert len(officer.everything("/api/v1/findings?status=unresolved", 100)) == 7


def test_reasons_and_decisions_have_words_in_both_languages(officer: Client) -> None:
    content = officer.get("/api/v1/reasons").raise_for_status().json()
    assert {one["code"] for one in content["reasons"]} == set(Reason)
    assert {one["code"] for one in content["decisions"]} == set(Decision)
    assert all(one["zh"] and one["en"] for one in (*content["reasons"], *content["decisions"]))


def test_a_day_is_signed_when_everything_is_decided_and_a_second_time_never(people: Client, officer: Client) -> None:
    sent = {"unit": world.UNIT, "period": "2026-11-23"}
    open_day = send(officer, "/api/v1/sign-offs", sent)
    assert (open_day.status_code, open_day.json()["current"]["count"]) == (409, 7)
    keys = [row["id"] for row in officer.everything("/api/v1/findings", 100)]
    items = [{"id": key, "reviews": 0} for key in keys]
    send(officer, "/api/v1/reviews", {"items": items, "decision": "confirm"})
    state = officer.get(f"/api/v1/sign-offs?unit={world.UNIT}&period=2026-11-23").json()["state"]
    assert (state["possible"], state["open"], state["findings"]) == (True, 0, 7)
    made = send(officer, "/api/v1/sign-offs", sent)
    assert (made.status_code, made.json()["actor"]) == (201, "account:officer")
    second = send(people.signed_in("supervisor"), "/api/v1/sign-offs", sent)
    assert (second.status_code, second.json()["current"]["signed"]["actor"]) == (409, "account:officer")
    assert [one["period"] for one in officer.get("/api/v1/sign-offs").json()["items"]] == ["2026-11-23"]


def test_who_may_sign_what(people: Client, officer: Client) -> None:
    week = {"unit": world.UNIT, "period": "2026-W47"}
    assert send(officer, "/api/v1/sign-offs", week).status_code == 403
    assert send(people.signed_in("supervisor"), "/api/v1/sign-offs", week).status_code in (201, 409)
    day = {"unit": world.UNIT, "period": "2026-11-23"}
    assert send(people.signed_in("inspector"), "/api/v1/sign-offs", day).status_code == 403
    assert send(people.signed_in("officer.elsewhere"), "/api/v1/sign-offs", day).status_code == 404
    assert send(officer, "/api/v1/sign-offs", {**day, "unit": ""}).status_code == 404
    assert send(officer, "/api/v1/sign-offs", {**day, "period": "yesterday"}).status_code == 422
    assert officer.get("/api/v1/sign-offs?unit=310114990000&period=2026-11-23").status_code == 404


def test_every_decision_is_in_the_audit_log_with_the_address_it_came_from(people: Client, officer: Client) -> None:
    decide(officer)
    with people.app.state.house.reading() as connection:
        entry = [row for row in audit_rows(connection) if row.action == "review"][-1]
    assert (entry.actor, entry.subject, entry.origin) == ("account:officer", f"finding:{GAP}", "127.0.0.1")
    assert entry.at - world.NOW == timedelta(0)
