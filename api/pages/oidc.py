"""统一身份认证登录: to the outside identity provider and back.

An account is found by the issuer and subject it is bound to. One that has no password and is bound to nobody is found
by the claim that names it, and bound at this first sign-in; an account with a password never is: the provider's users
choose their names, and must not enter somebody else's account by them.
"""

import hmac
import logging

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api.house import House, house_of
from api.identity.access import origin_of, refuse_too_many
from api.identity.provider import Ask, ProviderSilent, TokenRefused, identity, provider_page
from api.pages.sign_in import ATTEMPTS_PER_MINUTE, admitted, next_address, shown
from api.problems import Refused
from domain.audit import Action, Entry, detail_text
from domain.wording import say
from storage.accounts import Account, account_by_oidc, account_named, change_account
from storage.audit import append

router = APIRouter(include_in_schema=False)
logger = logging.getLogger("bwc.oidc")
COOKIE, PATH = "bwc_oidc", "/sign-in/oidc"
SALT = "bwc.oidc.1"
LONGEST_S = 600


@router.get("/sign-in/oidc")
def leave(request: Request) -> Response:
    """To the provider; what must come back is kept in a short-lived signed cookie of this browser."""
    house = configured(request)
    refuse_too_many(house, f"sign-in:{origin_of(request)}", ATTEMPTS_PER_MINUTE)
    ask = Ask.new()
    try:
        address = provider_page(house.doors.oidc, redirect_of(house), ask)
    except ProviderSilent as error:
        raise silent(error) from None
    back = next_address(request.query_params.get("next"))
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        COOKIE,
        signer(house).dumps([ask.state, ask.nonce, ask.verifier, back]),
        max_age=LONGEST_S,
        path=PATH,
        httponly=True,
        secure=house.doors.secure,
        samesite="lax",  # the way back comes from the provider's page
    )
    return answer


@router.get("/sign-in/oidc/callback")
def arrive(request: Request) -> Response:
    """Back from the provider: signed in, or the form with what is wrong."""
    house = configured(request)
    refuse_too_many(house, f"sign-in:{origin_of(request)}", ATTEMPTS_PER_MINUTE)
    ask, back = kept_ask(request, house)
    code = request.query_params.get("code", "")
    try:
        if not code:
            raise TokenRefused(f"no code: {request.query_params.get('error', '')[:80]}")
        claims = identity(house.doors.oidc, redirect_of(house), ask, code, house.now())
    except ProviderSilent as error:
        raise silent(error) from None
    except TokenRefused as error:
        logger.warning("outside sign-in refused", extra={"reason": str(error)})
        return refused(request, house, None, "token")
    subject = f"{house.doors.oidc.issuer} {claims['sub']}"
    account = account_for(house, subject, claims.get(house.doors.oidc.claim))
    if account is None or not account.active:
        return refused(request, house, account, "disabled" if account else "unknown")
    if account.oidc_subject is None:
        bind(request, house, account, subject)
    answer = admitted(request, account, back)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def account_for(house: House, subject: str, name: object) -> Account | None:
    """The account bound to this identity, or the one of this name that waits to be bound."""
    with house.reading() as connection:
        bound = account_by_oidc(connection, subject)
        if bound is not None or not isinstance(name, str) or not name.strip():
            return bound
        named = account_named(connection, name)
    waits = named is not None and named.password_hash is None and named.oidc_subject is None
    return named if waits else None


def bind(request: Request, house: House, account: Account, subject: str) -> None:
    """From now on this account is found by its identity, whatever name the provider gives it."""
    detail = detail_text(change="bound", issuer=house.doors.oidc.issuer)
    entry = Entry(
        "visitor", Action.ACCOUNT_CHANGED, f"account:{account.name}", account.unit, detail, origin_of(request)
    )
    with house.writing() as connection:
        change_account(connection, account.id, oidc_subject=subject)
        append(connection, house.now(), [entry])


def refused(request: Request, house: House, account: Account | None, reason: str) -> Response:
    """Written down; the page does not say which of the reasons it was."""
    subject = f"account:{account.name}" if account else "account?oidc"
    detail = detail_text(by="oidc", reason=reason)
    unit = account.unit if account else None
    entry = Entry("visitor", Action.SIGN_IN_REFUSED, subject, unit, detail, origin_of(request))
    with house.writing() as connection:
        append(connection, house.now(), [entry])
    answer = shown(request, {"unknown": True}, 401)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def configured(request: Request) -> House:
    """Raises Refused (404) where no provider is configured."""
    house = house_of(request)
    if not house.doors.oidc.issuer:
        raise Refused(404, say("未配置统一身份认证", "no identity provider is configured"))
    return house


def kept_ask(request: Request, house: House) -> tuple[Ask, str]:
    """What this browser was sent away with. Raises Refused (400) when what comes back is not the answer to it."""
    try:
        state, nonce, verifier, back = signer(house).loads(request.cookies.get(COOKIE, ""), max_age=LONGEST_S)
    except (BadSignature, ValueError, TypeError):
        raise stale() from None
    if not hmac.compare_digest(str(state).encode(), request.query_params.get("state", "").encode("utf-8", "replace")):
        raise stale()
    return Ask(state, nonce, verifier), next_address(back)


def stale() -> Refused:
    return Refused(400, say("登录已过期，请重新登录", "this sign-in is out of date: begin again"))


def silent(error: ProviderSilent) -> Refused:
    logger.warning("the identity provider does not answer", extra={"reason": str(error)})
    return Refused(503, say("统一身份认证暂不可用，请使用密码登录", "the identity provider does not answer"))


def redirect_of(house: House) -> str:
    return f"{house.doors.public}{PATH}/callback"


def signer(house: House) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(house.doors.secret, salt=SALT)
