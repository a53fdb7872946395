"""What the feeds say: incidents, sessions, people, devices; and every row's fate."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base, Versioned, current_index, ended_index
from storage.types import Id, Instant


class Feed(Base):
    """A configured feed and how its last reading went."""

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    location: Mapped[str]
    digest: Mapped[str | None] = mapped_column(comment="of content and settings: unchanged feeds are not read again")
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None]
    active: Mapped[bool]


class FeedRow(Versioned, Base):
    """One source row with its fate."""

    __tablename__ = "feed_row"
    __table_args__ = (
        CheckConstraint("fate IN ('accepted','corrected','rejected')", name="fate"),
        current_index("uq_feed_row_number", "feed", "number", unique=True),
    )

    feed: Mapped[str]
    number: Mapped[int]
    fate: Mapped[str]
    notes: Mapped[list[Any]] = mapped_column(JSON)
    raw: Mapped[dict[str, Any]] = mapped_column(JSON)


class FeedRecord(Versioned, Base):
    """One domain record as a feed gave it. `key` is its natural key, `body` its fields.

    `group_key` is what neighbours are found by: case number, person, device of an assignment, activity explained.
    """

    __tablename__ = "feed_record"
    __table_args__ = (
        current_index("uq_feed_record_key", "feed", "key", unique=True),
        ended_index("ix_feed_record_ended", "kind", "key"),
        current_index("ix_feed_record_key", "kind", "key"),
        current_index("ix_feed_record_group", "kind", "group_key"),
        current_index("ix_feed_record_feed", "feed"),
        current_index("ix_feed_record_time", "kind", "at", "id"),
        current_index("ix_feed_record_unit_time", "kind", "unit", "at", "id"),
        current_index("ix_feed_record_unit", "kind", "unit", "key", "id"),
        current_index("ix_feed_record_status", "kind", "status", "key", "id"),
        current_index("ix_feed_record_officer", "kind", "officer"),
    )

    feed: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="incidents sessions units officers devices assignments ...")
    key: Mapped[str]
    group_key: Mapped[str | None]
    unit: Mapped[str | None]
    store: Mapped[str | None] = mapped_column(comment="whose list a clip_index entry is on")
    at: Mapped[datetime | None] = mapped_column(Instant, comment="its time, for lists and ranges")
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    officer: Mapped[str | None] = mapped_column(comment="of an assignment")
    status: Mapped[str | None] = mapped_column(comment="of an incident or session, in the feed's own word")


class Attendance(Base):
    """Which officers the records of an activity name: what a list looks up instead of reading every record."""

    __tablename__ = "attendance"
    __table_args__ = (
        Index("uq_attendance_officer", "officer", "kind", "number", unique=True),
        Index("ix_attendance_activity", "kind", "number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(comment="of the feed's records: incidents | sessions")
    number: Mapped[str]
    officer: Mapped[str]


class ActivityWindow(Versioned, Base):
    """Required window of one activity for one party: derived from the record, indexed for linking."""

    __tablename__ = "activity_window"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="order"),
        current_index("uq_activity_window_party", "kind", "number", "party", unique=True),
        ended_index("ix_activity_window_ended", "kind", "number"),
        current_index("ix_activity_window_party_time", "party", "started_at", "ended_at"),
        current_index("ix_activity_window_time", "started_at", "ended_at"),
    )

    kind: Mapped[str] = mapped_column(comment="incident | session")
    number: Mapped[str]
    party: Mapped[str] = mapped_column(comment="badge:…, unit:… or room:…")
    officer: Mapped[str | None]
    unit: Mapped[str | None]
    room: Mapped[str | None]
    channels: Mapped[list[Any]] = mapped_column(JSON)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    start_known: Mapped[str]
    end_known: Mapped[str]
