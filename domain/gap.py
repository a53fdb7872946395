"""Time that is not on record, and why (`docs/design/time.md`, section on gaps)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.timespan import Span


class GapCause(StrEnum):
    ROLL_OVER = "roll-over"  # the camera cut one segment and began the next
    CARD_FULL = "card-full"
    POWER_LOSS = "power-loss"  # file without index, last of the day
    CLOCK_STEP = "clock-step"  # names or times jump against continuing sequence numbers
    FRAME_RATE = "frame-rate"  # declared rate is not the delivered one: a phantom
    LOST_FILE = "lost-file"  # sequence hole, or the station's list names it
    RETENTION = "retention"
    STORE_OFFLINE = "store-offline"
    NOT_DOCKED = "not-docked"
    STOPPED = "stopped"  # paused or stopped by hand: file closed properly, sequence continues
    DROPPED = "dropped"  # inside a file: samples missing from the time line
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole in what was recorded. `evidence` are short statements a person can check."""

    span: Span
    cause: GapCause
    evidence: tuple[str, ...] = ()

    @property
    def duration(self) -> timedelta:
        return self.span.duration
