"""How fast a camera usually writes, and how long media must have run that no index describes: always an estimate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

LEAST_CLIPS = 3
WIDEST = 2.0
"""Beyond this ratio of the fast clips to the slow ones a camera has no usual rate (resolution or scene decides)."""
MANY = 8
"""From here on the quartiles are the bounds; of fewer clips it is the slowest and the fastest."""
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class UsualRate:
    """Bits a second of comparable clips: bounds and median. None of them where there is no such clip.

    `model`: the clips are those of other cameras of this model; None: the camera's own.
    """

    clips: int = 0
    low: float = 0.0
    usual: float = 0.0
    high: float = 0.0
    model: str | None = None

    @property
    def steady(self) -> bool:
        """Whether anything can be estimated by it."""
        return self.clips >= LEAST_CLIPS and 0 < self.high <= WIDEST * self.low


@dataclass(frozen=True, slots=True)
class Lasted:
    """How long some media ran: at least, most likely, at most; as far as the usual rate tells."""

    least: timedelta
    likely: timedelta
    most: timedelta


def usual_rate(clips: Iterable[tuple[int, timedelta]], model: str | None = None) -> UsualRate:
    """The rate of clips given as bytes and duration (longer than nothing)."""
    rates = sorted(size * 8 / duration.total_seconds() for size, duration in clips if duration > timedelta(0))
    if not rates:
        return UsualRate(model=model)
    low, high = rates[0], rates[-1]
    if len(rates) >= MANY:
        low, _, high = quantiles(rates, n=4, method="inclusive")
    return UsualRate(len(rates), low, median(rates), high, model)


def lasted(size: int, rate: UsualRate) -> Lasted | None:
    """How long so many bytes last. None where the rate is not steady, or no recording is that long."""
    if not rate.steady or size <= 0 or size * 8 / rate.low > LONGEST.total_seconds():
        return None
    least, likely, most = (timedelta(seconds=round(size * 8 / speed)) for speed in (rate.high, rate.usual, rate.low))
    return Lasted(least, likely, most)
