"""`/api/v1/media/{clip}`: the bytes of one clip of a configured store, by ranges, and proxies of stretches of it."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, BinaryIO

import anyio
from fastapi import APIRouter, Query, Request, Response

from api.house import House, house_of
from api.identity.access import needs, note_view, origin_of, viewer_of
from api.media import (
    BYTES,
    TYPES,
    clip_to_play,
    named,
    proxies_of,
    ranged,
    refusal,
    source_of,
    told_busy,
    whole,
)
from api.parameters import in_query
from api.problems import PROBLEM_RESPONSES, Refused
from api.routes.stills import ClipId
from api.streaming import Sending
from domain.access import Right
from domain.wording import say
from indexer.originals import NoMedia
from indexer.proxies import Source
from indexer.proxy_cache import LEAST_SECONDS, MADE, MOST_SECONDS, Stretch
from storage.queries.filmed import Filmed
from storage.queries.played import Played

LONGEST_S = 1_000_000
TAG = {
    "ETag": {
        "description": "Strong: stands for exactly these bytes.",
        "required": True,
        "schema": {"type": "string"},
        "example": '"3a7f21"',
    }
}
NAMED = {
    "Content-Disposition": {
        "description": "The file's own name.",
        "schema": {"type": "string"},
        "example": "inline; filename*=UTF-8''1100001_031021_20261120081152_0001.mp4",
    }
}
TIMED = {
    "Media-Time": {
        "description": "Media time at which the proxy begins, seconds.",
        "schema": {"type": "string"},
        "example": "30",
    }
}
PARTS = [
    {
        **in_query("Range", "One range of bytes; several give the whole.", {"type": "string"}, "bytes=0-1023"),
        "in": "header",
    },
    {
        **in_query("If-Range", "`ETag` of the bytes that the range continues.", {"type": "string"}, '"3a7f21"'),
        "in": "header",
    },
]
MOST_NAMED = 20
"""Parameters that a refusal names."""
BINARY = {"schema": {"type": "string", "format": "binary"}}
RANGES: dict[int | str, dict[str, Any]] = {
    206: {
        "description": "The part that `Range` asked for; `Content-Range` says which.",
        "headers": {
            **TAG,
            "Content-Range": {
                "description": "First and last byte, and the size of the whole.",
                "schema": {"type": "string"},
                "example": "bytes 0-1023/142968",
            },
        },
    },
    304: {"description": "The caller has these bytes already.", "headers": TAG},
    416: PROBLEM_RESPONSES[416],
    503: {
        **PROBLEM_RESPONSES[503],
        "description": "The store cannot be read, or too much is being played; `Retry-After` says when to ask again.",
    },
    **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 405, 410, 421, 422, 429, 500)},
}
ORIGINAL: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, byte by byte as in its store.",
        "content": dict.fromkeys((*sorted({*TYPES.values()}), BYTES), BINARY),
        "headers": {**TAG, **NAMED},
    }
}
PROXY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "MP4 with H.264 and AAC, made for the occasion.",
        "content": {"video/mp4": BINARY},
        "headers": {**TAG, **TIMED},
    }
}
Download = Annotated[
    bool, Query(description="Whether a browser keeps the file instead of playing it.", examples=[True])
]
From = Annotated[
    float, Query(alias="from", ge=0, le=LONGEST_S, allow_inf_nan=False, description="Media time, s.", examples=[30])
]
Seconds = Annotated[
    float | None,
    Query(
        ge=LEAST_SECONDS,
        le=MOST_SECONDS,
        allow_inf_nan=False,
        description="How long; without it as long as `[media] proxy_seconds` says.",
        examples=[20],
    ),
]
router = APIRouter(prefix="/api/v1", tags=["media"], dependencies=[needs(Right.MEDIA)])


@router.get(
    "/media/{clip}",
    operation_id="read_media",
    summary=say("原始文件", "The bytes of a clip"),
    response_class=Response,
    responses={**ORIGINAL, **RANGES},
    name="media",
    openapi_extra={"parameters": PARTS},
)
def original(request: Request, clip: ClipId, download: Download = False) -> Response:
    """The clip as it lies in its store, whole or the one part that `Range` asks for."""
    only(request, "download")
    house = house_of(request)
    found, form = _clip(request, house, clip)
    try:
        stream = proxies_of(house).originals.open(source_of(found, form).file)
    except NoMedia as error:
        return _refused(error)
    headers = {
        "ETag": f'"{source_of(found, form).file.key}"',
        "Content-Type": TYPES.get(form.container, BYTES),
        "Content-Disposition": named(found.file.path, keep=download),
    }
    return ranged(request, house, Sending(stream, whole(found.file.size), _who(request)), headers)


@router.get(
    "/media/{clip}/proxy",
    operation_id="read_proxy",
    summary=say("可播放的片段", "A stretch of a clip that every browser plays"),
    response_class=Response,
    responses={**PROXY, **RANGES},
    name="proxy",
    openapi_extra={"parameters": PARTS},
)
async def proxy(request: Request, clip: ClipId, since: From = 0.0, seconds: Seconds = None) -> Response:
    """A stretch of the clip in a form that every browser plays; made if need be, which takes some seconds."""
    only(request, "from", "seconds")
    house = house_of(request)
    found, form = await anyio.to_thread.run_sync(_clip, request, house, clip)
    stretch = _stretch(found, since, seconds, proxies_of(house).seconds)
    source = source_of(found, form)
    try:
        stream = await _made(request, house, source, stretch)
    except NoMedia as error:
        return _refused(error)
    headers = {
        "ETag": f'"{source.file.key}-{int(stretch.start.total_seconds() * 1000)}-{stretch.length.seconds}-{MADE}"',
        "Content-Type": "video/mp4",
        "Media-Time": f"{stretch.start.total_seconds():g}",
    }
    size = os.fstat(stream.fileno()).st_size
    return ranged(request, house, Sending(stream, whole(size), _who(request)), headers)


def only(request: Request, *names: str) -> None:
    """Raises Refused (422) for a parameter that is ignored otherwise."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    wrong = sorted(name[:40] for name, count in given.items() if name not in names or count > 1)[:MOST_NAMED]
    if wrong:
        told = f"expected at most once each of: {', '.join(names)}"
        raise Refused(422, f"{', '.join(wrong)}: {told}", [(name, told) for name in wrong])


