"""What is asked of the content detectors about one clip, and what they answer. Values only, nothing is decoded here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

from domain.media import Problem
from domain.observation import Observation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Part = tuple[timedelta, timedelta]
"""A stretch of media time, from and to."""


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

    `problems` are what could not be decoded; `regions` where on-screen text was found.
    """

    observations: tuple[Observation, ...] = ()
    problems: tuple[Problem, ...] = ()
    stills: tuple[Still, ...] = ()
    prints: tuple[Print, ...] = ()
    regions: tuple[Region, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)
    cpu_seconds: float = 0.0


Checker = Callable[[BinaryIO, Request], Answer]


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture. `at`: seconds of media time. `luma`: rows × columns, 0..255 full range, at most 480 wide.

    `whole` gives the picture in full size, rows × columns × blue green red: a costly call, made where text is read.
    """

    at: float
    luma: "NDArray[np.uint8]"
    colour: "NDArray[np.uint8]"  # rows × columns × blue green red, at most 480 wide
    whole: "Callable[[], NDArray[np.uint8]]"
    key: bool = True
