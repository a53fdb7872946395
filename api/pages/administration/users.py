"""用户: accounts of people; a one-time password is shown once, by the answer to the form that made it."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import needs, scope, viewer_of, whole_view
from api.identity.account_changes import (
    ROLES,
    Doer,
    add_person,
    change_person,
    disable_person,
    enable_person,
    renew_password,
    unlock_person,
)
from api.pages.administration.audit import said
from api.pages.administration.frame import ROOT, doer_of, missing, shown, unit_given
from api.pages.reading import unit_names
from domain.access import Right, Role
from domain.errors import UsageError
from domain.wording import say
from storage.accounts import Account, account_of, accounts
from storage.audit import entries_of

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
USERS = f"{ROOT}/users"
BY_PASSWORD, ELSEWHERE = "password", "oidc"
HISTORY = ("account", "sign-in", "sign-in.refused", "sign-out")
NOTHING_GIVEN = dict.fromkeys(("name", "role", "unit", "sign_in"), "")
Step = Callable[[Connection, Doer, Account], object]
STEPS: dict[str, Step] = {"disable": disable_person, "enable": enable_person, "unlock": unlock_person}
"""What a button on a person's page does, by the last part of its address."""


@router.get(USERS)
def users(request: Request) -> Response:
    return listed(request)


@router.post(USERS)
async def add(request: Request) -> Response:
    """A new account, with its one-time password on the answer."""
    given = await read_form(request)
    return await run_in_threadpool(_add, request, given)


def _add(request: Request, given: dict[str, str]) -> Response:
    house, viewer = house_of(request), viewer_of(request)
    outside = {"oidc": ""} if given.get("sign_in") == ELSEWHERE else {}
    try:
        role, unit = role_given(given), unit_given(given.get("unit", ""), viewer)
        with house.writing() as connection:
            made = add_person(connection, doer_of(request), given.get("name", ""), role, unit=unit, **outside)
    except UsageError as error:
        return listed(request, wrong=str(error), given=given, status=400)
    return listed(request, made=(given["name"].strip().lower(), made))


def role_given(given: dict[str, str]) -> Role:
    """Raises UsageError for what is no role of an account."""
    role = given.get("role", "")
    if role not in ROLES:
        raise UsageError(say("请选择角色", f"role: expected one of {', '.join(ROLES)}, got {role[:40]!r}"))
    return Role(role)


def listed(
    request: Request,
    *,
    made: tuple[str, str | None] | None = None,
    wrong: str | None = None,
    given: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The accounts of the viewer's units, and the form for a new one."""
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection:
        found = [one for one in accounts(connection) if viewer.sees(one.unit)]
        units = unit_names(connection, scope(request))
    content = {
        "people": found,
        "units": units,
        "roles": ROLES,
        "made": made,
        "wrong": wrong,
        "given": {**NOTHING_GIVEN, **(given or {})},
        "whole": whole_view(viewer),
        "now": house.now(),
        "elsewhere": bool(house.doors.oidc.issuer),
    }
    return shown(request, "administration_users.html", content, status, secret=made is not None)


@router.get(USERS + "/{number}")
def person(request: Request, number: int) -> Response:
    return told(request, number)


@router.post(USERS + "/{number}/role")
async def role(request: Request, number: int) -> Response:
    """Another role or unit."""
    given = await read_form(request)
    return await run_in_threadpool(_role, request, number, given)


def _role(request: Request, number: int, given: dict[str, str]) -> Response:
    viewer = viewer_of(request)

    def change(connection: Connection, doer: Doer, account: Account) -> object:
        unit = unit_given(given.get("unit", ""), viewer)
        return change_person(connection, doer, account, role=role_given(given), unit=unit)

    return done(request, number, change)


@router.post(USERS + "/{number}/password")
async def password(request: Request, number: int) -> Response:
    """A new one-time password, on the answer; unlocks."""
    return await run_in_threadpool(_password, request, number)


def _password(request: Request, number: int) -> Response:
    try:
        with house_of(request).writing() as connection:
            made = renew_password(connection, doer_of(request), seen(request, connection, number))
    except UsageError as error:
        return told(request, number, wrong=str(error), status=409)
    return told(request, number, made=made)


@router.post(USERS + "/{number}/{step}")
async def act(request: Request, number: int, step: str) -> Response:
    """Disable, enable, unlock."""
    if step not in STEPS:
        raise missing()
    return await run_in_threadpool(done, request, number, STEPS[step])


def done(request: Request, number: int, change: Step) -> Response:
    """The change, and back to the person's page; with the reason where it cannot be."""
    try:
        with house_of(request).writing() as connection:
            change(connection, doer_of(request), seen(request, connection, number))
    except UsageError as error:
        return told(request, number, wrong=str(error), status=409)
    return RedirectResponse(f"{USERS}/{number}?done", 303)


def seen(request: Request, connection: Connection, number: int) -> Account:
    """The account, where the viewer sees its unit. Raises Refused (404)."""
    account = account_of(connection, number) if 0 < number < 2**31 else None
    if account is None or not viewer_of(request).sees(account.unit):
        raise missing()
    return account


def told(
    request: Request, number: int, *, made: str | None = None, wrong: str | None = None, status: int = 200
) -> Response:
    """One person's page."""
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection:
        account = seen(request, connection, number)
        units = unit_names(connection, scope(request))
        history = entries_of(connection, f"account:{account.name}", HISTORY, 20)
    content = {
        "person": account,
        "units": units,
        "roles": ROLES,
        "made": made,
        "wrong": wrong,
        "history": [(row, said(row.detail)) for row in history],
        "whole": whole_view(viewer),
        "now": house.now(),
        "done": "done" in request.query_params,
    }
    return shown(request, "administration_user.html", content, status, secret=made is not None)
