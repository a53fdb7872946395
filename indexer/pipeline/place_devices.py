"""Place files in time by their device's clock, which its clips of the same days tell together, period by period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from domain.clip import DeviceClock, TimeSource
from domain.timespan import Span
from indexer.clock import ClockSample, conclude, listen, settled, unverified_clock
from indexer.clock_periods import FARTHEST, PERIOD, evidence, filed_at, period_of, periods_told
from indexer.clock_resets import as_shown
from indexer.identity import Register
from indexer.pipeline.calls import calls_of, calls_within
from indexer.pipeline.drain import portions
from indexer.pipeline.habits import Heard, habits
from indexer.pipeline.isolate import isolated
from indexer.pipeline.listing import entries_of
from indexer.pipeline.place_lost import place_lost
from indexer.pipeline.placing import DAY, Device, Draft, Known, imported_at, in_place, in_time
from indexer.pipeline.plan import Scanning
from storage import files, recordings, work
from storage.among import among
from storage.clocks import ClockOf, save_clocks
from storage.recordings import PlacedClip
from storage.schema.tables import CLIP
from storage.stretches import Stretch
from storage.versions import chunks
from storage.work import Mark

HELD = 5000
"""Neighbours in memory at a time."""

Clocks = Mapping[tuple[str, datetime], DeviceClock]


@dataclass(frozen=True, slots=True)
class Job:
    """A device to look at: files to place, and the periods whose clock that may change, in order."""

    serial: str
    drafts: tuple[Draft, ...]
    periods: tuple[datetime, ...]

    @property
    def around(self) -> Stretch:
        """Where its clips may lie that have a say in these periods."""
        first, last = evidence(self.periods[0]), evidence(self.periods[-1])
        return self.serial, Span(first.start - FARTHEST, last.end + FARTHEST)

    @property
    def marks(self) -> list[Mark]:
        """What to queue again if this fails."""
        mine = [Mark(str(draft.clip.file_id)) for draft in self.drafts]
        return mine or [Mark(f"clock:{self.serial}", Span(self.periods[0], self.periods[-1]))]


def jobs_of(
    connection: Connection, scan: Scanning, drafts: Sequence[Draft], again: Mapping[str, Sequence[Span]]
) -> list[Job]:
    """What has to be looked at because of files, and of stretches of time in which the calls of a device changed."""
    before = recordings.clips_of_files(connection, [draft.clip.file_id for draft in drafts])
    by_device: dict[str, list[Draft]] = {}
    periods: dict[str, set[datetime]] = {}
    for draft in sorted(drafts, key=lambda draft: draft.clip.file_id):
        serial, old = draft.clip.device or "", before.get(draft.clip.file_id)
        by_device.setdefault(serial, []).append(draft)
        stated = [draft.clip.sources, *([old.clip.sources] if old and old.clip.device == serial else [])]
        for filed in (_filed(scan, as_shown(sources), draft.sample.imported_at) for sources in stated):
            periods.setdefault(serial, set()).update(periods_told(Span(filed, filed)))
    for serial, spans in again.items():
        periods.setdefault(serial, set()).update(period for span in spans for period in periods_told(span))
    return [Job(one, tuple(by_device.get(one, ())), tuple(sorted(periods[one]))) for one in sorted(periods)]


def _filed(scan: Scanning, sources: Iterable[TimeSource], imported: datetime | None) -> datetime:
    return filed_at(sources, imported) or scan.now


def place_devices(
    connection: Connection, scan: Scanning, jobs: Sequence[Job], register: Register
) -> dict[int, PlacedClip]:
    """The drafts, and those other clips of their devices that lie elsewhere under the new estimate of a clock."""
    placed: dict[int, PlacedClip] = {}
    counts = recordings.count_begun(connection, [job.around for job in jobs], "device")
    for portion in portions(jobs, counts, HELD):
        placed |= _place_portion(connection, scan, portion, register)
    return placed


def _place_portion(
    connection: Connection, scan: Scanning, jobs: Sequence[Job], register: Register
) -> dict[int, PlacedClip]:
    """Hear all clips, take the units' habits off, place by the clocks, and queue what other clocks than before mean."""
    devices = _load(connection, scan, jobs, register)
    heard = _hear(connection, scan, jobs, devices, register)
    usual = habits(connection, scan, heard)
    clocks = {
        one.key: replace(
            settled(conclude(one.told, usual[one.group], scan.plan.clock), one.period + PERIOD / 2), since=one.period
        )
        for one in heard
    }
    looked = {(job.serial, period) for job in jobs for period in job.periods}
    stored = [ClockOf(clocks[one.key], one.period, one.unit) for one in heard]
    changed = save_clocks(connection, looked, stored, scan.number)
    tagged = _newly_tagged(connection, jobs)
    placed: dict[int, PlacedClip] = {}
    for device in devices:
        placed |= _under(scan, device, clocks)
    placed |= place_lost(connection, scan, devices, placed, register)
    again = [
        Mark(f"clip:{known.file_id}")
        for device in devices
        for known in device.clips
        if not known.drafted and (device.serial in tagged or (device.serial, period_of(known.filed)) in changed)
    ]
    work.mark(connection, "evaluate", [Mark(f"device:{job.serial}") for job in jobs] + again)
    return placed


