"""Where on the wall clock a clip lies: one source chosen, the clock's offset applied, a reason for every other.

Order of trust: station list, name, container, EXIF; a source that is known to be a whole zone off comes after its
like; a modification time only where the camera stated no time at all. Raw readings are never overwritten.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.clip import ClockSource, DeviceClock, TimeSource
from domain.timespan import ZERO, Span
from domain.wording import COMMA, STOP, halves, joined, say
from indexer.clock_terms import CAMERA_SOURCES, ClockLimits, seconds, signed, whole_zone

_TRUST = (*(ClockSource.CLIP_INDEX, *CAMERA_SOURCES), ClockSource.MODIFIED)
_CHOSEN, _NOT_CHOSEN = ("采用：", "chosen: "), ("未采用：", "not chosen: ")
"""How a placement's own words begin; what stands before them was found in reading."""
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Placement:
    """`span` includes `offset`; the truth lies within ± `error` of it. None when no source gives a believable time."""

    span: Span | None
    source: ClockSource | None
    error: timedelta
    offset: timedelta
    sources: tuple[TimeSource, ...]


def place(
    sources: Sequence[TimeSource],
    duration: timedelta | None,
    clock: DeviceClock,
    limits: ClockLimits,
    now: datetime,
) -> Placement:
    """The clip's place. A clip of unknown duration lies at one instant: it shows nothing, but it was begun then."""
    ordered = sorted(sources, key=lambda source: _rank(source, clock))
    chosen = _choose(ordered, clock)
    if chosen is None or chosen.start is None:
        return Placement(None, None, clock.error, ZERO, tuple(_unplaced(source, clock) for source in ordered))
    offset = _correction(chosen, clock)
    span = Span.of(chosen.start.astimezone(UTC) + offset, max(duration or ZERO, ZERO))
    error, doubt = _error(chosen, span, clock, limits, now)
    reasoned = tuple(
        _chosen(source, offset, doubt) if source is chosen else _loser(source, span.start, clock, limits)
        for source in ordered
    )
    return Placement(span, chosen.source, error, offset, reasoned)


def _rank(source: TimeSource, clock: DeviceClock) -> tuple[bool, int, datetime, str]:
    at_fault = source.source in clock.zone_sources
    camera = source.source in CAMERA_SOURCES
    trust = _TRUST.index(source.source)
    # A source that is a zone off yields to its like, never to the modification time.
    return (source.source is ClockSource.MODIFIED, trust + (len(CAMERA_SOURCES) if at_fault and camera else 0),
            source.start or _LATEST, source.raw)  # fmt: skip


def _choose(ordered: Iterable[TimeSource], clock: DeviceClock) -> TimeSource | None:
    """The most trusted source with a start that can be believed.

    A modification time is the time of a copy as often as not. Where the camera's clock is known to be lost, the
    clip may be of any day, and no bound around that time would be honest: it stays without a place.
    """
    lost = False
    for source in ordered:
        lost = lost or _is_lost(source)
        unusable = _is_zone_off(source, clock) or (lost and source.source is ClockSource.MODIFIED)
        if source.start is not None and not unusable:
            return source
    return None


def _is_lost(source: TimeSource) -> bool:
    return source.source in CAMERA_SOURCES and source.lost


def _is_zone_off(source: TimeSource, clock: DeviceClock) -> bool:
    """True for a source that is off by a whole zone when nobody knows by how much."""
    return source.source in clock.zone_sources and not clock.zone_shift


def _correction(source: TimeSource, clock: DeviceClock) -> timedelta:
    """What to add to a reading: the clock's offset to the camera's own times, and a zone to those that are one off."""
    if source.start is None:
        return ZERO
    if source.source in CAMERA_SOURCES:
        shift = clock.zone_shift if source.source in clock.zone_sources else ZERO
        return clock.offset_at(source.start + shift) + shift
    if source.source is ClockSource.CLIP_INDEX and clock.list_copied:
        return clock.offset_at(source.start)
    return ZERO


