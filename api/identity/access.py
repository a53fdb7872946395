"""Who sent a request and whether it may go on: every route but the public ones names the right it needs.

`needs(right)` is the dependency of a route, `viewer_of` the answer for what it shows. Rows are narrowed by
`Filters.scope`; what lies outside the viewer's units is "not found", so that even its existence is not told.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.house import House, house_of
from api.identity.sessions import Session, csrf_fits, read_session
from api.loopback import is_loopback_address
from api.problems import Refused
from api.security import is_loopback_host
from domain.access import RIGHTS, Right, Role, Viewer, rights_of
from domain.audit import Action, Entry, detail_text
from domain.wording import say
from storage.accounts import Account, account_of, note_token_use, token_by_digest
from storage.audit import append
from storage.queries.belonging import units_of_clip
from storage.queries.filters import units_below

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER = "bearer "
HOUR_S = 3600
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Headers of which a proxy puts at least one on what it passes on."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The dependency that lets a request pass, or refuses it: 401 who are you, 403 not you, 429 not so often."""

    right: Right

    async def __call__(self, request: Request) -> None:
        viewer = await run_in_threadpool(viewer_of, request)
        refuse_without(viewer, self.right)
        if request.method not in SAFE and viewer.session:
            await refuse_forged(request, viewer)


def needs(right: Right) -> Any:
    """For `dependencies=[...]` of a route or a router."""
    return Depends(Admission(right))


def refuse_without(viewer: Viewer, right: Right) -> None:
    """Raises Refused: 401 for a visitor, 403 for somebody whose role or password does not allow it."""
    if viewer.must_change and right is not Right.ACCOUNT:
        raise Refused(403, say("请先修改一次性密码", "the one-time password has to be changed first"))
    if viewer.may(right):
        return
    if viewer.account is None and not viewer.actor.startswith("token:"):
        raise Refused(401, say("请先登录", "sign in, or send an Authorization: Bearer token"))
    raise Refused(403, say(f"您的角色没有此权限：{right}", f"the role {viewer.role} has no right to {right}"))


def whole_view(viewer: Viewer) -> bool:
    """Whether the viewer sees every unit: limits, exclusions and the whole log concern all of them."""
    return viewer.units is None


def refuse_partial(viewer: Viewer) -> None:
    """Raises Refused (403) for somebody who sees some units only."""
    if not whole_view(viewer):
        text = say("此项涉及全部单位，仅全局账号可用", "this concerns every unit: expected an account of every unit")
        raise Refused(403, text)


async def refuse_forged(request: Request, viewer: Viewer) -> None:
    """A write that comes by cookie must carry the session's own token, which no foreign page knows. Raises Refused."""
    doors = house_of(request).doors
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, say("请求来自其他网站", "the request comes from another site"))
    given = request.headers.get("x-csrf-token")
    if given is None and is_form(request):
        given = str((await request.form(max_files=1, max_fields=2000)).get("csrf", ""))
    if not csrf_fits(doors, viewer.session, given or ""):
        raise Refused(403, say("页面已过期，请刷新后重试", "the page is out of date: load it again (CSRF token)"))


def is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


def viewer_of(request: Request) -> Viewer:
    """Whoever sent the request, found once. Raises Refused: 401 for a token that is none, 429 for too many requests."""
    known: Viewer | None = getattr(request.state, "viewer", None)
    if known is None:
        known = _find(request, house_of(request))
        request.state.viewer = known
    return known


def known_viewer(request: Request) -> Viewer:
    """The viewer as far as that can be told, for pages that say what went wrong: never an error."""
    try:
        return viewer_of(request)
    except (Refused, SQLAlchemyError):
        return Viewer("visitor", Role.VISITOR, frozenset(), frozenset())


def _find(request: Request, house: House) -> Viewer:
    header = request.headers.get("authorization")
    if header is not None:
        return _by_token(house, header)
    session = read_session(request, house.doors)
    if session is not None:
        with house.reading() as connection:
            account = account_of(connection, session.account)
            if account and account.active and account.generation == session.generation:
                return _by_account(connection, account, session)
    return visitor(request, house)