def _clip(request: Request, house: House, file_id: int) -> tuple[Filmed, Played]:
    """The clip, its view written down; the database is let go before any byte is sent. Raises Refused."""
    with house.reading() as connection:
        found = clip_to_play(connection, file_id, viewer_of(request))
    note_view(request, file_id)
    return found


def _stretch(clip: Filmed, since: float, seconds: float | None, usual: timedelta) -> Stretch:
    """Raises Refused (404) for a stretch that the clip does not have."""
    start = timedelta(milliseconds=int(since * 1000))
    if clip.duration is not None and start >= max(clip.duration, timedelta(seconds=1)):
        long = f"{clip.duration.total_seconds():g}"
        raise Refused(404, say(f"片段只有 {long} 秒", f"from: expected a moment of the clip, which lasts {long} s"))
    return Stretch(start, usual if seconds is None else timedelta(milliseconds=int(seconds * 1000)))


async def _made(request: Request, house: House, source: Source, stretch: Stretch) -> BinaryIO:
    """The proxy; whoever asks may leave meanwhile. Raises NoMedia."""
    left = threading.Event()
    with _ended(left):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_watch, request, left)
            opened = partial(proxies_of(house).open, source, stretch, _who(request), left)
            result = await anyio.to_thread.run_sync(_result, opened)
            tasks.cancel_scope.cancel()
    if isinstance(result, NoMedia):
        raise result
    return result


def _result(opened: "partial[BinaryIO]") -> BinaryIO | NoMedia:
    """A refusal as a value: out of a group of tasks it would come as a group."""
    try:
        return opened()
    except NoMedia as error:
        return error


@contextmanager
def _ended(left: threading.Event) -> Iterator[None]:
    """Also when this request is cancelled, nobody waits any more."""
    try:
        yield
    finally:
        left.set()


async def _watch(request: Request, left: threading.Event) -> None:
    while not await request.is_disconnected():
        await anyio.sleep(0.2)
    left.set()


def _refused(error: NoMedia) -> Response:
    busy = told_busy(error)
    if busy is None:
        raise refusal(error)
    return busy


def _who(request: Request) -> str:
    """Whose streams and proxies are counted together."""
    return f"{viewer_of(request).actor} {origin_of(request)}"
