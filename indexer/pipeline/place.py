"""Place every read file in time: identity, all time sources, the device's clock, one chosen start with its reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_

from domain.clip import Clip, DeviceClock, FileState, IndexEntry
from domain.media import Probe, ProblemCode, TrackKind
from domain.timespan import Span
from indexer.clock import ClockSample, estimate_clock, unverified_clock
from indexer.filenames import NameFields, compile_patterns, read_name
from indexer.identity import Identity, Register, identify
from indexer.name_patterns import Pattern
from indexer.pipeline.concerned import CLOCK_WINDOW, concerned
from indexer.pipeline.drain import drain
from indexer.pipeline.isolate import isolated
from indexer.pipeline.listing import entries_of
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register
from indexer.placement import place as place_in_time
from indexer.stores.base import StoreSettings
from indexer.timesources import time_sources
from storage import activities, files, recordings, work
from storage.files import KnownFile
from storage.recordings import PlacedClip
from storage.schema.tables import CLIP
from storage.versions import Row
from storage.work import Batch, Mark

BATCH = 2000
UNFINISHED = frozenset({ProblemCode.INDEX_MISSING, ProblemCode.TRUNCATED, ProblemCode.DATA_MISSING})


@dataclass(frozen=True, slots=True)
class Draft:
    """A clip before its device's clock is known: everything but the span."""

    clip: Clip
    lane: str
    fields: NameFields | None
    evidence: tuple[str, ...]
    sample: ClockSample


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file beside its name: its measurement, its row on the station's list, its store."""

    probe: Probe
    entry: IndexEntry | None
    settings: StoreSettings | None


def place(scan: Scanning) -> None:
    """Empty the queue of files to place; a device's other clips of the last days are placed again with them."""
    with scan.transaction() as connection:
        _expand(connection)
    drain(scan, "place", BATCH, lambda connection, batch: _place_batch(connection, scan, _files(batch)))


def _files(batch: Batch) -> list[int]:
    return sorted({int(mark.subject) for mark in batch.marks})


def _expand(connection: Connection) -> None:
    """Turn marks that name a register entry into marks of the files that it may concern."""
    upto = work.newest(connection, "place")
    batch = work.take(connection, "place", 1_000_000, upto)
    wide = [(mark, number) for mark, number in zip(batch.marks, batch.ids, strict=True) if not mark.subject.isdigit()]
    if not wide:
        return
    found = concerned(connection, {mark for mark, _ in wide})
    work.mark(connection, "place", [Mark(str(file_id)) for file_id in sorted(found)])
    work.clear(connection, [number for _, number in wide])


def _place_batch(connection: Connection, scan: Scanning, file_ids: Sequence[int]) -> None:
    known = [one for one in files.known_files(connection, file_ids) if one.state is not FileState.MOVED]
    probes = files.probes(connection, [one.file_id for one in known])
    register = load_register(connection)
    readable = [one for one in known if one.file_id in probes]
    drafts = _drafts(connection, scan, readable, probes, register)
    placed: dict[int, PlacedClip] = {}
    for device in sorted({draft.clip.device for draft in drafts if draft.clip.device}):
        mine = [draft for draft in drafts if draft.clip.device == device]
        marks = [Mark(str(draft.clip.file_id)) for draft in mine]
        with isolated(connection, scan, "place", marks, subject=f"device:{device}"):
            placed.update(_place_device(connection, scan, device, mine, register))
    for draft in drafts:
        if draft.clip.device is None:
            clock = unverified_clock("", scan.plan.clock)
            placed[draft.clip.file_id] = _placed(scan, draft, clock)
    everyone = sorted({*file_ids, *placed})
    changes = recordings.replace_clips(connection, everyone, list(placed.values()), scan.number)
    lanes = []
    for change in changes:
        for row in (change.before, change.after):
            if row is not None:
                span = Span(row["started_at"], row["ended_at"]) if row["started_at"] is not None else None
                lanes.append(Mark(row["lane"], span))
    # Files asked for are assembled again even when their clip stayed the same: assignments or states may not have.
    lanes += [Mark(one.lane, one.clip.span) for file_id, one in placed.items() if file_id in set(file_ids)]
    gone = recordings.clips_of_files(connection, [f for f in file_ids if f not in placed])
    lanes += [Mark(one.lane, one.clip.span) for one in gone.values()]
    work.mark(connection, "assemble", lanes)
    stores = sorted({one.store for one in known})
    work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in everyone])
    work.mark(connection, "evaluate", [Mark(f"store:{name}") for name in stores])  # its list may name these files


def _drafts(
    connection: Connection,
    scan: Scanning,
    known: Sequence[KnownFile],
    probes: Mapping[int, tuple[Probe, Row]],
    register: Register,
) -> list[Draft]:
    entries = entries_of(connection, known)
    patterns = compile_patterns(scan.plan.patterns)
    stores = {settings.name: settings for settings in scan.plan.stores}
    drafts = []
    for one in known:
        told = Told(probes[one.file_id][0], entries.get(one.stored.name), stores.get(one.store))
        with isolated(connection, scan, "place", [Mark(str(one.file_id))], writes=False):
            drafts.append(_draft(scan, one, told, register, patterns))
    return drafts


