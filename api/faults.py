"""What a request gets when it cannot be answered: a problem for programs, a page for people, internals for nobody."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.pages.rendering import Reader, local_path, page
from api.problems import Refused, problem
from api.security import add_headers
from domain.wording import say
from storage.postgres import took_too_long, waited_too_long

MOST_ERRORS = 100
"""An answer must not grow with what was sent."""


def refused(request: Request, error: Exception) -> Response:
    """An error that we raised on purpose."""
    assert isinstance(error, Refused)
    if error.status == 401 and wants_page(request) and request.method in ("GET", "HEAD"):
        back = quote(local_path(request) + (f"?{request.url.query}" if request.url.query else ""), safe="")
        return RedirectResponse(f"/sign-in?next={back}", 303)
    headers = dict(error.headers or {})
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="bwc"'
    answer = problem(error.status, error.detail, error.errors, headers, current=error.current)
    return told(request, answer, error.detail)


def wrong_address(request: Request, error: Exception) -> Response:
    """No such address (404), a method that only a writing program would use (405)."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.scope['path'][:200]}"
    details = {
        404: f"expected an address of /api/openapi.json or a page, got {where}",
        405: f"this address does not take this method, got {where}",
    }
    allowed = {"Allow": (error.headers or {}).get("Allow", "GET, HEAD")} if error.status_code == 405 else None
    return told(request, problem(error.status_code, details.get(error.status_code, where), headers=allowed))


def unusable(request: Request, error: Exception) -> Response:
    """A parameter that the framework itself refused."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()[:MOST_ERRORS]
    errors = [(".".join(str(part) for part in one["loc"][1:])[:80], str(one["msg"])[:300]) for one in found]
    return told(request, problem(422, "; ".join(f"{name}: {what}" for name, what in errors[:5]), errors))


def database_silent(request: Request, error: Exception) -> Response:
    """The database is locked, gone or unreachable; its own words may hold a path or an address, so they stay here."""
    if took_too_long(error):
        text = ("查询超时，请缩小期间、单位或条件", "the answer took too long: ask for a shorter period or fewer units")
        return told(request, problem(503, say(*text), headers={"Retry-After": "60"}), say(*text))
    if waited_too_long(error):
        text = ("另一项操作正在写入，请稍后再试", "somebody else is writing there: try again in a moment")
        return told(request, problem(503, say(*text), headers={"Retry-After": "5"}), say(*text))
    return told(request, problem(503, "the database does not answer", headers={"Retry-After": "5"}))


def left(_request: Request, _error: Exception) -> Response:
    """A body that did not come, or not in time: nobody's fault here, and no line in the log."""
    return problem(408, "the body did not come whole, or not in time", headers={"Connection": "close"})


def fault(request: Request, _error: Exception) -> Response:
    """A fault of ours; the server logs the traceback. The guard lies inside of this, so headers are put on here."""
    answer = told(request, problem(500, "a fault in this program; its log says more"))
    add_headers(answer.headers)
    return answer


def told(request: Request, answer: Response, detail: str = "") -> Response:
    """The problem as it is, or as a page when a browser asked for a page."""
    if not wants_page(request):
        return answer
    kept = {name: value for name, value in answer.headers.items() if name in ("allow", "retry-after")}
    reader = Reader.of(request)
    content = {"status": answer.status_code, "detail": detail}
    shown = page(request, reader, "error.html", content, answer.status_code)
    shown.headers.update(kept)
    return shown


def wants_page(request: Request) -> bool:
    """Whether a browser asked for a page."""
    return "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/api/")
