"""`/api/openapi.json` alone is enough to write a program: every operation says who may ask, what it takes, gives and
refuses, with examples that fit what they are examples of."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api.problems import MEDIA_TYPE
from tests.api.client import Client
from tests.api.world import GAPPED, SESSION

Json = dict[str, Any]
SCALARS = ("string", "integer", "number")
WRITES = ("post", "put", "patch", "delete")
SENT_ONCE = ("make_token", "revoke_token")
"""Writes without `Idempotency-Key`: no secret is kept to be told again, and a token is revoked once whoever asks."""


@pytest.fixture(scope="module")
def description(client: Client) -> Json:
    content: Json = client.get("/api/openapi.json").raise_for_status().json()
    return content


def operations(description: Json) -> Iterator[tuple[str, str, str, Json]]:
    """(operation id or address, method, address, operation)"""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield operation.get("operationId", path), method, path, operation


def resolved(description: Json, part: Json) -> Json:
    while "$ref" in part:
        kind, name = part["$ref"].removeprefix("#/components/").split("/")
        part = description["components"][kind][name]
    return part


def parameters(description: Json, operation: Json) -> dict[str, Json]:
    return {one["name"]: one for part in operation.get("parameters", []) for one in [resolved(description, part)]}


def headers(description: Json, answer: Json) -> dict[str, Json]:
    return {name: resolved(description, header) for name, header in answer.get("headers", {}).items()}


def fits(description: Json, schema: Json, value: Any) -> list[str]:
    """What is wrong with a value, by the schema of JSON Schema 2020-12 that OpenAPI 3.1 uses."""
    whole = {**schema, "components": description["components"]}
    return [error.message for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]


def test_every_operation_has_its_words_a_group_and_an_id_that_a_program_can_be_called_by(description: Json) -> None:
    groups = {one["name"] for one in description["tags"] if one["description"]}
    wrong = [
        name
        for name, _, _, one in operations(description)
        if not (one.get("summary") and one.get("description") and name.isidentifier() and {*one["tags"]} <= groups)
    ]
    assert wrong == []
    ids = [name for name, *_ in operations(description)]
    assert len(ids) == len(set(ids))


def test_summaries_are_chinese_and_english_and_ids_are_not_made_of_addresses(description: Json) -> None:
    found = list(operations(description))
    assert [name for name, _, _, one in found if " / " not in one["summary"] or one["summary"].isascii()] == []
    assert [name for name, *_ in found if "api_v1" in name] == []


def test_every_operation_says_who_may_ask(description: Json) -> None:
    either = [{"token": []}, {"session": []}]
    open_ones = [name for name, _, _, one in operations(description) if one["security"] != either]
    assert open_ones == ["health"]
    assert description["components"]["securitySchemes"].keys() == {"token", "session"}


@pytest.mark.parametrize(
    ("status", "of"),
    [
        ("401", lambda one: bool(one["security"])),
        ("403", lambda one: bool(one["security"])),
        ("422", lambda one: bool(one["security"])),
        ("429", lambda one: bool(one["security"])),
        ("503", lambda _one: True),
        ("500", lambda _one: True),
        ("421", lambda _one: True),
        ("405", lambda _one: True),
        ("404", lambda one: any(part.get("in") == "path" for part in one.get("parameters", []))),
        ("400", lambda one: "requestBody" in one or any(p.get("name") == "cursor" for p in one.get("parameters", []))),
        ("413", lambda one: "requestBody" in one),
        ("415", lambda one: "multipart/form-data" in one.get("requestBody", {}).get("content", {})),
        ("409", lambda one: any("Idempotency" in part.get("$ref", "") for part in one.get("parameters", []))),
        ("416", lambda one: any(part.get("name") == "Range" for part in one.get("parameters", []))),
    ],
)
def test_every_refusal_is_told_where_it_can_come(description: Json, status: str, of: Any) -> None:
    told = {name: status in one["responses"] for name, _, _, one in operations(description)}
    lacking = [name for name, _, _, one in operations(description) if of(one) and not told[name]]
    assert lacking == []
    assert any(told.values())


@pytest.mark.parametrize("status", ["404", "409", "413", "415", "416", "410"])
def test_no_refusal_is_told_where_it_cannot_come(description: Json, status: str) -> None:
    """A list of what is there has no 404, what changes nothing has no 409."""
    bodies = {name for name, _, _, one in operations(description) if "requestBody" in one}
    paths = {name for name, _, path, _ in operations(description) if "{" in path}
    keyed = {name for name, method, _, _ in operations(description) if method in WRITES} - {*SENT_ONCE}
    by_name = {"ask_for_scan", "list_sign_offs", "sign_off", "decide_many", "link_by_hand"}
    expected = {"404": paths | by_name, "409": keyed, "413": bodies, "415": {"send_attachment"}}
    films = {"read_media", "read_proxy", "read_still", "read_strip"}
    expected |= {"416": {"read_media", "read_proxy"}, "410": films}
    told = {name for name, _, _, one in operations(description) if status in one["responses"]}
    assert told - expected[status] == set()


def test_every_refusal_is_a_problem_with_an_example_of_its_own_status(description: Json) -> None:
    for name, _, path, one in operations(description):
        for status, answer in one["responses"].items():
            assert answer["description"], (name, status)
            if status < "400" or (path, status) == ("/healthz", "503"):
                continue
            content = answer["content"][MEDIA_TYPE]
            assert fits(description, content["schema"], content["example"]) == [], (name, status)
            assert content["example"]["status"] == int(status)


def test_every_json_body_and_answer_has_an_example_that_fits_its_schema(description: Json) -> None:
    seen = 0
    for name, _, _, one in operations(description):
        parts = [one.get("requestBody", {}), *(one["responses"].get(status, {}) for status in ("200", "201", "202"))]
        for content in (part.get("content", {}).get("application/json") for part in parts):
            if content is None:
                continue
            assert content["schema"], name
            assert "example" in content, name
            assert fits(description, content["schema"], content["example"]) == [], name
            seen += 1
    assert seen > 40


def test_every_success_says_what_it_gives(description: Json) -> None:
    for name, _, _, one in operations(description):
        successes = [one["responses"][status] for status in one["responses"] if status.startswith("2")]
        assert successes, name
        assert "204" in one["responses"] or any(answer.get("content") for answer in successes), name


def test_every_parameter_has_its_meaning_and_an_example_that_fits(description: Json) -> None:
    for name, _, _, one in operations(description):
        for parameter in parameters(description, one).values():
            where = (name, parameter["name"])
            assert parameter.get("description"), where
            examples = [parameter["example"]] if "example" in parameter else parameter["schema"].get("examples", [])
            assert examples, where
            assert fits(description, parameter["schema"], examples[0]) == [], where


def leaves(schema: Json, where: str) -> Iterator[tuple[str, Json]]:
    """Properties that hold one value and say nothing else of it."""
    for name, part in schema.get("properties", {}).items():
        kinds = [part.get("type"), *(one.get("type") for one in part.get("anyOf", []))]
        if any(kind in SCALARS for kind in kinds):
            yield f"{where}.{name}", part


def test_every_value_of_every_shape_has_an_example_or_a_list_of_words(description: Json) -> None:
    """Examples of whole answers are made of these."""
    framework = ("HTTPValidationError", "ValidationError")
    shapes = {name: one for name, one in description["components"]["schemas"].items() if name not in framework}
    silent = [
        where
        for name, shape in shapes.items()
        for where, part in leaves(shape, name)
        if not ({"examples", "enum", "const", "default"} & part.keys()) and not shape.get("examples")
    ]
    assert silent == []


def test_what_can_be_repeated_and_what_has_a_version_says_so(description: Json) -> None:
    for name, method, path, one in operations(description):
        known = parameters(description, one)
        successes = [one["responses"][status] for status in ("200", "201", "202") if status in one["responses"]]
        if method in WRITES and name not in SENT_ONCE:
            assert "Idempotency-Key" in known, path
            assert all("Idempotency-Replayed" in headers(description, answer) for answer in successes), path
        if "304" in one["responses"]:
            assert "If-None-Match" in known, path
            assert all("ETag" in headers(description, answer) for answer in (*successes, one["responses"]["304"])), path


def test_refusals_that_pass_say_when_to_come_again(description: Json) -> None:
    for name, _, _, one in operations(description):
        for status, header in (("429", "Retry-After"), ("503", "Retry-After"), ("401", "WWW-Authenticate")):
            if status in one["responses"]:
                assert header in headers(description, one["responses"][status]), (name, status)


def test_an_answer_has_a_version_exactly_where_that_is_described(client: Client, description: Json) -> None:
    values = {"{number}": GAPPED, "{key}": "a" * 16, "{name}": "completeness"}
    for name, method, path, one in operations(description):
        if method != "get" or name == "listen" or "application/json" not in one["responses"]["200"].get("content", {}):
            continue
        address = path.replace("{number}", SESSION) if "/sessions/" in path else path
        for part, value in values.items():
            address = address.replace(part, value)
        answer = client.get(address)
        if answer.status_code == 200:
            assert ("etag" in answer.headers) == ("304" in one["responses"]), name


def test_nothing_of_the_framework_is_left_that_we_never_answer(description: Json) -> None:
    text = str(description["paths"])
    assert "HTTPValidationError" not in text
    assert "'422': {'description': 'Validation Error'" not in text
