"""管理: the first of its parts that the viewer may open."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity.access import needs, viewer_of
from api.pages.administration.frame import tabs_of
from domain.access import Right

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.AUDIT)])


@router.get("/administration")
def front(request: Request) -> Response:
    return RedirectResponse(tabs_of(viewer_of(request))[0].address, 303)
