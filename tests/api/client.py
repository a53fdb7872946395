"""A client that calls the application in this process, without a socket; every address is a loopback one."""

import asyncio
import re
from typing import Any

import httpx
from fastapi import FastAPI

BASE = "http://127.0.0.1:8000"
CSRF = re.compile(r'name="csrf" (?:value|content)="([0-9a-f]{64})"')


class Client:
    """`get("/path")` and the like; the answer is httpx's. Faults of the application are answers, not exceptions.

    Cookies are kept, so that somebody can sign in; `token` is sent with every request.
    """

    def __init__(self, app: FastAPI, token: str | None = None) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}
        self.token = token

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.send("GET", address, headers)

    def send(self, method: str, address: str, headers: dict[str, str] | None = None, **content: Any) -> httpx.Response:
        named = {k.replace("_", "-"): v for k, v in (headers or {}).items()}
        if self.token is not None:
            named.setdefault("authorization", f"Bearer {self.token}")
        return asyncio.run(self._send(method, address, named, content))

    async def _send(
        self, method: str, address: str, headers: dict[str, str], content: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        kept = httpx.Cookies()
        for name, value in self.cookies.items():
            kept.set(name, value, domain="127.0.0.1")  # as the server's own are kept, which take their place
        async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=kept) as client:
            answer = await client.request(method, address, headers=headers, **content)
            # the language of one request is not that of the next
            self.cookies = {one.name: one.value or "" for one in client.cookies.jar if one.name != "lang"}
            return answer

    def sign_in(self, name: str, password: str = "correct horse battery") -> "Client":
        """This client, signed in. Fails where that is refused."""
        answer = self.post("/sign-in", {"name": name, "password": password})
        assert answer.status_code == 303, answer.text[-600:]
        return self

    def signed_in(self, name: str) -> "Client":
        """Another client of the same application, signed in."""
        return Client(self.app).sign_in(name)

    def with_token(self, token: str) -> "Client":
        return Client(self.app, token)

    def csrf(self, address: str = "/account") -> str:
        """The token that forms of this session carry, "" for who has none."""
        found = CSRF.search(self.get(address, accept="text/html").text)
        return found[1] if found else ""

    def post(self, address: str, data: dict[str, Any] | None = None, **content: Any) -> httpx.Response:
        """A form of a page, with the session's own token."""
        if self.cookies:
            data = {"csrf": self.csrf(), **(data or {})}
        headers = content.pop("headers", {"accept": "text/html"})
        return self.send("POST", address, headers, data=data, **content)

    def everything(self, address: str, limit: int) -> list[dict[str, Any]]:
        """All rows of a list, following `next_cursor`; every page but the last is full."""
        rows: list[dict[str, Any]] = []
        joint = "&" if "?" in address else "?"
        cursor = ""
        while True:
            content = self.get(f"{address}{joint}limit={limit}{cursor}").raise_for_status().json()
            rows += content["items"]
            if content["next_cursor"] is None:
                return rows
            assert len(content["items"]) == limit
            cursor = f"&cursor={content['next_cursor']}"
