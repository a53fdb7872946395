"""Signing in and out: the form, the lock after wrong passwords, and where one came from."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import House, house_of
from api.identity.access import origin_of, refuse_too_many, viewer_of, visitor
from api.identity.passwords import fits, hashed, outdated
from api.identity.sessions import begin_session, end_session
from api.pages.rendering import Reader, page
from api.problems import Refused
from domain.audit import Action, Entry, detail_text
from domain.wording import say
from storage.accounts import Account, account_named, change_account, held_account
from storage.audit import append

FREE_FAILURES = 4
FIRST_LOCK, LONGEST_LOCK = timedelta(seconds=30), timedelta(hours=1)
ATTEMPTS_PER_MINUTE = 30
"""From one address, whatever names are tried."""
router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def form(request: Request) -> Response:
    """The form; whoever is signed in already goes on."""
    if viewer_of(request).account is not None:
        return RedirectResponse(next_address(request.query_params.get("next")), 303)
    return shown(request, {})


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """A cookie and the way back, or the form with what is wrong."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, say("请求来自其他网站", "the request comes from another site"))
    given = await read_form(request)
    return await run_in_threadpool(_sign_in, request, given)


def _sign_in(request: Request, given: dict[str, str]) -> Response:
    house = house_of(request)
    refuse_too_many(house, f"sign-in:{origin_of(request)}", ATTEMPTS_PER_MINUTE)
    name, password = given.get("name", "")[:200], given.get("password", "")[:1000]
    with house.reading() as connection:
        account = account_named(connection, name)
    now = house.now()
    counts, locked = _counted(house, account, name, now)
    if not counts:
        return shown(request, {"locked": locked, "name": name, "back": given.get("next")}, 429)
    if fits(account.password_hash if account else None, password) and account and account.active:
        return admitted(request, account, given.get("next"), password)
    _refused(request, house, account, name, now)
    return shown(request, {"locked": locked, "wrong": True, "name": name, "back": given.get("next")}, 401)


def admitted(request: Request, account: Account, back: str | None, password: str | None = None) -> Response:
    """The answer to somebody who proved who they are."""
    house = house_of(request)
    now = house.now()
    values: dict[str, Any] = {"failures": 0, "locked_until": None, "signed_in_at": now}
    if password is not None and account.password_hash and outdated(account.password_hash):
        values["password_hash"] = hashed(password)
    entry = Entry(f"account:{account.name}", Action.SIGNED_IN, f"account:{account.name}", account.unit)
    with house.writing() as connection:
        change_account(connection, account.id, **values)
        append(connection, now, [_from(request, entry)])
    answer = RedirectResponse("/account" if account.must_change else next_address(back), 303)
    begin_session(answer, house.doors, account.id, account.generation)
    return answer


def _counted(house: House, account: Account | None, name: str, now: datetime) -> tuple[bool, datetime | None]:
    """Count an attempt before the password is looked at, so that many at once are as many as one after the other.

    Whether it may go on, and until when the name is locked after it; who gets in is counted from nothing again.
    """
    if account is None:
        return house.strangers.count(name.strip().lower(), now, lock_until)
    with house.writing() as connection:
        held = held_account(connection, account.id) or account
        if held.locked_until and now < held.locked_until:
            return False, held.locked_until
        locked = lock_until(held.failures + 1, now)
        change_account(connection, account.id, failures=held.failures + 1, locked_until=locked)
    return True, locked


def _refused(request: Request, house: House, account: Account | None, name: str, now: datetime) -> None:
    """Write the attempt down."""
    detail = detail_text(known=account is not None, failures=account.failures + 1 if account else None)
    subject = f"account:{account.name}" if account else f"account?{name.strip().lower()[:60]}"
    entry = Entry("visitor", Action.SIGN_IN_REFUSED, subject, account.unit if account else None, detail)
    with house.writing() as connection:
        append(connection, now, [_from(request, entry)])


def lock_until(failures: int, now: datetime) -> datetime | None:
    """After four free attempts each wrong one doubles the wait: 30 s, 1 min … 1 h."""
    beyond = failures - FREE_FAILURES
    return None if beyond <= 0 else now + min(FIRST_LOCK * 2 ** min(beyond - 1, 12), LONGEST_LOCK)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """The cookie goes; so do all others of this account, for a stolen one must end too."""
    house, viewer = house_of(request), viewer_of(request)
    answer = RedirectResponse("/sign-in", 303)
    end_session(answer, house.doors)
    if viewer.account is not None:
        entry = Entry(viewer.actor, Action.SIGNED_OUT, viewer.actor, viewer.unit)
        with house.writing() as connection:
            change_account(connection, viewer.account, end_sessions=True)
            append(connection, house.now(), [_from(request, entry)])
    return answer


def next_address(text: str | None) -> str:
    """Where to go on: an address of this server only, else the first page."""
    if not text or not text.startswith("/") or "\\" in text or any(ord(letter) < 32 for letter in text):
        return "/"
    return "/" if text.startswith("//") else text


def shown(request: Request, content: dict[str, object], status: int = 200) -> Response:
    """The form with what happened so far."""
    house = house_of(request)
    back = next_address(str(content.get("back") or request.query_params.get("next") or ""))
    known = {"locked": None, "wrong": False, "unknown": False, "name": "", **content, "next": back}
    known |= {"elsewhere": bool(house.doors.oidc.issuer), "may_look": bool(visitor(request, house).rights)}
    return page(request, Reader.of(request), "sign_in.html", known, status)


def _from(request: Request, entry: Entry) -> Entry:
    return Entry(entry.actor, entry.action, entry.subject, entry.unit, entry.detail, origin_of(request))
