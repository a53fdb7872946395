"""What a file says about itself, in media time. Readers make these; nobody judges here.

Times inside a file are offsets from the start of its presentation (ISO/IEC 14496-12 § 8.6.6: edit lists applied).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class TrackKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    STILL = "still"
    OTHER = "other"


class ProblemCode(StrEnum):
    """Fixed vocabulary of what can be wrong with a file. Detail goes into `Problem.detail`."""

    ZERO_LENGTH = "zero-length"  # no byte at all
    UNRECOGNISED = "unrecognised"  # no reader knows this content
    TRUNCATED = "truncated"  # the file ends before its own structure does
    INDEX_MISSING = "index-missing"  # media data without the tables that make it playable (no moov)
    BOX_OVERRUN = "box-overrun"  # a box claims more bytes than its parent or the file has
    BAD_BOX = "bad-box"  # a box whose content contradicts itself
    BAD_TABLE = "bad-table"  # sample tables that disagree about counts or overflow
    TOO_DEEP = "too-deep"  # nesting or count beyond any real file
    DATA_MISSING = "data-missing"  # tables point past the end of the file
    NO_TRACKS = "no-tracks"  # playable structure without a playable track
    ENCRYPTED = "encrypted"
    WRONG_EXTENSION = "wrong-extension"  # content is another format than the name says
    DURATION_DISAGREES = "duration-disagrees"  # header and samples differ
    TIMESTAMPS_BROKEN = "timestamps-broken"  # times missing or going backwards
    DECODER_ERROR = "decoder-error"  # the fallback library refused part of the file
    OUT_OF_TIME = "out-of-time"  # the reader was stopped at its bound
    OUT_OF_MEMORY = "out-of-memory"
    READ_ERROR = "read-error"  # the store gave an error for these bytes


FATAL = frozenset(
    {
        ProblemCode.ZERO_LENGTH,
        ProblemCode.UNRECOGNISED,
        ProblemCode.INDEX_MISSING,
        ProblemCode.NO_TRACKS,
        ProblemCode.ENCRYPTED,
        ProblemCode.OUT_OF_TIME,
        ProblemCode.OUT_OF_MEMORY,
        ProblemCode.READ_ERROR,
    }
)
"""Problems after which nothing in the file can be played: its state is `unreadable`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file; `offset` is the byte at which it shows, when there is one."""

    code: ProblemCode
    detail: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Time not recorded inside a track: nothing presented from `at` for `length` (media time)."""

    at: timedelta
    length: timedelta


@dataclass(frozen=True, slots=True)
class Track:
    """One track on the file's presentation time line.

    `frame_rate` is what was delivered (samples ÷ time outside discontinuities), `declared_frame_rate` what the
    headers claim; both in frames per second, video only. `start` and `duration` are media time, edit lists applied.
    `profile` and `level` are the codec's own names (High, 4.1); `rotation` is degrees clockwise for showing;
    `sync_spacing` the usual time between pictures that can be decoded alone; `constant_rate` False when frames last
    differently outside discontinuities. `changes_at`: media times at which another sample description begins to hold,
    as far as the container's tables tell, a thousand of them at most. None where the container does not say.
    """

    number: int
    kind: TrackKind
    codec: str  # short lower-case name: h264 hevc aac pcm_s16le mjpeg ...
    start: timedelta
    duration: timedelta
    sample_count: int
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    declared_frame_rate: float | None = None
    channels: int | None = None
    sample_rate: int | None = None
    discontinuities: tuple[Discontinuity, ...] = ()
    profile: str | None = None
    level: str | None = None
    rotation: int | None = None
    sync_spacing: timedelta | None = None
    constant_rate: bool | None = None
    changes_at: tuple[timedelta, ...] = ()

    @property
    def end(self) -> timedelta:
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Probe:
    """Everything that was read out of one file.

    `duration` is the presentation's length: latest track end. `declared_duration` is the header's claim.
    `creation_time` is aware UTC where the container's standard defines UTC (mvhd, DateUTC) and naive where it is
    the camera's local time (EXIF, AVI IDIT): who knows the zone decides, not the reader.
    `stated_times` holds every time that the file states, by the place where it stands (mvhd, mvhd-modified, day,
    IDIT, gps, …), aware or naive like `creation_time`, which is the one of them that states the beginning best.
    `muxer` names the library that wrote the container where the format tells it apart from the writing application.
    `edits` counts edit-list entries that cut or repeat media (a plain start offset is no edit).
    `decodable_share` is the part of the declared samples whose bytes are inside the file (0..1), None when unknown.
    `tags` holds device facts under fixed keys: make model serial serial_hash badge location firmware.
    `media_bytes` is how many bytes of media data were written into a file whose index was not: cameras set space aside
    and fill it as they go. None when the index says it better.
    """

    container: str  # mp4 mov avi mkv ts ps flv asf wav jpeg ... or "unknown"
    reader: str
    reader_version: int
    duration: timedelta | None
    declared_duration: timedelta | None = None
    start: timedelta = timedelta(0)
    creation_time: datetime | None = None
    writer: str | None = None
    brand: str | None = None
    edits: int = 0
    parameter_changes: int = 0  # sample descriptions beyond the first in one track
    decodable_share: float | None = None
    tracks: tuple[Track, ...] = ()
    problems: tuple[Problem, ...] = ()
    bytes_read: int = 0
    media_bytes: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)  # a plain one: probes travel between processes
    stated_times: Mapping[str, datetime] = field(default_factory=dict)
    muxer: str | None = None

    @property
    def playable(self) -> bool:
        """True when something in the file can be presented."""
        return bool(self.tracks) and not any(problem.code in FATAL for problem in self.problems)

    def first(self, kind: TrackKind) -> Track | None:
        """The first track of a kind, or None."""
        return next((track for track in self.tracks if track.kind is kind), None)

    @property
    def video(self) -> Track | None:
        return self.first(TrackKind.VIDEO)

    @property
    def audio(self) -> Track | None:
        return self.first(TrackKind.AUDIO)