def _error(
    chosen: TimeSource, span: Span, clock: DeviceClock, limits: ClockLimits, now: datetime
) -> tuple[timedelta, str]:
    """The bound on the placement, and why it is wider than usual."""
    own = clock.error
    if chosen.source is ClockSource.CLIP_INDEX and not clock.list_copied:
        # The station's clock is not the camera's: what is unsure about the camera does not spread to it.
        own = min(own, seconds(limits.default_clock_error_seconds))
    if chosen.source is ClockSource.MODIFIED:
        own = ZERO
    error = chosen.error + own
    beyond = span.end - now
    if beyond > error:
        return beyond, say(
            f"结束时间晚于扫描 {beyond}，至少有此偏差",
            f"ends {beyond} after the scan, so it is off by that much at least",
        )
    return error, ""


def _chosen(source: TimeSource, offset: timedelta, doubt: str) -> TimeSource:
    by = signed(offset)
    corrected = say(f"已校正 {by}", f"corrected by {by}") if offset else ""
    most = say("记有开始时间的来源中最可信", "most trusted that states a start")
    return _judged(source, most, corrected, doubt, chosen=True)


def _loser(source: TimeSource, start: datetime, clock: DeviceClock, limits: ClockLimits) -> TimeSource:
    """The source with how it compares to the chosen start, after the correction that holds for its clock."""
    if source.start is None:
        return _silent(source)
    if source.source is ClockSource.MODIFIED:
        apart = signed(source.start - start)
        return _judged(
            source, say(f"文件修改时间与记录结束相差 {apart}", f"file modified {apart} from the end of recording")
        )
    camera = source.source in CAMERA_SOURCES or clock.list_copied
    offset = clock.offset_at(source.start) if camera else ZERO
    by = signed(offset)
    corrected = say(f"校正 {by} 后", f"after correction by {by}") if offset else ""
    return _judged(source, _comparison(source.start + offset - start, limits), corrected)


def _comparison(difference: timedelta, limits: ClockLimits) -> str:
    tolerance = seconds(limits.zone_tolerance_seconds)
    if abs(difference) <= tolerance:
        within = max(1, math.ceil(abs(difference).total_seconds()))
        return say(f"一致，相差不超过 {within} 秒", f"agrees within {within} s")
    if zone := whole_zone(difference, tolerance):
        return say(f"相差 {signed(zone)}：时区错误", f"differs {signed(zone)}: zone fault")
    return say(f"相差 {signed(difference)}", f"differs {signed(difference)}")


def _unplaced(source: TimeSource, clock: DeviceClock) -> TimeSource:
    if source.start is None:
        return _silent(source)
    if _is_zone_off(source, clock):
        off = say("相差整数时区，无从得知多少", "off by a whole zone, nothing says by how much")
        return _judged(source, off)
    lost = say("设备时钟已丢失，此时间可能是复制时间", "the camera's clock is lost, and this may be the time of a copy")
    return _judged(source, lost)


def _silent(source: TimeSource) -> TimeSource:
    """A source without a start says itself why: lost clock, impossible date."""
    return replace(source, chosen=False, reason=_found(source.reason) or say("未记开始时间", "states no start"))


def _judged(source: TimeSource, *verdict: str, chosen: bool = False) -> TimeSource:
    """The source with its own reason first, then why it was chosen or not."""
    zh, en = halves(joined(verdict, COMMA))
    prefix_zh, prefix_en = _CHOSEN if chosen else _NOT_CHOSEN
    said = say(prefix_zh + zh, prefix_en + en)
    return replace(source, chosen=chosen, reason=joined((_found(source.reason), said)))


def _found(reason: str) -> str:
    """The reason without what an earlier placement said: a clip may be placed again."""
    zh, en = (
        _before(text, _NOT_CHOSEN[side], _CHOSEN[side]).rstrip(STOP[side]) for side, text in enumerate(halves(reason))
    )
    return zh if zh == en else say(zh, en)


def _before(text: str, *marks: str) -> str:
    return min((text.partition(mark)[0] for mark in marks), key=len)
