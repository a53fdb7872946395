"""How much a camera writes a day and how long it was seen to keep files: what an estimate of its memory rests on."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Keeping:
    """Observed of one device in recent weeks.

    `bytes_per_day`: over all days from its first recording to its last; `days`: on so many of them it recorded.
    `oldest_kept`: the longest that a file was still on the device after it was recorded, None where not observed.
    """

    bytes_per_day: float | None = None
    days: int = 0
    oldest_kept: timedelta | None = None
