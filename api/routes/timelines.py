"""`/api/v1/incidents/{number}/timeline` and the same for sessions: what the page draws, as JSON."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import house_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.schemas_timeline import TimelineAnswer
from api.timeline_json import timeline_json
from domain.activity import ActivityKind
from storage.queries.filters import storable
from storage.queries.timeline import Timeline, timeline

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (404, 405, 421, 422, 500, 503)
}
router = APIRouter(prefix="/api/v1", tags=["time lines"])


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
    return answer(request, timeline_json(known_timeline(request, kind, number)), house_of(request).zone)


def known_timeline(request: Request, kind: ActivityKind, number: str) -> Timeline:
    """The time line. Raises Refused (404) when no feed knows the activity."""
    with house_of(request).reading() as connection:
        found = timeline(connection, kind, number) if storable(number) else None
    if found is None:
        raise Refused(404, f"{kind}: expected the number of one that a feed delivered, got {number[:80]!r}")
    return found
