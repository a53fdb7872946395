"""Answers of the API that follow from what an operation is: who may ask, repeats, versions, and headers that say so."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from api.idempotency import PARAMETER, REPLAYED
from api.problems import PROBLEM_RESPONSES

Json = dict[str, Any]

ANY_REQUEST = (405, 421, 500)
"""Given by the server before or after an operation has its say."""
SIGNED_IN = (401, 403, 422, 429, 503)
"""Of everything that is not open to anybody."""
WITH_BODY = (400, 413)
UNTAGGED = ("/healthz", "/api/v1/reports/runs/{run_id}")
"""JSON that is made anew for each request: its taking is in the audit log, or it is only about this moment."""

IF_NONE_MATCH_NAME = "IfNoneMatch"
IF_NONE_MATCH: Mapping[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "`ETag` of an answer that you have: where it still holds, the answer is 304 without a body.",
    "schema": {"type": "string", "maxLength": 4000},
    "example": 'W/"5d1f0c6a8e2b47903c1d9e7a"',
}


def _header(meaning: str, kind: str, example: Any, *, always: bool = False) -> Json:
    return {"description": meaning, "required": always, "schema": {"type": kind}, "example": example}


HEADERS: Mapping[str, Json] = {
    "ETag": _header("Stands for exactly this answer.", "string", 'W/"5d1f0c6a8e2b47903c1d9e7a"', always=True),
    "Retry-After": _header("Seconds after which to come again.", "integer", 5),
    REPLAYED: _header("`true`: the first answer again, without a second effect.", "string", "true"),
    "WWW-Authenticate": _header("How to say who you are.", "string", 'Bearer realm="bwc"', always=True),
    "Allow": _header("Methods that the address takes.", "string", "GET", always=True),
}
TOLD_BY: Mapping[str, str] = {
    "401": "WWW-Authenticate",
    "405": "Allow",
    "409": "Retry-After",
    "429": "Retry-After",
    "503": "Retry-After",
}
"""Header of a refusal, by status."""


def complete_answers(path: str, method: str, operation: Json) -> None:
    """Add the answers that were not named, and the headers and parameters that go with them."""
    answers: Json = operation["responses"]
    for expected in _expected(operation):
        answers.setdefault(str(expected), deepcopy(PROBLEM_RESPONSES[expected]))
    if method == "get" and path not in UNTAGGED and "application/json" in answers.get("200", {}).get("content", {}):
        _refer(answers, ("200",), "ETag")
        answers["304"] = {"description": "Nothing has changed since the answer that `If-None-Match` names."}
    if "304" in answers:
        _refer(answers, ("304",), "ETag")
        named = {"$ref": f"#/components/parameters/{IF_NONE_MATCH_NAME}"}
        operation.setdefault("parameters", []).append(named)
    if PARAMETER in operation.get("parameters", []):
        _refer(answers, ("200", "201", "202"), REPLAYED)
    for status, header in TOLD_BY.items():
        _refer(answers, (status,), header)
    operation["responses"] = dict(sorted(answers.items()))


def _expected(operation: Json) -> Iterator[int]:
    yield from ANY_REQUEST
    parameters = operation.get("parameters", [])
    if operation["security"]:
        yield from SIGNED_IN
    if "requestBody" in operation:
        yield from WITH_BODY
    if PARAMETER in parameters:
        yield 409
    if any(one.get("in") == "path" for one in parameters):
        yield 404


def _refer(answers: Json, statuses: Sequence[str], header: str) -> None:
    """Say that answers of these statuses, where there are any, carry a header."""
    for status in statuses:
        if status in answers:
            known = answers[status].setdefault("headers", {})
            known.setdefault(header, {"$ref": f"#/components/headers/{header}"})