def visitor(request: Request, house: House) -> Viewer:
    """Whoever has no account: may look where that is allowed and sits at this machine, else may nothing.

    A proxy on this machine passes on what comes from anywhere, under whatever Host name was asked for.
    """
    here = request.client is not None and is_loopback_address(request.client.host)
    near = here and not any(name in request.headers for name in PASSED_ON)
    welcome = house.doors.visitors and near and is_loopback_host(request.headers.get("host", ""))
    return Viewer(
        "visitor", Role.VISITOR, None if welcome else frozenset(), RIGHTS[Role.VISITOR] if welcome else frozenset()
    )


def _by_account(connection: Connection, account: Account, session: Session) -> Viewer:
    return Viewer(
        actor=f"account:{account.name}",
        role=account.role,
        units=scope_of(connection, account.unit),
        rights=rights_of(account.role),
        name=account.name,
        unit=account.unit,
        account=account.id,
        session=session.id,
        must_change=account.must_change,
        language=account.language,
    )


def _by_token(house: House, header: str) -> Viewer:
    if not header.lower().startswith(BEARER):
        raise Refused(401, say("仅支持 Bearer 令牌", "Authorization: expected Bearer and a token"))
    with house.reading() as connection:
        token = token_by_digest(connection, token_digest(header[len(BEARER) :].strip()))
        units = scope_of(connection, token.unit) if token else None
    now = house.now()
    if token is None or not token.valid(now):
        raise Refused(401, say("令牌无效、已过期或已吊销", "the token is unknown, expired or revoked"))
    refuse_too_many(house, f"token:{token.id}", token.per_minute)
    if token.used_at is None or (now - token.used_at).total_seconds() > HOUR_S:
        with house.writing() as connection:
            note_token_use(connection, token.id, now)
    rights = rights_of(token.role, token.rights) - {Right.ACCOUNT}
    return Viewer(f"token:{token.id}", token.role, units, rights, name=token.name, unit=token.unit)


def refuse_too_many(house: House, sender: str, per_minute: int) -> None:
    """Raises Refused (429) with the seconds to wait."""
    wait = house.limiter.wait(sender, per_minute)
    if wait:
        text = say(f"请求过于频繁，每分钟最多 {per_minute} 次", f"too many requests: at most {per_minute} a minute")
        raise Refused(429, text, headers={"Retry-After": str(int(wait) + 1)})


def token_digest(secret: str) -> str:
    """What is kept of a token's secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def scope_of(connection: Connection, unit: str | None) -> frozenset[str] | None:
    """Codes of the units that somebody of this unit sees; None: every unit."""
    return None if unit is None else frozenset(units_below(connection, unit))


def origin_of(request: Request) -> str:
    """The address a request came from, for the audit log."""
    return request.client.host if request.client else ""


def audited(request: Request, action: Action, subject: str, unit: str | None = None, **detail: object) -> Entry:
    """An entry of the audit log about what this viewer does."""
    return Entry(viewer_of(request).actor, action, subject, unit, detail_text(**detail), origin_of(request))


def note_view(request: Request, file_id: int) -> None:
    """Write that this viewer looks at a clip, once in ten minutes; before any byte is sent.

    Raises whatever keeps the log from being written: footage that cannot be logged is not shown.
    """
    house, actor = house_of(request), viewer_of(request).actor
    if house.viewed.has(actor, origin_of(request), str(file_id)):
        return
    with house.writing() as connection:
        units = sorted(unit for unit in units_of_clip(connection, file_id) if unit is not None)
        entry = audited(request, Action.MEDIA_VIEWED, f"clip:{file_id}", units[0] if units else None)
        append(connection, house.now(), [entry])
    house.viewed.note(actor, origin_of(request), str(file_id))


def scope(request: Request) -> tuple[str, ...] | None:
    """The viewer's units as `Filters.scope` wants them; None: every unit."""
    units = viewer_of(request).units
    return None if units is None else tuple(sorted(units))


def not_found(units: Sequence[str | None], viewer: Viewer) -> bool:
    """Whether none of the units that something belongs to is seen by the viewer."""
    return not any(viewer.sees(unit) for unit in units)
