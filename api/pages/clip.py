"""The page of one clip: player at the asked second, pictures, measurements, findings, links, time sources, custody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.house import House, house_of
from api.identity.access import needs, not_found, viewer_of
from api.media import media_address, playing_of, proxy_address, stretch_at
from api.pages.marks import Measured, draw_marks, media_time, stretches_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.pages.strips import Strip, can_be_seen, clip_strip
from api.pictures import LARGEST_ID, still_address
from api.problems import Refused
from detectors import RULES
from detectors.basis import ORIGIN_WORDS
from domain.access import Right
from domain.clip import FileState
from domain.wording import say
from indexer.playable import NAMES, Playing
from indexer.proxies import Proxies
from storage.queries.belonging import units_of_clip
from storage.queries.explain_file import find_file
from storage.queries.filters import storable
from storage.queries.one_clip import OneClip, one_clip
from storage.queries.played import Played, played
from storage.queries.shapes import micros, seconds
from storage.queries.views import viewers_of

ClipId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
FRAME_S = 0.04
"""A step by one frame where the frame rate is not known."""
DAY_S = 86400
TWICE = re.compile(r"([\u3400-\u9fff]+) ([ -~]+)")
PLACED = (
    *("started_at", "ended_at", "clock_source", "clock_offset", "clock_error", "device", "officer", "unit", "room"),
    "channel",
)
TRACK = (
    *("number", "kind", "codec", "profile", "level", "width", "height", "channels", "frame_rate", "sample_rate"),
    *("start", "duration", "sample_count", "discontinuities"),
)
"""What the template asks of a clip's place in time and of a track; either may lack any of it."""

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])


@dataclass(frozen=True, slots=True)
class Player:
    """What the player begins with. `direct`: the original; `source`: what it plays first, also without scripts.

    `refused`: a key of the words that says why there is none.
    """

    direct: bool
    why: str
    source: str
    original: str
    at: float
    length: float
    stretch: float
    frame: float
    wall: float | None
    has_picture: bool
    may_download: bool
    refused: str | None = None


@router.get("/clips/by-name")
def by_name(request: Request) -> Response:
    """The page of a file that a finding names as `store:path`. Raises Refused (404)."""
    name = request.query_params.get("name", "")
    with house_of(request).reading() as connection:
        file_id = find_file(connection, name) if storable(name) else None
        if file_id is None or not_found(tuple(units_of_clip(connection, file_id)), viewer_of(request)):
            raise Refused(404, say("没有这个片段", "name: expected store:path of a clip"))
    return RedirectResponse(f"/clips/{file_id}", 303)


@router.get("/clips/{file_id}")
def clip(request: Request, file_id: ClipId) -> Response:
    """Raises Refused (404) for a number that no file has, or one of units that the viewer does not see."""
    house, reader, viewer = house_of(request), Reader.of(request), viewer_of(request)
    with house.reading() as connection:
        found = one_clip(connection, file_id, viewer.units)
        if found is None or not_found(tuple(units_of_clip(connection, file_id)), viewer):
            raise Refused(404, say(f"没有编号为 {file_id} 的片段", f"clip: expected an id of the list, got {file_id}"))
        content = _content(connection, house, found, reader)
        form, viewers = played(connection, file_id), viewers_of(connection, file_id)
    may_look = viewer.may(Right.MEDIA)
    measured = _measured(found)
    at = _asked(request.query_params.get("at"), measured)
    content |= {
        "player": _player(house.proxies if may_look else None, found, form, at, reader),
        "marks": draw_marks(measured, reader),
        "viewers": viewers,
    }
    if not may_look:
        content |= {"strip": None, "still": None}
    return page(request, reader, "clip.html", content)


def _content(connection: Connection, house: House, found: OneClip, reader: Reader) -> dict[str, Any]:
    units = unit_names(connection)
    placed = found.placed or dict.fromkeys(PLACED)
    tracks = [{**dict.fromkeys(TRACK), **track} for track in found.probe["tracks"]] if found.probe else []
    return {
        "tracks": tracks,
        "one": found,
        "placed": placed,
        "probe": found.probe,
        "name": found.filmed.file.path.rpartition("/")[2],
        "folder": f"{found.filmed.file.store}:{found.filmed.file.path.rpartition('/')[0]}",
        "unit": units.get(placed["unit"] or "", placed["unit"]),
        "strip": _strip(house, found, reader),
        "still": _photo(found),
        "rule_of": {rule.id: rule for rule in RULES},
        "origins": ORIGIN_WORDS,
        "media_time": media_time,
        "stretches_of": stretches_of,
        "seconds": seconds,
        "micros": micros,
        "problem_text": problem_text,
        "fact_text": fact_text,
        "codec_name": lambda codec: NAMES.get(codec, codec),
    }


