"""`/api/v1/clips/{id}/strip` and `/stills/{milliseconds}`: small pictures of one clip of a configured store."""

import hashlib
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.answers import answer, has_already
from api.house import House, house_of
from api.identity.access import needs, note_view, viewer_of
from api.parameters import nothing_asked
from api.pictures import (
    LARGEST_ID,
    LONGEST_MS,
    bytes_of,
    clip_to_show,
    has_moment,
    refusal,
    still_address,
    stills_of,
    strip_moments,
)
from api.problems import PROBLEM_RESPONSES, Refused
from api.shapes.stills import StripAnswer
from domain.access import Right
from domain.wording import say
from indexer.stills import NoStill
from storage.queries.filmed import Filmed

UNREACHABLE = {
    **PROBLEM_RESPONSES[503],
    "description": "The store cannot be read, or other pictures are being made; `detail` says which. Try again later.",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 405, 410, 421, 422, 429, 500)},
    503: UNREACHABLE,
}
JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, at most 480 wide.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "Media-Time": {
                "description": "True media time of the picture, seconds: in a strip that of a near key picture.",
                "schema": {"type": "number"},
                "example": 42.5,
            },
            "ETag": {"description": "Digest of the picture.", "schema": {"type": "string"}},
        },
    },
    304: {"description": "The caller has this picture already."},
}
ClipId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="`id` of the list of clips.", examples=[17])]
Moment = Annotated[int, Path(ge=0, le=LONGEST_MS, description="Media time in milliseconds.", examples=[42500])]
router = APIRouter(prefix="/api/v1", tags=["stills"], dependencies=[needs(Right.MEDIA)])


@router.get(
    "/clips/{clip}/strip",
    operation_id="read_strip",
    summary=say("片段一览", "A clip at a glance"),
    response_model=StripAnswer,
    responses=RESPONSES,
)
def strip(request: Request, clip: ClipId) -> Response:
    """Up to eight pictures spread over what was looked at of a clip, else over the whole of it; made if need be."""
    nothing_asked(request)
    house = house_of(request)
    found = _clip(request, house, clip)
    try:
        shown = stills_of(house.stills).strip(bytes_of(found), strip_moments(found))
    except NoStill as error:
        raise refusal(error) from error
    content = {
        "id": clip,
        "store": found.file.store,
        "path": found.file.path,
        "duration_s": found.duration,
        "stills": [{"at_s": one.at, "href": still_address(clip, one.at)} for one in shown],
    }
    return answer(request, content, house.zone)


@router.get(
    "/clips/{clip}/stills/{milliseconds}",
    operation_id="read_still",
    summary=say("一帧截图", "The picture of one moment"),
    response_class=Response,
    responses={**RESPONSES, **JPEG},
    name="still",
)
def still(request: Request, clip: ClipId, milliseconds: Moment) -> Response:
    """The picture of one moment of a clip; made if need be."""
    nothing_asked(request)
    house = house_of(request)
    found, at = _clip(request, house, clip), timedelta(milliseconds=milliseconds)
    if not has_moment(found, at):
        long = f"{found.duration.total_seconds():g}" if found.duration else "0"
        said = say(f"片段只有 {long} 秒", f"milliseconds: expected a moment of the clip, which lasts {long} s")
        raise Refused(404, said)
    try:
        shown = stills_of(house.stills).at(bytes_of(found), at, strip_moments(found))
    except NoStill as error:
        raise refusal(error) from error
    tag = f'"{hashlib.blake2b(shown.jpeg, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Media-Time": f"{shown.at.total_seconds():g}", "Cache-Control": "private, no-cache"}
    if has_already(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(shown.jpeg, media_type="image/jpeg", headers=headers)


def _clip(request: Request, house: House, file_id: int) -> Filmed:
    """The clip, its view written down; the database is let go before anything is decoded. Raises Refused."""
    with house.reading() as connection:
        found = clip_to_show(connection, file_id, viewer_of(request))
    note_view(request, file_id)
    return found
