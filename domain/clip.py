"""Files and their place on the wall clock: StoredFile, Clip, Recording, Device and its clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.gap import Gap
from domain.media import Discontinuity
from domain.timespan import ZERO, Span


class FileState(StrEnum):
    PRESENT = "present"
    ARRIVING = "arriving"  # still growing or younger than the store's settle time
    MISSING = "missing"  # was there, is gone; a state with a date, never a delete
    MOVED = "moved"  # its content is now at another path
    UNREADABLE = "unreadable"  # there, but nothing in it can be played


class StoreKind(StrEnum):
    RECORDER = "recorder"
    INTERROGATION = "interrogation"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One path in one store as a scan saw it. `path` is relative to the store's root, `/`-separated."""

    store: str
    path: str
    size: int
    modified_at: datetime

    @property
    def name(self) -> str:
        return f"{self.store}:{self.path}"


class ClockSource(StrEnum):
    """Where a start time comes from (`time-and-linking.md` § 1)."""

    CLIP_INDEX = "clip_index"  # the collection station's list
    NAME = "name"  # camera clock, local
    CONTAINER = "container"  # mvhd, DateUTC, IDIT ...
    EXIF = "exif"  # stills
    MODIFIED = "modified"  # file modification time: bounds the end, last resort


@dataclass(frozen=True, slots=True)
class TimeSource:
    """One candidate start time, kept whether chosen or not.

    `start` is aware UTC after applying the store's zone; None when the source is a lost clock or names no start.
    `error` is the bound on how wrong the reading itself is (resolution, not clock drift). `raw` is the text as found.
    `reason`, in both languages, is for people only; `lost`: the clock behind it had lost its time, `shown` is what it
    showed all the same.
    """

    source: ClockSource
    start: datetime | None
    end: datetime | None
    error: timedelta
    raw: str
    chosen: bool = False
    reason: str = ""
    lost: bool = False
    shown: datetime | None = None


class ClockKind(StrEnum):
    NONE = "none"  # nothing known against the clock
    CONSTANT = "constant"
    DRIFT = "drift"
    ZONE = "zone"  # wrong by a whole number of half hours
    RESET = "reset"  # lost its time: 1970, 2000-01-01 ...


@dataclass(frozen=True, slots=True)
class Habit:
    """How a unit's officers use the button: seconds from press to entered arrival, and from stop to entered departure.

    `spread` is how far cameras of the unit usually lie from it (robust standard deviation), `cameras` how many told it.
    """

    lead_s: float
    trail_s: float
    spread_s: float
    cameras: int


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """What is known of a camera's clock over some days: `offset = true − camera`, bounded by ± `error`.

    `zone_sources` names sources that are off by a whole zone while the chosen one is not; added to them, `zone_shift`
    brings them into line. `drift_s_per_day`: how fast `offset` grows, None when it cannot be told; `offset` holds at
    `reference` then. `list_copied`: the station's list repeats the camera's time, so `offset` holds for it too.
    `since`: start of the period that was looked at. `lead_s`, `trail_s`: seconds from the usual press of the button to
    the entered arrival, and from the usual stop to the entered departure, as the camera has them and beside whole half
    hours; None where no line tells them. `habit`: those of its unit, that were taken off; None where none was known.
    """

    device: str
    kind: ClockKind
    offset: timedelta
    error: timedelta
    evidence: tuple[str, ...] = ()
    lost_clips: int = 0
    zone_sources: tuple[ClockSource, ...] = ()
    zone_shift: timedelta = ZERO
    drift_s_per_day: float | None = None
    list_copied: bool = False
    reference: datetime | None = None
    since: datetime | None = None
    lead_s: float | None = None
    trail_s: float | None = None
    habit: Habit | None = None

    def offset_at(self, camera: datetime) -> timedelta:
        """What to add to an instant that the camera states."""
        if self.reference is None or self.drift_s_per_day is None:
            return self.offset
        grown = self.drift_s_per_day * ((camera - self.reference) / timedelta(days=1))
        return self.offset + timedelta(seconds=round(grown, 3))


@dataclass(frozen=True, slots=True)
class Clip:
    """One playable file placed in time. `file_id` is its identity across moves and renames.

    `span` is None when no source gives a believable time. It already includes `clock_offset`; the truth lies
    within ± `clock_error` of it. `discontinuities` are media time from the clip's start (video, else audio).
    `sequence` is the camera's own numbering. `closed` is False when the file lacks its index (lost power).
    `earliest`, `latest`: where the span is None, the time in which the clip must lie by its number among the camera's
    other clips and by its import; None where nothing bounds it.
    """

    file_id: int
    store: str
    path: str
    device: str | None
    officer: str | None
    span: Span | None
    duration: timedelta | None
    clock_source: ClockSource | None
    clock_error: timedelta
    clock_offset: timedelta = ZERO
    sources: tuple[TimeSource, ...] = ()
    room: str | None = None
    channel: str | None = None
    unit: str | None = None
    sequence: int | None = None
    discontinuities: tuple[Discontinuity, ...] = ()
    closed: bool = True
    has_sound: bool = True
    has_picture: bool = True
    earliest: datetime | None = None
    latest: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.store}:{self.path}"

    def presented(self) -> tuple[Span, ...]:
        """The stretches of wall-clock time actually on record: the span without its discontinuities."""
        if self.span is None:
            return ()
        parts: list[Span] = []
        at = self.span.start
        for hole in sorted(self.discontinuities, key=lambda d: d.at):
            hole_start = self.span.start + hole.at
            if at < hole_start:
                parts.append(Span(at, min(hole_start, self.span.end)))
            at = max(at, min(hole_start + hole.length, self.span.end))
        if at < self.span.end:
            parts.append(Span(at, self.span.end))
        return tuple(parts)


@dataclass(frozen=True, slots=True)
class Recording:
    """The clips of one press of the button: one device, consecutive segments, in order of start."""

    device: str | None
    clips: tuple[Clip, ...]
    span: Span
    gaps: tuple[Gap, ...] = ()

    @property
    def clock_error(self) -> timedelta:
        return max((clip.clock_error for clip in self.clips), default=ZERO)


@dataclass(frozen=True, slots=True)
class Device:
    """A row of the device register."""

    serial: str
    model: str | None = None
    kind: StoreKind = StoreKind.RECORDER
    unit: str | None = None
    room: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """领用: the device was issued to the officer for this time; an open end means not yet returned."""

    device: str
    officer: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One row of a collection station's own list (`clip_index`). Times are the station's, aware UTC."""

    path: str
    device: str | None = None
    officer: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    imported_at: datetime | None = None
    digest: str | None = None
    sequence: int | None = None
