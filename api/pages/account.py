"""我的账号: one's own password and language."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import audited, needs, refuse_too_many, viewer_of
from api.identity.passwords import fits, hashed, unfit
from api.identity.sessions import begin_session
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.words import LANGUAGES
from domain.access import Right
from domain.audit import Action
from storage.accounts import account_of, change_account
from storage.audit import append

ATTEMPTS_PER_MINUTE = 10
"""Who has somebody's session shall not find out the password by trying."""
router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ACCOUNT)])


@router.get("/account")
def account(request: Request) -> Response:
    return shown(request, done="done" in request.query_params)


@router.post("/account/password")
async def password(request: Request) -> Response:
    """A new password ends every other sign-in of the account."""
    given = await read_form(request)
    return await run_in_threadpool(_password, request, given)


def _password(request: Request, given: dict[str, str]) -> Response:
    house, viewer = house_of(request), viewer_of(request)
    assert viewer.account is not None
    refuse_too_many(house, f"password:{viewer.account}", ATTEMPTS_PER_MINUTE)
    with house.reading() as connection:
        known = account_of(connection, viewer.account)
    assert known is not None
    new = given.get("new", "")
    wrong = unfit(new, known.name)
    if not fits(known.password_hash, given.get("now", "")):
        wrong = "wrong"
    elif wrong is None and new != given.get("again", ""):
        wrong = "different"
    if wrong is not None:
        return shown(request, wrong=wrong, status=400)
    made = hashed(new)
    with house.writing() as connection:
        change_account(connection, known.id, end_sessions=True, password_hash=made, must_change=False)
        append(connection, house.now(), [audited(request, Action.ACCOUNT_CHANGED, viewer.actor, change="password")])
    answer = RedirectResponse("/account?done", 303)
    begin_session(answer, house.doors, known.id, known.generation + 1)
    return answer


@router.post("/account/language")
async def language(request: Request) -> Response:
    """The language of the pages for this account; anything else: as the browser says."""
    chosen = (await read_form(request)).get("language")
    kept = chosen if chosen in LANGUAGES else None
    await run_in_threadpool(_keep_language, request, kept)
    answer = RedirectResponse("/account", 303)
    answer.delete_cookie("lang")
    return answer


def _keep_language(request: Request, kept: str | None) -> None:
    house, viewer = house_of(request), viewer_of(request)
    assert viewer.account is not None
    with house.writing() as connection:
        change_account(connection, viewer.account, language=kept)


def shown(request: Request, *, wrong: str | None = None, done: bool = False, status: int = 200) -> Response:
    viewer = viewer_of(request)
    with house_of(request).reading() as connection:
        units = unit_names(connection)
    content: dict[str, Any] = {"wrong": wrong, "done": done, "unit_name": units.get(viewer.unit or "", viewer.unit)}
    return page(request, Reader.of(request), "account.html", content, status)
