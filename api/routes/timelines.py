"""`/api/v1/incidents/{number}/timeline` and the same for sessions: what the page draws, as JSON."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import needs, viewer_of
from api.answers import answer
from api.house import house_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from api.schemas_timeline import TimelineAnswer
from api.timeline_json import known_timeline, timeline_json
from domain.access import Right
from domain.activity import ActivityKind
from storage.queries.shapes import file_places

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 405, 421, 422, 429, 500, 503)
}
router = APIRouter(prefix="/api/v1", tags=["time lines"], dependencies=[needs(Right.SEE)])


@router.get("/incidents/{number:path}/timeline", response_model=TimelineAnswer, responses=RESPONSES)
def incident_timeline(request: Request, number: str) -> Response:
    """Required window, lanes with clips and gaps, whose footage covers them, links and findings of an incident."""
    return _answer(request, ActivityKind.INCIDENT, number)


@router.get("/sessions/{number:path}/timeline", response_model=TimelineAnswer, responses=RESPONSES)
def session_timeline(request: Request, number: str) -> Response:
    """The same of a session in an interrogation room, a lane per required channel."""
    return _answer(request, ActivityKind.SESSION, number)


def _answer(request: Request, kind: ActivityKind, number: str) -> Response:
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        line = known_timeline(connection, kind, number, viewer_of(request))
        places = file_places(connection, (link.file_id for link in line.links))
    return answer(request, timeline_json(line, places), house.zone)
