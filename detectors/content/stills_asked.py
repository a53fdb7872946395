"""What is asked of one clip whose pictures a person wants to see, and what is answered. Values only."""

from dataclasses import dataclass
from datetime import timedelta

from detectors.content.base import Still


@dataclass(frozen=True, slots=True)
class Moments:
    """What is asked of one clip. `exact`: the picture of that moment; else a key picture near to it, for a strip."""

    at: tuple[timedelta, ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """Each moment that a picture was made for, with the picture (whose `at` is its true time); why others have none."""

    stills: tuple[tuple[timedelta, Still], ...] = ()
    problem: str | None = None
