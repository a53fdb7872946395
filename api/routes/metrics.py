"""`/metrics`: figures of the whole house for Prometheus."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.house import house_of
from api.identity.access import needs, refuse_partial, viewer_of
from api.metrics import MEDIA_TYPE, Readings, exposition
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from domain.access import Right
from domain.wording import say
from storage.queries.gauges import gauges

EXAMPLE = """# HELP bwc_findings_open Findings without a decision.
# TYPE bwc_findings_open gauge
bwc_findings_open{flag="missing"} 3.0
"""
ANSWER: dict[str, Any] = {
    "description": "Prometheus text format 0.0.4.",
    "content": {"text/plain": {"schema": {"type": "string"}, "example": EXAMPLE}},
}
router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    operation_id="metrics",
    summary=say("运行指标", "Figures for Prometheus"),
    response_class=Response,
    responses={200: ANSWER, **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 422, 429, 503)}},
    dependencies=[needs(Right.SEE)],
)
def metrics(request: Request) -> Response:
    """Figures of all units together, for an account or token of every unit. No label names a unit or a person."""
    nothing_asked(request)
    refuse_partial(viewer_of(request))
    house = house_of(request)
    now = house.now()
    with house.reading() as connection:
        found = gauges(connection, now)
    return Response(exposition(house.requests, Readings(found, now, house.version)), media_type=MEDIA_TYPE)
