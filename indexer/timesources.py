"""Every start time that a clip's name, content, station list and file system state: all kept, none preferred here.

Two traps are resolved where they can be seen, within one file: a time that states the end of the recording instead of
its start, and a clock that had lost its time. `docs/design/time.md` lists the sources and what each really is.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.clip import ClockSource, IndexEntry, StoredFile, TimeSource
from domain.media import Probe, TrackKind
from domain.timespan import ZERO
from domain.wording import joined, say
from indexer.clock_terms import ClockLimits, seconds, signed
from indexer.filenames import NameFields

SECOND_PLACES = ("creationdate", "day", "tkhd", "mdhd", "DATE_RECORDED", "nrtm", "nctg-original")
"""Where else a container states its creation when the field for it is empty, in order of trust."""


def time_sources(
    file: StoredFile,
    fields: NameFields | None,
    probe: Probe | None,
    entry: IndexEntry | None,
    *,
    zone: ZoneInfo,
    now: datetime,
    limits: ClockLimits | None = None,
) -> tuple[TimeSource, ...]:
    """The candidates in order of trust; a lost clock has no `start`. `zone` is the store's, for local times."""
    limits = limits or ClockLimits()
    duration = probe.duration if probe else None
    candidates = (
        _clip_index(entry, duration, limits),
        _name(file, fields, duration, zone, limits),
        _container(probe, zone, limits),
        _modified(file, duration, limits),
    )
    checked = [_unless_lost(source, now, limits) for source in candidates if source is not None]
    return tuple(_without_end_trap(checked, duration or ZERO, zone, limits))


def _clip_index(entry: IndexEntry | None, duration: timedelta | None, limits: ClockLimits) -> TimeSource | None:
    if entry is None or (entry.started_at is None and entry.ended_at is None):
        return None
    start, reason = entry.started_at, ""
    if start is None and entry.ended_at is not None and duration is not None:
        start, reason = (
            _before(entry.ended_at, duration),
            say("清单只列出结束时间：已减去时长", "lists only the end: duration subtracted"),
        )
    raw = "/".join(time.isoformat() if time else "" for time in (entry.started_at, entry.ended_at))
    error = seconds(limits.clip_index_error_seconds)
    return TimeSource(ClockSource.CLIP_INDEX, start, entry.ended_at, error, raw.rstrip("/"), reason=reason)


def _name(
    file: StoredFile, fields: NameFields | None, duration: timedelta | None, zone: ZoneInfo, limits: ClockLimits
) -> TimeSource | None:
    if fields is None or not (fields.start or fields.end or fields.doubt):
        return None
    raw = file.path.rpartition("/")[2]
    start, start_error = _to_utc(fields.start, zone)
    end, end_error = _to_utc(fields.end, zone)
    reasons = [fields.doubt] if fields.doubt else []
    if start is None and end is not None and duration is not None:
        start, start_error = _before(end, duration), end_error
        reasons.append(say("文件名只含结束时间：已减去时长", "names only the end: duration subtracted"))
    if start_error:
        off = signed(start_error)
        reasons.append(say(f"正值夏令时切换：可能相差 {off}", f"a change of the clocks: may be {off} off"))
    error = seconds(limits.name_error_seconds) + start_error + fields.resolution
    return TimeSource(ClockSource.NAME, start, end, error, raw, reason=joined(reasons))


def _container(probe: Probe | None, zone: ZoneInfo, limits: ClockLimits) -> TimeSource | None:
    if probe is None:
        return None
    stamp, reason = probe.creation_time, ""
    name = next((name for name in SECOND_PLACES if name in probe.stated_times), None)
    if stamp is None and name is not None:
        stamp = probe.stated_times[name]
        reason = say(f"未写创建时间：取自 {name}", f"no creation time: taken from {name}")
    if stamp is None:
        return None
    still = bool(probe.tracks) and all(track.kind is TrackKind.STILL for track in probe.tracks)
    start, error = _to_utc(stamp, zone)
    source = ClockSource.EXIF if still else ClockSource.CONTAINER
    bound = seconds(limits.container_error_seconds) + error
    return TimeSource(source, start, None, bound, stamp.isoformat(), reason=reason)


