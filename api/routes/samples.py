"""`/api/v1/samples`: inspection samples drawn, read and checked by programs."""

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.house import house_of
from api.idempotency import PARAMETER, once
from api.identity.access import needs, scope
from api.parameters import asked, described, nothing_asked, refused
from api.problems import PROBLEM_RESPONSES, Refused
from api.samples import added_up, check_item, drawn, known_item, known_sample, read_check, read_draw, turn_of, visible
from api.shapes.samples import CheckAnswer, CheckBody, DrawBody, SampleAnswer, SamplePage
from domain.access import Right
from domain.errors import UsageError
from domain.inspection import Figures, Results
from domain.sampling import Interval
from domain.wording import say
from storage.queries import UnusableQuery
from storage.queries.samples import SAMPLES, sample_row
from storage.sampling import ChangedMeanwhile, Item, Sample, items_of, progress, replayed

router = APIRouter(prefix="/api/v1/samples", tags=["inspection"], dependencies=[needs(Right.SAMPLE)])
ERRORS: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 422, 429, 500, 503)
}
LISTING: dict[int | str, dict[str, Any]] = {**ERRORS, 400: PROBLEM_RESPONSES[400]}
SampleId = Annotated[int, Path(description="`id` of the sample.", examples=[3])]
Position = Annotated[int, Path(description="`position` of the item.", examples=[1])]
FROZEN = ("unit", "officers", "result", "coverage_ratio", "flags", "self_check")


@router.get(
    "",
    operation_id="list_samples",
    summary=say("抽查清单", "Inspection samples"),
    response_model=SamplePage,
    responses=LISTING,
    openapi_extra={"parameters": described(SAMPLES)[:2]},
)
def list_samples(request: Request) -> Response:
    """The samples drawn inside your units, newest first."""
    house = house_of(request)
    if "as_of" in request.query_params:
        raise refused([("as_of", "unknown parameter; expected limit, cursor")])
    wanted = asked(request, SAMPLES, house.zone)
    with house.reading() as connection:
        try:
            page = SAMPLES.page(connection, replace(wanted.filters, scope=scope(request)), wanted.limit, wanted.cursor)
        except UnusableQuery as error:
            raise Refused(400, str(error), [("cursor", str(error))]) from error
    return answer(request, {"items": page.rows, "next_cursor": page.next_cursor}, house.zone)


@router.post(
    "",
    operation_id="draw_sample",
    summary=say("抽取样本", "Draw a sample"),
    status_code=201,
    response_model=SampleAnswer,
    responses=ERRORS,
    openapi_extra={"parameters": [PARAMETER]},
)
def draw(request: Request, body: DrawBody) -> Response:
    """Draw a sample from the activities of your units."""
    nothing_asked(request)
    wanted, errors = read_draw(request, body.values())
    if wanted is None:
        raise refused(errors)

    def work(connection: Connection) -> tuple[int, Any]:
        try:
            made = drawn(request, connection, wanted)
        except ChangedMeanwhile as error:
            raise Refused(409, str(error)) from error
        except UsageError as error:
            raise Refused(422, str(error)) from error
        return 201, shown(request, connection, made)

    return once(request, body.model_dump_json(), work)


@router.get(
    "/{sample_id}",
    operation_id="read_sample",
    summary=say("一份样本", "A sample with its items and results"),
    response_model=SampleAnswer,
    responses=ERRORS,
)
def show(request: Request, sample_id: SampleId) -> Response:
    """A sample: its items, the checks that you may see, the results of these, and whether it can be drawn again."""
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        content = shown(request, connection, known_sample(request, connection, sample_id))
    return answer(request, content, house.zone)


@router.post(
    "/{sample_id}/items/{position}/checks",
    operation_id="check_item",
    summary=say("抽查一项", "Say what you found on looking for yourself"),
    status_code=201,
    response_model=CheckAnswer,
    responses=ERRORS,
    openapi_extra={"parameters": [PARAMETER]},
)
def check(request: Request, sample_id: SampleId, position: Position, body: CheckBody) -> Response:
    """Say what you found on looking for yourself."""
    nothing_asked(request)

    def work(connection: Connection) -> tuple[int, Any]:
        sample = known_sample(request, connection, sample_id)
        item = known_item(connection, sample, position)
        made = check_item(request, connection, sample, item, read_check(body.model_dump(), item))
        return 201, {**asdict(made), "sample": sample.id, "position": position}

    return once(request, body.model_dump_json(), work)


def shown(request: Request, connection: Connection, sample: Sample) -> dict[str, Any]:
    """A sample whole."""
    items = items_of(connection, sample.id)
    found, hidden = added_up(request, sample, items)
    return {
        **sample_row(sample, progress(connection).get(sample.id, (0, 0))),
        "items": [_item(request, sample, item) for item in items],
        "results": _results(found),
        "hidden": hidden,
        "replay": asdict(replayed(connection, sample)),
    }


def _item(request: Request, sample: Sample, item: Item) -> dict[str, Any]:
    findings = [
        {"id": one["key"], **{name: one[name] for name in ("rule", "flag", "severity", "status", "decision")}}
        for one in item.frozen["findings"]
    ]
    return {
        "position": item.position,
        "subject": item.subject,
        "stratum": item.stratum,
        **{name: item.frozen[name] for name in FROZEN},
        "findings": findings,
        "checks": [asdict(one) for one in visible(request, sample, item)],
        "round": turn_of(request, sample, item),
    }


def _results(found: Results) -> dict[str, Any]:
    strata = {name: _figures(one) for name, one in found.strata.items()}
    return {
        "whole": _figures(found.whole),
        "strata": strata,
        "second": _interval(found.second),
        "kappa": asdict(found.kappa),
        "weighted": found.weighted and found.weighted.share,
        "weighted_low": found.weighted and found.weighted.low,
        "weighted_high": found.weighted and found.weighted.high,
    }


def _figures(one: Figures) -> dict[str, Any]:
    return {**asdict(one), "agreement": _interval(one.agreement), "missed": _interval(one.missed)}


def _interval(one: Interval) -> dict[str, Any]:
    return {**asdict(one), "share": one.share}
