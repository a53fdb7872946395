"""Over which days a camera's clock is told: fortnights of the calendar, each from its clips and those around it.

The same clips give the same clocks in whatever order they arrive, so that the first scan of an archive ends where
daily scans would have; and a clock that was set once does not spoil what is said of the months before.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from domain.clip import Clip, ClockSource, DeviceClock, TimeSource
from domain.timespan import Span
from indexer.clock_terms import CAMERA_SOURCES

PERIOD = timedelta(days=14)
AROUND = timedelta(days=6)
"""Clips this long before and after a period are heard too: its first days are not judged by themselves."""

FARTHEST = timedelta(hours=26)
"""A clip lies this far at most from the time that files it under a period, before and after correction."""

_FIRST = datetime(2000, 1, 3, tzinfo=UTC)
_FILED_BY = (ClockSource.CLIP_INDEX, *CAMERA_SOURCES, ClockSource.MODIFIED)


def filed_at(sources: Iterable[TimeSource], imported_at: datetime | None) -> datetime | None:
    """The stated time by which a clip belongs to a period: never a corrected one, which depends on the period."""
    sources, stated = tuple(sources), dict[ClockSource, datetime]()
    for source in sources:
        if source.start is not None:
            stated.setdefault(source.source, source.start)
    lost = any(source.lost for source in sources)
    usable = [source for source in _FILED_BY if not (lost and source is ClockSource.MODIFIED)]
    return next((stated[source] for source in usable if source in stated), imported_at)


def period_of(filed: datetime) -> datetime:
    """The start of the period in which an instant lies."""
    return _FIRST + PERIOD * ((filed.astimezone(UTC) - _FIRST) // PERIOD)


def evidence(period: datetime) -> Span:
    """The days whose clips tell the clock of a period."""
    return Span(period - AROUND, period + PERIOD + AROUND)


def periods_told(span: Span) -> list[datetime]:
    """The periods about which clips or calls in a stretch of time have a say."""
    first, last = period_of(span.start - AROUND), period_of(span.end + AROUND)
    return [first + PERIOD * n for n in range((last - first) // PERIOD + 1)]


def clock_of(history: Sequence[DeviceClock], clip: Clip) -> DeviceClock | None:
    """Of a camera's clocks in order of periods the one that placed a clip; the latest for a clip without any time."""
    filed = filed_at(clip.sources, None)
    if filed is None:
        return history[-1] if history else None
    return next((one for one in history if one.since == period_of(filed)), None)