def _modified(file: StoredFile, duration: timedelta | None, limits: ClockLimits) -> TimeSource:
    end = file.modified_at
    error = seconds(limits.modified_error_seconds)
    return TimeSource(ClockSource.MODIFIED, _before(end, duration or ZERO), end, error, end.isoformat())


def _to_utc(stamp: datetime | None, zone: ZoneInfo) -> tuple[datetime | None, timedelta]:
    """A stated time in UTC, and how far off it may be because local clocks were put back or forward just then."""
    if stamp is None:
        return None, ZERO
    try:
        if stamp.tzinfo is not None:
            return stamp.astimezone(UTC), ZERO
        local = stamp.replace(tzinfo=zone)
        shift = (local.utcoffset() or ZERO) - (local.replace(fold=1).utcoffset() or ZERO)
        return local.astimezone(UTC), abs(shift)
    except OverflowError:  # the first or last hours of the calendar: nobody's time
        return None, ZERO


def _before(end: datetime, duration: timedelta) -> datetime | None:
    try:
        return end - duration
    except OverflowError:
        return None


def _unless_lost(source: TimeSource, now: datetime, limits: ClockLimits) -> TimeSource:
    if source.start is None:
        return source
    if source.start.year < limits.lost_before_year:
        year = limits.lost_before_year
        return _lost(source, say(f"时钟丢失：早于 {year} 年", f"lost clock: before {year}"))
    if source.start > now + timedelta(hours=limits.lost_ahead_hours):
        scan = now.isoformat()
        return _lost(source, say(f"时钟丢失：晚于扫描时间 {scan}", f"lost clock: after the scan of {scan}"))
    return source


def _lost(source: TimeSource, reason: str) -> TimeSource:
    return replace(source, start=None, end=None, reason=reason, lost=True, shown=source.start)


def _without_end_trap(
    sources: list[TimeSource], duration: timedelta, zone: ZoneInfo, limits: ClockLimits
) -> list[TimeSource]:
    """Of two camera times that lie one duration apart, the later states the end: it is moved to the start."""
    name = next((s for s in sources if s.source is ClockSource.NAME and s.start), None)
    container = next((s for s in sources if s.source is ClockSource.CONTAINER and s.start), None)
    if name is None or container is None or name.start is None or container.start is None:
        return sources
    difference = container.start - name.start
    offset = name.start.astimezone(zone).utcoffset() or ZERO
    if _is_end_of(difference, duration, offset, limits):
        return [_moved(s, duration) if s is container else s for s in sources]
    if name.end is None and _is_end_of(-difference, duration, offset, limits):
        return [_moved(s, duration) if s is name else s for s in sources]
    return sources


def _is_end_of(difference: timedelta, duration: timedelta, offset: timedelta, limits: ClockLimits) -> bool:
    """True when `difference` is the duration, alone or beside local time written as UTC (or UTC as local)."""
    tolerance = seconds(limits.end_tolerance_seconds)
    if duration <= 2 * tolerance:
        return False
    # A difference that is already a bare zone fault is not explained by the duration as well.
    if any(abs(difference - shift) <= tolerance for shift in (ZERO, offset, -offset)):
        return False
    return any(abs(difference - shift - duration) <= tolerance for shift in (ZERO, offset, -offset))


def _moved(source: TimeSource, duration: timedelta) -> TimeSource:
    assert source.start is not None  # the caller chose it for its start
    back = signed(-duration)
    reason = say(f"所记为记录结束时间：{back}", f"states the end of recording: {back}")
    return replace(
        source,
        start=source.start - duration,
        end=source.start,
        reason=joined((source.reason, reason)),
    )
