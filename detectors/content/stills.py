"""Small pictures of one clip at given moments, made when a person asks: nothing else is decoded or measured."""

from typing import BinaryIO

import av
from av.error import FFmpegError

from detectors.content.base import Still
from detectors.content.check import BUFFER, OPTIONS
from detectors.content.frames import PictureStream, first_pictures
from detectors.content.picture_check import encoded
from detectors.content.pictures import DecodedPicture
from detectors.content.reading import Reading
from detectors.content.running import at_time
from detectors.content.stills_asked import Made, Moments
from domain.wording import say

SOON = 1.0
"""A key picture this soon after a moment stands for it, s."""
LEAD = 20.0
"""So much is decoded before a moment at most to reach it, s; beyond this the nearest key picture has to do."""


def make(stream: BinaryIO, request: Moments) -> Made:
    """The pictures at these moments. Trouble in the file is told, no exception; OSError where the store gives one."""
    stream.seek(0)
    try:
        container = av.open(Reading(stream), "r", buffer_size=BUFFER, options=OPTIONS, metadata_errors="replace")
        with container:
            source = first_pictures(container)
            if source is None:
                return Made(problem=say("文件中没有画面", "there is no picture in the file"))
            return _made(PictureStream(container, source), request)
    except (FFmpegError, ValueError, MemoryError) as error:
        detail = f"{type(error).__name__}: {error}"
        return Made(problem=say(f"无法解码：{detail}", f"could not be decoded: {detail}"))


def _made(pictures: PictureStream, request: Moments) -> Made:
    found = []
    for moment in request.at[:1] if pictures.is_still else request.at:
        picture = _picture(pictures, moment.total_seconds(), request.exact)
        content = encoded(picture) if picture else b""
        if picture and content:
            found.append((moment, Still(at_time(picture.at), None, content)))
        if picture:
            picture.release()
    if pictures.is_still and found:  # a photo is read once, and is the same at any moment
        found = [(moment, found[0][1]) for moment in request.at]
    words = pictures.damage.words or "no picture"
    refused = say(f"该处画面无法解码：{words}", f"no picture could be decoded there: {words}")
    return Made(tuple(found), None if len(found) == len(request.at) else refused)


def _picture(pictures: PictureStream, at: float, exact: bool) -> DecodedPicture | None:
    """The picture of the moment, or a key picture that stands for it."""
    nearest = pictures.nearest_key(at)
    if nearest is None:
        return None
    following = pictures.nearest_key(at, not_before=True)
    if pictures.is_still or not exact:
        return pictures.key(nearest)
    if following is not None and 0 <= pictures.key_times[following] - at <= SOON:
        return pictures.key(following)
    before = pictures.key_times[pictures.key_times <= at]
    picture = None
    if len(before) and at - before[-1] <= LEAD:
        picture = next(pictures.every(at, at + SOON, SOON), None)
    return picture or pictures.key(nearest)
