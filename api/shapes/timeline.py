"""The time line of one activity as JSON, for OpenAPI: everything that the page draws."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.shapes.lists import AT, GapRow, InterruptionRow, Row, RunnerUpRow
from domain.activity import ActivityKind, Bound
from domain.clip import FileState
from domain.finding import ActivityResult, FindingStatus, Flag, Severity, SubjectKind
from domain.link import LinkBasis, LinkMethod, LinkStatus


class WindowPart(Row):
    """应记录时段, and how firmly each end is known."""

    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])
    start_known: Bound
    end_known: Bound


class ClipPart(Row):
    id: int = Field(examples=[17])
    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    state: FileState
    device: str | None = Field(examples=["1100001"])
    started_at: datetime = Field(examples=[AT])
    ended_at: datetime = Field(examples=[AT])
    clock_error_s: float = Field(examples=[2.0])
    strip: str = Field(description="Where pictures of it are.", examples=["/api/v1/clips/17/strip"])


class GapPart(GapRow):
    evidence: list[str] = Field(examples=[["文件正常结束 / the file was closed properly"]])


class LanePart(Row):
    """One officer or channel against its own window."""

    officer: str | None = Field(examples=["031021"])
    channel: str | None = Field(examples=[None])
    devices: list[str] = Field(examples=[["1100001"]])
    window: WindowPart
    ratio: float | None = Field(description="Null until first judged.", examples=[0.881])
    covered_s: float = Field(examples=[1820.0])
    late_s: float = Field(examples=[0.0])
    early_s: float = Field(examples=[0.0])
    clips: list[ClipPart]
    gaps: list[GapPart]


class SubstitutePart(Row):
    """A stretch that one lane lacks and another's clip shows."""

    lane: str = Field(examples=["031021"])
    by: str = Field(examples=["031063"])
    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    from_: datetime = Field(alias="from", examples=[AT])
    to: datetime = Field(examples=[AT])


class LinkPart(Row):
    id: int = Field(description="Of the clip.", examples=[17])
    store: str | None = Field(examples=["dock-a"])
    path: str | None = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    status: LinkStatus
    officer: str | None = Field(examples=["031021"])
    basis: LinkBasis
    overlap_s: float = Field(examples=[75.0])
    score: float = Field(examples=[0.98])
    runner_up: RunnerUpRow | None
    method: LinkMethod
    evidence: list[str] = Field(examples=[["警号一致 / same badge"]])


class FindingPart(Row):
    id: str = Field(examples=["71239435e61248c1"])
    rule: str = Field(examples=["incomplete.gap"])
    flag: Flag = Field(examples=["incomplete"])
    severity: Severity
    status: FindingStatus
    kind: SubjectKind
    subject: str = Field(examples=["JQ20261120A01"])
    officer: str | None = Field(examples=["031021"])
    from_: datetime | None = Field(alias="from", examples=[AT])
    to: datetime | None = Field(examples=[AT])
    measured: dict[str, Any] = Field(examples=[{"gap_s": 192.0}])
    evidence: list[str] = Field(examples=[["中断 192 秒 / a gap of 192 s"]])


class TimelineAnswer(Row):
    """One activity as lanes in time."""

    kind: ActivityKind
    number: str = Field(examples=["JQ20261120A01"])
    unit: str | None = Field(examples=["310114010000"])
    result: ActivityResult | None
    coverage_ratio: float | None = Field(examples=[0.88])
    flags: list[Flag] = Field(examples=[["incomplete"]])
    marks: dict[str, datetime] = Field(description="Times of the record.", examples=[{"arrived_at": AT}])
    interruptions: list[InterruptionRow]
    window: WindowPart | None = Field(description="Of all together; null when no time is known to start from.")
    lanes: list[LanePart]
    others: list[ClipPart] = Field(description="Linked or proposed clips that no lane holds.")
    substitutes: list[SubstitutePart]
    links: list[LinkPart]
    findings: list[FindingPart]
