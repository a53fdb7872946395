"""All interval arithmetic: half-open spans of aware UTC time.

Law that the tests hold it to: covered + uncovered = needed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open stretch [start, end) of aware UTC time; `end >= start`.

    Raises ValueError when a bound is naive or the end lies before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"Span needs aware times, got {self.start!r} to {self.end!r}")
        if self.end < self.start:
            raise ValueError(f"Span ends before it starts: {self.start.isoformat()} to {self.end.isoformat()}")

    @classmethod
    def of(cls, start: datetime, duration: timedelta) -> "Span":
        """The span that begins at `start` and lasts `duration`."""
        return cls(start, start + duration)

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def overlaps(self, other: "Span") -> bool:
        """True when the two share time; touching spans and empty spans share none."""
        return max(self.start, other.start) < min(self.end, other.end)

    def intersection(self, other: "Span") -> "Span | None":
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def overlap(self, other: "Span") -> timedelta:
        """How much time the two share."""
        return max(ZERO, min(self.end, other.end) - max(self.start, other.start))

    def distance(self, other: "Span") -> timedelta:
        """Time between the two; zero when they touch or overlap."""
        return max(ZERO, max(self.start, other.start) - min(self.end, other.end))

    def shifted(self, by: timedelta) -> "Span":
        return Span(self.start + by, self.end + by)

    def widened(self, before: timedelta, after: timedelta) -> "Span":
        return Span(self.start - before, self.end + after)


def merge(spans: Iterable[Span], joining: timedelta = ZERO) -> tuple[Span, ...]:
    """Sorted, disjoint union. Spans at most `joining` apart become one; empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(s for s in spans if s.start < s.end):
        if merged and span.start - merged[-1].end <= joining:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def covered(window: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of `window` that at least one of `spans` covers: sorted and disjoint."""
    inside = (window.intersection(span) for span in spans)
    return merge(part for part in inside if part is not None)


def uncovered(window: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of `window` that none of `spans` covers: sorted and disjoint."""
    holes: list[Span] = []
    at = window.start
    for part in covered(window, spans):
        if at < part.start:
            holes.append(Span(at, part.start))
        at = part.end
    if at < window.end:
        holes.append(Span(at, window.end))
    return tuple(holes)


def total(spans: Iterable[Span]) -> timedelta:
    """Summed duration of spans that are already disjoint."""
    return sum((span.duration for span in spans), ZERO)


def utc(year: int, month: int, day: int, *clock: float) -> datetime:
    """An aware UTC instant from its parts; `clock` is hour, minute, second, as many as matter."""
    parts = dict(zip(("hours", "minutes", "seconds"), clock, strict=False))
    return datetime(year, month, day, tzinfo=UTC) + timedelta(**parts)
