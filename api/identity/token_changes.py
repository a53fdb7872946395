"""Making and revoking API tokens, for the command line, the pages and the API; each with its link of the audit log."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.identity.access import token_digest
from api.identity.account_changes import Doer
from domain.access import RIGHTS, Right, Role
from domain.audit import Action
from domain.errors import UsageError
from domain.wording import say
from storage.accounts import add_token, revoke_token, token_of
from storage.audit import append
from storage.queries.filters import storable

PREFIX = "bwc_"
MOST_DAYS = 730
MOST_PER_MINUTE = 100_000


@dataclass(frozen=True, slots=True)
class NewToken:
    """What is asked for. `rights` empty: all of the role."""

    name: str
    role: Role
    unit: str | None = None
    rights: frozenset[Right] = frozenset()
    days: int = 90
    per_minute: int = 600


@dataclass(frozen=True, slots=True)
class MadeToken:
    """The secret is shown once and kept nowhere."""

    id: int
    secret: str
    expires_at: datetime


def new_secret() -> str:
    """`bwc_` and 43 URL-safe characters: 256 bits of chance, and a mark by which leaked ones are found."""
    return PREFIX + secrets.token_urlsafe(32)


def make_token(connection: Connection, doer: Doer, wanted: NewToken) -> MadeToken:
    """Raises UsageError naming what cannot be used."""
    refuse_unusable(wanted)
    secret, expires = new_secret(), doer.now + timedelta(days=wanted.days)
    number = add_token(
        connection,
        doer.now,
        token_digest(secret),
        name=wanted.name.strip(),
        role=wanted.role,
        unit=wanted.unit,
        rights=sorted(wanted.rights),
        per_minute=wanted.per_minute,
        created_by=doer.actor,
        expires_at=expires,
    )
    detail = {"change": "created", "name": wanted.name.strip(), "role": wanted.role, "rights": sorted(wanted.rights)}
    more = {"days": wanted.days, "per_minute": wanted.per_minute}
    entry = doer.entry(Action.TOKEN_CHANGED, f"token:{number}", wanted.unit, **detail, **more)
    append(connection, doer.now, [entry])
    return MadeToken(number, secret, expires)


def refuse_unusable(wanted: NewToken) -> None:
    """Raises UsageError."""
    if not wanted.name.strip() or len(wanted.name) > 100 or not storable(wanted.name):
        raise UsageError(say("name：应为 1 至 100 个字符", "name: expected 1 to 100 characters"))
    if wanted.role is Role.VISITOR:
        raise UsageError(say("role：访客没有令牌", "role: a visitor has no token"))
    _refuse_beyond("days", wanted.days, MOST_DAYS)
    _refuse_beyond("per_minute", wanted.per_minute, MOST_PER_MINUTE)
    if beyond := sorted(wanted.rights - grantable(wanted.role)):
        words = ", ".join(beyond)
        raise UsageError(
            say(f"right：角色 {wanted.role} 没有权限 {words}", f"right: the role {wanted.role} has no right to {words}")
        )


def _refuse_beyond(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise UsageError(say(f"{name}：应为 1 至 {most}，得到 {value}", f"{name}: expected 1 to {most}, got {value}"))


def grantable(role: Role) -> frozenset[Right]:
    """Rights that a token of this role can have: never those over a person's own account."""
    return RIGHTS[role] - {Right.ACCOUNT}


def end_token(connection: Connection, doer: Doer, token_id: int) -> bool:
    """Revoke a token. False where there is none, or it was revoked before."""
    token = token_of(connection, token_id)
    if token is None or not revoke_token(connection, token_id, doer.now):
        return False
    entry = doer.entry(Action.TOKEN_CHANGED, f"token:{token_id}", token.unit, change="revoked", name=token.name)
    append(connection, doer.now, [entry])
    return True
