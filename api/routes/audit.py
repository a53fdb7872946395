"""`/api/v1/audit`: the audit log page by page, newest first, and its head."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.house import House, house_of
from api.identity.access import needs, scope
from api.parameters import CURSOR, LONGEST, in_query, nothing_asked, read_filters, read_limit, refused, single_values
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.administration import AuditPage, HeadAnswer
from domain.access import Right
from domain.audit import Action
from domain.wording import say
from storage.audit import audit_head
from storage.queries import Filters, Page, UnusableQuery
from storage.queries.audit import Sought, audit_list
from storage.queries.filters import storable

router = APIRouter(prefix="/api/v1", tags=["administration"], dependencies=[needs(Right.AUDIT)])
SOUGHT = ("actor", "action", "subject")
KNOWN = ("limit", "cursor", "from", "to", *SOUGHT)
LIMIT = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
TEXT: dict[str, Any] = {"type": "string", "maxLength": LONGEST}
PARAMETERS = [
    in_query("limit", "Most rows of one page.", LIMIT, 100),
    in_query("cursor", "`next_cursor` of the page before; opaque.", {"type": "string"}, CURSOR),
    in_query("from", "From this date or time on.", TEXT, "2026-11-20"),
    in_query("to", "Before this time, or to the end of this date.", TEXT, "2026-11-20"),
    in_query("actor", "Who did it; `*` at the end: whatever begins like that.", TEXT, "account:*"),
    in_query("action", "What was done.", {"type": "string", "enum": [one.value for one in Action]}, "review"),
    in_query("subject", "To what; `*` at the end: whatever begins like that.", TEXT, "account:li"),
]
STATUSES = (400, 401, 403, 405, 421, 422, 429, 500, 503)


@router.get(
    "/audit",
    operation_id="list_audit",
    summary=say("审计日志", "The audit log, newest first"),
    response_model=AuditPage,
    responses={status: PROBLEM_RESPONSES[status] for status in STATUSES},
    openapi_extra={"parameters": PARAMETERS},
)
def audit(request: Request) -> Response:
    """Entries of the viewer's units; those of no unit are shown to who sees every unit."""
    house = house_of(request)
    given = single_values(request, KNOWN)
    limit, wrong = read_limit(given.get("limit"))
    sought, filters, errors = read_sought(request, house, given)
    if errors := [*wrong, *errors]:
        raise refused(errors)
    with house.reading() as connection:
        page = page_of(connection, sought, filters, (limit, given.get("cursor")))
    return answer(request, {"items": page.rows, "next_cursor": page.next_cursor}, house.zone)


def read_sought(request: Request, house: House, given: dict[str, str]) -> tuple[Sought, Filters, list[tuple[str, str]]]:
    """What is sought within the viewer's units, and what is wrong with it."""
    errors = []
    for name in SOUGHT:
        text = given.get(name)
        if text is not None and (not text or len(text) > LONGEST or not storable(text)):
            errors.append((name, f"expected plain text of 1 to {LONGEST} characters, got {text[:40]!r}"))
    action = given.get("action")
    if action is not None and action not in tuple(Action):
        errors.append(("action", f"expected one of {', '.join(Action)}; got {action[:80]!r}"))
    sought = Sought(given.get("actor"), action, given.get("subject"))
    read, unread = read_filters(given, audit_list(sought), house.zone)
    return sought, Filters(since=read.since, until=read.until, scope=scope(request)), [*errors, *unread]


def page_of(connection: Connection, sought: Sought, filters: Filters, part: tuple[int, str | None]) -> Page:
    """Some rows. Raises Refused (400) for a cursor of another list."""
    try:
        return audit_list(sought).page(connection, filters, *part)
    except UnusableQuery as error:
        raise Refused(400, str(error), [("cursor", str(error))]) from error


@router.get(
    "/audit/head",
    operation_id="audit_head",
    summary=say("审计日志的末端", "Where the audit log ends"),
    response_model=HeadAnswer,
    responses={status: PROBLEM_RESPONSES[status] for status in (401, 403, 405, 421, 422, 429, 500, 503)},
)
def head(request: Request) -> Response:
    """Keep it elsewhere: it tells a log that was made anew."""
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        end = audit_head(connection)
    return answer(request, {"sequence": end.sequence, "digest": end.digest}, house.zone)
