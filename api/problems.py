"""Errors as RFC 9457 problem details (`application/problem+json`): what, where, expected, got; never internals."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class BadParameter(BaseModel):
    """One parameter that cannot be used."""

    parameter: str = Field(examples=["limit"])
    detail: str = Field(examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """Why there is no answer."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Bad Request"])
    status: int = Field(examples=[400])
    detail: str = Field(examples=["list findings: cursor: expected a next_cursor of this list, got 'x'"])
    errors: list[BadParameter] | None = Field(None, description="One entry for each parameter that cannot be used.")
    current: dict[str, Any] | None = Field(None, description="What is there now, where somebody was quicker.")


class Refused(Exception):
    """A request that is answered with a problem instead."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        *,
        current: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), headers
        self.current = current


def problem(
    status: int,
    detail: str,
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    *,
    current: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """The answer for a status; `errors` are (parameter, what is wrong with it), `current` plain JSON values."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = [{"parameter": name, "detail": what} for name, what in errors]
    if current is not None:
        content["current"] = dict(current)
    return JSONResponse(content, status, headers, MEDIA_TYPE)


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, meaning in {
        400: "The cursor is none of this list.",
        401: "Nobody is signed in, or the token is unknown, expired or revoked.",
        403: "The role has no right to this, or a form is out of date.",
        404: "There is nothing of this name.",
        405: "This address does not take this method.",
        409: "Somebody else decided meanwhile, or the state allows no such step; `detail` says what it is now.",
        413: "The body is larger than is taken here.",
        429: "Too many requests; `Retry-After` says when to come back.",
        410: "The file is not in its store any more, or holds other bytes; `detail` says which.",
        421: "The Host header names another server.",
        422: "A parameter is unknown or cannot be used; `errors` names it.",
        500: "A fault in this program; its log says more.",
        503: "The database does not answer.",
    }.items()
}
"""For `responses=` of a route; `openapi.py` puts the schema in."""
