"""Decisions, attachments and sign-offs of `/api/v1`, for OpenAPI and for reading what is sent."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.lists import AT, UNIT, FindingRow, Row, Text, at
from domain.finding import FindingStatus
from domain.history import ChangeCause, ChangeKind
from domain.review import NOTE_LENGTH, Decision, Reason
from domain.sign_off import LONGEST_NOTE, SignOffKind
from storage.reviews import MOST_AT_ONCE

KEY = "71239435e61248c1"
DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
ACTOR = "account:li"


FindingKey = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", examples=[KEY])]
Count = Annotated[int, Field(ge=0, le=2**31 - 1, description="`reviews` of the finding when you looked.", examples=[0])]
Note = Annotated[Text, Field(max_length=NOTE_LENGTH, examples=["摄像机没电"])]


class Sent(BaseModel):
    """Something that is sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class ReviewSent(Sent):
    """One decision. What has to be said with it is told by `/api/v1/reasons`."""

    decision: Decision
    reviews: Count
    reason: Reason | None = Field(None, examples=["battery"])
    note: Note = ""
    attachment: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="Digest of a file sent before.", examples=[DIGEST]
    )
    attachment_name: Text | None = Field(None, max_length=200, examples=["维修单.pdf"])


class ManyItem(Sent):
    id: FindingKey
    reviews: Count


class ManyReviewsSent(Sent):
    """The same decision on many findings; each is made or refused by itself."""

    items: list[ManyItem] = Field(min_length=1, max_length=MOST_AT_ONCE)
    decision: Decision
    reason: Reason | None = Field(None, examples=["battery"])
    note: Note = ""


class FileRow(Row):
    digest: str = Field(examples=[DIGEST])
    name: str | None = Field(examples=["维修单.pdf"])


class ReviewRow(Row):
    """One decision of a person."""

    number: int = Field(description="From 1, for each finding.", examples=[1])
    at: datetime = at("When.")
    actor: str = Field(examples=[ACTOR])
    role: str = Field(examples=["officer"])
    decision: Decision
    before: FindingStatus = Field(examples=["open"])
    after: FindingStatus = Field(examples=["explained"])
    reason: Reason | None = Field(examples=["battery"])
    note: str = Field(examples=["摄像机没电"])
    bulk: str | None = Field(description="What was decided together carries the same mark.", examples=[None])
    attachment: FileRow | None


class ChangedField(Row):
    field: str = Field(examples=["measured gap_s"])
    before: Any = Field(examples=[192.0])
    after: Any = Field(examples=[60.0])


class CauseRow(Row):
    """A fact that a change followed from."""

    cause: ChangeCause
    item: str = Field(examples=["dock-a:2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    field: str | None = Field(examples=[None])
    before: Any = Field(examples=[None])
    after: Any = Field(examples=[None])


class HappeningRow(Row):
    """A decision (`review`), or what the program did in a scan (`change`)."""

    at: datetime | None = at("When; of a scan its beginning.")
    review: ReviewRow | None = Field(examples=[None])
    change: ChangeKind | None = Field(examples=["first-found"])
    scan: int | None = Field(examples=[12])
    fields: list[ChangedField] = Field(examples=[[]])
    causes: list[CauseRow] = Field(examples=[[]])


class FindingDetail(FindingRow):
    """A finding with its history and what the caller may decide now."""

    possible: list[Decision] = Field(examples=[["explain"]])
    resolved_by: int | None = Field(description="Scan that found that it no longer holds.", examples=[None])
    history: list[HappeningRow] = Field(description="Newest last.")


class OneResult(Row):
    id: FindingKey
    decided: bool = Field(examples=[True])
    status: FindingStatus | None = Field(description="As it is now, where known.", examples=["explained"])
    reviews: int | None = Field(examples=[1])
    code: str | None = Field(description="unknown, resolved, busy, decided, state, lacking.", examples=[None])
    detail: str | None = Field(examples=[None])
    current: dict[str, Any] | None = Field(examples=[None])


class ManyResults(Row):
    bulk: str = Field(description="The mark of these decisions.", examples=["b0f5c1d2e3a49687"])
    decided: int = Field(examples=[1])
    refused: int = Field(examples=[0])
    results: list[OneResult]


class ReasonRow(Row):
    code: Reason
    zh: str = Field(examples=["电量或存储用尽"])
    en: str = Field(examples=["battery or storage used up"])
    note: bool = Field(description="A note is needed with it.")


class DecisionRow(Row):
    code: Decision
    zh: str = Field(examples=["说明"])
    en: str = Field(examples=["explain"])
    right: str = Field(examples=["explain"])
    before: list[FindingStatus] = Field(examples=[["open", "explained"]])
    after: FindingStatus = Field(examples=["explained"])
    reason: bool = Field(description="A reason is needed.", examples=[True])
    note: bool = Field(description="A note is needed.")


class ReasonsAnswer(Row):
    reasons: list[ReasonRow]
    decisions: list[DecisionRow]


class AttachmentRow(Row):
    digest: str = Field(description="SHA-256 of the content.", examples=[DIGEST])
    media_type: str = Field(description="By content.", examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48213])
    name: str = Field(examples=["维修单.pdf"])


class SignOffSent(Sent):
    """A day (2026-11-22) or week (2026-W47) of a unit; unit "" is all units together."""

    unit: Text = Field(max_length=100, examples=[UNIT])
    period: Text = Field(max_length=20, examples=["2026-11-22"])
    note: Text = Field("", max_length=LONGEST_NOTE)


class SignOffRow(Row):
    kind: SignOffKind
    unit: str = Field(examples=[UNIT])
    period: str = Field(examples=["2026-11-22"])
    at: datetime = at("When.")
    actor: str = Field(examples=[ACTOR])
    note: str = Field(examples=[""])
    summary: dict[str, Any] = Field(description="Counts that were seen then.", examples=[{"findings": 4, "open": 0}])


class InTheWayRow(Row):
    id: FindingKey
    rule: str = Field(examples=["incomplete.gap"])
    flag: str = Field(examples=["incomplete"])
    severity: str = Field(examples=["fail"])
    kind: str = Field(examples=["incident"])
    subject: str = Field(examples=["JQ20261120A01"])
    officer: str | None = Field(examples=["031021"])
    unit: str | None = Field(examples=[UNIT])
    status: FindingStatus
    due_at: datetime = Field(examples=[AT])
    overdue: bool


class SignOffState(Row):
    """What a day or week still lacks. Of a week `activities` is empty, `waiting` are explanations not yet accepted."""

    kind: SignOffKind
    unit: str = Field(examples=[UNIT])
    period: str = Field(examples=["2026-11-22"])
    possible: bool = Field(description="Whether it can be signed now.")
    activities: dict[str, int] = Field(examples=[{"incident": 12, "session": 1}])
    findings: int = Field(examples=[4])
    open: int = Field(examples=[1])
    waiting: int = Field(examples=[0])
    overdue: int = Field(examples=[0])
    unsigned: list[str] = Field(
        description="Days of the week that have something to check and are not signed.", examples=[[]]
    )
    in_the_way: list[InTheWayRow]
    signed: SignOffRow | None = Field(examples=[None])


class SignOffsAnswer(Row):
    items: list[SignOffRow]
    state: SignOffState | None = Field(description="Of the unit and period that were asked for.")
