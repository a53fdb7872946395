"""Small pictures of one clip at given moments, made when a person asks: nothing else is decoded or measured."""

from dataclasses import dataclass
from typing import BinaryIO

import av
import numpy as np
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
NEAR = 5.0
"""In a strip a key picture this near does, s."""
MOST_POINTS = 3_000_000_000
"""Points of pictures that are decoded on the way to moments in one request: a minute of 1080p. After that, and of a
moment that alone needs more, the nearest key picture has to do."""


def make(stream: BinaryIO, request: Moments) -> Made:
    """The pictures at these moments. Trouble in the file is told, no exception; OSError where the store gives one."""
    stream.seek(0)
    try:
        container = av.open(Reading(stream), "r", buffer_size=BUFFER, options=OPTIONS, metadata_errors="replace")
        with container:
            source = first_pictures(container)
            if source is None:
                return Made(problem=say("文件中没有画面", "there is no picture in the file"))
            return _made(Making(PictureStream(container, source), source.width * source.height), request)
    except (FFmpegError, ValueError, MemoryError) as error:
        detail = f"{type(error).__name__}: {error}"
        return Made(problem=say(f"无法解码：{detail}", f"could not be decoded: {detail}"))


@dataclass(slots=True)
class Making:
    """A stream whose pictures are shown; `points` of one picture, and how many may be decoded besides key pictures."""

    pictures: PictureStream
    points: int
    left: int = MOST_POINTS

    def picture(self, at: float, exact: bool) -> DecodedPicture | None:
        """The picture of a moment, or a key picture that stands for it."""
        pictures = self.pictures
        nearest = pictures.nearest_key(at)
        if nearest is None or pictures.is_still:
            return None if nearest is None else pictures.key(nearest)
        number = pictures.nearest_key(at, not_before=True) if exact else nearest
        apart = float(pictures.key_times[number]) - at if number is not None else NEAR
        if 0 <= apart <= SOON or (not exact and abs(apart) <= NEAR):
            return pictures.key(number or 0)
        return (self._decoded(at) if self._affordable(at) else None) or pictures.key(nearest)

    def _affordable(self, at: float) -> bool:
        """Whether the way from the key picture before a moment is not too long; it is paid for."""
        times, keys = self.pictures.packets.times, self.pictures.key_times
        before = keys[keys <= at]
        if not len(before) or at > times.max() + SOON:
            return False
        price = int(np.count_nonzero((times >= before[-1]) & (times <= at))) * self.points
        if price > self.left:
            return False
        self.left -= price
        return True

    def _decoded(self, at: float) -> DecodedPicture | None:
        return next(self.pictures.every(at, at + SOON, SOON), None)


def _made(making: Making, request: Moments) -> Made:
    found, pictures = [], making.pictures
    for moment in request.at[:1] if pictures.is_still else request.at:
        picture = making.picture(moment.total_seconds(), request.exact)
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
