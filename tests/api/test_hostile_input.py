"""What a hostile client sends: halves of characters, numbers beyond every column, thousands of names."""

import asyncio
import json
import re
import time
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from fastapi import Request
from pydantic import BaseModel, ValidationError

from api.pages.sign_in import next_address
from api.problems import Refused
from api.routes.attachments import guarding
from api.routes.media import only
from tests.api import world
from tests.api.client import Client
from tests.api.people import PASSWORD, district
from tests.api.test_access import routes

pytestmark = pytest.mark.slow

BEYOND = 2**70


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("hostile") / "a.db", films=True) as client:
        yield client


def holds_text(annotation: Any) -> bool:
    """Whether a field can hold any text at all."""
    if isinstance(annotation, type):
        return issubclass(annotation, str) and not issubclass(annotation, Enum)
    return any(holds_text(one) for one in typing.get_args(annotation) if one is not type(None))


def bodies() -> set[type[BaseModel]]:
    found = {route.body_field.field_info.annotation for route in routes() if route.body_field is not None}
    return {one for one in found if isinstance(one, type) and issubclass(one, BaseModel)}


def wrong_fields(model: type[BaseModel], content: dict[str, Any]) -> set[str]:
    try:
        model.model_validate(content)
    except ValidationError as error:
        return {str(one["loc"][0]) for one in error.errors()}
    return set()


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"])
def test_no_field_of_a_body_takes_text_that_no_database_holds(text: str) -> None:
    looked_at = 0
    for model in bodies():
        for name, field in model.model_fields.items():
            if holds_text(field.annotation):
                many = typing.get_origin(field.annotation) is list
                assert name in wrong_fields(model, {name: [text] if many else text}), (model.__name__, name)
                looked_at += 1
    assert looked_at >= 10


@pytest.mark.parametrize("number", [-BEYOND, -1, 0, BEYOND])
def test_numbers_that_no_row_has_are_not_found(house: Client, number: int) -> None:
    inspector = house.signed_in("inspector")
    for address in (f"/api/v1/samples/{number}", f"/api/v1/reports/runs/{number}", f"/inspection/{number}"):
        assert inspector.get(address).status_code == 404, address
    body = {"verdict": "agreed", "comment": "x"}
    for address in (f"/api/v1/samples/{number}/items/1/checks", f"/api/v1/samples/1/items/{number}/checks"):
        assert inspector.send("POST", address, {"x_csrf_token": inspector.csrf()}, json=body).status_code == 404


@pytest.mark.parametrize("period", ["0001-01-01", "9999-12-31", "0001-W01", "9999-W52"])
def test_the_ends_of_the_calendar_are_no_periods(house: Client, period: str) -> None:
    officer = house.signed_in("officer")
    assert officer.get(f"/api/v1/sign-offs?unit={world.UNIT}&period={period}").status_code == 422
    answer = officer.post("/sign-offs", {"unit": world.UNIT, "period": period})
    assert answer.status_code == 422


AWAY = (
    *(
        "//evil.example",
        "//[x",
        "//℀",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
    ),
    *("javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", " //evil.example", "evil.example", "", None),
)


@pytest.mark.parametrize("text", AWAY)
def test_the_way_on_after_signing_in_never_leaves_this_server(house: Client, text: str | None) -> None:
    assert next_address(text) == "/"
    given = {"name": "officer", "password": PASSWORD, **({} if text is None else {"next": text})}
    answer = Client(house.app).post("/sign-in", given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_an_answer_does_not_grow_with_what_was_sent(house: Client) -> None:
    """Thousands of unknown names: each would be told with a reason."""
    officer = house.signed_in("officer")
    body = json.dumps({f"{number:x}": 1 for number in range(50_000)})
    headers = {"x_csrf_token": officer.csrf(), "content_type": "application/json"}
    answer = officer.send("POST", "/api/v1/reviews", headers, content=body)
    assert (answer.status_code, len(answer.content) < 40_000) == (422, True)
    names = "&".join(f"{number:x}=1" for number in range(9_000))
    for address in ("/api/v1/clips", "/api/v1/media/1"):
        answer = officer.get(f"{address}?{names}")
        assert (answer.status_code, len(answer.content) < 40_000) == (422, True), address


def test_a_parameter_that_is_named_ten_thousand_times_costs_no_more_than_reading_it() -> None:
    request = Request({"type": "http", "query_string": b"from=0&" * 10_000, "headers": []})
    begun = time.process_time()
    with pytest.raises(Refused):
        only(request, "from")
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-20", "9999-12-31"])
def test_the_overview_of_days_at_the_ends_of_the_calendar_is_told_to_be_none(house: Client, day: str) -> None:
    officer = house.signed_in("officer")
    assert officer.get(f"/overview?to={day}", accept="text/html").status_code == 400
    for address in (f"/overview?from={day}", f"/api/v1/overview?to={day}", f"/incidents?from={day}", f"/?to={day}"):
        assert officer.get(address, accept="text/html").status_code != 500, address


@pytest.mark.parametrize(
    "name", ["note.html", "note", "../../note.svg", "\u202etxt.html", "x" * 400, "a\r\nSet-Cookie: b"]
)
def test_a_file_is_never_saved_under_a_name_that_says_something_else_than_its_content(name: str) -> None:
    said = guarding(name, "text/plain")["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=\"attachment\.txt\"; filename\*=UTF-8''[A-Za-z0-9._~%-]+", said), said
    assert said.endswith(".txt")
    assert not re.search("%0[AaDd]|%2[Ff]|%E2%80%AE", said)


def test_a_body_that_breaks_off_is_no_fault_of_ours(house: Client) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    form = (b"content-type", b"application/x-www-form-urlencoded")
    scope = {"type": "http", "method": "POST", "path": "/sign-in", "query_string": b"", "raw_path": b"/sign-in"}
    more = {"headers": [(b"host", b"127.0.0.1"), form], "client": ("127.0.0.1", 1), "http_version": "1.1"}
    asyncio.run(house.app({**scope, **more, "scheme": "http", "root_path": ""}, receive, send))
    assert sent[0]["status"] == 408
