"""How wrong a camera's clock is, from everything its clips show: `offset = true − camera` with bound and evidence.

Station list first, then alignment with required windows, then what cannot be (a clip that ends after it was imported).
Anything less is no claim: the offset stays zero and the bound that of an unverified clock (`docs/design/time.md`).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.clip import ClockKind, ClockSource, DeviceClock, Habit
from domain.timespan import ZERO, Span
from domain.vocabulary import SOURCES
from domain.wording import COMMA, joined, say
from indexer.clock_alignment import Alignment, Calls, align, claimed
from indexer.clock_docking import Docking, Estimate, compare_with_list
from indexer.clock_doubt import in_doubt
from indexer.clock_terms import CAMERA_SOURCES, ClockLimits, ClockSample, seconds, signed, whole_zone
from indexer.clock_zone import count_starts

__all__ = ["Calls", "ClockLimits", "ClockSample", "Told", "conclude", "listen", "settled", "unverified_clock"]

_SECOND = timedelta(seconds=1)
_NARROW = 10
"""Bounds up to this are told in seconds, wider ones in steps of five."""

_CLEARLY_AHEAD = timedelta(minutes=25)
"""A camera this far ahead at least may be ahead by a whole zone; less is an ordinary wrong setting."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The believable starts of one clip, by source; `latest_end`: when it had certainly ended."""

    starts: dict[ClockSource, datetime]
    duration: timedelta
    latest_end: datetime
    lost: bool

    def camera(self, avoided: ClockSource | None = None) -> ClockSource | None:
        """The camera source to go by: the first in order of trust, one at fault last."""
        stated = [source for source in CAMERA_SOURCES if source in self.starts]
        return next((source for source in stated if source is not avoided), stated[0] if stated else None)


@dataclass(frozen=True, slots=True)
class _ZoneFault:
    """One of a camera's own sources is a whole zone off; added to it, `shift` brings it into line."""

    source: ClockSource
    shift: timedelta
    evidence: str


def unverified_clock(device: str, limits: ClockLimits) -> DeviceClock:
    """The clock of a device of which nothing is known."""
    return DeviceClock(device, ClockKind.NONE, ZERO, seconds(limits.default_clock_error_seconds))


@dataclass(frozen=True, slots=True)
class Told:
    """All that a device's clips tell of its clock, before the habit of its unit is known.

    `clock`: kind, sources at fault, lost clips and evidence so far; `lead`: by how much the camera runs ahead at least,
    in `impossible` of `clips`, zero where it does not; `calls`: required windows of those who carried it.
    """

    clock: DeviceClock
    docking: Docking
    alignment: Alignment
    lead: timedelta
    impossible: int
    clips: int
    calls: int

    @property
    def habit(self) -> tuple[float, float] | None:
        """Lead and trail in seconds of a camera whose starts and ends both stand out."""
        lead, trail = self.alignment.lead_s, self.alignment.trail_s
        return (lead, trail) if lead is not None and trail is not None else None


def listen(device: str, samples: Sequence[ClockSample], calls: Calls, limits: ClockLimits, now: datetime) -> Told:
    """What a device's clips tell; the dear part of an estimate, and the same whatever other cameras tell."""
    readings = [_reading(sample, now) for sample in sorted(samples, key=lambda sample: sample.file_id)]
    lost = sum(reading.lost for reading in readings)
    fault = _zone_fault(readings, calls.windows, limits)
    docking = compare_with_list(_pairs(readings, fault), limits)
    clock = replace(unverified_clock(device, limits), lost_clips=lost, evidence=docking.evidence)
    if fault:
        clock = replace(clock, kind=ClockKind.ZONE, zone_sources=(fault.source,), zone_shift=fault.shift)
        clock = replace(clock, evidence=(fault.evidence, *clock.evidence))
    elif lost:
        clock = replace(clock, kind=ClockKind.RESET)
    if lost:
        text = say(
            f"{len(readings)} 个片段中有 {lost} 个时钟丢失", f"{lost} of {len(readings)} clips carry a lost clock"
        )
        clock = replace(clock, evidence=(*clock.evidence, text))
    placed = [(start, r) for r in readings if (start := _camera_start(r, fault)) is not None]
    lead, impossible = _ahead_by([start + r.duration - r.latest_end for start, r in placed], limits)
    spans = [Span.of(start, r.duration) for start, r in placed]
    aligned = align(spans, calls, lead.total_seconds(), limits)
    return Told(clock, docking, aligned, lead, impossible, len(placed), len(calls.windows))


