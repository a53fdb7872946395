"""The session cookie: account, its generation and a random session id, signed and dated; and the CSRF token of it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api.identity.doors import DoorSettings

COOKIE, SECURE_COOKIE = "bwc_session", "__Host-bwc_session"
SALT = "bwc.session.1"


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie says; whether it still counts is told by the account's generation."""

    account: int
    generation: int
    id: str


def cookie_name(doors: DoorSettings) -> str:
    """`__Host-` binds a cookie to this host and to TLS (RFC 6265bis 4.1.3.2)."""
    return SECURE_COOKIE if doors.secure else COOKIE


def read_session(request: Request, doors: DoorSettings) -> Session | None:
    """The session of a request; None without a cookie, or with one that is forged or too old."""
    text = request.cookies.get(cookie_name(doors))
    if not text:
        return None
    try:
        account, generation, session = _serializer(doors).loads(text, max_age=int(doors.session_hours * 3600))
    except (BadSignature, ValueError, TypeError):
        return None
    return Session(account, generation, session)


def begin_session(answer: Response, doors: DoorSettings, account: int, generation: int) -> None:
    """Put a new session's cookie on an answer: an id from before signing in is never kept."""
    text = _serializer(doors).dumps([account, generation, secrets.token_urlsafe(18)])
    answer.set_cookie(
        cookie_name(doors),
        text,
        max_age=int(doors.session_hours * 3600),
        path="/",
        httponly=True,
        secure=doors.secure,
        samesite="lax",
    )


def end_session(answer: Response, doors: DoorSettings) -> None:
    answer.delete_cookie(cookie_name(doors), path="/", httponly=True, secure=doors.secure, samesite="lax")


def csrf_token(doors: DoorSettings, session: str) -> str:
    """The token that forms of this session carry."""
    return hmac.new(doors.secret, f"csrf:{session}".encode(), hashlib.sha256).hexdigest()


def csrf_fits(doors: DoorSettings, session: str, given: str) -> bool:
    return hmac.compare_digest(csrf_token(doors, session).encode(), given.encode("utf-8", "replace"))


def _serializer(doors: DoorSettings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(doors.secret, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256})
