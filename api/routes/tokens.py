"""`/api/v1/me`: who am I; `/api/v1/tokens`: the tokens of programs. A secret is told once."""

from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from api.answers import answer, plain
from api.house import House, house_of
from api.identity.access import needs, origin_of, viewer_of
from api.identity.account_changes import Doer
from api.identity.token_changes import NewToken, end_token, make_token
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.administration import MeAnswer, TokenAsked, TokenMade, TokensAnswer
from domain.access import Right, Viewer
from domain.errors import UsageError
from domain.wording import say
from storage.accounts import ApiToken, token_of, tokens

router = APIRouter(prefix="/api/v1", tags=["administration"])
TokenId = Annotated[int, Path(description="`id` of the list of tokens.", examples=[7])]
PROGRAM = "token:"
STATUSES = (401, 403, 405, 421, 422, 429, 500, 503)


def responses(*more: int) -> dict[int | str, dict[str, Any]]:
    return {status: PROBLEM_RESPONSES[status] for status in (*STATUSES, *more)}


@router.get("/me", operation_id="me", summary=say("我是谁", "Who am I"), response_model=MeAnswer, responses=responses())
def me(request: Request) -> Response:
    """Role, units, rights and expiry. 401 for whoever has neither account nor token."""
    nothing_asked(request)
    house, viewer = house_of(request), viewer_of(request)
    token = None
    if viewer.actor.startswith(PROGRAM):
        with house.reading() as connection:
            token = token_of(connection, int(viewer.actor.removeprefix(PROGRAM)))
    elif viewer.account is None:
        raise Refused(401, say("请先登录", "sign in, or send an Authorization: Bearer token"))
    content = {
        "actor": viewer.actor,
        "name": viewer.name,
        "role": viewer.role,
        "unit": viewer.unit,
        "units": None if viewer.units is None else sorted(viewer.units),
        "rights": [] if viewer.must_change else sorted(viewer.rights),
        "must_change_password": viewer.must_change,
        "expires_at": token.expires_at if token else None,
        "per_minute": token.per_minute if token else None,
    }
    return answer(request, content, house.zone)


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary=say("令牌清单", "The tokens"),
    response_model=TokensAnswer,
    responses=responses(),
    dependencies=[needs(Right.ADMINISTER)],
)
def list_tokens(request: Request) -> Response:
    """All of the viewer's units, newest first, without their secrets."""
    nothing_asked(request)
    house, viewer = house_of(request), viewer_of(request)
    with house.reading() as connection:
        found = [row_of(one) for one in tokens(connection) if viewer.sees(one.unit)]
    return answer(request, {"items": found}, house.zone)


def row_of(token: ApiToken) -> dict[str, Any]:
    """A token as a row."""
    row = {field.name: getattr(token, field.name) for field in fields(ApiToken)}
    return {**row, "rights": sorted(token.rights or ())}


@router.post(
    "/tokens",
    operation_id="make_token",
    summary=say("新建令牌", "Make a token"),
    status_code=201,
    response_model=TokenMade,
    responses=responses(),
    dependencies=[needs(Right.ADMINISTER)],
)
def create(request: Request, asked: TokenAsked) -> Response:
    """The new token with its secret, told this once: sending it again makes another one, for no secret is kept."""
    house, viewer = house_of(request), viewer_of(request)
    wanted = NewToken(asked.name, asked.role, asked.unit, frozenset(asked.rights), asked.days, asked.per_minute)
    if not viewer.sees(wanted.unit):
        text = say("只能为您的单位建立", "unit: expected one of your own units")
        raise Refused(422, text, [("unit", text)])
    try:
        with house.writing() as connection:
            made = make_token(connection, doer_of(request), wanted)
            token = token_of(connection, made.id)
    except UsageError as error:
        raise Refused(422, str(error), [(str(error).partition("：")[0][:40], str(error))]) from None
    assert token is not None
    content = plain({**row_of(token), "secret": made.secret}, house.zone)
    return JSONResponse(content, 201, {"Cache-Control": "no-store"})


def doer_of(request: Request) -> Doer:
    """Whoever sent this request, as one who changes something."""
    return Doer(viewer_of(request).actor, house_of(request).now(), origin_of(request))


@router.delete(
    "/tokens/{number}",
    operation_id="revoke_token",
    summary=say("吊销令牌", "Revoke a token"),
    status_code=204,
    responses=responses(404),
    dependencies=[needs(Right.ADMINISTER)],
)
def revoke(request: Request, number: TokenId) -> Response:
    """It counts no more from now on. 404: there is no valid one of this number."""
    if not revoked(house_of(request), viewer_of(request), doer_of(request), number):
        raise Refused(404, say("没有可吊销的令牌", "there is no valid token of this number"))
    return Response(status_code=204)


def revoked(house: House, viewer: Viewer, doer: Doer, number: int) -> bool:
    """Whether there was one in the viewer's units."""
    if not 0 < number < 2**31:
        return False
    with house.writing() as connection:
        token = token_of(connection, number)
        return token is not None and viewer.sees(token.unit) and end_token(connection, doer, number)
