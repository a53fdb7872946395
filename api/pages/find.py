"""`/find?q=`: from the number of an incident or session to its page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.house import house_of
from api.identity.access import needs, scope
from api.pages.rendering import subject_address
from api.problems import Refused
from domain.access import Right
from storage.queries import LISTS, Filters
from storage.queries.filters import storable

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])

KINDS = (("incident", "incidents"), ("session", "sessions"))


@router.get("/find")
def find(request: Request) -> Response:
    """Redirects to the page. Raises Refused (404) when no feed knows the number."""
    number = request.query_params.get("q", "").strip()
    with house_of(request).reading() as connection:
        kind = known_kind(connection, number, scope(request))
    if kind is None:
        raise Refused(404, f"q: expected the number of an incident or session, got {number[:80]!r}")
    return RedirectResponse(subject_address(kind, number) or "/", 303)


def known_kind(connection: Connection, number: str, units: tuple[str, ...] | None) -> str | None:
    """Which kind of activity of these units has this number."""
    if not number or not storable(number):
        return None
    found = (
        kind for kind, name in KINDS if LISTS[name].page(connection, Filters(incident=number, scope=units), 1).rows
    )
    return next(found, None)
