"""Runs of jobs by the clock, and notices that wait or were sent. Both are pruned by age."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base
from storage.types import Id, Instant


def _where(name: str, *columns: str, unique: bool, where: str) -> Index:
    """An index over some rows only."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class JobRun(Base):
    """One run of a job: the claim on it while it lasts, its history afterwards."""

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','running','done','failed','skipped','taken-over')", name="state"),
        _where("uq_job_run_due", "job", "due_at", unique=True, where="state <> 'taken-over'"),
        _where("uq_job_run_running", "job", unique=True, where="state = 'running'"),
        _where("ix_job_run_waiting", "id", unique=False, where="state = 'waiting'"),
        Index("ix_job_run_job", "job", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    job: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(Instant, comment="of the schedule, or when somebody asked for it")
    state: Mapped[str]
    actor: Mapped[str] = mapped_column(comment="who asked for it: schedule, system or an account")
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    host: Mapped[str | None] = mapped_column(comment="machine that holds it, with process: who may take it over")
    process: Mapped[int | None]
    claimed_until: Mapped[datetime | None] = mapped_column(Instant, comment="after this instant it counts as dead")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, comment="counts, and what was done in words")
    error: Mapped[str | None]


class Notice(Base):
    """One thing to be told to one receiver: several of a kind go in one message. Never holds an address."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','sent','given-up')", name="state"),
        Index("uq_notice_key", "receiver", "key", unique=True),
        _where("ix_notice_next", "next_at", unique=False, where="state = 'waiting'"),
        Index("ix_notice_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(comment="kind, unit or name, day: nothing is told twice under one key")
    receiver: Mapped[str] = mapped_column(comment="name in the configuration, never its address")
    unit: Mapped[str | None]
    lines: Mapped[list[Any]] = mapped_column(JSON, comment="what is told, 中文 / English, most urgent first")
    digest: Mapped[str | None] = mapped_column(comment="SHA-256 of the message that it was sent in")
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime] = mapped_column(Instant, comment="not tried before")
    first_tried_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int]
    reached: Mapped[list[Any]] = mapped_column(JSON, comment="addresses of the receiver that have it, by their place")
    error: Mapped[str | None] = mapped_column(comment="why the last attempt failed, without any address")
