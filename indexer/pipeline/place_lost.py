"""Clips whose clock had lost its time: bounded by the clips around them, and placed where calls tell when they were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from domain.clip import Clip
from domain.timespan import Span
from domain.wording import joined
from indexer.clip_bounds import Bounds, Numbered, bounds_of
from indexer.clock import unverified_clock
from indexer.clock_periods import period_of
from indexer.clock_resets import Restored, Shown, believed, groups, restore, shown_by
from indexer.identity import Register
from indexer.pipeline.calls import calls_of, calls_within
from indexer.pipeline.habits import habit_at
from indexer.pipeline.placing import DAY, Device, Known, begins, in_time
from indexer.pipeline.plan import Scanning
from storage import recordings
from storage.recordings import PlacedClip
from storage.versions import Row


def place_lost(
    connection: Connection,
    scan: Scanning,
    devices: Iterable[Device],
    placed: Mapping[int, PlacedClip],
    register: Register,
) -> dict[int, PlacedClip]:
    """The lost clips of some devices; `placed`: what was placed just now and is not stored yet."""
    losers = [device for device in devices if any(_lost(known, placed) for known in device.clips)]
    numbered = recordings.numbered_clips(connection, [device.serial for device in losers])
    found: dict[int, PlacedClip] = {}
    for device in losers:
        lost = [known for known in device.clips if _lost(known, placed)]
        bounds = bounds_of(_numbered(numbered.get(device.serial, ()), device, placed))
        shown = [one for known in lost if (one := _shown(known, bounds[known.file_id]))]
        restored = _restored(connection, scan, register, device, shown)
        for known in lost:
            now = placed.get(known.file_id, known.placed)
            clip = _lying(scan, now.clip, bounds[known.file_id], restored.get(known.file_id))
            if known.drafted or clip != known.placed.clip:
                found[known.file_id] = replace(now, clip=clip)
    return found


def _lost(known: Known, placed: Mapping[int, PlacedClip]) -> bool:
    """Whether it has no believable time; what was placed just now is what counts."""
    now = placed.get(known.file_id)
    return now.clip.span is None if now else known.lost


def _numbered(rows: Iterable[Row], device: Device, placed: Mapping[int, PlacedClip]) -> list[Numbered]:
    """All of a camera's clips as they are known now; the stored ones first, what is in hand over them."""
    found = {row["file_id"]: Numbered(row["file_id"], row["sequence"], _widened(row)) for row in rows}
    for known in device.clips:
        now = placed.get(known.file_id, known.placed)
        span = None if _lost(known, placed) else begins(now.clip)
        found[known.file_id] = Numbered(known.file_id, now.clip.sequence, span, known.sample.imported_at)
    return list(found.values())


def _widened(row: Row) -> Span | None:
    if row["started_at"] is None:
        return None
    return Span(row["started_at"], row["ended_at"]).widened(row["clock_error"], row["clock_error"])


def _restored(
    connection: Connection, scan: Scanning, register: Register, device: Device, shown: Sequence[Shown]
) -> dict[int, Restored]:
    """Those that the calls of the officer tell, by file."""
    found: dict[int, Restored] = {}
    for group in groups(shown):
        around = Span(group[0].earliest, group[0].latest).widened(DAY, DAY)
        calls = calls_within(calls_of(connection, {device.serial: around}, register).get(device.serial, ()), around)
        habit = habit_at(connection, scan, device.unit, period_of(group[0].earliest))
        told = restore(group, calls, habit, scan.plan.clock)
        if told:
            found |= {one.file_id: told for one in group}
    return found


def _shown(known: Known, bounds: Bounds) -> Shown | None:
    clip = known.placed.clip
    source = shown_by(clip.sources)
    if source is None or source.shown is None or not clip.duration or bounds[0] is None or bounds[1] is None:
        return None
    return Shown(clip.file_id, Span.of(source.shown, clip.duration), bounds[0], bounds[1])


def _lying(scan: Scanning, clip: Clip, bounds: Bounds, restored: Restored | None) -> Clip:
    """The clip between its bounds: where it was restored to, else without a time."""
    clock = unverified_clock(clip.device or "", scan.plan.clock)
    sources = believed(clip.sources, restored)
    lying = in_time(scan, replace(clip, sources=sources), replace(clock, error=restored.error) if restored else clock)
    if restored:
        said = [replace(s, reason=joined((s.reason, restored.reason))) if s.chosen else s for s in lying.sources]
        lying = replace(lying, sources=tuple(said), clock_offset=restored.offset)
    return replace(lying, earliest=bounds[0], latest=bounds[1])
