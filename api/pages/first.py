"""`/`: where the day begins."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.access import needs
from domain.access import Right

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])


@router.get("/")
def first(request: Request) -> Response:
    """The list of findings."""
    query = request.url.query
    return RedirectResponse(f"/findings?{query}" if query else "/findings", 303)
