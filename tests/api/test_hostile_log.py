"""Every address that changes something leaves its link of the audit log, once, and none when it is refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.timetable import Planned
from app.pushing import understand
from storage.audit import audit_head, log_faults
from tests.api import world
from tests.api.client import Client
from tests.api.desks import office
from tests.api.people import PASSWORD
from tests.api.test_access import routes

pytestmark = pytest.mark.slow

NO_LINK = {
    ("POST", "/account/language"): "one's own page",
    ("POST", "/inboxes"): "one's own page",
    ("POST", "/inboxes/{number}/delete"): "one's own page",
    ("POST", "/administration/trials"): "nothing is kept",
    ("POST", "/administration/audit/verify"): "nothing is changed",
}
"""What changes nothing that anybody is judged by."""

PUSHED = {"number": "JQ9", "unit": world.UNIT, "officers": ["031021"], "dispatched_at": "2026-11-20 08:05:00"}
EXPLAIN = {"decision": "explain", "reason": "battery", "reviews": 0}
LINK = {"kind": "incident", "number": world.ABSENT, "made": True, "links": 0}
SIGN = {"unit": world.UNIT}
"""A supervisor settles everything before, so that the day can be signed."""

Step = tuple[str, str, str, dict[str, Any] | list[Any]]
STEPS: tuple[Step, ...] = (
    ("officer", "POST", "/api/v1/findings/{key}/reviews", {"key": "a" * 16, **EXPLAIN}),
    ("officer", "POST", "/findings/{key}/reviews", {"key": "b" * 16, **EXPLAIN}),
    ("officer", "POST", "/api/v1/reviews", {"decision": "explain", "reason": "battery", "items": ["c" * 16]}),
    ("officer", "POST", "/reviews", {"decision": "explain", "reason": "battery", "f": "d" * 16 + ":0"}),
    ("officer", "POST", "/api/v1/sign-offs", {**SIGN, "period": "2026-11-23"}),
    ("officer", "POST", "/sign-offs", {**SIGN, "period": "2026-11-22"}),
    ("officer", "POST", "/api/v1/links", {**LINK, "clip": 3}),
    ("officer", "POST", "/links", {**LINK, "made": "yes", "links": 1, "clip": 1}),
    ("officer", "POST", "/api/v1/scans", {}),
    ("officer", "POST", "/stores/scan", {"store": "dock-a"}),
    ("inspector", "POST", "/inspection/draw", {"period": "2026-11", "size": "1"}),
    ("inspector", "POST", "/api/v1/samples", {"period": "2026-11", "size": 1}),
    ("inspector", "POST", "/inspection/{sample_id:int}/{position:int}", {"verdict": "undecided", "comment": "x"}),
    (
        "inspector",
        "POST",
        "/api/v1/samples/{sample_id}/items/{position}/checks",
        {"sample_id": 2, "verdict": "undecided", "comment": "x"},
    ),
    ("inspector", "POST", "/inspection/{sample_id:int}/close", {}),
    ("supervisor", "POST", "/api/v1/reports/{name}/runs", {"name": "completeness", "period": "2026-11"}),
    ("supervisor", "POST", "/reports/file", {"name": "completeness", "period": "2026-11"}),
    ("chief", "POST", "/api/v1/incidents", [PUSHED]),
    (
        "chief",
        "POST",
        "/api/v1/sessions",
        [{"number": "XW9", "kind": "讯问", "room": "XW-01", "started_at": "2026-11-20 10:00:00"}],
    ),
    ("chief", "POST", "/api/v1/tokens", {"name": "t", "role": "officer"}),
    ("chief", "DELETE", "/api/v1/tokens/{number}", {"number": 1}),
    (
        "chief",
        "POST",
        "/administration/tokens",
        {"name": "t", "role": "officer", "unit": "*", "days": 9, "per_minute": 9},
    ),
    ("chief", "POST", "/administration/tokens/{number}/revoke", {"number": 2}),
    ("chief", "POST", "/administration/users", {"name": "new", "role": "officer", "unit": world.UNIT}),
    ("chief", "POST", "/administration/users/{number}/role", {"number": 2, "role": "auditor", "unit": world.UNIT}),
    ("chief", "POST", "/administration/users/{number}/password", {"number": 2}),
    ("chief", "POST", "/administration/users/{number}/{step}", {"number": 2, "step": "disable"}),
    ("chief", "POST", "/administration/schedule/run", {"job": "scan"}),
    ("clerk", "POST", "/administration/audit/export", {}),
    ("auditor", "POST", "/account/password", {"now": PASSWORD, "new": "another long one", "again": "another long one"}),
)
ELSEWHERE_TESTED = {
    ("POST", "/api/v1/attachments"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    ("POST", "/stores/{name}/confirm"),
    ("POST", "/administration/trials/{name}/save"),
}
"""In tests of their own, which look at the log as well."""


def writes() -> set[tuple[str, str]]:
    return {(method, route.path) for route in routes() for method in route.methods if method not in ("GET", "HEAD")}


def test_every_address_that_writes_is_looked_at() -> None:
    assert {(method, address) for _, method, address, _ in STEPS} | set(NO_LINK) | ELSEWHERE_TESTED == writes()


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with office(tmp_path_factory.mktemp("log") / "a.db") as client:
        plan = (Planned("scan", "*/15 * * * *", None),)
        client.app.state.house = replace(client.app.state.house, understand=understand, timetable=lambda _now: plan)
        yield client


def links(house: Client) -> int:
    with house.app.state.house.reading() as connection:
        return audit_head(connection).sequence


def sent(client: Client, step: Step, csrf: str) -> httpx.Response:
    """The request of a step: a form for pages, JSON for the API."""
    _, method, address, content = step
    named = dict(content) if isinstance(content, dict) else {}
    place = re.sub(r"\{([^}]+)\}", lambda match: str(named.pop(match[1], 1)), address)
    if not address.startswith("/api/"):
        return client.send(method, place, {"accept": "text/html"}, data={**named, "csrf": csrf})
    if "items" in named:
        named["items"] = [{"id": key, "reviews": 0} for key in named["items"]]
    return client.send(method, place, {"x-csrf-token": csrf}, json=named if isinstance(content, dict) else content)


def test_a_write_leaves_one_link_and_a_refused_one_none(house: Client) -> None:
    people = {who: house.signed_in(who) for who in dict.fromkeys(step[0] for step in STEPS)}
    tokens = {who: client.csrf() for who, client in people.items()}
    found = []
    for step in STEPS:
        who, before = step[0], links(house)
        refused = sent(people[who], step, "0" * 64)
        assert (refused.status_code, links(house)) == (403, before), step
        answer = sent(people[who], step, tokens[who])
        found.append((step[1], step[2], answer.status_code < 400, links(house) - before))
    assert [one for one in found if one[2:] != (True, 1)] == []
    with house.app.state.house.reading() as connection:
        assert list(log_faults(connection)) == []


def test_names_and_notes_cannot_pass_for_links_of_their_own(house: Client) -> None:
    """Line ends and JSON in what people write stay inside of the one link."""
    officer, before = house.signed_in("officer"), links(house)
    note = 'x"}\n{"sequence":1,"actor":"account:chief","action":"review"}\r\n\u2028'
    body = {**EXPLAIN, "note": note}
    answer = officer.send("POST", f"/api/v1/findings/{'a' * 16}/reviews", {"x-csrf-token": officer.csrf()}, json=body)
    assert (answer.status_code, links(house)) == (201, before + 1)
    lines = house.signed_in("clerk").post("/administration/audit/export", {}).text.rstrip("\n").split("\n")
    rows = [json.loads(line) for line in lines]
    told = [json.loads(row["detail"]) for row in rows if row.get("action") == "review"]
    assert [one["note"] for one in told] == [note.strip()]
    assert not any("\r" in line or "\u2028" in line for line in lines)
