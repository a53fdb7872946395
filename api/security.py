"""What guards every answer: which Host names are served, headers that keep a browser from running foreign content.

A web page elsewhere could let its own name resolve to this server (DNS rebinding) and use it as its reader; it cannot
forge the Host header, so only loopback names and those of the configuration are served.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.loopback import is_loopback_address
from api.problems import problem
from domain.wording import say

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
LARGEST_BODY = 12 * 1024 * 1024
"""An attachment of ten mebibytes with its form."""
LARGEST_TEXT = 2 * 1024 * 1024
"""JSON and plain forms: they are read whole, before it is known who sent them."""
SLOWEST_S = 20.0
"""Between two pieces of a body."""
LONGEST_S = 300.0
"""From the first piece to the last."""
AUTHORITY = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine by a loopback address or as `localhost`."""
    match = AUTHORITY.fullmatch(host)
    if match is None:
        return False
    name = match["name"].removesuffix(".").lower()
    return name == "localhost" or is_loopback_address(name.strip("[]"))


def host_name(host: str) -> str:
    """The name in a Host header, "" for what is none."""
    match = AUTHORITY.fullmatch(host)
    return match["name"].removesuffix(".").lower() if match else ""


class TooLarge(Exception):
    """A body beyond what is taken, or one that does not come."""


class Body:
    """The body of one request, cut off where it is more than is taken, said or unsaid, or comes too slowly."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        said, kind = headers.get("content-length", "0"), headers.get("content-type", "").strip().lower()
        self.largest = LARGEST_BODY if kind.startswith("multipart/form-data") else LARGEST_TEXT
        self.over = (int(said) if said.isdecimal() and len(said) < 20 else 0) > self.largest
        self.got, self.whole, self.receive = 0, False, receive
        self.until: float | None = None

    async def piece(self) -> Message:
        if self.over:
            raise TooLarge
        if self.whole:  # what comes now is the end of the connection, however long that takes
            return await self.receive()
        self.until = self.until or time.monotonic() + LONGEST_S
        try:
            left = max(0.0, min(SLOWEST_S, self.until - time.monotonic()))
            message = await asyncio.wait_for(self.receive(), left)
        except TimeoutError:
            message = {"type": "http.disconnect"}
        if message["type"] == "http.request":
            self.got += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            self.over = self.got > self.largest
            if self.over:
                raise TooLarge
        return message


class Guard:
    """ASGI: refuses foreign Host names and large bodies, answers HEAD as GET without a body, puts the headers on."""

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head, body, begun = scope["method"] == "HEAD", Body(scope, receive), False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if body.over and not begun:
                return  # whatever the application makes of a body that was cut off
            begun = True
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        refusal = self.refusal(Headers(scope=scope).getlist("host"))
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        with suppress(TooLarge):
            await self.app({**scope, "method": "GET", "bwc.head": True} if head else scope, body.piece, guarded)
        if body.over and not begun:
            body.over = False
            text = say("请求内容过大", f"body: expected at most {body.largest} bytes")
            await problem(413, text, headers={"Connection": "close"})(scope, receive, guarded)

    def refusal(self, hosts: Sequence[str]) -> Response | None:
        """The answer to a Host header that names another server."""
        if len(hosts) == 1 and (is_loopback_host(hosts[0]) or host_name(hosts[0]) in self.names):
            return None
        return problem(421, f"Host: expected a loopback name such as 127.0.0.1 or localhost, got {hosts}"[:300])


def add_headers(headers: MutableHeaders) -> None:
    """Put the guarding headers on an answer; what an answer says itself stays."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-cache, private")
