"""The stores: how far each is known, what could not be read, what is gone, and asking for a scan of one."""

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, scope, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.problems import Refused
from api.scanning import ask_for_scan, shown_to
from detectors.limits import Limits
from detectors.retention import months_later
from domain.access import Right, Viewer
from domain.clip import FileState
from domain.wording import say
from storage.queries import LISTS, Filters, UnusableQuery
from storage.queries.filters import storable
from storage.queries.one_store import (
    FILES,
    Gone,
    file_states,
    gone_files,
    looks,
    store_row,
    to_look_at,
    troubled_folders,
)
from storage.queries.paging import Row
from storage.queries.raws import Raw
from storage.scan_requests import ScanRequest, scan_requests
from storage.scans import limits_in_view, newest_scan, registered_stores

router = APIRouter(include_in_schema=False)
SEE, OPERATE = [needs(Right.SEE)], [needs(Right.OPERATE)]
SCANS, DEVICES, ROWS = 20, 60, 100
BUSY = ("waiting", "running")


@router.get("/stores", dependencies=SEE)
def stores(request: Request) -> Response:
    """Every store that the viewer sees, with its counts."""
    house, reader, units = house_of(request), Reader.of(request), scope(request)
    with house.reading() as connection:
        rows = list(LISTS["stores"].rows(connection, Filters(scope=units), None))
        ids = {row["name"]: row["id"] for row in registered_stores(connection)}
        counts = file_states(connection, [ids[row["name"]] for row in rows])
        content = {
            "stores": rows,
            "counts": {row["name"]: counts[ids[row["name"]]] for row in rows},
            "units": unit_names(connection, units),
            "asked": _asked(connection, viewer_of(request)),
            "scan": newest_scan(connection),
        }
    return page(request, reader, "stores.html", {**content, **_shared()})


@router.get("/stores/{name}", dependencies=SEE)
def store(request: Request, name: str) -> Response:
    """Raises Refused (404) for a store that is none, or that the viewer does not see."""
    house, reader, viewer = house_of(request), Reader.of(request), viewer_of(request)
    with house.reading() as connection:
        raw = known_store(connection, name, viewer)
        row = _listed(connection, name, scope(request))
        asked = [one for one in _asked(connection, viewer) if concerns(one, name)]
        content = {
            "store": row,
            "counts": file_states(connection, [raw["id"]])[raw["id"]],
            "folders": troubled_folders(connection, raw["id"]),
            "looks": looks(connection, raw["id"], SCANS),
            "backlog": to_look_at(connection, raw["id"]),
            "gone": [(one, _keep_until(one, _months(connection))) for one in gone_files(connection, raw["id"])],
            "devices": _devices(connection, raw["unit"], scope(request)),
            "units": unit_names(connection, scope(request)),
            "asked": asked,
        }
    return page(request, reader, "store.html", {**content, **_shared()})


@router.get("/stores/{name}/files", dependencies=SEE)
def files(request: Request, name: str) -> Response:
    """The files of a store in one state, or all of them."""
    house, reader, viewer = house_of(request), Reader.of(request), viewer_of(request)
    state, cursor = request.query_params.get("state", ""), request.query_params.get("cursor") or None
    if state and state not in tuple(FileState):
        raise Refused(400, say(f"没有状态 {state[:20]}", f"state: expected one of {', '.join(FileState)}"))
    with house.reading() as connection:
        raw = known_store(connection, name, viewer)
        filters = Filters(store=name, status=state or None, scope=scope(request))
        try:
            found = FILES.page(connection, filters, ROWS, cursor)
        except UnusableQuery as error:
            raise Refused(400, str(error)) from error
        counts = file_states(connection, [raw["id"]])[raw["id"]]
    further = found.next_cursor and urlencode({**({"state": state} if state else {}), "cursor": found.next_cursor})
    content = {"name": name, "state": state, "counts": counts, "rows": found.rows, "more": further}
    return page(request, reader, "store_files.html", {**content, **_shared()})


@router.post("/stores/scan", dependencies=OPERATE)
async def scan_now(request: Request) -> Response:
    """Ask for a scan of one store, or of all that the viewer sees."""
    form = await read_form(request)
    name = form.get("store", "")
    await run_in_threadpool(_ask, request, [name] if name else [], [])
    return RedirectResponse(store_address(name) if name else "/stores", 303)


@router.post("/stores/{name}/confirm", dependencies=OPERATE)
async def confirm(request: Request, name: str) -> Response:
    """Accept that what a doubtful store lacks is gone. Raises Refused (409) when its state changed since."""
    form = await read_form(request)
    if form.get("sure") != "yes":
        raise Refused(400, say("请勾选确认", "sure: expected yes: the box has to be ticked"))
    await run_in_threadpool(_confirm, request, name, form.get("detail", ""))
    return RedirectResponse(store_address(name), 303)


def _ask(request: Request, names: list[str], confirmed: list[str]) -> None:
    with house_of(request).writing() as connection:
        ask_for_scan(request, connection, names, confirmed)


def _confirm(request: Request, name: str, detail: str) -> None:
    with house_of(request).writing() as connection:
        known_store(connection, name, viewer_of(request))
        row = _listed(connection, name, scope(request))
        if row["state"] != "doubtful" or row["detail"] != detail:
            raise Refused(409, say("存储状态已有变化，请重新查看", "the store's state changed: look at it again"))
        ask_for_scan(request, connection, [], [name])


def known_store(connection: Connection, name: str, viewer: Viewer) -> Raw:
    """The row of a configured store. Raises Refused (404), also for one of another's unit."""
    found = store_row(connection, name) if storable(name) else None
    if found is None or not viewer.sees(found["unit"]):
        raise Refused(404, say(f"没有此存储：{name[:80]}", f"there is no store {name[:80]!r}"))
    return found


def _listed(connection: Connection, name: str, units: tuple[str, ...] | None) -> Row:
    rows = LISTS["stores"].rows(connection, Filters(scope=units), None)
    return next(row for row in rows if row["name"] == name)


def _asked(connection: Connection, viewer: Viewer) -> list[ScanRequest]:
    units = {row["name"]: row["unit"] for row in registered_stores(connection)}
    return [one for one in scan_requests(connection, 50) if shown_to(viewer, one, units)]


def concerns(asked: ScanRequest, name: str) -> bool:
    """Whether a request is about a store: it names it, or names none."""
    return not (asked.stores or asked.confirmed) or name in asked.stores or name in asked.confirmed


def _devices(connection: Connection, unit: str | None, units: tuple[str, ...] | None) -> list[Row]:
    """Cameras of the store's unit whose clock is known to be off first."""
    rows = list(LISTS["devices"].rows(connection, Filters(unit=unit, scope=units), 1000)) if unit else []
    return sorted(rows, key=lambda row: (-abs(row["clock_offset_s"] or 0.0), row["serial"]))[:DEVICES]


def _months(connection: Connection) -> int:
    """The retention that the last scan went by."""
    return Limits.from_mapping(limits_in_view(connection)).retention_months


def _keep_until(gone: Gone, months: int) -> Any:
    return months_later(gone.recorded or gone.modified_at, months)


def store_address(name: str) -> str:
    """The page of a store."""
    return f"/stores/{quote(name, safe='')}"


def _shared() -> dict[str, Any]:
    return {"store_address": store_address, "states": [state.value for state in FileState], "busy": BUSY}
