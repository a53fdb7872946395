"""Links, coverage, evaluations and findings: what was concluded, and from what."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.packed import PackedJson
from storage.schema.base import Base, Versioned, current_index, ended_index
from storage.schema.recordings import LONG_US
from storage.types import Id, Instant, Micros

WALKED = ("status", "flag", "unit", "rule", "officer", "started_at", "ended_at", "first_seen_at", "subject_key")
"""What findings are narrowed by: with it an index answers alone, whatever is asked for together."""


class Link(Versioned, Base):
    """One clip against one activity, made, proposed or rejected, with the runner-up."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
        CheckConstraint("status IN ('linked','proposed','rejected')", name="status"),
        current_index("uq_link_pair", "party", "file_id", "kind", "number", unique=True),
        ended_index("ix_link_ended", "kind", "number"),
        ended_index("ix_link_ended_file", "file_id"),
        current_index("ix_link_activity", "kind", "number"),
        current_index("ix_link_file_id", "file_id"),
        current_index("ix_link_party_at", "party", "at"),
        current_index("ix_link_status", "status", "kind", "number", "file_id", "party"),
        current_index("ix_link_officer", "officer", "at", "id"),
        current_index("ix_link_unit", "unit", "at", "id"),
        current_index("ix_link_time", "at", "id"),
    )

    party: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant, comment="start of the clip's recording when it was decided")
    kind: Mapped[str]
    number: Mapped[str]
    officer: Mapped[str | None]
    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    basis: Mapped[str]
    overlap: Mapped[timedelta] = mapped_column("overlap_us", Micros, key="overlap")
    score: Mapped[float]
    status: Mapped[str]
    runner_up_number: Mapped[str | None]
    runner_up_score: Mapped[float | None]
    method: Mapped[str] = mapped_column(comment="auto | manual; a manual link is never undone by a re-run")
    evidence: Mapped[list[Any]] = mapped_column(JSON)
    unit: Mapped[str | None] = mapped_column(comment="of the activity")


class Coverage(Versioned, Base):
    """How much of a required window is on record, for one officer or channel or all together."""

    __tablename__ = "coverage"
    __table_args__ = (
        current_index("uq_coverage_lane", "kind", "number", "lane", unique=True),
        ended_index("ix_coverage_ended", "kind", "number"),
        current_index("ix_coverage_officer", "officer", "started_at", "id", "ended_at"),
        current_index("ix_coverage_unit", "unit", "started_at", "id", "ended_at"),
        current_index("ix_coverage_time", "started_at", "id", "ended_at"),
        current_index("ix_coverage_long", "ended_at", "started_at", "id", where=f"ended_at - started_at > {LONG_US}"),
    )

    kind: Mapped[str]
    number: Mapped[str]
    lane: Mapped[str] = mapped_column(comment="officer:…, channel:… or 'all'")
    officer: Mapped[str | None]
    channel: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    start_known: Mapped[str]
    end_known: Mapped[str]
    covered: Mapped[timedelta] = mapped_column("covered_us", Micros, key="covered")
    covered_low: Mapped[timedelta] = mapped_column("covered_low_us", Micros, key="covered_low")
    covered_high: Mapped[timedelta] = mapped_column("covered_high_us", Micros, key="covered_high")
    late: Mapped[timedelta] = mapped_column("late_us", Micros, key="late")
    early: Mapped[timedelta] = mapped_column("early_us", Micros, key="early")
    clock_error: Mapped[timedelta] = mapped_column("clock_error_us", Micros, key="clock_error")
    gaps: Mapped[list[Any]] = mapped_column(JSON)
    clips: Mapped[list[Any]] = mapped_column(JSON)
    unit: Mapped[str | None] = mapped_column(comment="of the activity")


class Evaluation(Versioned, Base):
    """Every rule's result on one subject: passes are kept, they are the denominator of every rate."""

    __tablename__ = "evaluation"
    __table_args__ = (
        current_index("uq_evaluation_subject", "kind", "subject_key", unique=True),
        ended_index("ix_evaluation_ended", "kind", "subject_key"),
        current_index("ix_evaluation_recheck_at", "recheck_at"),
        current_index("ix_evaluation_rule_set", "rule_set"),
        current_index("ix_evaluation_result", "result", "kind", "subject_key", where="result IS NOT NULL"),
    )

    kind: Mapped[str]
    subject_key: Mapped[str] = mapped_column(comment="stable across moves: a file's anchor, else the subject itself")
    subject: Mapped[str]
    unit: Mapped[str | None]
    result: Mapped[str | None] = mapped_column(comment="of an activity as a whole; NULL for other subjects")
    rule_set: Mapped[str] = mapped_column(comment="digest of rules, versions and limits")
    outcomes: Mapped[list[Any]] = mapped_column(PackedJson)
    recheck_at: Mapped[datetime | None] = mapped_column(Instant, comment="when time alone may change a result")


OPEN, OF_OPEN = "status = 'open'", ("status", "until_scan")
"""Open findings; what SQLite wants in an index besides, to count by it without looking at the rows."""


class Finding(Versioned, Base):
    """A question to a person. One key over all versions; closed with the scan in until_scan."""

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("flag IN ('missing','incomplete','nonstandard')", name="flag"),
        CheckConstraint("severity IN ('info','warn','fail')", name="severity"),
        current_index("uq_finding_key", "key", unique=True),
        Index("ix_finding_key", "key"),
        current_index("ix_finding_subject_key", "kind", "subject_key"),
        current_index("ix_finding_subject", "kind", "subject"),
        current_index("ix_finding_unit", "unit", "flag"),
        current_index("ix_finding_rule", "kind", "rule", "subject_key"),
        current_index("ix_finding_flag", "kind", "flag", "subject_key"),
        current_index("ix_finding_list", "kind", "subject", "key", *WALKED),
        current_index("ix_finding_open", "unit", "flag", "due_at", "since_scan", *OF_OPEN, where=OPEN),
        current_index("ix_finding_urgent", "due_at", "severity", "key", "unit", where=OPEN),
        current_index("ix_finding_recoverable", "recover_until", "unit", where="recover_until IS NOT NULL"),
        current_index("ix_finding_since", "since_scan", "unit", "flag", *OF_OPEN, where=OPEN),
        current_index("ix_finding_due", "severity", "due_at", "key", *WALKED),
        ended_index("ix_finding_ended", "key", "id"),
        ended_index("ix_finding_ended_subject", "kind", "subject_key"),
        ended_index("ix_finding_until", "until_scan"),
    )

    key: Mapped[str]
    rule: Mapped[str]
    rule_version: Mapped[int]
    flag: Mapped[str]
    severity: Mapped[str]
    result: Mapped[str]
    status: Mapped[str]
    kind: Mapped[str]
    subject_key: Mapped[str] = mapped_column(comment="stable across moves: a file's anchor, else the subject itself")
    subject: Mapped[str]
    officer: Mapped[str | None]
    unit: Mapped[str | None]
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    measured: Mapped[dict[str, Any]] = mapped_column(JSON)
    evidence: Mapped[list[Any]] = mapped_column(JSON)
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, comment="last evaluation that came to this conclusion")
    due_at: Mapped[datetime] = mapped_column(Instant)
    recover_until: Mapped[datetime | None] = mapped_column(
        Instant, comment="as measured: when the footage is lost that may still be recovered"
    )
    decision: Mapped[str | None] = mapped_column(comment="the last action of a person, NULL while there is none")
    reviews: Mapped[int] = mapped_column(server_default="0", comment="entries of people so far: what a decision names")
