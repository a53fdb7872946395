"""令牌: tokens of programs; a secret is shown once, by the answer to the form that made it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import many_values, read_form
from api.house import house_of
from api.identity.access import needs, scope, viewer_of, whole_view
from api.identity.account_changes import ROLES
from api.identity.token_changes import MOST_DAYS, MOST_PER_MINUTE, MadeToken, NewToken, make_token
from api.pages.administration.frame import ROOT, doer_of, missing, shown, unit_given
from api.pages.administration.users import role_given
from api.pages.reading import unit_names
from api.routes.tokens import revoked
from domain.access import Right
from domain.errors import UsageError
from domain.wording import say
from storage.accounts import tokens

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
TOKENS = f"{ROOT}/tokens"
NOTHING_GIVEN = dict.fromkeys(("name", "role", "unit", "days", "per_minute"), "")
GRANTED = tuple(right for right in Right if right is not Right.ACCOUNT)


@router.get(TOKENS)
def listing(request: Request) -> Response:
    return listed(request)


@router.post(TOKENS)
async def create(request: Request) -> Response:
    """A new token, with its secret on the answer."""
    given = await read_form(request)
    rights = await many_values(request, "right")
    return await run_in_threadpool(_create, request, given, rights)


def _create(request: Request, given: dict[str, str], rights: list[str]) -> Response:
    house = house_of(request)
    try:
        wanted = NewToken(
            name=given.get("name", ""),
            role=role_given(given),
            unit=unit_given(given.get("unit", ""), viewer_of(request)),
            rights=frozenset(Right(right) for right in rights if right in GRANTED),
            days=whole_number(given, "days"),
            per_minute=whole_number(given, "per_minute"),
        )
        with house.writing() as connection:
            made = make_token(connection, doer_of(request), wanted)
    except UsageError as error:
        return listed(request, wrong=str(error), given=given, rights=rights, status=400)
    return listed(request, made=made)


def whole_number(given: dict[str, str], name: str) -> int:
    """Raises UsageError for what is none."""
    text = given.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(say(f"{name}：应为整数", f"{name}: expected a whole number, got {text[:40]!r}"))
    return int(text)


@router.post(TOKENS + "/{number}/revoke")
async def revoke(request: Request, number: int) -> Response:
    """It counts no more."""
    done = await run_in_threadpool(revoked, house_of(request), viewer_of(request), doer_of(request), number)
    if not done:
        raise missing()
    return RedirectResponse(f"{TOKENS}?revoked={number}", 303)


def listed(
    request: Request,
    *,
    made: MadeToken | None = None,
    wrong: str | None = None,
    given: dict[str, str] | None = None,
    rights: list[str] | None = None,
    status: int = 200,
) -> Response:
    """The tokens of the viewer's units, and the form for a new one."""
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection:
        found = [one for one in tokens(connection) if viewer.sees(one.unit)]
        units = unit_names(connection, scope(request))
    content = {
        "tokens": found,
        "units": units,
        "roles": ROLES,
        "granted": GRANTED,
        "made": made,
        "wrong": wrong,
        "given": {**NOTHING_GIVEN, **(given or {})},
        "chosen": rights or [],
        "whole": whole_view(viewer),
        "now": house.now(),
        "most_days": MOST_DAYS,
        "most_per_minute": MOST_PER_MINUTE,
        "revoked": request.query_params.get("revoked", "")[:12],
    }
    return shown(request, "administration_tokens.html", content, status, secret=made is not None)
