"""审计日志: what was done by whom, newest first; checked at a button, exported whole to be checked elsewhere."""

import json
import threading
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import House, house_of
from api.identity.access import audited, needs, refuse_partial, viewer_of, whole_view
from api.pages.administration.frame import ROOT, shown
from api.problems import Refused
from api.routes.audit import page_of, read_sought
from domain.access import Right
from domain.audit import Action, ChainFault, Head
from domain.audit_checking import read_head, told
from domain.audit_checking import shown as shown_head
from domain.audit_file import file_lines
from domain.errors import UsageError
from domain.wording import say
from storage.audit import append, audit_head, audit_rows, log_faults, one_moment
from storage.queries import Page

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.AUDIT)])
AUDIT = f"{ROOT}/audit"
FIELDS = ("actor", "action", "subject", "from", "to")
ROWS, MOST_TOLD = 100, 50
_CHECKING = threading.Lock()
"""One check at a time: each reads the whole log."""


@router.get(AUDIT)
def log(request: Request) -> Response:
    return listed(request)


@router.post(AUDIT + "/verify")
async def verify(request: Request) -> Response:
    """Read the whole log and tell every fault."""
    given = await read_form(request)
    return await run_in_threadpool(_verify, request, given.get("head", "").strip())


def _verify(request: Request, text: str) -> Response:
    try:
        printed = read_head(text) if text else None
    except UsageError as error:
        return listed(request, wrong=str(error), head_text=text, status=400)
    if not _CHECKING.acquire(blocking=False):
        raise Refused(
            429, say("正在核验，请稍后再试", "the log is being checked: try again"), headers={"Retry-After": "10"}
        )
    try:
        found, count, head = _faults(house_of(request), printed)
    finally:
        _CHECKING.release()
    result = {"faults": [told(one) for one in found], "count": count, "head": head, "printed": text}
    return listed(request, result=result, head_text=text)


def _faults(house: House, printed: Head | None) -> tuple[list[ChainFault], int, Head | None]:
    """The first faults, how many there are, and the head when there are none."""
    with house.reading() as connection:
        faults = log_faults(one_moment(connection), printed)
        first = list(islice(faults, MOST_TOLD))
        count = len(first) + sum(1 for _ in faults)
        return first, count, None if count else audit_head(connection)


@router.post(AUDIT + "/export")
async def export(request: Request) -> Response:
    """The whole log as a file; that it was exported is written to the log itself."""
    refuse_partial(viewer_of(request))
    return await run_in_threadpool(_export, request)


def _export(request: Request) -> Response:
    house = house_of(request)
    with house.writing() as connection:
        head = audit_head(connection, lock=True)
        detail: dict[str, object] = {"what": "audit", "rows": [1, head.sequence], "head": shown_head(head)}
        append(connection, house.now(), [audited(request, Action.EXPORTED, "audit", None, **detail)])
    name = f"audit-{head.sequence}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(house, head), headers=headers, media_type="application/x-ndjson")


def _lines(house: House, head: Head) -> Iterator[bytes]:
    with house.reading() as connection:
        for line in file_lines(audit_rows(connection, 0, head.sequence), Head(), head):
            yield line.encode("utf-8", "surrogatepass")


def listed(
    request: Request,
    *,
    result: dict[str, object] | None = None,
    wrong: str | None = None,
    head_text: str = "",
    status: int = 200,
) -> Response:
    """Entries of the viewer's units that fit the filters of the address."""
    house, viewer = house_of(request), viewer_of(request)
    given = {name: text for name in FIELDS if (text := request.query_params.get(name, "").strip())}
    sought, filters, errors = read_sought(request, house, given)
    with house.reading() as connection:
        head = audit_head(connection)
        page = Page((), None)
        if not errors:
            page = page_of(connection, sought, filters, (ROWS, request.query_params.get("cursor")))
    content = {
        "rows": [{**row, "said": said(row["detail"])} for row in page.rows],
        "errors": errors,
        "given": {name: given.get(name, "") for name in FIELDS},
        "actions": list(Action),
        "head": shown_head(head),
        "result": result,
        "wrong": wrong,
        "head_text": head_text,
        "narrowed": bool(given),
        "whole": whole_view(viewer),
        "more": f"{AUDIT}?{urlencode({**given, 'cursor': page.next_cursor})}" if page.next_cursor else None,
    }
    return shown(request, "administration_audit.html", content, status)


def said(detail: str) -> object:
    """The details of an entry, for people; the text itself where it is no JSON."""
    try:
        return json.loads(detail)
    except (ValueError, RecursionError):
        return detail
