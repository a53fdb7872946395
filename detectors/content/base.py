"""What is asked of the content detectors about one clip, and what they answer. Values only, nothing is decoded here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.media import Problem
from domain.observation import Observation

Part = tuple[timedelta, timedelta]
"""A stretch of media time, from and to."""
Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Region:
    """Where on-screen text stands, as shares 0..1 of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class OverlayHint:
    """What is known of a camera model's on-screen text before a clip of it is opened."""

    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One clip to look at. No parts: the whole of it. `seconds`: processor time it may take before it is ended.

    `overlay`: read the on-screen clock (needs the extra `overlay`); `prints`: make fingerprints for finding copies.
    """

    name: str
    parts: tuple[Part, ...] = ()
    seconds: float = 120.0
    stills: bool = True
    overlay: bool = True
    prints: bool = True
    hint: OverlayHint = OverlayHint()


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture for people. `of` names the observation kind that it shows, None: of the strip."""

    at: timedelta
    of: str | None
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Print:
    """One perceptual fingerprint: 64 bits of what a moment looks or sounds like, as a signed integer."""

    at: timedelta
    value: int
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything one decode gave. `versions`: detector name → version of those that ran.

    `problems` are what could not be decoded; `regions` where on-screen text was found. `spent`: processor seconds by
    what they were spent on. `complete`: neither time nor memory ran out; else only what `-checked` measurements speak
    of was looked at.
    """

    observations: tuple[Observation, ...] = ()
    problems: tuple[Problem, ...] = ()
    stills: tuple[Still, ...] = ()
    prints: tuple[Print, ...] = ()
    regions: tuple[Region, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    spent: Mapping[str, float] = field(default_factory=dict)
    complete: bool = True


Checker = Callable[[BinaryIO, Request], Answer]


class Picture(Protocol):
    """One decoded picture.

    `at`: seconds of media time. `luma`: rows × columns, 0..255 full range, at most 480 wide, areas averaged.
    `points`: the same, single points of the full picture, so that its noise is kept.
    """

    @property
    def at(self) -> float: ...

    @property
    def luma(self) -> Plane: ...

    @property
    def points(self) -> Plane: ...

    def colour(self) -> Plane:
        """Rows × columns × blue green red, as small as `luma`. Valid while the picture is being looked at."""
        ...

    def whole(self) -> Plane:
        """Rows × columns × blue green red in full size: costly. Valid while the picture is being looked at."""
        ...


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture that is there in full from the beginning, as drawn or read from a photo."""

    at: float
    image: Plane  # rows × columns × blue green red

    @property
    def luma(self) -> Plane:
        """The whole of it, green standing for brightness."""
        return self.image[..., 1]

    points = luma

    def colour(self) -> Plane:
        return self.image

    whole = colour
