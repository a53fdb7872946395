"""All that is looked at in the pictures of one clip: part after part, all detectors at once, then stills for people."""

from collections.abc import Sequence
from typing import Protocol

import cv2
from av.container import InputContainer

from detectors.content.base import Part, Picture, Still
from detectors.content.frames import PictureStream, first_pictures
from detectors.content.moments import UNSEEN, begin_and_middle, spread
from detectors.content.overlay_check import finish_overlay, overlay_watch
from detectors.content.picture_detectors import FROZEN_VERSION, PICTURE_DETECTORS
from detectors.content.picture_rows import checked, shown
from detectors.content.pictures import DecodedPicture
from detectors.content.print_packets import packet_prints
from detectors.content.running import Running, at_time
from detectors.content.survey import STEP, Sample, Survey, reaching, survey
from detectors.content.turned import VERSION as TURNED_VERSION
from detectors.content.turned import Turned
from domain.measured_parts import inside
from domain.observation import Observation, ObservationKind

ONE_PICTURE = 0.04
"""Seconds that a picture alone stands for."""
ROUNDS = 20
"""Times that a watch may ask for more pictures."""
EXACT = {"overlay": 0.5, "turned": 1.1}
"""Seconds: a key picture this near to the moment asked for will do. All others cost a whole group of pictures."""
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 70]
MOST_STILLS = 24


PICTURE_VERSIONS = {one.name: one.version for one in PICTURE_DETECTORS} | {
    "frozen": FROZEN_VERSION,
    "turned": TURNED_VERSION,
}
"""Everything that looks at pictures, but for the on-screen clock, whose reader may not be there."""


class Watch(Protocol):
    """Somebody who looks at chosen pictures in full and says which ones, until none is wanted any more."""

    def wanted(self) -> list[float]: ...

    def look(self, picture: Picture) -> None: ...


class Follower(Protocol):
    """Somebody who sees every picture of the survey, in any order of time."""

    def see(self, picture: Picture) -> None: ...


def check_pictures(container: InputContainer, running: Running, followers: Sequence[Follower] = ()) -> None:
    """Survey every part that is asked for. Nothing to do where there is no picture."""
    source = first_pictures(container)
    if source is None:
        return
    with running.spending("index"):
        stream = PictureStream(container, source)
    parts = running.parts(stream.packets.end or (container.duration or 0) / 1_000_000 or ONE_PICTURE)
    overlay = overlay_watch(running.request, parts) if not stream.is_still else None
    turned = Turned()
    showing = Showing(running, (overlay,) if overlay else (), (turned, *followers), parts)
    _survey(stream, running, showing, parts)
    if not stream.is_still:
        _ask_more(stream, running, turned, "turned")
        running.observations += turned.finish(parts[-1][1] if parts else None)
    if overlay:
        _ask_more(stream, running, overlay, "overlay")
        finish_overlay(running, overlay)
    running.versions |= PICTURE_VERSIONS
    if running.request.stills and not stream.is_still:
        with running.spending("stills"):
            _stills(stream, running)
    running.damaged(stream.damage, "画面", "pictures")


def _survey(stream: PictureStream, running: Running, showing: "Showing", parts: Sequence[tuple[float, float]]) -> None:
    """Part after part; where one goes on from the one before, so does the comparison.

    At its other ends a part is compared with the key pictures next to it, so that what goes on beyond an end is seen
    up to there; what that shows of the time outside is left out.
    """
    inner = [(at_time(start), at_time(end)) for start, end in parts]
    carried: Sample | None = None
    last: tuple[float, float] | None = None
    starts = {start for start, _ in parts}
    for part in parts:
        if running.over():
            return
        begun_by = carried if last and last[1] == part[0] else None
        with running.spending("pictures"):
            wider = reaching(stream.key_times, part, before=begun_by is None, after=part[1] not in starts)
            found = survey(stream, wider, showing.show, running.over, begun_by)
        _keep(running, found, inner)
        if running.request.prints and not stream.is_still:
            with running.spending("prints"):
                running.prints += packet_prints(stream.packets, part)
        carried, last = (found.samples[-1] if found.samples else None), part


class Showing:
    """Passes pictures on to the watches that asked for one near that moment."""

    def __init__(
        self,
        running: Running,
        watches: Sequence[Watch],
        followers: Sequence[Follower],
        parts: Sequence[tuple[float, float]],
    ) -> None:
        self._running = running
        self._followers = followers
        self._open = [(watch, at) for watch in watches for at in watch.wanted()]
        self._slots = spread(parts) if running.request.stills else []

    def show(self, picture: DecodedPicture) -> None:
        """The first picture within half a step of a moment that a watch asked for is for it."""
        for asked in [one for one in self._open if abs(one[1] - picture.at) <= STEP / 2]:
            self._open.remove(asked)
            with self._running.spending("overlay"):
                asked[0].look(picture)
        for follower in self._followers:
            follower.see(picture)
        if self._slots and picture.at >= self._slots[0] - STEP / 2:
            with self._running.spending("stills"):
                self._running.stills.append(Still(at_time(picture.at), None, encoded(picture)))
            self._slots.pop(0)


def _ask_more(stream: PictureStream, running: Running, watch: Watch, name: str) -> None:
    """Decode what a watch wants to see besides, exactly where it wants it."""
    for _ in range(ROUNDS):
        wanted = watch.wanted()
        if not wanted or running.over():
            return
        for at in wanted:
            with running.spending(name):
                picture = None if running.over() else picture_at(stream, at, EXACT[name])
                _let_look(watch, picture)


def _let_look(watch: Watch, picture: DecodedPicture | None) -> None:
    if picture is not None:
        watch.look(picture)
        picture.release()


def picture_at(stream: PictureStream, at: float, exact: float) -> DecodedPicture | None:
    """The picture at a moment, the key picture where one is near enough."""
    number = stream.nearest_key(at)
    if number is not None and abs(stream.key_times[number] - at) <= exact:
        return stream.key(number)
    return next(stream.every(at, at + STEP, STEP), None)


def _keep(running: Running, found: Survey, parts: Sequence[Part]) -> None:
    for detector, version, kind, piece, unit in shown(found):
        value = round(piece.value, 3)
        one = Observation(detector, version, kind, at_time(piece.start), at_time(piece.end), value, unit)
        running.observations += inside(one, parts)
    for start, end, step in checked(found):
        checks = ObservationKind.PICTURE_CHECKED
        one = Observation("pictures", 1, checks, at_time(start), at_time(end), round(step, 3), "s")
        running.observations += inside(one, parts)


def _stills(stream: PictureStream, running: Running) -> None:
    """Each stretch at its beginning and middle."""
    told = [one for one in running.observations if one.kind not in UNSEEN]
    for one in told[: MOST_STILLS // 2]:
        for moment in begin_and_middle(one.start, one.end):
            number = stream.nearest_key(moment.total_seconds(), not_before=True)
            picture = stream.key(number) if number is not None and not running.over() else None
            if picture is not None:
                running.stills.append(Still(at_time(picture.at), one.kind.value, encoded(picture)))
                picture.release()


def encoded(picture: DecodedPicture) -> bytes:
    """The small picture as JPEG."""
    done, content = cv2.imencode(".jpg", picture.colour(), QUALITY)
    return content.tobytes() if done else b""
