"""`Idempotency-Key` of JSON writes: the same request under the same key is answered again and has no second effect.

A route hands its work to `once`; effect, audit entry and kept answer are one transaction. A refusal is not kept.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from sqlalchemy import Connection

from api.answers import text_of
from api.house import House, house_of
from api.identity.access import viewer_of
from api.problems import Refused
from domain.wording import say
from storage.kept_answers import AnsweredAtOnce, KeptAnswer, claim_key, keep_answer, kept_answer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
COMPONENT = "IdempotencyKey"
PARAMETER: dict[str, Any] = {"$ref": f"#/components/parameters/{COMPONENT}"}
"""For `openapi_extra={"parameters": [PARAMETER]}` of a route."""
DESCRIBED: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "1 to 200 visible ASCII characters, new for every intended write (a UUID). Within 24 hours the same request "
        f"under the same key gets the first answer again, with `{REPLAYED}: true`, and has no second effect; another "
        "request under it is refused (422), one that comes while the first is being answered likewise (409)."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
KEY = re.compile(r'"?([\x21\x23-\x7e]{1,200})"?')
Work = Callable[[Connection], tuple[int, Any]]
"""Makes the effect and appends to the audit log, last; gives status and content of the answer."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One write under a key: whose it is, and the digest of everything that it asks for."""

    actor: str
    key: str
    request: str


def once(request: Request, body: bytes | str, work: Work) -> Response:
    """Do the work in a transaction and answer with JSON; under a key at most once.

    `body` is what the request asks for (`model_dump_json()`, or the digest of a file). Raises Refused: 409, 422.
    """
    house = house_of(request)
    repeatable = _repeatable(request, body)
    if repeatable is None:
        with house.writing() as connection:
            status, content = work(connection)
        return _json(status, _text(content, house))
    try:
        return _once(house, repeatable, work)
    except AnsweredAtOnce as error:
        text = say(
            "同一请求正在处理，请稍后再取结果", "the same request is being answered: send it again for its answer"
        )
        raise Refused(409, text, headers={"Retry-After": "1"}) from error


def answered(request: Request, body: bytes | str) -> Response | None:
    """What the same request was answered under its key; None where it is new.

    For work that is dear and is done before `once`: it need not be done again. Raises Refused: 422.
    """
    repeatable, house = _repeatable(request, body), house_of(request)
    if repeatable is None:
        return None
    with house.reading() as connection:
        known = kept_answer(connection, repeatable.actor, repeatable.key, house.now())
    return None if known is None else _again(repeatable, known)


def _once(house: House, asked: Repeatable, work: Work) -> Response:
    with house.writing() as connection:
        known = kept_answer(connection, asked.actor, asked.key, house.now())
        if known is not None:
            return _again(asked, known)
        claim_key(connection, asked.actor, asked.key, asked.request, house.now())
        status, content = work(connection)
        text = _text(content, house)
        keep_answer(connection, asked.actor, asked.key, status, text)
    return _json(status, text)


def _again(asked: Repeatable, known: KeptAnswer) -> Response:
    if known.request != asked.request:
        said = say("此键已用于另一请求", f"{HEADER}: expected a new key, got one that another request was sent under")
        raise Refused(422, said, [(HEADER, "was sent with another request")])
    answer = _json(known.status, known.body)
    answer.headers[REPLAYED] = "true"
    return answer


def _repeatable(request: Request, body: bytes | str) -> Repeatable | None:
    given = request.headers.get(HEADER)
    if given is None:
        return None
    match = KEY.fullmatch(given)
    if match is None:
        said = say("此键无法使用", f"{HEADER}: expected 1 to 200 visible ASCII characters, got {given[:80]!r}")
        raise Refused(422, said, [(HEADER, "expected 1 to 200 visible ASCII characters")])
    digest = hashlib.sha256(f"{request.method} {request.scope['path']}?{request.url.query}\n".encode())
    digest.update(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    return Repeatable(viewer_of(request).actor, match[1], digest.hexdigest())


def _text(content: Any, house: House) -> str:
    return text_of(content, house.zone)


def _json(status: int, text: str) -> Response:
    return Response(text.encode(), status, media_type="application/json")
