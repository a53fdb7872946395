"""A client that calls the application in this process, without a socket; every address is a loopback one."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

BASE = "http://127.0.0.1:8000"


class Client:
    """`get("/path")` and the like; the answer is httpx's. Faults of the application are answers, not exceptions."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.send("GET", address, headers)

    def send(self, method: str, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._send(method, address, {k.replace("_", "-"): v for k, v in (headers or {}).items()}))

    async def _send(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, address, headers=headers)

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
