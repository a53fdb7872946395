"""The rows of `/api/v1`, for OpenAPI: the same keys as `bwc list --format jsonl` (`interface.md`)."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.activity import ActivityKind
from domain.clip import ClockKind, ClockSource, FileState
from domain.finding import ActivityResult, FindingStatus, Flag, Result, Severity, SubjectKind
from domain.link import LinkBasis, LinkMethod
from domain.observation import ObservationKind
from domain.review import Decision
from storage.queries.filters import storable

AT = "2026-11-20T08:12:00+08:00"
UNIT = "310114010000"
HREF = "/api/v1/clips/17/stills/42500"


def _plain(text: str) -> str:
    if not storable(text):
        raise ValueError("expected plain text without NUL or halves of surrogate pairs")
    return text


Text = Annotated[str, AfterValidator(_plain)]
"""Of every text that is sent: what no database can hold is refused before anything is made of it."""


class Row(BaseModel):
    """All fields are always there; absent values are null."""

    model_config = ConfigDict(extra="forbid")


def at(meaning: str) -> Any:
    """A required time field."""
    return Field(description=meaning, examples=[AT])


class GapRow(Row):
    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])
    cause: str = Field(examples=["stopped"])


class StoreRow(Row):
    """A place where video lies, as the scans saw it."""

    name: str = Field(examples=["dock-a"])
    kind: Literal["recorder", "interrogation"]
    location: str = Field(examples=["/srv/docks/a"])
    timezone: str = Field(examples=["Asia/Shanghai"])
    unit: str | None = Field(examples=[UNIT])
    state: Literal["online", "doubtful", "unreachable", "never-scanned"]
    detail: str = Field(description="Why it is doubtful or unreachable.", examples=[""])
    scan: int | None = Field(description="Last scan that listed it whole; the counts are of that scan.", examples=[12])
    scanned_at: datetime | None = at("When that scan left the store: what was there before is indexed.")
    folders: int = Field(examples=[214])
    files: int = Field(examples=[3118])
    errors: int = Field(description="Folders that could not be listed.", examples=[0])
    refused: list[str] = Field(examples=[[]])


class HoleRow(Row):
    at_s: float = Field(description="Media time.", examples=[60.0])
    length_s: float = Field(examples=[40.0])


class ProblemRow(Row):
    code: str = Field(examples=["truncated"])
    detail: str = Field(
        examples=[
            "mdat 数据块：声明 252911 字节，文件内有 133617 字节 / mdat box: 252911 bytes announced, 133617 in the file"
        ]
    )


class TimeSourceRow(Row):
    start: datetime | None = at("Start by this source.")
    end: datetime | None = at("End by this source.")
    error_s: float | None = Field(examples=[1.0])
    raw: str = Field(description="The text as found.", examples=["20261120081152"])
    chosen: bool = Field(examples=[True])
    reason: str = Field(examples=["首选来源 / the source that is believed first"])


class ClipRow(Row):
    """One file of a store: what was measured in it and where it was placed in time."""

    id: int = Field(examples=[17])
    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    bytes: int = Field(examples=[142968])
    state: FileState
    device: str | None = Field(examples=["1100001"])
    officer: str | None = Field(examples=["031021"])
    started_at: datetime | None = at("Clock offset included; null when no source is believable.")
    ended_at: datetime | None = at("End.")
    duration_s: float | None = Field(examples=[91.0])
    clock_source: ClockSource | None
    clock_error_s: float | None = Field(description="The truth lies within ± this.", examples=[12.0])
    clock_offset_s: float | None = Field(description="True minus camera.", examples=[0.0])
    container: str | None = Field(examples=["mp4"])
    video_codec: str | None = Field(examples=["h264"])
    width: int | None = Field(examples=[1280])
    height: int | None = Field(examples=[720])
    frame_rate: float | None = Field(examples=[25.0])
    audio_codec: str | None = Field(examples=["aac"])
    gaps: list[HoleRow]
    problems: list[ProblemRow]
    time_sources: dict[str, TimeSourceRow]


class RecordingRow(Row):
    """Clips of one press of the button."""

    id: str = Field(examples=["1100001@2026-11-20T00:11:52+00:00"])
    device: str | None = Field(examples=["1100001"])
    officer: str | None = Field(examples=["031021"])
    started_at: datetime = at("Start of the first clip.")
    ended_at: datetime = at("End of the last clip.")
    clips: list[str] = Field(examples=[["dock-a:2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"]])
    gaps: list[GapRow]


class IncidentRow(Row):
    """警情: a 110 call, and the verdict on its footage."""

    number: str = Field(examples=["JQ20261120A01"])
    received_at: datetime | None = at("接警")
    dispatched_at: datetime | None = at("派警")
    arrived_at: datetime | None = at("到达现场")
    finished_at: datetime | None = at("处置完毕")
    feedback_at: datetime | None = at("反馈")
    unit: str | None = Field(examples=[UNIT])
    officers: list[str] = Field(examples=[["031021"]])
    category: str | None = Field(examples=["纠纷"])
    status: str | None = Field(examples=["已反馈"])
    address: str | None = Field(examples=["示范路1号"])
    longitude: float | None = Field(examples=[121.26])
    latitude: float | None = Field(examples=[31.37])
    case_number: str | None = Field(examples=["AJ2026112001"])
    result: ActivityResult | None = Field(description="Null until first judged.")
    coverage_ratio: float | None = Field(description="记录完整率 of all officers together.", examples=[0.88])
    flags: list[Flag] = Field(examples=[["incomplete"]])


class RecordingGapRow(Row):
    """A stretch inside a recording, or between its clips, that no footage shows."""

    device: str | None = Field(examples=["1100001"])
    officer: str | None = Field(examples=["031021"])
    store: str | None = Field(examples=["dock-a"])
    path: str | None = Field(
        description="Clip in which it begins, or after which it lies.",
        examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"],
    )
    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])
    length_s: float = Field(examples=[192.0])
    cause: str = Field(examples=["stopped"])
    evidence: list[str] = Field(examples=[["文件正常结束 / the file was closed properly"]])


class InterruptionRow(Row):
    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])
    reason: str = Field(examples=["就餐"])


class SessionRow(Row):
    """讯问 询问 辨认 财物清点: a session in a room, and the verdict on its footage."""

    number: str = Field(examples=["XW2026112001"])
    case_number: str | None = Field(examples=["AJ2026112001"])
    kind: str | None = Field(examples=["讯问"])
    room: str | None = Field(examples=["XW-01"])
    person_code: str | None = Field(examples=["P2026112001"])
    officers: list[str] = Field(examples=[["033001", "033002"]])
    started_at: datetime | None = at("Entry.")
    signed_at: datetime | None = at("Signing of the record.")
    interruptions: list[InterruptionRow]
    channels: list[str] = Field(examples=[["CH1", "CH2"]])
    unit: str | None = Field(examples=[UNIT])
    result: ActivityResult | None
    coverage_ratio: float | None = Field(examples=[1.0])
    flags: list[Flag]


class CoverageRow(Row):
    """How much of one required window is on record, for one officer or channel; neither = all together."""

    kind: ActivityKind
    number: str = Field(examples=["JQ20261120A01"])
    officer: str | None = Field(examples=["031021"])
    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])
    required_s: float = Field(examples=[2065.0])
    covered_s: float = Field(examples=[1820.0])
    ratio: float = Field(examples=[0.881])
    late_s: float = Field(description="Window start until the first footage.", examples=[0.0])
    early_s: float = Field(description="Last footage until the window's end.", examples=[0.0])
    gaps: list[GapRow]
    channel: str | None = Field(examples=[None])


class RunnerUpRow(Row):
    number: str | None = Field(description="Null: of a unit that you do not see.", examples=["JQ20261120A02"])
    score: float = Field(examples=[0.158])


class LinkRow(Row):
    """One clip against one activity."""

    kind: ActivityKind
    number: str = Field(examples=["JQ20261120A01"])
    officer: str | None = Field(examples=["031021"])
    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    basis: LinkBasis
    overlap_s: float = Field(examples=[75.0])
    score: float = Field(examples=[0.98])
    runner_up: RunnerUpRow | None = Field(description="The next best activity for the same clip.")
    method: LinkMethod


class FindingRow(Row):
    """A question to a person, made by a rule."""

    id: str = Field(examples=["71239435e61248c1"])
    rule: str = Field(examples=["incomplete.gap"])
    flag: Flag = Field(examples=["incomplete"])
    severity: Severity = Field(examples=["fail"])
    result: Result = Field(examples=["fail"])
    status: FindingStatus = Field(examples=["explained"])
    kind: SubjectKind
    subject: str = Field(examples=["JQ20261120A01"])
    officer: str | None = Field(examples=["031021"])
    unit: str | None = Field(examples=[UNIT])
    from_: datetime | None = Field(alias="from", examples=[AT])
    to: datetime | None = at("End of the stretch it is about.")
    measured: dict[str, str | float | int | bool | list[str] | None] = Field(examples=[{"gap_s": 192.0}])
    evidence: list[str] = Field(examples=[["中断 192 秒 / a gap of 192 s"]])
    first_seen_at: datetime = at("First evaluation that came to this conclusion.")
    last_seen_at: datetime = at("Last evaluation that did.")
    due_at: datetime = at("Deadline of the closed loop.")
    decision: Decision | None = Field(description="The last decision of a person.", examples=["explain"])
    reviews: int = Field(description="Decisions so far: a new one names this number.", examples=[1])


class StillRow(Row):
    """A small picture of what was measured."""

    at_s: float = Field(description="Media time that was asked for.", examples=[42.5])
    kind: ObservationKind
    href: str = Field(examples=[HREF])


class ObservationRow(Row):
    """One measurement of pictures or sound over a stretch of a clip; no judgement."""

    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    detector: str = Field(examples=["black"])
    version: int = Field(examples=[1])
    kind: ObservationKind
    from_s: float = Field(description="Media time.", examples=[12.0])
    to_s: float = Field(examples=[31.5])
    value: float | None = Field(description="What the unit counts.", examples=[3.0])
    unit: str = Field(examples=["grey"])
    detail: str | None = Field(description="Text that was read, or the form of what was found.", examples=[None])
    clip: int = Field(description="Id of the clip.", examples=[17])
    stills: list[StillRow] = Field(description="At the beginning and in the middle; none of what no picture shows.")


class WaitingRow(Row):
    """What waits to be looked at, at one priority."""

    priority: int = Field(description="0: inside required windows; 1: chosen share of the rest.", examples=[0])
    clips: int = Field(examples=[214])
    media_s: float = Field(description="Media time to look at.", examples=[86400.0])
    oldest_at: datetime | None = at("Since when the one that waits longest does.")


class ContentAnswer(Row):
    """How far looking at pictures and sound is."""

    waiting: list[WaitingRow]
    ended: int = Field(description="Clips whose last attempt was ended: hung, crashed, too much memory.", examples=[3])
    rate: float | None = Field(
        description="Hours of media looked at in an hour, by the last scan that looked at any.", examples=[120.5]
    )


class DeviceRow(Row):
    """A camera or recorder that the register or any clip names, and what is known of its clock."""

    serial: str = Field(examples=["1100001"])
    model: str | None = Field(examples=["DSJ-V8"])
    kind: str | None = Field(examples=["recorder"])
    unit: str | None = Field(examples=[UNIT])
    room: str | None = Field(examples=[None])
    channel: str | None = Field(examples=[None])
    clock_offset_s: float | None = Field(description="True minus camera.", examples=[-42.0])
    clock_error_s: float | None = Field(description="The truth lies within ± this.", examples=[5.0])
    clock_kind: ClockKind | None
    evidence: list[str] = Field(examples=[[]])


class StoreScanRow(Row):
    """What one scan saw of one store."""

    store: str = Field(examples=["dock-a"])
    state: str = Field(description="online, doubtful or unreachable.", examples=["online"])
    folders: int = Field(examples=[214])
    files: int = Field(examples=[3118])
    refused: int = Field(description="Folders that could not be listed.", examples=[0])
    skipped: int = Field(description="Files that are none of ours.", examples=[2])


class ScanRow(Row):
    """One pass over the stores."""

    id: int = Field(examples=[77])
    state: str = Field(description="running, complete or interrupted.", examples=["complete"])
    started_at: datetime = at("When it began.")
    finished_at: datetime | None = at("When it ended.")
    duration_s: float | None = Field(examples=[41.5])
    stores: list[StoreScanRow] = Field(
        description="Those of your units; of more than twelve only those in doubt or with something refused or skipped."
    )
    summary: dict[str, Any] | None = Field(
        description="Counts of every unit: null for who sees some only.", examples=[{"seen": 3118}]
    )


class FeedRowRow(Row):
    """A row as a feed delivered it, and what became of it. Shown to those who see every unit."""

    feed: str = Field(examples=["110"])
    row: int = Field(description="Row in the source, from 1.", examples=[17])
    fate: Literal["accepted", "corrected", "rejected"]
    notes: list[str] = Field(description="What was corrected, or why it was rejected.", examples=[[]])
    raw: dict[str, Any] = Field(description="The cells as they were delivered.", examples=[{"number": "JQ1"}])


R = TypeVar("R", bound=Row)


class PageOf(BaseModel, Generic[R]):
    """Some rows of a list, and where the next page begins."""

    model_config = ConfigDict(extra="forbid")

    items: list[R]
    next_cursor: str | None = Field(description="Null after the last row.", examples=[None])


PAGES: dict[str, Any] = {
    "stores": PageOf[StoreRow],
    "clips": PageOf[ClipRow],
    "recordings": PageOf[RecordingRow],
    "gaps": PageOf[RecordingGapRow],
    "incidents": PageOf[IncidentRow],
    "sessions": PageOf[SessionRow],
    "coverage": PageOf[CoverageRow],
    "links": PageOf[LinkRow],
    "observations": PageOf[ObservationRow],
    "findings": PageOf[FindingRow],
    "devices": PageOf[DeviceRow],
    "scans": PageOf[ScanRow],
    "feed-rows": PageOf[FeedRowRow],
}
"""What `/api/v1` serves, by name of the list."""