def _draft(scan: Scanning, one: KnownFile, told: Told, register: Register, patterns: Sequence[Pattern]) -> Draft:
    zone = ZoneInfo(told.settings.timezone if told.settings else scan.plan.timezone)
    fields = read_name(one.path, patterns)
    identity = identify(one.path, fields, told.probe, told.entry, register)
    sources = time_sources(one.stored, fields, told.probe, told.entry, zone=zone, now=scan.now, limits=scan.plan.clock)
    clip = _clip(one, told.probe, identity, told.settings.unit if told.settings else None)
    sample = ClockSample(one.file_id, sources, told.probe.duration, _imported(one, told.entry))
    return Draft(replace(clip, sources=sources), _lane(clip), fields, identity.evidence, sample)


def _imported(one: KnownFile, entry: IndexEntry | None) -> datetime:
    return (entry.imported_at if entry else None) or one.first_seen_at


def _lane(clip: Clip) -> str:
    """What its neighbours are found by: the camera, else the room's channel, else the file alone."""
    if clip.device:
        return clip.device
    return f"{clip.room}/{clip.channel or ''}" if clip.room else f"file:{clip.file_id}"


def _clip(one: KnownFile, measured: Probe, identity: Identity, unit: str | None) -> Clip:
    main = measured.video or measured.audio
    return Clip(
        file_id=one.file_id,
        store=one.store,
        path=one.path,
        device=identity.device,
        officer=identity.officer,
        span=None,
        duration=measured.duration,
        clock_source=None,
        clock_error=timedelta(0),
        room=identity.room,
        channel=identity.channel,
        unit=identity.unit or unit,
        sequence=identity.sequence,
        discontinuities=main.discontinuities if main else (),
        closed=not any(problem.code in UNFINISHED for problem in measured.problems),
        has_sound=measured.audio is not None,
        has_picture=measured.video is not None or measured.first(TrackKind.STILL) is not None,
    )


def _place_device(
    connection: Connection, scan: Scanning, device: str, drafts: Sequence[Draft], register: Register
) -> dict[int, PlacedClip]:
    """The drafts and the device's other clips of the same days, placed under one estimate of its clock."""
    neighbours = _neighbours(connection, scan, device, drafts)
    samples = [draft.sample for draft in drafts] + _samples(connection, neighbours)
    windows = _windows(connection, device, samples, register)
    clock = estimate_clock(device, samples, windows, scan.plan.clock, scan.now)
    if recordings.save_clock(connection, clock, scan.number):
        work.mark(connection, "evaluate", [Mark(f"clip:{one.clip.file_id}") for one in neighbours])
    work.mark(connection, "evaluate", [Mark(f"device:{device}")])
    placed = {draft.clip.file_id: _placed(scan, draft, clock) for draft in drafts}
    for one in neighbours:
        placed[one.clip.file_id] = replace(one, clip=_in_time(scan, one.clip, clock))
    return placed


def _placed(scan: Scanning, draft: Draft, clock: DeviceClock) -> PlacedClip:
    clip = _in_time(scan, draft.clip, clock)
    return PlacedClip(clip, draft.lane, draft.fields.pattern if draft.fields else None, draft.evidence)


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


def _neighbours(connection: Connection, scan: Scanning, device: str, drafts: Sequence[Draft]) -> list[PlacedClip]:
    starts = [source.start for draft in drafts for source in draft.sample.sources if source.start is not None]
    since = (min(starts) if starts else scan.now) - CLOCK_WINDOW
    until = (max(starts) if starts else scan.now) + CLOCK_WINDOW
    near = or_(CLIP.c.started_at.between(since, until), CLIP.c.started_at.is_(None))
    mine = {draft.clip.file_id for draft in drafts}
    found = recordings.clips(connection, CLIP.c.device == device, near)
    return [one for one in found if one.clip.file_id not in mine]


def _samples(connection: Connection, neighbours: Sequence[PlacedClip]) -> list[ClockSample]:
    known = {one.file_id: one for one in files.known_files(connection, [one.clip.file_id for one in neighbours])}
    entries = entries_of(connection, list(known.values()))
    return [
        ClockSample(
            one.clip.file_id,
            one.clip.sources,
            one.clip.duration,
            _imported(known[one.clip.file_id], entries.get(one.clip.name)),
        )
        for one in neighbours
    ]


def _windows(connection: Connection, device: str, samples: Iterable[ClockSample], register: Register) -> list[Span]:
    """Required windows of the officers the device was issued to, around its clips."""
    starts = [source.start for sample in samples for source in sample.sources if source.start is not None]
    if not starts:
        return []
    around = Span(min(starts) - timedelta(days=1), max(starts) + timedelta(days=1))
    found = set()
    for assignment in register.assignments.get(device, ()):
        end = min(assignment.end or around.end, around.end)
        start = max(assignment.start, around.start)
        if start < end:
            rows = activities.windows_of(connection, f"badge:{assignment.officer}", Span(start, end))
            found |= {Span(row["started_at"], row["ended_at"]) for row in rows}
    return sorted(found)
