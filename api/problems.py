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


MEANINGS: Mapping[int, tuple[str, str]] = {
    400: (
        "The cursor is none of this list, or the body cannot be read.",
        "list findings: cursor: expected a next_cursor of this list, got 'x'",
    ),
    401: (
        "Nobody is signed in, or the token is unknown, expired or revoked.",
        "令牌无效、已过期或已吊销 / the token is unknown, expired or revoked",
    ),
    403: (
        "The role has no right to this, or a form is out of date.",
        "您的角色没有此权限：push / the role officer has no right to push",
    ),
    404: ("There is nothing of this name.", "没有这个问题 / finding: expected the id of one, got '0000000000000000'"),
    405: ("This address does not take this method.", "this address does not take this method, got PUT /api/v1/me"),
    409: (
        "Somebody else decided meanwhile, or the state allows no such step; `detail` says what it is now.",
        "li 已于 11-20 09:12 处理为“属实”，请重新查看 / li decided “confirm” at 11-20 09:12: look again",
    ),
    410: (
        "The file is not in its store any more, or holds other bytes; `detail` says which.",
        "文件已不在该存储中 / the file is not in its store any more",
    ),
    413: ("The body is larger than is taken here.", "请求内容过大 / body: expected at most 12582912 bytes"),
    415: ("The body is of another kind than is taken here.", "需要表单内容 / body: expected multipart/form-data"),
    416: ("`Range` begins after the last byte.", "文件只有 142968 字节 / Range: expected a part of 142968 bytes"),
    421: (
        "The Host header names another server.",
        "Host: expected a loopback name such as 127.0.0.1 or localhost, got ['example.org']",
    ),
    422: (
        "A parameter is unknown or cannot be used; `errors` names it.",
        "limit: expected a whole number from 1 to 1000, got '0'",
    ),
    429: (
        "Too many requests; `Retry-After` says when to come back.",
        "请求过于频繁，每分钟最多 600 次 / too many requests: at most 600 a minute",
    ),
    500: ("A fault in this program; its log says more.", "a fault in this program; its log says more"),
    503: ("The database does not answer.", "the database does not answer"),
}
"""What a status means, and the `detail` of one such answer."""


def _example(status: int, detail: str) -> dict[str, Any]:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if status == 422:
        name, _, what = detail.partition(": ")
        content["errors"] = [{"parameter": name, "detail": what}]
    return content


def _described(status: int) -> dict[str, Any]:
    meaning, detail = MEANINGS[status]
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status, detail)}
    return {"description": meaning, "content": {MEDIA_TYPE: shape}}


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {status: _described(status) for status in MEANINGS}
"""For `responses=` of a route; `described.openapi` puts the schema in, and those answers that any request can get."""
