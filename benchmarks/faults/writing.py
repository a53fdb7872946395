"""Those who write while others read: an officer who decides on findings, an administrator who asks for scans, clips
that arrive, and somebody who has reports made."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.faults.asking import Asked, Connection, connection
from benchmarks.faults.house import District
from benchmarks.faults.served import token

REPORTS = ("completeness", "open-findings", "freshness", "units")
FORMATS = ("json", "csv", "xlsx", "pdf")


async def every(seconds: float, stop: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again until the event is set, with a pause between."""
    while not stop.is_set():
        await do()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


@dataclass(slots=True)
class Writers:
    """Each has a connection and a token of its own; what they were answered is counted in `asked`."""

    address: str
    district: District
    officer: str
    supervisor: str
    administrator: str
    asked: Asked = field(default_factory=Asked)
    decided: int = 0
    came: int = 0
    reports: int = 0

    @classmethod
    def at(cls, address: str, district: District) -> "Writers":
        """With new tokens for the program that serves the district."""
        unit = next(iter(district.roots))
        root = district.root
        secrets = (token(root, "officer", unit), token(root, "supervisor"), token(root, "administrator"))
        return cls(address, district, *secrets)

    async def decide(self, stop: asyncio.Event, seconds: float) -> None:
        """Confirm one open finding after the other."""
        mine = connection(self.address, self.asked, self.officer)
        waiting: list[str] = []

        async def one() -> None:
            if not waiting:
                _, content = await mine.ask("/api/v1/findings?status=open&limit=100")
                waiting.extend(row["id"] for row in json.loads(content).get("items", ()))
            if waiting:
                status, _ = await mine.ask(f"/api/v1/findings/{waiting.pop()}/reviews", "POST", CONFIRM)
                self.decided += status == 201

        await every(seconds, stop, one)
        await mine.close()

    async def scan(self, stop: asyncio.Event, seconds: float, clips: int) -> None:
        """Clips arrive, and somebody asks for a scan at once."""
        mine = connection(self.address, self.asked, self.administrator)

        async def one() -> None:
            self.came += await asyncio.to_thread(self.district.arrive, clips)
            await mine.ask("/api/v1/scans", "POST", b'{"stores": []}')

        await every(seconds, stop, one)
        await mine.close()

    async def report(self, stop: asyncio.Event, seconds: float) -> None:
        """One report after the other is filed and handed out, in every format in turn."""
        mine = connection(self.address, self.asked, self.supervisor)

        async def one() -> None:
            name, form = REPORTS[self.reports % len(REPORTS)], FORMATS[self.reports // len(REPORTS) % len(FORMATS)]
            await self._filed(mine, name, form)

        await every(seconds, stop, one)
        await mine.close()

    async def warm(self, documents: int) -> None:
        """So many PDFs: what sets them remembers the last ten, and is as large as it gets afterwards."""
        mine = connection(self.address, self.asked, self.supervisor)
        for number in range(documents):
            await self._filed(mine, REPORTS[number % len(REPORTS)], "pdf")
        await mine.close()

    async def _filed(self, mine: Connection, name: str, form: str) -> None:
        status, content = await mine.ask(f"/api/v1/reports/{name}/runs", "POST", PERIOD)
        if status == 201:
            run = json.loads(content)["run"]
            status, _ = await mine.ask(f"/api/v1/reports/runs/{run}?format={form}")
        self.reports += status == 200


CONFIRM = b'{"decision": "confirm", "reviews": 0}'
PERIOD = b'{"period": "2026-09"}'
