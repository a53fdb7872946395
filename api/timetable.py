"""What pages know of the work by the clock: jobs with their crontab lines and when they are due next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """One job. `next_at` None: it never comes again."""

    job: str
    line: str
    next_at: datetime | None


Timetable = Callable[[datetime], Sequence[Planned]]
"""The jobs as seen from a time."""


def nothing_planned(_now: datetime) -> Sequence[Planned]:
    """Of a server without a schedule."""
    return ()
