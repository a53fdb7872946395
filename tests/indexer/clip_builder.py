"""Short ways to say clips and recordings in tests: seconds since 2026-11-20 08:00 UTC."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from domain.activity import ActivityKind, Bound
from domain.clip import Clip, ClockSource, Recording
from domain.gap import Gap
from domain.media import Discontinuity
from domain.timespan import Span, utc
from indexer.scoring import ActivityWindow

EPOCH = utc(2026, 11, 20, 8)
_ids = count(1)


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def clip(
    start: float, end: float, *, error: float = 0, holes: tuple[tuple[float, float], ...] = (), **more: Any
) -> Clip:
    """A clip of device CAM0001 from `start` to `end`; `holes` are (at, length) in media seconds."""
    file_id = more.pop("file_id", None) or next(_ids)
    fields: dict[str, Any] = {
        "store": "dock-a",
        "path": f"{file_id:06d}.mp4",
        "device": "CAM0001",
        "officer": "031021",
        "clock_source": ClockSource.NAME,
        "duration": s(end - start),
    } | more
    discontinuities = tuple(Discontinuity(s(a), s(n)) for a, n in holes)
    return Clip(file_id=file_id, span=span(start, end), clock_error=s(error), discontinuities=discontinuities, **fields)


def segments(start: float, end: float, cut: float, **more: Any) -> tuple[Clip, ...]:
    """Seamless clips of length `cut` from `start` to `end`; the last may be shorter."""
    found, begin = [], start
    while begin < end:
        found.append(clip(begin, min(begin + cut, end), **more))
        begin += cut
    return tuple(found)


def recording(*clips: Clip, gaps: tuple[Gap, ...] = ()) -> Recording:
    spans = [c.span for c in clips if c.span]
    return Recording(clips[0].device, clips, Span(min(x.start for x in spans), max(x.end for x in spans)), gaps)


def window(number: str, start: float, end: float, **more: Any) -> ActivityWindow:
    """A required window with both ends stated unless `start_known` or `end_known` says otherwise."""
    dispatched = more.pop("dispatched", None)
    fields: dict[str, Any] = {
        "kind": ActivityKind.INCIDENT,
        "officer": None,
        "start_known": Bound.STATED,
        "end_known": Bound.STATED,
        "dispatched_at": None if dispatched is None else at(dispatched),
    } | more
    return ActivityWindow(number=number, span=span(start, end), **fields)
