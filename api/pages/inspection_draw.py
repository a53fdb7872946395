"""抽取样本: the conditions of a draw, its population and what it can tell, before anything is drawn."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, scope
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.samples import Asked, drawn, new_seed, read_draw
from domain.access import Right
from domain.activity import ActivityKind
from domain.errors import UsageError
from domain.inspection import Choice, Stratify
from domain.period import month_of
from domain.sampling import Precision, interval, margin_of, size_for
from storage.sampling import Prospect, prospect

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SAMPLE)])
FORM = ("name", "kind", "period", "unit", "choice", "by", "size", "least", "margin", "confidence", "seed")
MARGINS = (0.1, 0.05, 0.03, 0.02, 0.01)
CONFIDENCES = (0.9, 0.95, 0.99)


@router.get("/inspection/draw")
def draw_form(request: Request) -> Response:
    """The form; with a period in the address also the population and what a draw from it would tell."""
    given = {name: value for name in FORM if (value := request.query_params.get(name, "").strip())}
    return _shown(request, given, look="period" in given)


@router.post("/inspection/draw")
async def draw(request: Request) -> Response:
    """Draw what was looked at; a population that is another one meanwhile is shown again (409)."""
    given = await read_form(request)
    return await run_in_threadpool(_draw, request, given)


def _draw(request: Request, given: Mapping[str, str]) -> Response:
    asked, _ = read_draw(request, given)
    if asked is None:
        return _shown(request, given, look=True, status=422)
    try:
        with house_of(request).writing() as connection:
            made = drawn(request, connection, asked, given.get("digest") or None)
    except UsageError as error:
        return _shown(request, given, look=True, wrong=str(error), status=409)
    return RedirectResponse(f"/inspection/{made.id}", 303)


def _shown(
    request: Request, given: Mapping[str, str], *, look: bool, wrong: str | None = None, status: int = 200
) -> Response:
    house, reader = house_of(request), Reader.of(request)
    asked, errors = read_draw(request, given)
    with house.reading() as connection:
        units = unit_names(connection, scope(request))
        content: dict[str, Any] = {"found": None}
        if look and asked is not None:
            try:
                content = _telling(prospect(connection, asked.wanted, asked.plan), asked)
            except UsageError as error:
                wrong = wrong or str(error)
    values = {name: given.get(name, "") for name in FORM}
    values["seed"] = (asked.plan.seed if asked else given.get("seed")) or new_seed()
    values["period"] = values["period"] or month_of(house.now(), house.zone)
    words: dict[str, Any] = {"kinds": ActivityKind, "choices": Choice, "ways": Stratify}
    words |= {"margins": MARGINS, "confidences": CONFIDENCES, "usual": Precision()}
    values |= {"kind": values["kind"] or ActivityKind.INCIDENT, "by": values["by"] or Stratify.UNIT}
    content |= {"given": values, "units": units, "errors": errors if look else [], "wrong": wrong, **words}
    return page(request, reader, "inspection_draw.html", content, 422 if look and errors else status)


def _telling(found: Prospect, asked: Asked) -> dict[str, Any]:
    """What the page says about a population and a draw of this size."""
    population, confidence = len(found.members), asked.plan.precision.confidence
    return {
        "found": found,
        "population": population,
        "by": asked.wanted.by,
        "sure": confidence,
        "margin": margin_of(population, found.drawn, confidence),
        "upper": interval(0, found.drawn, confidence).high if found.drawn < population else 0.0,
        "sizes": [(margin, size_for(population, margin, confidence)) for margin in MARGINS[:2]],
    }
