"""What guards every answer: which Host names are served, headers that keep a browser from running foreign content.

Until accounts exist only this machine may look. A web page elsewhere could still let its own name resolve to
127.0.0.1 (DNS rebinding) and read the answers; it cannot forge the Host header, so only loopback names are served.
"""

import ipaddress
import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
)
AUTHORITY = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine by a loopback address or as `localhost`."""
    match = AUTHORITY.fullmatch(host)
    if match is None:
        return False
    name = match["name"].removesuffix(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI: refuses foreign Host names, answers HEAD as GET without a body, puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or not is_loopback_host(hosts[0]):
            refusal = problem(421, f"Host: expected a loopback name such as 127.0.0.1 or localhost, got {hosts}"[:300])
            await refusal(scope, receive, guarded)
            return
        await self.app({**scope, "method": "GET", "bwc.head": True} if head else scope, receive, guarded)


def add_headers(headers: MutableHeaders) -> None:
    """Put the guarding headers on an answer; what an answer says itself stays."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-cache, private")
