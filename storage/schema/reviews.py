"""What people decided: the closed loop, attachments, sign-offs, links by hand, scans asked for, samples, the audit log.

Everything here is append-only: a decision is undone by another decision.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base
from storage.types import Id, Instant


class Attachment(Base):
    """A file that supports an explanation, once for each content."""

    __tablename__ = "attachment"

    digest: Mapped[str] = mapped_column(primary_key=True, comment="SHA-256 of the content")
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(comment="bytes")
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(comment="who first gave it")


class ReviewEntry(Base):
    """One decision on one finding. `number` counts them: two people who decide at once collide on it."""

    __tablename__ = "review_entry"
    __table_args__ = (
        Index("uq_review_entry_number", "finding_key", "number", unique=True),
        Index("ix_review_entry_at", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    finding_key: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    before: Mapped[str] = mapped_column("status_before", key="before")
    after: Mapped[str] = mapped_column("status_after", key="after")
    reason: Mapped[str | None] = mapped_column(comment="code of the reason")
    note: Mapped[str]
    bulk: Mapped[str | None] = mapped_column(comment="what was decided together carries the same mark")
    attachment: Mapped[str | None] = mapped_column(ForeignKey("attachment.digest"))
    attachment_name: Mapped[str | None]


class SignOff(Base):
    """日清 and 周结: a unit's day or week is closed, with the counts that were seen then."""

    __tablename__ = "sign_off"
    __table_args__ = (
        CheckConstraint("kind IN ('day','week')", name="kind"),
        Index("uq_sign_off_period", "kind", "unit", "period", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    unit: Mapped[str] = mapped_column(comment="'' = all units together")
    period: Mapped[str] = mapped_column(comment="2026-11-22 or 2026-W47, in the configured zone")
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    note: Mapped[str]
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, comment="counts at that moment")


class HandLink(Base):
    """A person linked a clip to an activity, or took a link away; the link step obeys the last one."""

    __tablename__ = "hand_link"
    __table_args__ = (Index("ix_hand_link_activity", "kind", "number", "id"), Index("ix_hand_link_file", "file_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(comment="incident | session")
    number: Mapped[str]
    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    officer: Mapped[str | None]
    made: Mapped[bool] = mapped_column(comment="false: these two do not belong together")
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    note: Mapped[str]


class ScanRequest(Base):
    """A page asks for a scan by a row; the scheduler takes it."""

    __tablename__ = "scan_request"
    __table_args__ = (Index("ix_scan_request_taken_at", "taken_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    stores: Mapped[list[Any]] = mapped_column(JSON, comment="names; [] = all")
    confirmed: Mapped[list[Any]] = mapped_column(JSON, comment="stores whose doubtful absence is accepted")
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    scan_id: Mapped[int | None] = mapped_column(Id, ForeignKey("scan.id"))


class PushedRow(Base):
    """A row that another system sent instead of exporting it; read by the feed step like a row of a table."""

    __tablename__ = "pushed_row"
    __table_args__ = (Index("ix_pushed_row_kind_key", "kind", "key", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(comment="incidents | sessions")
    key: Mapped[str] = mapped_column(comment="number of the activity")
    raw: Mapped[dict[str, Any]] = mapped_column(JSON, comment="as it was sent")
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]


class Sample(Base):
    """One inspection sample: drawn from a frozen population by a seed, so that it can be drawn again."""

    __tablename__ = "sample"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="incident | session | finding")
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    unit: Mapped[str | None] = mapped_column(comment="the drawing inspector's choice of unit")
    scope: Mapped[list[Any] | None] = mapped_column(JSON, comment="codes the population was taken from; NULL = all")
    seed: Mapped[str]
    size: Mapped[int]
    population: Mapped[dict[str, Any]] = mapped_column(JSON, comment="conditions, size and digest of the members")
    strata: Mapped[list[Any]] = mapped_column(JSON, comment="[{stratum, population, drawn}]")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class SampleItem(Base):
    """One member of a sample, with what the program and the self-check had said when it was drawn."""

    __tablename__ = "sample_item"
    __table_args__ = (Index("uq_sample_item_position", "sample_id", "position", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    sample_id: Mapped[int] = mapped_column(Id, ForeignKey("sample.id"))
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(comment="number of the activity, or key of the finding")
    stratum: Mapped[str]
    frozen: Mapped[dict[str, Any]] = mapped_column(JSON, comment="result, flags, findings and their status when drawn")


class SampleCheck(Base):
    """What an inspector found on looking for himself. `round` 2 is the second-level check, blind to the first."""

    __tablename__ = "sample_check"
    __table_args__ = (Index("uq_sample_check_round", "item_id", "round", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("sample_item.id"))
    round: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    verdict: Mapped[str] = mapped_column(comment="agreed 属实 | disagreed 不属实 | undecided 无法判断")
    missed: Mapped[bool] = mapped_column(comment="the self-check had passed over something")
    comment: Mapped[str]


class FiledReport(Base):
    """A report as it was made, with what it needs to be made again."""

    __tablename__ = "filed_report"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str]
    period: Mapped[str]
    unit: Mapped[str | None]
    as_of: Mapped[datetime] = mapped_column(Instant)
    scan_id: Mapped[int | None] = mapped_column(Id, ForeignKey("scan.id"))
    rule_set: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    digest: Mapped[str] = mapped_column(comment="SHA-256 of the canonical JSON of its tables")
    tables: Mapped[list[Any]] = mapped_column(JSON)


class AuditEntry(Base):
    """One link of the hash chain (`docs/design/audit.md`). `sequence` has no holes."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "action"),
        Index("ix_audit_entry_action", "action", "sequence"),
        Index("ix_audit_entry_actor", "actor", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(comment="account:…, token:…, visitor, scan:… or system")
    origin: Mapped[str] = mapped_column(comment="address the request came from, '' within the program")
    action: Mapped[str]
    subject: Mapped[str]
    unit: Mapped[str | None] = mapped_column(comment="whose supervision sees it live")
    detail: Mapped[str] = mapped_column(comment="JSON, as it was hashed")
    digest: Mapped[str] = mapped_column(unique=True, comment="SHA-256 over this row and the digest before it")


class AuditHead(Base):
    """The end of the chain: without it, taking away the last rows would go unnoticed."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Id)
    digest: Mapped[str]
