"""What rules may look at of a clip's content: measurements, where they count, and copies of it elsewhere."""

from dataclasses import dataclass
from datetime import timedelta

from domain.clip import Clip
from domain.observation import Observation

Part = tuple[timedelta, timedelta]
"""A stretch of media time, from and to."""


@dataclass(frozen=True, slots=True)
class ContentCopy:
    """Another file that looks or sounds the same: its name, and the stretch that both have, as each counts time.

    `first`: the other file was seen before this one. `sound` / `picture`: which of the two agree. `clip`: the other
    file as it is placed, so that two recorders of one moment are told from a copy; None where it is not known.
    """

    name: str
    here: Part
    there: Part
    first: bool
    sound: bool = False
    picture: bool = False
    clip: Clip | None = None


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What the content detectors measured in one clip.

    `required`: the parts inside required windows of the activities that the clip is linked to. `waiting`: it is in
    the queue and parts of it are not looked at yet. `ended`: why looking at it was ended (decoder hung or fell over).
    `overlay_expected`: this store's cameras write date and time into the picture. `overlay_read`: the reader of
    on-screen text is installed.
    """

    observations: tuple[Observation, ...] = ()
    required: tuple[Part, ...] = ()
    waiting: bool = False
    ended: str | None = None
    copies: tuple[ContentCopy, ...] = ()
    overlay_expected: bool = True
    overlay_read: bool = True


@dataclass(frozen=True, slots=True)
class FootageContent:
    """A clip that is footage of an activity: as it is placed, what was measured in it, and whose it is.

    `officer`: for whom it counts (as in the coverage), None in sessions. Of `content` only the measurements and
    whether they are complete matter here: the window is the activity's own.
    """

    clip: Clip
    content: ContentFacts
    officer: str | None = None
