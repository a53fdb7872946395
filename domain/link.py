"""Which clip belongs to which activity, on what basis, and what came second."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.activity import ActivityKind


class LinkBasis(StrEnum):
    BADGE = "badge"  # the officer is on the clip
    ASSIGNMENT = "assignment"  # the device was issued to the officer at that time
    UNIT = "unit"  # same unit and time only
    ROOM = "room"  # recorder channel of the session's room
    MANUAL = "manual"


class LinkMethod(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"


class LinkStatus(StrEnum):
    LINKED = "linked"
    PROPOSED = "proposed"  # best candidate, but below the margin: a person decides
    REJECTED = "rejected"  # kept with its score, so that an absence can be explained


@dataclass(frozen=True, slots=True)
class RunnerUp:
    number: str
    score: float


@dataclass(frozen=True, slots=True)
class Link:
    """One clip against one activity. `score` 0..1; `runner_up` is the next best activity for the same clip."""

    kind: ActivityKind
    number: str
    officer: str | None
    file_id: int
    basis: LinkBasis
    overlap: timedelta
    score: float
    status: LinkStatus
    runner_up: RunnerUp | None = None
    method: LinkMethod = LinkMethod.AUTO
    evidence: tuple[str, ...] = ()
