"""抽查: samples and whom they never reached, one sample with its work list and results, one item to be checked."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import audited, needs, scope, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.problems import Refused
from api.samples import (
    added_up,
    check_item,
    known_item,
    known_sample,
    period_of,
    read_check,
    turn_of,
    visible,
)
from detectors import RULES
from domain.access import Right
from domain.audit import Action
from domain.inspection import CheckVerdict
from domain.period import parse_period
from storage.audit import append
from storage.queries import Filters
from storage.queries.inspected import Reached, officers_reached, units_reached
from storage.sampling import Item, Sample, close_sample, items_of, progress, replayed, samples

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SAMPLE)])
LOOKED_BACK = timedelta(days=90)
THINGS = range(1, 6)
"""What has to be looked at, by number of the sentence."""


@router.get("/inspection")
def inspection(request: Request) -> Response:
    """The samples of the viewer's units, and who of them was never drawn."""
    house, reader = house_of(request), Reader.of(request)
    lately, wrong = _looked_back(request)
    with house.reading() as connection:
        content = {
            "samples": samples(connection, viewer_of(request).units),
            "progress": progress(connection),
            "units": unit_names(connection, lately.scope),
            "reached": [
                ("officers", *_never(officers_reached(connection, lately))),
                ("units", *_never(units_reached(connection, lately))),
            ],
            "period_of": period_of,
            "period": request.query_params.get("period", "").strip(),
            "wrong": wrong,
        }
    return page(request, reader, "inspection.html", content, 422 if wrong else 200)


def _looked_back(request: Request) -> tuple[Filters, str | None]:
    """The period in which somebody had to be drawn, as asked for or the last days; and what is wrong with it."""
    house, text, wrong = house_of(request), request.query_params.get("period", "").strip(), None
    since, until = house.now() - LOOKED_BACK, house.now()
    if text:
        try:
            span = parse_period(text, house.zone).span
            since, until = span.start, span.end
        except ValueError as error:
            wrong = str(error)
    return Filters(since=since, until=until, scope=scope(request)), wrong


def _never(found: Sequence[Reached]) -> tuple[list[Reached], int]:
    """Those never drawn, and how many there are in all."""
    return [one for one in found if not one.sampled], len(found)


@router.get("/inspection/{sample_id:int}")
def sample(request: Request, sample_id: int) -> Response:
    """Progress, work list and results of one sample."""
    house, reader = house_of(request), Reader.of(request)
    with house.reading() as connection:
        found = known_sample(request, connection, sample_id)
        items = items_of(connection, found.id)
        results, hidden = added_up(request, found, items)
        content = {
            "sample": found,
            "period": period_of(found),
            "items": items,
            "visible": {item.position: visible(request, found, item) for item in items},
            "states": {item.position: _state(request, item) for item in items},
            "next": _next(request, found, items, 0),
            "results": results,
            "hidden": hidden,
            "replay": replayed(connection, found),
            "units": unit_names(connection, scope(request)),
            "checked": [sum(len(item.checks) >= turn for item in items) for turn in (1, 2)],
        }
    return page(request, reader, "inspection_sample.html", content)


def _state(request: Request, item: Item) -> str:
    if any(check.actor == viewer_of(request).actor for check in item.checks):
        return "yours"
    return ("none", "first", "both")[len(item.checks)]


def _next(request: Request, sample: Sample, items: Sequence[Item], after: int) -> int | None:
    """The item that the viewer checks next: first what nobody has looked at, then second checks; around the end."""
    turns = {item.position: turn for item in items if (turn := turn_of(request, sample, item)) is not None}
    order = sorted(turns, key=lambda position: (turns[position], position <= after, position))
    return next((position for position in order if position != after), None)


@router.post("/inspection/{sample_id:int}/close")
async def close(request: Request, sample_id: int) -> Response:
    """End a sample; whoever does so is in the audit log."""
    return await run_in_threadpool(_close, request, sample_id)


def _close(request: Request, sample_id: int) -> Response:
    house = house_of(request)
    with house.writing() as connection:
        found = known_sample(request, connection, sample_id)
        if close_sample(connection, found.id, house.now()):
            entry = audited(request, Action.SAMPLED, f"sample:{found.id}", found.unit, change="closed")
            append(connection, house.now(), [entry])
    return RedirectResponse(f"/inspection/{sample_id}", 303)


@router.get("/inspection/{sample_id:int}/{position:int}")
def item(request: Request, sample_id: int, position: int) -> Response:
    return _item(request, sample_id, position, {})


@router.post("/inspection/{sample_id:int}/{position:int}")
async def check(request: Request, sample_id: int, position: int) -> Response:
    """Keep a check and go on to the next item; what is missing is said on the page, with what was typed."""
    given = await read_form(request)
    return await run_in_threadpool(_check, request, sample_id, position, given)


def _check(request: Request, sample_id: int, position: int, given: Mapping[str, str]) -> Response:
    try:
        with house_of(request).writing() as connection:
            found = known_sample(request, connection, sample_id)
            drawn = known_item(connection, found, position)
            check_item(request, connection, found, drawn, read_check(given, drawn))
            following = _next(request, found, items_of(connection, found.id), position)
    except Refused as error:
        if error.status not in (409, 422):
            raise
        return _item(request, sample_id, position, given, error)
    return RedirectResponse(f"/inspection/{sample_id}" + (f"/{following}" if following else "?done"), 303)


def _item(
    request: Request, sample_id: int, position: int, given: Mapping[str, str], wrong: Refused | None = None
) -> Response:
    reader = Reader.of(request)
    with house_of(request).reading() as connection:
        found = known_sample(request, connection, sample_id)
        drawn = known_item(connection, found, position)
        content = _item_content(request, connection, found, drawn)
    content |= {
        "given": {"verdict": "", "missed": "", "comment": "", **given},
        "wrong": wrong.detail if wrong else None,
    }
    return page(request, reader, "inspection_item.html", content, wrong.status if wrong else 200)


def _item_content(request: Request, connection: Connection, sample: Sample, item: Item) -> dict[str, Any]:
    turn = turn_of(request, sample, item)
    return {
        "sample": sample,
        "item": item,
        "said": item.frozen,
        "checks": visible(request, sample, item),
        "turn": turn,
        "verdicts": CheckVerdict,
        "things": THINGS,
        "units": unit_names(connection, scope(request)),
        "rule_of": {rule.id: rule for rule in RULES},
        "next": _next(request, sample, items_of(connection, sample.id), item.position),
    }