def _hear(
    connection: Connection, scan: Scanning, jobs: Sequence[Job], devices: Sequence[Device], register: Register
) -> list[Heard]:
    """What each device's clips tell of each period in which some of them lie."""
    around = {job.serial: Span(job.around[1].start - DAY, job.around[1].end + DAY) for job in jobs}
    calls = calls_of(connection, around, register)
    heard: list[Heard] = []
    for job, device in zip(jobs, devices, strict=True):
        with isolated(connection, scan, "place", job.marks, writes=False, subject=f"device:{job.serial}"):
            mine = []
            for period in sorted({period_of(known.filed) for known in device.clips} & set(job.periods)):
                days = evidence(period)
                samples = [known.sample for known in device.clips if days.contains(known.filed)]
                near = calls_within(calls.get(job.serial, ()), days.widened(DAY, DAY))
                told = listen(job.serial, samples, near, scan.plan.clock, scan.now)
                mine.append(Heard(job.serial, device.unit, period, told))
            heard += mine
    return heard


def _under(scan: Scanning, device: Device, clocks: Clocks) -> dict[int, PlacedClip]:
    """The drafts in time, and the other clips that now lie elsewhere; clips with a lost clock are left to others."""
    placed = {}
    for known in device.clips:
        clock = clocks.get((device.serial, period_of(known.filed)))
        if clock is None or (known.lost and not known.drafted):
            continue
        clip = in_time(scan, known.placed.clip, clock)
        if known.drafted or clip != known.placed.clip:
            placed[clip.file_id] = replace(known.placed, clip=clip)
    return placed


def _newly_tagged(connection: Connection, jobs: Sequence[Job]) -> set[str]:
    """Devices whose first files with vendor tags are among these: what is said about the others depends on it."""
    tagged = {job.serial for job in jobs if any(draft.tagged for draft in job.drafts)}
    return tagged - recordings.tagged_devices(connection, tagged)


def _load(connection: Connection, scan: Scanning, jobs: Sequence[Job], register: Register) -> list[Device]:
    """What tells the clocks of some devices."""
    neighbours = _neighbours(connection, jobs)
    samples = _samples(connection, [one for some in neighbours.values() for one in some])
    devices = []
    for job in jobs:
        nothing = unverified_clock(job.serial, scan.plan.clock)
        clips = [
            Known(in_place(scan, d, nothing), d.sample, _filed(scan, d.clip.sources, d.sample.imported_at), True)
            for d in job.drafts
        ]
        for one in neighbours[job.serial]:
            sample = samples[one.clip.file_id]
            clips.append(Known(one, sample, _filed(scan, sample.sources, sample.imported_at), False))
        devices.append(Device(job.serial, _unit(job.serial, clips, register), job.periods, tuple(clips)))
    return devices


def _unit(serial: str, clips: Iterable[Known], register: Register) -> str:
    """Whose habit a device shares: its unit's, by the register or by what most of its clips say."""
    device = register.device(serial)
    if device and device.unit:
        return device.unit
    units = sorted(known.placed.clip.unit or "" for known in clips)
    return max(units, key=units.count, default="")


def _neighbours(connection: Connection, jobs: Sequence[Job]) -> dict[str, list[PlacedClip]]:
    """By device its other clips of the same days, and all those whose clock was lost, in order of file."""
    begun = recordings.clips_begun(connection, [job.around for job in jobs], "device")
    found = {
        job.serial: [one for one in some if one.clip.latest is None] for job, some in zip(jobs, begun, strict=True)
    }
    for part in chunks(list(found)):
        lost = CLIP.c.started_at.is_(None) | CLIP.c.latest.is_not(None)
        for one in recordings.clips(connection, among(CLIP.c.device, part), lost):
            found[one.clip.device or ""].append(one)
    mine = {draft.clip.file_id for job in jobs for draft in job.drafts}
    others = {serial: [one for one in some if one.clip.file_id not in mine] for serial, some in found.items()}
    return {serial: sorted(some, key=lambda one: one.clip.file_id) for serial, some in others.items()}


def _samples(connection: Connection, neighbours: Sequence[PlacedClip]) -> dict[int, ClockSample]:
    known = {one.file_id: one for one in files.known_files(connection, [one.clip.file_id for one in neighbours])}
    entries = entries_of(connection, list(known.values()))
    return {
        one.clip.file_id: ClockSample(
            one.clip.file_id,
            as_shown(one.clip.sources),
            one.clip.duration,
            imported_at(known[one.clip.file_id], entries.get(one.clip.name)),
        )
        for one in neighbours
    }
