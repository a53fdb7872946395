"""`/api/v1/content`: how far looking at pictures and sound is, for supervision by people and programs."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import house_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from api.schemas import ContentAnswer
from storage.queries import content_state

RESPONSES: dict[int | str, dict[str, Any]] = {status: PROBLEM_RESPONSES[status] for status in (405, 421, 422, 500, 503)}
router = APIRouter(prefix="/api/v1", tags=["content"])


@router.get("/content", response_model=ContentAnswer, responses=RESPONSES)
def content(request: Request) -> Response:
    """What waits to be looked at and since when, what ended its last attempt, and how fast it goes."""
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        return answer(request, content_state(connection), house.zone)
