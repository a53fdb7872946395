"""Place files in time by their device's clock, which all of the device's clips of the same days tell together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.clip import Clip, DeviceClock, IndexEntry
from domain.timespan import Span
from indexer.clock import ClockSample, estimate_clock
from indexer.identity import Register
from indexer.pipeline.concerned import CLOCK_WINDOW
from indexer.pipeline.drain import portions
from indexer.pipeline.isolate import isolated
from indexer.pipeline.listing import entries_of
from indexer.pipeline.plan import Scanning
from indexer.placement import place as place_in_time
from storage import activities, files, recordings, work
from storage.files import KnownFile
from storage.recordings import PlacedClip
from storage.schema.tables import CLIP
from storage.stretches import Stretch
from storage.versions import chunks
from storage.work import Mark

HELD = 5000
"""Neighbours in memory at a time."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """A clip before its device's clock is known: everything but the span."""

    clip: Clip
    lane: str
    pattern: str | None
    evidence: tuple[str, ...]
    sample: ClockSample
    tagged: bool


@dataclass(frozen=True, slots=True)
class Device:
    """One device: files to place, its other clips of the same days, what tells its clock, calls of its officers."""

    serial: str
    drafts: Sequence[Draft]
    neighbours: Sequence[PlacedClip]
    samples: Sequence[ClockSample]
    windows: Sequence[Span]


def imported_at(one: KnownFile, entry: IndexEntry | None) -> datetime:
    """When a file came to its store, as far as that is known."""
    return (entry.imported_at if entry else None) or one.first_seen_at


def place_devices(
    connection: Connection, scan: Scanning, drafts: Sequence[Draft], register: Register
) -> dict[int, PlacedClip]:
    """The drafts, and those other clips of their devices that lie elsewhere under the new estimate of the clock."""
    by_device: dict[str, list[Draft]] = {}
    for draft in sorted(drafts, key=lambda draft: (draft.clip.device or "", draft.clip.file_id)):
        by_device.setdefault(draft.clip.device or "", []).append(draft)
    around = [(device, _around(scan, mine)) for device, mine in by_device.items()]
    placed: dict[int, PlacedClip] = {}
    for portion in portions(around, recordings.count_begun(connection, around, "device"), HELD):
        devices = _load(connection, portion, by_device, register)
        placed |= _place_loaded(connection, scan, devices)
    return placed


def _place_loaded(connection: Connection, scan: Scanning, devices: Sequence[Device]) -> dict[int, PlacedClip]:
    """Estimate the clocks, place by them, and queue what other clocks than before mean."""
    placed: dict[int, PlacedClip] = {}
    clocks: dict[str, DeviceClock] = {}
    for device in devices:
        marks = [Mark(str(draft.clip.file_id)) for draft in device.drafts]
        with isolated(connection, scan, "place", marks, writes=False, subject=f"device:{device.serial}"):
            clock = estimate_clock(device.serial, device.samples, device.windows, scan.plan.clock, scan.now)
            placed |= _under(scan, device, clock)
            clocks[device.serial] = clock
    news = recordings.save_clocks(connection, list(clocks.values()), scan.number) | _newly_tagged(connection, devices)
    again = [one.clip.file_id for device in devices if device.serial in news for one in device.neighbours]
    marks = [Mark(f"device:{serial}") for serial in clocks] + [Mark(f"clip:{file_id}") for file_id in again]
    work.mark(connection, "evaluate", marks)
    return placed


def _under(scan: Scanning, device: Device, clock: DeviceClock) -> dict[int, PlacedClip]:
    """The drafts in time, and the neighbours that now lie elsewhere."""
    placed = {draft.clip.file_id: in_place(scan, draft, clock) for draft in device.drafts}
    for one in device.neighbours:
        clip = _in_time(scan, one.clip, clock)
        if clip != one.clip:
            placed[clip.file_id] = replace(one, clip=clip)
    return placed


def _newly_tagged(connection: Connection, devices: Sequence[Device]) -> set[str]:
    """Devices whose first files with vendor tags are among these: what is said about the others depends on it."""
    tagged = {device.serial for device in devices if any(draft.tagged for draft in device.drafts)}
    return tagged - recordings.tagged_devices(connection, tagged)


