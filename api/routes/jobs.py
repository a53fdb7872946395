"""`/api/v1/jobs`: work by the clock, when it comes next and what came of it last."""

from dataclasses import fields
from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import house_of
from api.identity.access import needs, refuse_partial, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from api.schedule import JobNow, jobs_now
from api.shapes.jobs import JobsAnswer
from domain.access import Right
from domain.wording import say
from storage.jobs import JobRun

router = APIRouter(prefix="/api/v1", tags=["schedule"])
KEPT = ("id", "state", "actor", "due_at", "started_at", "finished_at", "seconds", "result", "error")


@router.get(
    "/jobs",
    operation_id="list_jobs",
    summary=say("定时任务", "Work by the clock"),
    response_model=JobsAnswer,
    responses={status: PROBLEM_RESPONSES[status] for status in (401, 403, 422, 429, 500, 503)},
    dependencies=[needs(Right.ADMINISTER)],
)
def list_jobs(request: Request) -> Response:
    """Every job of the schedule, for an account or token of every unit; empty where this server has no schedule."""
    nothing_asked(request)
    refuse_partial(viewer_of(request))
    house = house_of(request)
    with house.reading() as connection:
        found = [_row(one) for one in jobs_now(house, connection)]
    return answer(request, {"items": found}, house.zone)


def _row(one: JobNow) -> dict[str, Any]:
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    return {name: _run(value) if isinstance(value, JobRun) else value for name, value in values.items()}


def _run(run: JobRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in KEPT}
