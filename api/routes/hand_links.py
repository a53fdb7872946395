"""`POST /api/v1/links`: link a clip to an incident or session by hand, or take the two apart."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.hand_linking import link_by_hand
from api.idempotency import PARAMETER, once
from api.identity.access import needs
from api.parameters import nothing_asked
from api.pictures import LARGEST_ID
from api.problems import PROBLEM_RESPONSES
from api.shapes.lists import AT, Row, Text
from domain.access import Right
from domain.activity import ActivityKind
from domain.hand_link import NOTE_LENGTH, HandWish
from domain.wording import say

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 405, 409, 421, 422, 429, 500, 503)
}
router = APIRouter(prefix="/api/v1", tags=["links"])


class HandLinkAsked(Row):
    """One word about a clip and an activity."""

    kind: ActivityKind
    number: Text = Field(min_length=1, max_length=400, examples=["JQ20261120A01"])
    clip: int = Field(ge=1, le=LARGEST_ID, examples=[17])
    made: bool = Field(description="False: the two do not belong together; then a note is needed.", examples=[True])
    officer: Text | None = Field(None, max_length=40, description="Whose footage it is.", examples=["031021"])
    note: Text = Field("", max_length=NOTE_LENGTH, examples=["佩戴他人设备"])
    links: int = Field(ge=0, description="Words about the activity when it was looked at.", examples=[0])


class HandLinkRow(Row):
    """The word as it is kept. It counts from the next scan, which was asked for."""

    id: int = Field(examples=[3])
    kind: ActivityKind
    number: str = Field(examples=["JQ20261120A01"])
    clip: int = Field(examples=[17])
    made: bool = Field(examples=[True])
    officer: str | None = Field(examples=["031021"])
    note: str = Field(examples=["佩戴他人设备"])
    at: datetime = Field(examples=[AT])
    links: int = Field(description="Words about the activity now.", examples=[1])


@router.post(
    "/links",
    operation_id="link_by_hand",
    summary=say("人工关联", "Link a clip by hand, or take it off"),
    status_code=201,
    response_model=HandLinkRow,
    responses=RESPONSES,
    dependencies=[needs(Right.LINK)],
    openapi_extra={"parameters": [PARAMETER]},
)
def link(request: Request, body: HandLinkAsked) -> Response:
    """The last word counts and is never undone by a scan. 409 when somebody else linked meanwhile."""
    nothing_asked(request)
    wish = HandWish(
        *(body.kind.value, body.number, body.clip, body.made, body.links),
        officer=body.officer or None,
        note=body.note.strip(),
    )

    def work(connection: Connection) -> tuple[int, Any]:
        made = link_by_hand(request, connection, wish)
        kept = {name: getattr(made, name) for name in ("id", "kind", "number", "made", "officer", "note", "at")}
        return 201, {**kept, "clip": made.file_id, "links": wish.expected + 1}

    return once(request, body.model_dump_json(), work)