def _ahead_by(leads: Sequence[timedelta], limits: ClockLimits) -> tuple[timedelta, int]:
    """By how much clips end after their import, where a fair share does; and how many."""
    impossible = [lead for lead in leads if lead > timedelta(minutes=1)]
    ahead = len(impossible) > 0 and len(impossible) >= limits.fault_min_share * len(leads)
    return max(impossible) if ahead else ZERO, len(impossible)


def conclude(told: Told, habit: Habit | None, limits: ClockLimits) -> DeviceClock:
    """The clock: by the station's list, else by the calls beside the unit's habit, else by what cannot be."""
    estimate, docking, aligned = told.docking.estimate, told.docking, told.alignment
    if estimate is None:
        estimate = claimed(aligned, habit, limits) or in_doubt(aligned, told.calls, limits)
        if told.lead and (estimate is None or estimate.kind is ClockKind.NONE):
            estimate = _ahead(told.lead, told.impossible, told.clips, limits)
    clock = replace(told.clock, lead_s=aligned.lead_s, trail_s=aligned.trail_s, habit=habit)
    if estimate is None:
        return clock
    known = estimate.kind is not ClockKind.NONE
    return replace(
        clock,
        kind=estimate.kind if known else clock.kind,
        offset=estimate.offset,
        error=estimate.error,
        evidence=(*clock.evidence, *estimate.evidence),
        drift_s_per_day=estimate.drift_s_per_day,
        reference=estimate.reference,
        list_copied=docking.copied and known,
    )


def settled(clock: DeviceClock, middle: datetime) -> DeviceClock:
    """The same clock in whole seconds, told for the middle of its period: a little more evidence moves no clip."""
    bound = clock.error / _SECOND
    step = 1 if bound <= _NARROW else 5
    error = seconds(float(math.ceil(bound / step) * step))
    drift = clock.drift_s_per_day
    if drift is None or clock.reference is None:
        return replace(clock, offset=_whole(clock.offset), error=error)
    gain = round(drift, 1)
    offset = _whole(clock.offset_at(middle))
    return replace(clock, offset=offset, error=error, drift_s_per_day=gain, reference=middle)


def _whole(offset: timedelta) -> timedelta:
    return seconds(float(round(offset / _SECOND)))


def _reading(sample: ClockSample, now: datetime) -> _Reading:
    starts: dict[ClockSource, datetime] = {}
    for source in sample.sources:
        if source.start is not None:
            starts.setdefault(source.source, source.start)
    lost = any(s.source in CAMERA_SOURCES and s.lost for s in sample.sources)
    believable = any(source in starts for source in CAMERA_SOURCES)
    latest = min(now, sample.imported_at) if sample.imported_at else now
    return _Reading(starts, sample.duration or ZERO, latest, lost and not believable)


def _camera_start(reading: _Reading, fault: _ZoneFault | None) -> datetime | None:
    """The clip's start by the camera's clock, a source that is a zone off brought into line."""
    source = reading.camera(fault.source if fault else None)
    if source is None:
        return None
    return reading.starts[source] + (fault.shift if fault and source is fault.source else ZERO)


def _pairs(readings: list[_Reading], fault: _ZoneFault | None) -> list[tuple[datetime, datetime]]:
    found = ((_camera_start(reading, fault), reading.starts.get(ClockSource.CLIP_INDEX)) for reading in readings)
    return [(camera, station) for camera, station in found if camera is not None and station is not None]


