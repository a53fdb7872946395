"""定时任务: when each job comes next, what came of its runs, a button to run it now; and the notices."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, refuse_partial, viewer_of
from api.pages.administration.frame import ROOT, shown
from api.pages.reading import unit_names
from api.schedule import ask_for_job, jobs_now
from domain.access import Right
from domain.jobs import REPORT
from domain.notices import NoticeKind, NoticeState
from storage.jobs import job_runs
from storage.notices import notice_counts, notices

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
SCHEDULE = f"{ROOT}/schedule"
RUNS, NOTICES = 60, 60


@router.get(SCHEDULE)
def schedule(request: Request) -> Response:
    """Jobs concern every unit: only who sees every unit sees them. `job` of the address: runs of this one only."""
    refuse_partial(viewer_of(request))
    house, only = house_of(request), request.query_params.get("job") or None
    with house.reading() as connection:
        content: dict[str, Any] = {
            "jobs": jobs_now(house, connection),
            "runs": job_runs(connection, RUNS, only),
            "only": only,
            "notices": notices(connection, NOTICES),
            "counts": notice_counts(connection),
            "units": unit_names(connection, None),
        }
    kinds, states = list(NoticeKind), list(NoticeState)
    words = {"name_of": name_of, "kinds": kinds, "states": states, "asked": "asked" in request.query_params}
    return shown(request, "administration_schedule.html", {**content, **words})


@router.post(SCHEDULE + "/run")
async def run_now(request: Request) -> Response:
    """Ask for a run; it begins within a second, or after the one that lasts."""
    refuse_partial(viewer_of(request))
    given = await read_form(request)
    await run_in_threadpool(_ask, request, given.get("job", ""))
    return RedirectResponse(f"{SCHEDULE}?asked", 303)


def _ask(request: Request, job: str) -> None:
    with house_of(request).writing() as connection:
        ask_for_job(request, connection, job)


def name_of(job: str) -> tuple[str, str]:
    """(key of the vocabulary, what stands beside it): a report's job has a name of its own."""
    return ("report", job.removeprefix(REPORT)) if job.startswith(REPORT) else (job, "")
