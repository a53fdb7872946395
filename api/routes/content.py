"""`/api/v1/content`: how far looking at pictures and sound is, for supervision by people and programs."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import house_of
from api.identity.access import needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.lists import ContentAnswer
from domain.access import Right
from domain.wording import say
from storage.queries import content_state

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 405, 421, 422, 429, 500, 503)
}
router = APIRouter(prefix="/api/v1", tags=["content"], dependencies=[needs(Right.SEE)])


@router.get(
    "/content",
    operation_id="read_content",
    summary=say("画面与声音检查进度", "How far looking at pictures and sound is"),
    response_model=ContentAnswer,
    responses=RESPONSES,
)
def content(request: Request) -> Response:
    """What waits to be looked at and since when, what ended its last attempt, and how fast it goes."""
    nothing_asked(request)
    if viewer_of(request).units is not None:
        raise Refused(403, say("该数字涵盖所有单位", "these counts are of every unit"))
    house = house_of(request)
    with house.reading() as connection:
        return answer(request, content_state(connection), house.zone)
