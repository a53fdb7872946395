"""`POST /api/v1/incidents` and `/api/v1/sessions`: another system sends rows instead of exporting them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.house import house_of
from api.idempotency import PARAMETER, once
from api.identity.access import audited, needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.pushing import Understood
from api.shapes.live import PushAnswer
from domain.access import Right
from domain.audit import Action, Entry
from domain.wording import say
from storage.audit import append
from storage.pushed import add_pushed, units_of
from storage.queries.filters import storable
from storage.scan_requests import NO_STORE, ask_scan

MOST_ROWS = 1000
NAMED = 50
"""Numbers that stand in the audit log; the digest there is of all that was sent."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 405, 409, 413, 421, 429, 500, 503)},
    422: {**PROBLEM_RESPONSES[422], "description": "Not one row can be used; `errors` says why, row by row."},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "incidents": {
        "number": "JQ20261120A01",
        "unit": "310114010000",
        "officers": ["031021"],
        "dispatched_at": "2026-11-20 08:05:00",
        "arrived_at": "2026-11-20T08:12:00+08:00",
    },
    "sessions": {
        "number": "XW2026112001",
        "kind": "讯问",
        "room": "XW-01",
        "channels": ["CH1", "CH2"],
        "started_at": "2026-11-20 10:00:00",
    },
}
router = APIRouter(prefix="/api/v1", tags=["push"], dependencies=[needs(Right.PUSH)])


def described(kind: str) -> dict[str, Any]:
    """The body for OpenAPI: one object, or a list of them."""
    one = {
        "type": "object",
        "required": ["number"],
        "additionalProperties": True,
        "description": (
            "Canonical field names of the feed; its Chinese and pinyin headings are understood as well. A field that "
            "is left out stays as it was, null clears it."
        ),
        "example": EXAMPLES[kind],
    }
    schema = {"oneOf": [one, {"type": "array", "minItems": 1, "maxItems": MOST_ROWS, "items": one}]}
    body = {"required": True, "content": {"application/json": {"schema": schema, "example": [EXAMPLES[kind]]}}}
    return {"parameters": [PARAMETER], "requestBody": body}


@router.post(
    "/incidents",
    operation_id="push_incidents",
    summary=say("推送警情", "Send incidents"),
    status_code=202,
    response_model=PushAnswer,
    responses=RESPONSES,
    openapi_extra=described("incidents"),
)
async def push_incidents(request: Request) -> Response:
    """Send incidents, in any order and piece by piece; they are linked and judged within seconds."""
    body = await request.body()
    return await run_in_threadpool(_push, request, "incidents", body)


@router.post(
    "/sessions",
    operation_id="push_sessions",
    summary=say("推送审讯", "Send sessions"),
    status_code=202,
    response_model=PushAnswer,
    responses=RESPONSES,
    openapi_extra=described("sessions"),
)
async def push_sessions(request: Request) -> Response:
    """The same for sessions in interrogation rooms."""
    body = await request.body()
    return await run_in_threadpool(_push, request, "sessions", body)


@dataclass(frozen=True, slots=True)
class Read:
    """One row that was sent, and what it is understood as."""

    index: int
    row: Any
    said: Understood


def _push(request: Request, kind: str, body: bytes) -> Response:
    nothing_asked(request)
    understand = house_of(request).understand
    rows = [Read(index, row, _understood(understand, kind, row)) for index, row in enumerate(_rows(body))]

    def work(connection: Connection) -> tuple[int, Any]:
        return 202, _take(request, connection, kind, rows, hashlib.sha256(body).hexdigest())

    return once(request, body, work)


def _understood(understand: Any, kind: str, row: Any) -> Understood:
    if not isinstance(row, dict):
        return Understood(problem=say("应为 JSON 对象", f"expected a JSON object, got {type(row).__name__}"))
    if not storable(json.dumps(row, ensure_ascii=False)):
        return Understood(problem=say("含有无法保存的字符", "expected plain text, got characters that are none"))
    said: Understood = understand(kind, row)
    return said


def _rows(body: bytes) -> list[Any]:
    """The rows that were sent. Raises Refused (422)."""
    try:
        content = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        text = say("请求内容应为 JSON", f"body: expected JSON, got {type(error).__name__}")
        raise Refused(422, text, [("body", "expected a JSON object, or a list of them")]) from None
    rows = content if isinstance(content, list) else [content]
    if not 1 <= len(rows) <= MOST_ROWS:
        text = say(f"应为 1 至 {MOST_ROWS} 行", f"body: expected 1 to {MOST_ROWS} rows, got {len(rows)}")
        raise Refused(422, text, [("body", f"expected 1 to {MOST_ROWS} rows")])
    return rows


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _take(request: Request, connection: Connection, kind: str, rows: Sequence[Read], digest: str) -> dict[str, Any]:
    """Keep what can be used, ask for a scan, and write it down. Raises Refused (422) when nothing can be."""
    house, viewer = house_of(request), viewer_of(request)
    numbers = [read.said.number for read in rows if read.said.number]
    known = units_of(connection, kind, numbers)
    problems = {read.index: read.said.problem or _outside(viewer, read.said, known) for read in rows}
    taken = [read for read in rows if problems[read.index] is None]
    if not taken:
        errors = [(f"[{index}]", problem or "") for index, problem in problems.items()]
        text = say("没有可用的行", f"not one of {len(rows)} rows can be used; the first: {errors[0][1]}")
        raise Refused(422, text, errors[:100])
    sent = [(read.said.number or "", read.row) for read in taken]
    ids = dict(
        zip((one.index for one in taken), add_pushed(connection, kind, sent, house.now(), viewer.actor), strict=True)
    )
    asked = ask_scan(connection, house.now(), viewer.actor, [NO_STORE])
    append(connection, house.now(), _entries(request, kind, taken, known, digest))
    answers = [
        {
            "index": read.index,
            "number": read.said.number,
            "accepted": read.index in ids,
            "id": ids.get(read.index),
            "problem": problems[read.index],
        }
        for read in rows
    ]
    return {"accepted": len(ids), "rejected": len(rows) - len(ids), "scan_request": asked, "rows": answers}


def _outside(viewer: Any, said: Understood, known: dict[str, set[Any]]) -> str | None:
    """Why somebody who sees some units only may not send this row."""
    if viewer.units is None:
        return None
    units = {*known.get(said.number or "", ()), *([said.unit] if said.unit else [])}
    if units and all(viewer.sees(unit) for unit in units):
        return None
    return say("单位不在您的范围内，或未写明单位", "unit: expected one of your units, got another one or none")


def _entries(
    request: Request, kind: str, taken: Sequence[Read], known: dict[str, set[Any]], digest: str
) -> list[Entry]:
    """One link for each unit concerned."""
    numbers: dict[str | None, list[str]] = {}
    for read in taken:
        number = read.said.number or ""
        unit = read.said.unit or next(iter(sorted(known.get(number, ()), key=str)), None)
        numbers.setdefault(unit, []).append(number)
    return [
        audited(request, Action.PUSHED, kind, unit, rows=len(some), numbers=some[:NAMED], digest=digest)
        for unit, some in sorted(numbers.items(), key=lambda pair: str(pair[0]))
    ]
