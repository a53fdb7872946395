"""Clips as players get them: headers, what a file is called when it is kept, and the refusals that say why not."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from sqlalchemy import Connection

from api.answers import has_already
from api.house import House
from api.identity.access import not_found
from api.pictures import bytes_of
from api.problems import Refused, problem
from api.ranges import Part, Unsatisfiable, asked_part, still_wanted
from api.streaming import HEAD, RETRY_AFTER_S, Sending, Streamed
from domain.access import Viewer
from domain.clip import FileState
from domain.wording import say
from indexer.originals import Lacking, NoMedia
from indexer.playable import Playing, how_played
from indexer.proxies import Proxies, Source
from indexer.proxy_cache import Stretch
from storage.queries.belonging import units_of_clip
from storage.queries.filmed import Filmed, filmed
from storage.queries.played import Played, played

STATUSES: Mapping[Lacking, int] = {
    Lacking.GONE: 410,
    Lacking.NONE: 404,
    Lacking.UNREACHABLE: 503,
    Lacking.BUSY: 503,
    Lacking.LEFT: 503,
}
TYPES: Mapping[str, str] = {
    "mp4": "video/mp4", "mov": "video/quicktime", "3gp": "video/3gpp", "mkv": "video/x-matroska", "webm": "video/webm",
    "avi": "video/x-msvideo", "ts": "video/mp2t", "ps": "video/mpeg", "mpegvideo": "video/mpeg", "flv": "video/x-flv",
    "asf": "video/x-ms-asf", "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "application/ogg",
    "aac": "audio/aac", "amr": "audio/amr", "jpeg": "image/jpeg",
}  # fmt: skip
"""By container as it was read, never by the name; everything else is bytes."""
BYTES = "application/octet-stream"
LEAD_S, GRID_S = 2, 5
"""A proxy begins a little before the moment that is asked for, on a grid, so that moments near it share one."""
PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def media_address(file_id: int) -> str:
    """Where the bytes of a clip are."""
    return f"/api/v1/media/{file_id}"


def proxy_address(file_id: int, stretch: Stretch) -> str:
    """Where a proxy of a stretch is."""
    start, length = stretch.start.total_seconds(), stretch.length.total_seconds()
    return f"{media_address(file_id)}/proxy?from={start:g}&seconds={length:g}"


def stretch_at(moment: timedelta, length: timedelta) -> Stretch:
    """The stretch whose proxy shows a moment; `player.js` reckons alike."""
    seconds = max(0.0, moment.total_seconds() - LEAD_S)
    return Stretch(timedelta(seconds=int(seconds // GRID_S) * GRID_S), length)


def proxies_of(house: House) -> Proxies:
    """Raises Refused where this server plays nothing."""
    if house.proxies is None:
        raise Refused(503, say("此服务未启用播放", "this server plays no clips"))
    return house.proxies


def clip_to_play(connection: Connection, file_id: int, viewer: Viewer) -> tuple[Filmed, Played]:
    """A clip that is there. Raises Refused: 404 for one that is unknown or of units that the viewer does not see, 410
    for one that is gone."""
    clip = filmed(connection, [file_id]).get(file_id)
    if clip is None or not_found(tuple(units_of_clip(connection, file_id)), viewer):
        raise Refused(
            404, say(f"没有编号为 {file_id} 的片段", f"clip: expected an id of the list of clips, got {file_id}")
        )
    if clip.file.state in (FileState.MISSING, FileState.MOVED):
        raise Refused(410, say("文件已不在该存储中", "the file is not in its store any more"))
    return clip, played(connection, file_id)


def source_of(clip: Filmed, form: Played) -> Source:
    """What proxies are made of."""
    return Source(bytes_of(clip), form.container)


def playing_of(form: Played) -> Playing:
    """Whether the original plays in a browser."""
    return how_played(form.container, form.codecs)


def refusal(error: NoMedia) -> Refused:
    """Why there is nothing to play, as an answer."""
    return Refused(STATUSES[error.why], error.said)


def named(path: str, *, keep: bool) -> str:
    """Content-Disposition (RFC 6266): the file's own name in the extended form, a plain one for old programs."""
    name = path.rpartition("/")[2]
    plain = PLAIN.sub("_", name.encode("ascii", "replace").decode()) or "clip"
    kind = "attachment" if keep else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


def ranged(request: Request, house: House, sending: Sending, headers: Mapping[str, str]) -> Response:
    """The whole, the part that is asked for, 304 or 416; `sending.part` is the whole. Headers hold the ETag."""
    tag, size = headers["ETag"], sending.part.length
    shared = {**headers, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if has_already(request.headers.get("if-none-match"), tag):
        sending.file.close()
        return Response(status_code=304, headers=shared)
    wanted = not request.scope.get(HEAD) and still_wanted(request.headers.get("if-range"), tag)
    try:
        part = asked_part(request.headers.get("range"), size) if wanted else None
    except Unsatisfiable:
        sending.file.close()
        told = say(f"文件只有 {size} 字节", f"Range: expected a part of {size} bytes")
        return problem(416, told, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    if part is None:
        return Streamed(sending, house.streams, 200, shared)
    shared["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return Streamed(Sending(sending.file, part, sending.who), house.streams, 206, shared)


def whole(size: int) -> Part:
    return Part(0, size)


def told_busy(error: NoMedia) -> Response | None:
    """A refusal that passes: with a time after which to ask again."""
    if STATUSES[error.why] != 503:
        return None
    wait: dict[str, Any] = {"Retry-After": str(RETRY_AFTER_S)}
    return problem(503, error.said, headers=wait)