def _strip(house: House, found: OneClip, reader: Reader) -> Strip | None:
    if house.stills is None or not can_be_seen(found.filmed):
        return None
    return clip_strip(house, found.filmed, reader)


def _photo(found: OneClip) -> str | None:
    """Address of the picture of a file that is a photo."""
    tracks = found.probe["tracks"] if found.probe else []
    if any(track["kind"] == "still" for track in tracks):
        return still_address(found.filmed.file.file_id, timedelta(0))
    return None


def _duration(found: OneClip) -> float:
    long = found.filmed.duration or (found.probe["duration"] if found.probe else None)
    return long.total_seconds() if long else 0.0


def _measured(found: OneClip) -> Measured:
    pieces: dict[str, list[tuple[float, float]]] = {}
    for row in found.observations:
        pieces.setdefault(row["kind"], []).append((row["start"].total_seconds(), row["end"].total_seconds()))
    flagged = [(one["rule"], piece) for one in found.findings for piece in stretches_of(one["measured"])]
    holes = [
        (micros(at) or 0.0, micros(at + long) or 0.0) for at, long in (found.placed or {}).get("discontinuities", ())
    ]
    return Measured(_duration(found), found.filmed.started_at, sorted(flagged, key=lambda one: one[1]), holes, pieces)


def _asked(text: str | None, measured: Measured) -> float:
    """The second of the address, else where the first finding begins, else the beginning."""
    first = measured.findings[0][1][0] if measured.findings else 0.0
    try:
        at = first if text is None else float(text)
    except ValueError:
        at = first
    if not 0 <= at < float("inf"):
        return 0.0
    return round(min(at, max(measured.duration - 0.1, 0.0)) if measured.duration else at, 3)


def _player(proxies: Proxies | None, found: OneClip, form: Played, at: float, reader: Reader) -> Player:
    """`proxies` None: nothing is played to this viewer."""
    file = found.filmed.file
    playing = playing_of(form)
    length = proxies.seconds if proxies else timedelta(0)
    stretch = stretch_at(timedelta(seconds=at), length)
    original = media_address(file.file_id)
    proxy = f"{proxy_address(file.file_id, stretch)}#t={at - stretch.start.total_seconds():g}"
    return Player(
        direct=playing.direct,
        why=reader.pick(playing.why),
        source=f"{original}#t={at:g}" if playing.direct else proxy,
        original=original,
        at=at,
        length=_duration(found),
        stretch=length.total_seconds(),
        frame=_frame(found),
        wall=_wall(found.filmed.started_at, reader),
        has_picture=any(kind == "video" for kind, _, _ in form.codecs),
        may_download=proxies is not None and file.state not in (FileState.MISSING, FileState.MOVED),
        refused=_refused(proxies, found, form, playing),
    )


def _refused(proxies: Proxies | None, found: OneClip, form: Played, playing: Playing) -> str | None:
    """Why there is nothing to press play on; None: there is."""
    if proxies is None:
        return "clip.player.not"
    if found.filmed.file.state in (FileState.MISSING, FileState.MOVED):
        return "clip.player.gone"
    if found.probe is None:
        return "clip.facts.none"
    if not form.playable or not (playing.direct or proxies.makes):
        return "clip.player.unreadable" if not form.playable else "clip.player.not"
    return None


def _frame(found: OneClip) -> float:
    """Seconds of one frame of the film that is played."""
    for track in found.probe["tracks"] if found.probe else ():
        if track["kind"] == "video" and (rate := track.get("frame_rate")) and 1 <= rate <= 240:
            return round(1 / float(rate), 4)
    return FRAME_S


def _wall(started_at: datetime | None, reader: Reader) -> float | None:
    """Seconds after local midnight at which the clip begins."""
    if started_at is None:
        return None
    local = started_at.astimezone(reader.zone)
    return (local - local.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() % DAY_S


def fact_text(reader: Reader, value: Any) -> str:
    """A value of an explanation; words of our own stand there as `中文 english`."""
    match = TWICE.fullmatch(value) if isinstance(value, str) else None
    return reader.pick(match.groups()) if match else reader.value(value)


def problem_text(reader: Reader, problem: Mapping[str, Any]) -> str:
    """What is wrong with the file, and its detail."""
    word, detail = reader.of_kind("problem", problem["code"]), problem.get("detail")
    return f"{word} · {reader.one(detail)}" if detail else word
