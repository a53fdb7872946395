"""`/api/v1/incidents/{number}/timeline` and the same for sessions: what the page draws, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.answers import answer
from api.house import house_of
from api.identity.access import needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from api.shapes.timeline import TimelineAnswer
from api.timeline_json import known_timeline, timeline_json
from domain.access import Right
from domain.activity import ActivityKind
from domain.wording import say
from storage.queries.shapes import file_places

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 405, 421, 422, 429, 500, 503)
}
Incident = Annotated[str, Path(description="Number of an incident.", examples=["JQ20261120A01"])]
Session = Annotated[str, Path(description="Number of a session.", examples=["XW2026112001"])]
router = APIRouter(prefix="/api/v1", tags=["time lines"], dependencies=[needs(Right.SEE)])


@router.get(
    "/incidents/{number:path}/timeline",
    operation_id="read_incident_timeline",
    summary=say("警情时间轴", "The time line of an incident"),
    response_model=TimelineAnswer,
    responses=RESPONSES,
)
def incident_timeline(request: Request, number: Incident) -> Response:
    """Required window, lanes with clips and gaps, whose footage covers them, links and findings of an incident."""
    return _answer(request, ActivityKind.INCIDENT, number)


@router.get(
    "/sessions/{number:path}/timeline",
    operation_id="read_session_timeline",
    summary=say("审讯时间轴", "The time line of a session"),
    response_model=TimelineAnswer,
    responses=RESPONSES,
)
def session_timeline(request: Request, number: Session) -> Response:
    """The same of a session in an interrogation room, a lane per required channel."""
    return _answer(request, ActivityKind.SESSION, number)


def _answer(request: Request, kind: ActivityKind, number: str) -> Response:
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        line = known_timeline(connection, kind, number, viewer_of(request))
        places = file_places(connection, (link.file_id for link in line.links))
    return answer(request, timeline_json(line, places), house.zone)
