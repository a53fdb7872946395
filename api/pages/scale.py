"""The time axis of a drawing: from instants to places on the paper, with ticks at round local times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
)
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Tick:
    """One labelled line; `day` where a new date begins."""

    x: float
    label: str
    day: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """`left` and `right` are the places of `start` and `end`."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, instant: datetime) -> float:
        """The place of an instant; what lies outside is put on the edge."""
        share = (instant - self.start) / (self.end - self.start)
        return round(self.left + min(max(share, 0.0), 1.0) * (self.right - self.left), 1)

    def shows(self, start: datetime, end: datetime) -> bool:
        """Whether any of the stretch is on the paper; a single instant counts."""
        return start <= self.end and end >= self.start

    def bar(self, start: datetime, end: datetime, least: float = 0.0) -> tuple[float, float]:
        """Place and width of a stretch, at least so wide, inside the paper."""
        left, right = self.x(start), self.x(end)
        width = max(right - left, least)
        return min(left, self.right - width), round(width, 1)

    def ticks(self, zone: ZoneInfo) -> Iterator[Tick]:
        """At most nine ticks (days beyond that) at round local times."""
        length = self.end - self.start
        step = next((step for step in STEPS if length / step <= MOST_TICKS), timedelta(days=length.days // 8 + 1))
        midnight = self.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight.astimezone(UTC)
        at += step * -((at - self.start) // step)
        day = None
        while at <= self.end:
            local = at.astimezone(zone)
            form = "%H:%M:%S" if step < timedelta(minutes=1) else "%H:%M"
            new = day is not None and local.date() != day
            label = local.strftime("%m-%d" if step >= timedelta(days=1) else f"%m-%d {form}" if new else form)
            yield Tick(self.x(at), label, new)
            day = local.date()
            at += step
