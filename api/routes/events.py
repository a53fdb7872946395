"""`/api/v1/events`: what happens, as it happens (server-sent events, WHATWG HTML 9.2)."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.types import Message, Receive, Scope, Send

from api.house import House, house_of
from api.identity.access import needs, viewer_of
from api.live import Hub, Listener
from api.pages.rendering import subject_address
from api.parameters import refused, single_values
from api.problems import PROBLEM_RESPONSES
from api.words import words
from domain.access import Right, Viewer
from domain.wording import say
from storage.queries.events import Happening, Place

MEDIA_TYPE = "text/event-stream"
HEART_BEAT_S = 15.0
LONGEST_S = 900.0
"""Then the listener comes again: rights that were taken away meanwhile end here."""
RETRY_MS = 3000

EXAMPLE = (
    "id: f120-c77-a3012-s9\nevent: finding.opened\n"
    'data: {"kind": "finding.opened", "at": "2026-11-20T08:20:03+08:00", "unit": "310114010000", '
    '"subject": "JQ20261120A01", "href": "/incidents/JQ20261120A01", "text": {"zh": "新问题：JQ20261120A01", '
    '"en": "new finding: JQ20261120A01"}, "mine": false, "finding": "3f2a9c0d11e4b7a6", "rule": "incomplete.gap"}\n\n'
)
RESPONSES: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 405, 421, 422, 429, 500, 503)},
    200: {
        "description": (
            "An endless stream. Kinds: `ready` (the place at which listening begins), `file.arriving` `file.present` "
            "`file.missing` `file.moved` `file.unreadable`, `clip`, `finding.opened` `finding.changed` "
            "`finding.resolved`, `verdict`, `review`, `sign-off`, `link`, `push`, `scan.asked`, `scan`, and `reset`: "
            "more happened at once than is told one by one, read the lists again. A comment or a bare `id` comes every "
            "15 s. The stream ends after 15 minutes; a listener that comes back with `Last-Event-ID` is told what it "
            "missed, each event once."
        ),
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
    },
}
PARAMETERS = [
    {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "`id` of the last event that was heard; browsers send it by themselves.",
        "schema": {"type": "string"},
        "example": "f120-c77-a3012-s9",
    },
    {
        "name": "after",
        "in": "query",
        "required": False,
        "description": "The same, for those who cannot set headers; the header counts where both are given.",
        "schema": {"type": "string"},
        "example": "f120-c77-a3012-s9",
    },
]
ABOUT_A_FINDING = ("rule", "flag", "decision")
router = APIRouter(prefix="/api/v1", tags=["events"], dependencies=[needs(Right.SEE)])


@router.get(
    "/events",
    operation_id="listen",
    summary=say("实时动态", "What happens, as it happens"),
    response_class=Response,
    responses=RESPONSES,
    openapi_extra={"parameters": PARAMETERS},
    name="events",
)
async def events(request: Request) -> Response:
    """What happens in your units, as it happens: files, clips, findings, decisions, scans."""
    given = single_values(request, ("after",))
    after = _place(request.headers.get("last-event-id") or given.get("after"))
    if request.scope.get("bwc.head"):
        return Response(media_type=MEDIA_TYPE)
    viewer, hub = viewer_of(request), request.app.state.hub
    listener, missed = await hub.join(viewer, after)
    return EventStream(hub, house_of(request), listener, missed)


def _place(text: str | None) -> Place | None:
    """Where to begin; None: now. Raises Refused (422)."""
    if not text:
        return None
    place = Place.parse(text)
    if place is None:
        raise refused([("after", f"expected the id of an event of this stream, got {text[:40]!r}")])
    return place


class EventStream(Response):
    """The stream of one listener. However it ends, the listener leaves."""

    def __init__(self, hub: Hub, house: House, listener: Listener, missed: Sequence[Happening]) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.hub, self.house, self.listener, self.missed = hub, house, listener, missed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI names it)
        telling = asyncio.ensure_future(self._tell(send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.leave(self.listener)
            for task in (telling, leaving):
                task.cancel()
            results = await asyncio.gather(telling, leaving, return_exceptions=True)
        error = results[0]
        if isinstance(error, Exception) and not isinstance(error, OSError):
            raise error

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        begin = self.missed[0].place if self.missed else self.listener.place
        ready = "" if self.missed else _block("ready", str(begin), {"kind": "ready"})
        await send(_body(f"retry: {RETRY_MS}\n\n{ready}"))
        for happening in self.missed:
            await send(_body(self._said(happening)))
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            try:
                async with asyncio.timeout(HEART_BEAT_S):
                    next_one = await self.listener.queue.get()
            except TimeoutError:
                await send(_body(f": {HEART_BEAT_S:g} s\nid: {self.listener.place}\n\n"))
                continue
            if next_one is None:
                break
            await send(_body(self._said(next_one)))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _said(self, happening: Happening) -> str:
        return _block(happening.kind, str(happening.place), told(happening, self.house, self.listener.viewer))


async def _gone(receive: Receive) -> None:
    """Until the other side has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(text: str) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


def _block(kind: str, place: str, data: dict[str, Any]) -> str:
    return f"id: {place}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def told(happening: Happening, house: House, viewer: Viewer) -> dict[str, Any]:
    """One event as it is sent."""
    detail = happening.detail
    subject = str(detail.get("subject") or happening.subject)
    zh, en = words()[f"event.{happening.kind}"]
    more = f"：{subject}", f": {subject}"
    content: dict[str, Any] = {
        "kind": happening.kind,
        "at": happening.at.astimezone(house.zone).isoformat() if happening.at else None,
        "unit": happening.unit,
        "subject": subject,
        "href": _href(happening, detail, subject),
        "text": {"zh": zh + more[0] if subject else zh, "en": en + more[1] if subject else en},
        "mine": happening.actor == viewer.actor,
    }
    if happening.subject.startswith("finding:"):
        content["finding"] = happening.subject.partition(":")[2]
    kept = (*ABOUT_A_FINDING, "before", "after") if happening.kind in ("verdict", "review") else ABOUT_A_FINDING
    return content | {name: detail[name] for name in kept if name in detail}


def _href(happening: Happening, detail: Any, subject: str) -> str | None:
    """The page about it."""
    key = happening.subject.partition(":")[2]
    if happening.subject.startswith("finding:"):
        return subject_address(str(detail.get("kind")), subject) or f"/findings/{quote(key, safe='')}"
    if happening.kind == "verdict":
        return subject_address(str(detail.get("kind")), subject)
    if happening.kind in ("clip", "file.present", "file.unreadable"):
        return f"/clips/{happening.file}"
    return f"/stores/{quote(happening.store, safe='')}" if happening.store else None
