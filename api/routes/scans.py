"""`/api/v1/scans`: ask for a scan, accept a doubtful store; `/api/v1/scan-requests`: what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.house import House, house_of
from api.idempotency import PARAMETER, once
from api.identity.access import needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.scanning import ask_for_scan, shown_to
from api.shapes.live import ScanAsked, ScanRequestPage, ScanRequestRow
from domain.access import Right, Viewer
from domain.wording import say
from storage import scan_requests
from storage.scan_requests import ScanRequest
from storage.scans import registered_stores

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 421, 422, 429, 500, 503)
}
router = APIRouter(prefix="/api/v1", tags=["scans"])


@router.post(
    "/scans",
    operation_id="ask_for_scan",
    summary=say("请求扫描", "Ask for a scan"),
    status_code=202,
    response_model=ScanRequestRow,
    responses={**RESPONSES, 404: PROBLEM_RESPONSES[404]},
    dependencies=[needs(Right.OPERATE)],
    openapi_extra={"parameters": [PARAMETER]},
)
def ask(request: Request, body: ScanAsked) -> Response:
    """Ask for a scan. It begins within seconds; several requests at once become one scan. 202 with its state."""
    nothing_asked(request)

    def work(connection: Connection) -> tuple[int, Any]:
        number = ask_for_scan(request, connection, body.stores, body.confirmed)
        return 202, _row(scan_requests.scan_requests(connection, 1, number)[0])

    return once(request, body.model_dump_json(), work)


@router.get(
    "/scan-requests",
    operation_id="list_scan_requests",
    summary=say("扫描请求", "Scans that were asked for"),
    response_model=ScanRequestPage,
    responses=RESPONSES,
    dependencies=[needs(Right.SEE)],
)
def requests(request: Request) -> Response:
    """The newest fifty requests about stores of your units, newest first."""
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        found = _seen(connection, viewer_of(request), scan_requests.scan_requests(connection))
    return answer(request, {"items": [_row(one) for one in found]}, house.zone)


@router.get(
    "/scan-requests/{number}",
    operation_id="read_scan_request",
    summary=say("一次扫描请求", "What became of one request"),
    response_model=ScanRequestRow,
    responses=RESPONSES,
    dependencies=[needs(Right.SEE)],
)
def state(
    request: Request, number: Annotated[int, Path(ge=1, lt=2**53, description="`id` of the request.", examples=[12])]
) -> Response:
    """What became of one request: waiting, running, done with the number of the scan, or failed."""
    nothing_asked(request)
    house = house_of(request)
    return answer(request, _row(_known(house, viewer_of(request), number)), house.zone)


def _known(house: House, viewer: Viewer, number: int) -> ScanRequest:
    with house.reading() as connection:
        found = _seen(connection, viewer, scan_requests.scan_requests(connection, 1, number))
    if not found:
        raise Refused(404, say("没有此扫描请求", f"there is no scan request {number}"))
    return found[0]


def _seen(connection: Connection, viewer: Viewer, found: list[ScanRequest]) -> list[ScanRequest]:
    units = {row["name"]: row["unit"] for row in registered_stores(connection)}
    return [one for one in found if shown_to(viewer, one, units)]


def _row(asked: ScanRequest) -> dict[str, Any]:
    kept = ("id", "at", "state", "stores", "confirmed", "scan")
    return {name: getattr(asked, name) for name in kept}