def in_place(scan: Scanning, draft: Draft, clock: DeviceClock) -> PlacedClip:
    """A draft with its span."""
    return PlacedClip(_in_time(scan, draft.clip, clock), draft.lane, draft.pattern, draft.evidence)


def _in_time(scan: Scanning, clip: Clip, clock: DeviceClock) -> Clip:
    found = place_in_time(clip.sources, clip.duration, clock, scan.plan.clock, scan.now)
    return replace(
        clip,
        span=found.span,
        clock_source=found.source,
        clock_error=found.error,
        clock_offset=found.offset,
        sources=found.sources,
    )


def _around(scan: Scanning, drafts: Sequence[Draft]) -> Span:
    """Where other clips have a say about the clock of these."""
    starts = [source.start for draft in drafts for source in draft.sample.sources if source.start is not None]
    return Span(min(starts, default=scan.now) - CLOCK_WINDOW, max(starts, default=scan.now) + CLOCK_WINDOW)


def _load(
    connection: Connection, around: Sequence[Stretch], drafts: Mapping[str, Sequence[Draft]], register: Register
) -> list[Device]:
    """What tells the clocks of some devices."""
    neighbours = _neighbours(connection, around, drafts)
    samples = _samples(connection, [one for some in neighbours.values() for one in some])
    told = {
        serial: [draft.sample for draft in drafts[serial]] + [samples[one.clip.file_id] for one in neighbours[serial]]
        for serial, _ in around
    }
    windows = _windows(connection, told, register)
    return [
        Device(serial, drafts[serial], neighbours[serial], told[serial], windows.get(serial, []))
        for serial, _ in around
    ]


def _neighbours(
    connection: Connection, around: Sequence[Stretch], drafts: Mapping[str, Sequence[Draft]]
) -> dict[str, list[PlacedClip]]:
    """By device its other clips of the same days, and those that have no time, in order of file."""
    found = dict(
        zip((serial for serial, _ in around), recordings.clips_begun(connection, around, "device"), strict=True)
    )
    for part in chunks(list(found)):
        for one in recordings.clips(connection, CLIP.c.device.in_(part), CLIP.c.started_at.is_(None)):
            found[one.clip.device or ""].append(one)
    mine = {draft.clip.file_id for serial in found for draft in drafts[serial]}
    others = {serial: [one for one in some if one.clip.file_id not in mine] for serial, some in found.items()}
    return {serial: sorted(some, key=lambda one: one.clip.file_id) for serial, some in others.items()}


def _samples(connection: Connection, neighbours: Sequence[PlacedClip]) -> dict[int, ClockSample]:
    known = {one.file_id: one for one in files.known_files(connection, [one.clip.file_id for one in neighbours])}
    entries = entries_of(connection, list(known.values()))
    return {
        one.clip.file_id: ClockSample(
            one.clip.file_id,
            one.clip.sources,
            one.clip.duration,
            imported_at(known[one.clip.file_id], entries.get(one.clip.name)),
        )
        for one in neighbours
    }


def _windows(
    connection: Connection, samples: Mapping[str, Sequence[ClockSample]], register: Register
) -> dict[str, list[Span]]:
    """By device the required windows of the officers it was issued to, around its clips."""
    asked = [(serial, stretch) for serial, some in samples.items() for stretch in _issued(serial, some, register)]
    found: dict[str, set[Span]] = {}
    rows = activities.windows_touching(connection, [stretch for _, stretch in asked])
    for (serial, _), some in zip(asked, rows, strict=True):
        found.setdefault(serial, set()).update(Span(row["started_at"], row["ended_at"]) for row in some)
    return {serial: sorted(some) for serial, some in found.items()}


def _issued(serial: str, samples: Iterable[ClockSample], register: Register) -> list[Stretch]:
    """The officers a device was issued to around its clips, and when."""
    starts = [source.start for sample in samples for source in sample.sources if source.start is not None]
    if not starts:
        return []
    around = Span(min(starts) - DAY, max(starts) + DAY)
    held = [
        (one.officer, max(one.start, around.start), min(one.end or around.end, around.end))
        for one in register.assignments.get(serial, ())
    ]
    return [(f"badge:{officer}", Span(start, end)) for officer, start, end in held if start < end]
