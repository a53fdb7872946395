"""What every way of placing a clip shares: the draft, and putting it where a clock says."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.clip import Clip, DeviceClock, IndexEntry
from domain.timespan import Span
from indexer.clock import ClockSample
from indexer.pipeline.plan import Scanning
from indexer.placement import place as place_in_time
from storage.files import KnownFile
from storage.recordings import PlacedClip

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
class Known:
    """One clip of a device: as it stands or is drafted, what it states, and the time that files it under a period."""

    placed: PlacedClip
    sample: ClockSample
    filed: datetime
    drafted: bool

    @property
    def file_id(self) -> int:
        return self.placed.clip.file_id

    @property
    def lost(self) -> bool:
        """Whether no source but a lost clock or a copy's time says when it was."""
        return self.placed.clip.span is None or self.placed.clip.latest is not None


@dataclass(frozen=True, slots=True)
class Device:
    """One device to look at: the periods whose clock may change, in order, and the clips that tell these clocks."""

    serial: str
    unit: str
    periods: tuple[datetime, ...]
    clips: tuple[Known, ...]


def imported_at(one: KnownFile, entry: IndexEntry | None) -> datetime:
    """When a file came to its store, as far as that is known."""
    return (entry.imported_at if entry else None) or one.first_seen_at


def in_place(scan: Scanning, draft: Draft, clock: DeviceClock) -> PlacedClip:
    """A draft with its span."""
    return PlacedClip(in_time(scan, draft.clip, clock), draft.lane, draft.pattern, draft.evidence)


def in_time(scan: Scanning, clip: Clip, clock: DeviceClock) -> Clip:
    """A clip where its sources and a clock place it."""
    found = place_in_time(clip.sources, clip.duration, clock, scan.plan.clock, scan.now)
    return replace(
        clip,
        span=found.span,
        clock_source=found.source,
        clock_error=found.error,
        clock_offset=found.offset,
        sources=found.sources,
        earliest=None,
        latest=None,
    )


def begins(clip: Clip) -> Span | None:
    """The clip's span with its clock's error on both sides."""
    return clip.span.widened(clip.clock_error, clip.clock_error) if clip.span else None