def _zone_fault(readings: list[_Reading], windows: Sequence[Span], limits: ClockLimits) -> _ZoneFault | None:
    """Name and container a whole zone apart in a fair share of the clips: one fault of the device, not one per file."""
    both = [r for r in readings if ClockSource.NAME in r.starts and ClockSource.CONTAINER in r.starts]
    tolerance = seconds(limits.zone_tolerance_seconds)
    zones = Counter(
        zone
        for r in both
        if (zone := whole_zone(r.starts[ClockSource.CONTAINER] - r.starts[ClockSource.NAME], tolerance)) is not None
    )
    if not zones:
        return None
    zone, count = max(zones.items(), key=lambda item: (item[1], -abs(item[0]), item[0]))
    if count < limits.fault_min_share * len(both):
        return None
    affected = [
        r for r in both if abs(r.starts[ClockSource.CONTAINER] - r.starts[ClockSource.NAME] - zone) <= tolerance
    ]
    at_fault, why = _at_fault(affected, windows, limits)
    fault_zh, fault_en = SOURCES[at_fault]
    text = say(
        f"{len(both)} 个片段中有 {count} 个的文件内部时间减文件名时间为 {signed(zone)}：{fault_zh}有误",
        f"container minus name is {signed(zone)} in {count} of {len(both)} clips: {fault_en} at fault",
    )
    shift = zone if at_fault is ClockSource.NAME else -zone
    return _ZoneFault(at_fault, shift, joined((text, why), COMMA))


def _at_fault(affected: list[_Reading], windows: Sequence[Span], limits: ClockLimits) -> tuple[ClockSource, str]:
    """Which of the two is off: by the list, by what cannot be, by arrivals; else the usual, local written as UTC."""
    name, container = ClockSource.NAME, ClockSource.CONTAINER
    near_name, near_container = (_near_list(affected, source) for source in (name, container))
    if near_name != near_container:
        return (container if near_name > near_container else name), say("依据采集站清单", "by the station's list")
    late_name, late_container = (_impossible(affected, source) for source in (name, container))
    if bool(late_name) != bool(late_container):
        at_fault = name if late_name else container
        late = late_name or late_container
        return at_fault, say(f"否则有 {late} 个片段的结束晚于导入", f"{late} clips would end after they were imported")
    fit_name, fit_container = (
        count_starts([r.starts[s] for r in affected], windows, limits) for s in (name, container)
    )
    if max(fit_name, fit_container) >= 3 and max(fit_name, fit_container) > 2 * min(fit_name, fit_container):
        return (container if fit_name > fit_container else name), say("依据应记录时段", "by the required windows")
    return container, say("应写 UTC 之处常被写成本地时间", "as local time is often written where UTC belongs")


def _near_list(affected: list[_Reading], source: ClockSource) -> int:
    listed = [r for r in affected if ClockSource.CLIP_INDEX in r.starts]
    return sum(abs(r.starts[ClockSource.CLIP_INDEX] - r.starts[source]) < timedelta(minutes=15) for r in listed)


def _impossible(affected: list[_Reading], source: ClockSource) -> int:
    return sum(r.starts[source] + r.duration > r.latest_end + timedelta(minutes=1) for r in affected)


def _ahead(lead: timedelta, count: int, clips: int, limits: ClockLimits) -> Estimate:
    """Clips end after they were imported: the camera runs ahead, by `lead` at least; by how much, nothing says."""
    text = say(
        f"{clips} 个片段中有 {count} 个的结束晚于导入，最多 {signed(lead)}：设备时钟偏快",
        f"{count} of {clips} clips end after they were imported, by up to {signed(lead)}: the camera runs ahead",
    )
    most = seconds(limits.search_hours * 3600) - lead
    error = max(most, timedelta(minutes=30)) if lead >= _CLEARLY_AHEAD else timedelta(minutes=30)
    return Estimate(ClockKind.CONSTANT, -lead, error, (text,))
