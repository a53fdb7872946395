"""Scans, stores and folders: who looked where, when, and what was refused. This is the proof of absence."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base, Versioned, current_index, ended_index
from storage.types import Id, Instant


class Scan(Base):
    """One pass of every step. Append-only but for its own state and counts."""

    __tablename__ = "scan"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'complete', 'interrupted')", name="state"),
        Index(
            "uq_scan_running",
            "state",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    state: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    host: Mapped[str] = mapped_column(comment="machine that holds the scan, with process: who may take it over")
    process: Mapped[int]
    claimed_until: Mapped[datetime] = mapped_column(Instant, comment="after this instant the scan counts as dead")
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON, comment="digests of the settings it works by")
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Store(Base):
    """A configured store under its name; history of its states is in `store_scan`."""

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(comment="recorder | interrogation")
    location: Mapped[str]
    timezone: Mapped[str]
    unit: Mapped[str | None]
    active: Mapped[bool] = mapped_column(comment="false once it left the configuration")


class StoreScan(Base):
    """What one scan could say about one store."""

    __tablename__ = "store_scan"
    __table_args__ = (
        CheckConstraint("state IN ('online', 'doubtful', 'unreachable')", name="state"),
        Index("ix_store_scan_store_id_scan_id", "store_id", "scan_id", unique=True),
        Index("ix_store_scan_state", "store_id", "state", "scan_id", "started_at"),
        Index("ix_store_scan_whole", "store_id", "whole"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    scan_id: Mapped[int] = mapped_column(Id, ForeignKey("scan.id"))
    store_id: Mapped[int] = mapped_column(Id, ForeignKey("store.id"))
    state: Mapped[str]
    detail: Mapped[str] = mapped_column(comment="why it is doubtful or unreachable, or what was confirmed; else empty")
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime] = mapped_column(Instant)
    folders: Mapped[int]
    files: Mapped[int]
    refused: Mapped[int]
    skipped: Mapped[int]
    known: Mapped[int | None] = mapped_column(
        comment="files of the store after it, whatever became of them; NULL before it is first counted"
    )
    whole: Mapped[int | None] = mapped_column(comment="how many whole scans of the store there were with this one")


class Folder(Versioned, Base):
    """One folder as listed; a new version only when what the listing said changed."""

    __tablename__ = "folder"
    __table_args__ = (
        current_index("uq_folder_current", "store_id", "path", unique=True),
        ended_index("ix_folder_ended", "store_id", "until_scan"),
        current_index("ix_folder_refused", "store_id", "path", where="refused IS NOT NULL"),
    )

    store_id: Mapped[int] = mapped_column(Id, ForeignKey("store.id"))
    path: Mapped[str]
    files: Mapped[int]
    refused: Mapped[str | None] = mapped_column(comment="why it could not be listed")
    skipped: Mapped[list[Any]] = mapped_column(JSON, comment="[[name, why]]: links, undecodable names ...")
    fingerprint: Mapped[str | None] = mapped_column(
        comment="of the listing when it was just what is known, all of it at rest: then files need no comparing"
    )


class Work(Base):
    """The queue: what a step still has to look at. Written in the transaction that changed the fact."""

    __tablename__ = "work"
    __table_args__ = (Index("ix_work_step_id", "step", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    step: Mapped[str]
    subject: Mapped[str]
    from_at: Mapped[datetime | None] = mapped_column(Instant, comment="stretch of time that the change touches")
    to_at: Mapped[datetime | None] = mapped_column(Instant)


class Failure(Base):
    """One subject's failure in one step: recorded, counted, never stopping the scan."""

    __tablename__ = "failure"
    __table_args__ = (Index("uq_failure_step_subject", "step", "subject", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    step: Mapped[str]
    subject: Mapped[str]
    error: Mapped[str] = mapped_column(comment="exception class")
    message: Mapped[str]
    retryable: Mapped[bool]
    attempts: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant)
