"""Facts about files that cannot be played: how fast their camera usually writes, and how far they may have reached."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from detectors.rule import Unplayable
from domain.clip import Clip
from domain.media import Probe, ProblemCode
from domain.rate import UsualRate, usual_rate
from domain.timespan import Span
from indexer.identity import Register
from indexer.pipeline.facts_base import Gathering
from storage import files, rates
from storage.versions import Row

SIBLINGS = 20
"""So many other cameras of a model are asked, in order of their serials."""

LONGEST_FILE = timedelta(hours=4)
"""Cameras cut their files at this length at the latest (`docs/design/linking.md`)."""

SLOWEST = 100_000
"""Bits a second: no camera writes picture and sound at less, so that a file's bytes bound how long it ran."""

LEAST_REACH = timedelta(minutes=1)
NEXT_FILE = timedelta(seconds=2)
"""A file begun later than this after another ends it; two lenses begin together."""


def lacks_index(probes: Mapping[int, tuple[Probe, Row]], file_id: int) -> bool:
    """Whether a file holds media that no index describes."""
    return file_id in probes and any(one.code is ProblemCode.INDEX_MISSING for one in probes[file_id][0].problems)


def media_size(probe: Probe, size: int) -> int:
    """Bytes of media in a file without an index; the whole file's where the reader does not say."""
    return size if probe.media_bytes is None else probe.media_bytes


def usual_rates(connection: Connection, gathering: Gathering, broken: Iterable[Clip]) -> dict[str, UsualRate]:
    """By device: from its own clips, else from those of other cameras of its model. One query for all of them."""
    devices = sorted({clip.device for clip in broken if clip.device})
    if not devices:
        return {}
    others = {device: _siblings(gathering.register, device) for device in devices}
    sizes = rates.clip_sizes(connection, {*devices, *(one for some in others.values() for one in some)})
    found = {}
    for device in devices:
        own = usual_rate(sizes.get(device, ()))
        theirs = [clip for one in others[device] for clip in sizes.get(one, ())]
        shared = usual_rate(theirs, _model(gathering.register, device))
        found[device] = shared if shared.steady and not own.steady else own
    return found


def _model(register: Register, serial: str) -> str | None:
    device = register.device(serial)
    return device.model if device else None


def _siblings(register: Register, serial: str) -> list[str]:
    model = _model(register, serial)
    if not model:
        return []
    alike = (one.serial for one in register.devices.values() if one.model == model and one.serial != serial)
    return sorted(alike)[:SIBLINGS]


def compared_with(connection: Connection, register: Register, devices: Set[str]) -> list[int]:
    """Files that cannot be played and whose estimate may rest on clips of these devices, which changed."""
    broken = rates.unplayable_of(connection) if devices else []
    if not broken:
        return []
    models = {_model(register, device) for device in devices} - {None}
    return [file_id for file_id, device in broken if device in devices or _model(register, device) in models]


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that cannot be played: how long it ran at most by its bytes, and whether power was lost."""

    longest: timedelta
    lost_power: bool


def load_broken(connection: Connection, clips: Iterable[Clip]) -> dict[int, Broken]:
    """What was read in files that cannot be played."""
    probes = files.probes(connection, sorted({clip.file_id for clip in clips}))
    return {
        file_id: Broken(_longest(media_size(probe, row["size"])), lacks_index(probes, file_id))
        for file_id, (probe, row) in probes.items()
    }


def unplayable(broken: Sequence[Clip], others: Sequence[Clip], known: Mapping[int, Broken]) -> tuple[Unplayable, ...]:
    """Files that cannot be played, with all the time that each may have been running.

    `others`: the same party's clips; the next one of the same camera ends the file before it. The camera's usual rate
    has no part in this: it is an estimate, and whether somebody is asked must not rest on one.
    """
    found = []
    for clip in broken:
        if clip.span is not None and clip.file_id in known:
            longest = min(known[clip.file_id].longest, _until_next(clip, [*others, *broken]))
            reach = Span.of(clip.span.start, longest).widened(clip.clock_error, clip.clock_error)
            found.append(Unplayable(clip.name, clip.span.start, reach, known[clip.file_id].lost_power))
    return tuple(sorted(found, key=lambda one: (one.started_at, one.name)))


def _longest(size: int) -> timedelta:
    """The media written bound it; where nothing was written, nothing does but the length of the longest file."""
    if not 0 < size * 8 / SLOWEST < LONGEST_FILE.total_seconds():
        return LONGEST_FILE
    return max(timedelta(seconds=size * 8 / SLOWEST), LEAST_REACH)


def _until_next(clip: Clip, others: Sequence[Clip]) -> timedelta:
    """Until the same camera begins its next file."""
    if clip.span is None or clip.device is None:
        return LONGEST_FILE
    starts = [one.span.start for one in others if one.span is not None and one.device == clip.device]
    return min(
        (start - clip.span.start for start in starts if start - clip.span.start > NEXT_FILE), default=LONGEST_FILE
    )
