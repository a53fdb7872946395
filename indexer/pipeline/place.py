"""Place every read file in time: identity, all time sources, the device's clock, one chosen start with its reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from domain.clip import Clip, FileState, IndexEntry
from domain.media import Probe, ProblemCode, TrackKind
from domain.timespan import Span
from indexer.clip_bounds import between
from indexer.clock import ClockSample, unverified_clock
from indexer.filenames import compile_patterns, read_name
from indexer.identity import Identity, Register, identify
from indexer.name_patterns import Pattern
from indexer.pipeline.concerned import queue_concerned
from indexer.pipeline.drain import drain
from indexer.pipeline.isolate import isolated
from indexer.pipeline.listing import base_name, entries_of
from indexer.pipeline.place_devices import jobs_of, place_devices
from indexer.pipeline.placing import Draft, imported_at, in_place
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register
from indexer.stores.base import StoreSettings
from indexer.timesources import time_sources
from storage import files, recordings, work
from storage.files import KnownFile
from storage.recordings import PlacedClip
from storage.versions import Row
from storage.work import Batch, Mark

BATCH = 2000
ROUNDS = 3
"""More than it takes: a habit moves the claims of the cameras that were heard before it was known, once."""
BYTES = 24
"""Of a base name, by which files are put in order."""
STAMP = re.compile(r"(?<!\d)(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])")
CLOCK = "clock:"
"""Marks of devices that have to be heard again, beside those of files."""
UNFINISHED = frozenset({ProblemCode.INDEX_MISSING, ProblemCode.TRUNCATED, ProblemCode.DATA_MISSING})


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file beside its name: its measurement, its row on the station's list, its store."""

    probe: Probe
    entry: IndexEntry | None
    settings: StoreSettings | None


def place(scan: Scanning) -> None:
    """Empty the queue of files to place, and of devices whose clock the calls of some days may tell anew.

    A unit's habit is known when all of its cameras were heard: those heard before are heard once more.
    """
    for _ in range(ROUNDS):
        with scan.transaction() as connection:
            _expand(connection)
            register = load_register(connection)
        drain(
            scan,
            "place",
            BATCH,
            lambda connection, batch: _place_batch(connection, scan, batch, register),  # noqa: B023 (used at once)
            order=_by_name,
        )
        with scan.transaction() as connection:
            if not work.holds(connection, "place", CLOCK):
                return


def _files(batch: Batch) -> list[int]:
    return sorted({int(mark.subject) for mark in batch.marks if mark.subject.isdigit()})


def _clocks(batch: Batch) -> dict[str, list[Span]]:
    """Devices whose clock has to be told anew, and around when."""
    found: dict[str, list[Span]] = {}
    for mark in batch.marks:
        if mark.subject.startswith(CLOCK) and mark.span is not None:
            found.setdefault(mark.subject.removeprefix(CLOCK), []).append(mark.span)
    return found


def _by_name(scan: Scanning, upto: int) -> NDArray[np.int64]:
    """The marks in order of what stands before the time in base names, mostly the camera or the officer: a camera whose
    files come together is placed once, instead of again with every few of them and with all that is placed already.

    A few bytes of each are enough, and let a million of them stay small.
    """
    numbers: list[NDArray[np.int64]] = []
    names: list[NDArray[np.bytes_]] = []
    after = 0
    while True:
        with scan.transaction() as connection:
            page = work.page(connection, "place", upto, after)
            paths = files.paths_of(connection, [int(subject) for _, subject in page if subject.isdigit()])
        if not page:
            break
        after = page[-1][0]
        named = (paths.get(int(subject), "") if subject.isdigit() else subject for _, subject in page)
        names.append(np.array([_camera(path) for path in named], dtype=f"S{BYTES}"))
        numbers.append(np.array([number for number, _ in page], dtype=np.int64))
    if not numbers:
        return np.empty(0, dtype=np.int64)
    return np.concatenate(numbers)[np.argsort(np.concatenate(names), kind="stable")]


def _camera(path: str) -> bytes:
    """What stands right before the time in a name: whose camera it is, behind the station's name, if there is one."""
    name = base_name(path)
    stamp = STAMP.search(name)
    before = name[: stamp.start() if stamp else None].encode("utf-8", "surrogatepass")
    return before[-BYTES:] or name.encode("utf-8", "surrogatepass")


def _expand(connection: Connection) -> None:
    """Turn marks that name a register entry into marks of the files that it may concern."""
    wide = work.wordy(connection, "place", work.newest(connection, "place"), but=CLOCK)
    if wide.ids:
        queue_concerned(connection, "place", set(wide.marks))
        work.clear(connection, wide.ids)


def _place_batch(connection: Connection, scan: Scanning, batch: Batch, register: Register) -> None:
    file_ids = _files(batch)
    known = [one for one in files.known_files(connection, file_ids) if one.state is not FileState.MOVED]
    probes = files.probes(connection, [one.file_id for one in known])
    readable = [one for one in known if one.file_id in probes]
    drafts = _drafts(connection, scan, readable, probes, register)
    jobs = jobs_of(connection, scan, [draft for draft in drafts if draft.clip.device], _clocks(batch))
    placed = place_devices(connection, scan, jobs, register)
    for draft in drafts:
        if draft.clip.device is None:
            placed[draft.clip.file_id] = in_place(scan, draft, unverified_clock("", scan.plan.clock))
    _write(connection, scan, file_ids, placed)
    stores = sorted({one.store for one in known})
    work.mark(connection, "evaluate", [Mark(f"store:{name}") for name in stores])  # its list may name these files


def _write(connection: Connection, scan: Scanning, file_ids: Sequence[int], placed: Mapping[int, PlacedClip]) -> None:
    """Keep the clips, and queue what they touch: lanes to assemble, files to judge."""
    everyone = sorted({*file_ids, *placed})
    changes = recordings.replace_clips(connection, everyone, list(placed.values()), scan.number)
    lanes = []
    for change in changes:
        for row in (change.before, change.after):
            if row is not None:
                lanes += [Mark(row["lane"], span) for span in _stretches(row)]
    # Files asked for are assembled again even when their clip stayed the same: assignments or states may not have.
    lanes += [Mark(placed[file_id].lane, placed[file_id].clip.span) for file_id in file_ids if file_id in placed]
    work.mark(connection, "assemble", lanes)
    work.mark(connection, "evaluate", [Mark(f"clip:{file_id}") for file_id in everyone])
    work.mark(connection, "content", [Mark(str(file_id)) for file_id in everyone])


def _stretches(row: Row) -> list[Span | None]:
    """Where a clip lies; one without a time (None) may lie anywhere between its bounds."""
    if row["started_at"] is not None:
        return [Span(row["started_at"], row["ended_at"])]
    bounds = between(row["earliest"], row["latest"])
    return [None, bounds] if bounds else [None]


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
    sample = ClockSample(one.file_id, sources, told.probe.duration, imported_at(one, told.entry))
    pattern = fields.pattern if fields else None
    tagged = bool(told.probe.tags)
    return Draft(replace(clip, sources=sources), _lane(clip), pattern, identity.evidence, sample, tagged)


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
