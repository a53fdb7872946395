"""The shapes of the generated day: clips, stills, activities, registers, and the faults that each is meant to show."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)

STATION_A, STATION_B, ROOMS, BRANCH = "310114010000", "310114020000", "310114030000", "310114000000"


class Container(StrEnum):
    MP4 = "mp4"
    FRAGMENTED = "fmp4"
    MOV = "mov"
    AVI = "avi"
    MKV = "mkv"
    TS = "ts"
    PS = "ps"


class Video(StrEnum):
    H264 = "h264"
    H265 = "hevc"


class Audio(StrEnum):
    AAC = "aac"
    PCM = "pcm_s16le"
    ALAW = "pcm_alaw"
    NONE = ""


class Damage(StrEnum):
    """What happens to a file after a sound encode."""

    NONE = "none"
    TRUNCATED = "truncated"  # index at the front, cut at 60 %
    NO_INDEX = "no-index"  # media data, but the power went before the moov was written
    ZERO_LENGTH = "zero-length"
    COPYING = "copying"  # the first part of a copy in progress
    EDITED = "edited"  # written by a converter that leaves its tag
    COPIED = "copied"  # the same bytes as another file
    RECODED = "recoded"  # a part of another file, encoded anew and smaller


class Sight(StrEnum):
    """What is wrong with what a sound file shows or holds."""

    BLACK = "black"  # the sensor gives nothing, the clock goes on
    FROZEN = "frozen"  # the same picture again and again, the clock goes on
    COVERED = "covered"  # a hand before the lens
    BLURRED = "blurred"  # out of focus
    SILENT = "silent"  # a dead microphone: digital zero
    CLOCK = "clock"  # the clock in the picture is behind by so many seconds, all through
    CUT = "cut"  # so many seconds were taken out at this place
    TURNED = "turned"  # upside down all through, text and all


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding that must appear. `seen`: only where pictures and sound are looked at."""

    rule: str
    why: str
    officer: str | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Something wrong with the content. `start`: second of the clip."""

    what: Sight
    start: int
    seconds: int

    def at(self, second: int) -> bool:
        return self.start <= second < self.start + self.seconds


@dataclass(frozen=True, slots=True)
class Form:
    """How a clip is encoded."""

    container: Container = Container.MP4
    video: Video = Video.H264
    audio: Audio = Audio.AAC
    width: int = 1280
    height: int = 720
    rate: int = 25
    b_frames: int = 0
    fine: bool = False  # at a bit rate nearer to a camera's: where blocks of the encoder would pass for edges


@dataclass(frozen=True, slots=True)
class SampleClip:
    """One file of a store. `start` is the truth; what the camera believed is `camera` (name, picture) and `container`.

    `hole` is (from second, seconds) without samples. `skipped` seconds of the file that it is copied from come before
    its own first one. `listed` is the collection station's start time, None when
    the station wrote none; `imported_at` None keeps the file off the list altogether.
    """

    store: str
    path: str
    start: datetime
    seconds: int
    device: str
    officer: str | None
    camera: datetime
    container: datetime | None
    modified: datetime
    listed: datetime | None
    imported_at: datetime | None
    form: Form = field(default_factory=Form)
    label: str = ""
    sequence: int | None = None
    hole: tuple[int, int] | None = None
    shows: tuple[Shown, ...] = ()
    damage: Damage = Damage.NONE
    copy_of: str | None = None
    skipped: int = 0
    note: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.store}:{self.path}"

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def showing(self, what: Sight) -> Shown | None:
        return next((one for one in self.shows if one.what is what), None)


@dataclass(frozen=True, slots=True)
class SampleStill:
    """A photo taken by a body camera."""

    store: str
    path: str
    taken: datetime
    device: str
    officer: str
    note: str = ""

    @property
    def subject(self) -> str:
        return f"{self.store}:{self.path}"


@dataclass(frozen=True, slots=True)
class LostFile:
    """A row of the station's list whose file is not in the store."""

    store: str
    path: str
    start: datetime
    seconds: int
    device: str
    officer: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class SampleIncident:
    number: str
    unit: str
    officers: tuple[str, ...]
    received: datetime
    dispatched: datetime | None
    arrived: datetime | None
    finished: datetime | None
    feedback: datetime | None
    category: str = "纠纷"
    status: str = "已反馈"
    case_number: str | None = None
    note: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleSession:
    number: str
    case_number: str
    category: str
    room: str
    person_code: str
    officers: tuple[str, ...]
    started: datetime
    signed: datetime
    channels: tuple[str, ...]
    interruption: tuple[datetime, datetime, str] | None = None
    note: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One camera issued to one officer for one tour of duty."""

    device: str
    officer: str
    start: datetime
    end: datetime


def at(clock: str, day: date = DAY) -> datetime:
    """`08:05:30` on the sample day (or another), local."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZONE)


def compact(moment: datetime) -> str:
    """20261120080530, as cameras write it into names."""
    return moment.strftime("%Y%m%d%H%M%S")
