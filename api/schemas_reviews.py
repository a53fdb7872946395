"""Decisions, attachments and sign-offs of `/api/v1`, for OpenAPI and for reading what is sent."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas import AT, UNIT, FindingRow, Row, at
from domain.finding import FindingStatus
from domain.history import ChangeCause, ChangeKind
from domain.review import NOTE_LENGTH, Decision, Reason
from domain.sign_off import LONGEST_NOTE, SignOffKind
from storage.queries.filters import storable
from storage.reviews import MOST_AT_ONCE

KEY = "71239435e61248c1"
DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
ACTOR = "account:li"


def _plain(text: str) -> str:
    if not storable(text):
        raise ValueError("expected plain text without NUL or halves of surrogate pairs")
    return text


Text = Annotated[str, AfterValidator(_plain)]
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
    attachment: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="Digest of a file sent before.")
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
    before: FindingStatus
    after: FindingStatus
    reason: Reason | None
    note: str
    bulk: str | None = Field(description="What was decided together carries the same mark.", examples=[None])
    attachment: FileRow | None


class ChangedField(Row):
    field: str = Field(examples=["measured gap_s"])
    before: Any
    after: Any


class CauseRow(Row):
    """A fact that a change followed from."""

    cause: ChangeCause
    item: str = Field(examples=["dock-a:2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    field: str | None
    before: Any
    after: Any


class HappeningRow(Row):
    """A decision (`review`), or what the program did in a scan (`change`)."""

    at: datetime | None = at("When; of a scan its beginning.")
    review: ReviewRow | None
    change: ChangeKind | None
    scan: int | None = Field(examples=[12])
    fields: list[ChangedField]
    causes: list[CauseRow]


class FindingDetail(FindingRow):
    """A finding with its history and what the caller may decide now."""

    possible: list[Decision]
    resolved_by: int | None = Field(description="Scan that found that it no longer holds.", examples=[None])
    history: list[HappeningRow] = Field(description="Newest last.")


class OneResult(Row):
    id: FindingKey
    decided: bool
    status: FindingStatus | None = Field(description="As it is now, where known.")
    reviews: int | None
    code: str | None = Field(description="unknown, resolved, busy, decided, state, lacking.", examples=[None])
    detail: str | None
    current: dict[str, Any] | None


class ManyResults(Row):
    bulk: str = Field(description="The mark of these decisions.", examples=["b0f5c1d2e3a49687"])
    decided: int = Field(examples=[12])
    refused: int = Field(examples=[1])
    results: list[OneResult]


class ReasonRow(Row):
    code: Reason
    zh: str
    en: str
    note: bool = Field(description="A note is needed with it.")


class DecisionRow(Row):
    code: Decision
    zh: str
    en: str
    right: str = Field(examples=["explain"])
    before: list[FindingStatus]
    after: FindingStatus
    reason: bool = Field(description="A reason is needed.")
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
    period: str = Field(max_length=20, examples=["2026-11-22"])
    note: Text = Field("", max_length=LONGEST_NOTE)


class SignOffRow(Row):
    kind: SignOffKind
    unit: str = Field(examples=[UNIT])
    period: str = Field(examples=["2026-11-22"])
    at: datetime = at("When.")
    actor: str = Field(examples=[ACTOR])
    note: str
    summary: dict[str, Any] = Field(description="Counts that were seen then.", examples=[{"findings": 4, "open": 0}])


class InTheWayRow(Row):
    id: FindingKey
    rule: str = Field(examples=["incomplete.gap"])
    flag: str
    severity: str
    kind: str
    subject: str = Field(examples=["JQ20261120A01"])
    officer: str | None
    unit: str | None
    status: FindingStatus
    due_at: datetime = Field(examples=[AT])
    overdue: bool


class SignOffState(Row):
    """What a day or week still lacks. Of a week `activities` is empty, `waiting` are explanations not yet accepted."""

    kind: SignOffKind
    unit: str
    period: str
    possible: bool = Field(description="Whether it can be signed now.")
    activities: dict[str, int]
    findings: int
    open: int
    waiting: int
    overdue: int
    unsigned: list[str] = Field(description="Days of the week that have something to check and are not signed.")
    in_the_way: list[InTheWayRow]
    signed: SignOffRow | None


class SignOffsAnswer(Row):
    items: list[SignOffRow]
    state: SignOffState | None = Field(description="Of the unit and period that were asked for.")
