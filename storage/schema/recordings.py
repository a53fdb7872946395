"""Clips placed in time, recordings, whose footage it is, and device clocks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base, Versioned, current_index, ended_index
from storage.types import Id, Instant, Micros

LONG_CLIP_US = 6 * 3600 * 1_000_000
LONG_US = 24 * 3600 * 1_000_000
"""What lasts longer is found by an index of its own, so that others are looked for in a bounded stretch of time."""


TIMELESS = "coalesce(started_at, 0) = 0"
"""Clips without a believable time, in words that no index of begins fits: they are found by officer or camera."""


class Clip(Versioned, Base):
    """One readable file placed in time (or not: started_at NULL), every time source kept."""

    __tablename__ = "clip"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="order"),
        current_index("uq_clip_file_id", "file_id", unique=True),
        ended_index("ix_clip_ended", "file_id"),
        current_index("ix_clip_lane", "lane", "started_at"),
        current_index("ix_clip_started_at", "started_at"),
        current_index("ix_clip_device", "device", "started_at"),
        current_index("ix_clip_listed", "listed_at", "file_id", "ended_at"),
        current_index("ix_clip_unit", "unit", "listed_at", "file_id", "ended_at"),
        current_index("ix_clip_unit_device", "unit", "device"),
        current_index("ix_clip_timeless_officer", "officer", where=TIMELESS),
        current_index("ix_clip_timeless_device", "device", where=TIMELESS),
        current_index("ix_clip_officer", "officer", "file_id"),
        current_index("ix_clip_long", "ended_at", "started_at", where=f"duration_us > {LONG_CLIP_US}"),
    )

    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    lane: Mapped[str] = mapped_column(comment="device, else room/channel, else the file alone: what forms recordings")
    device: Mapped[str | None]
    officer: Mapped[str | None] = mapped_column(comment="badge on the clip itself, not by assignment")
    room: Mapped[str | None]
    channel: Mapped[str | None]
    unit: Mapped[str | None]
    sequence: Mapped[int | None]
    started_at: Mapped[datetime | None] = mapped_column(Instant, comment="clock offset included")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    duration: Mapped[timedelta | None] = mapped_column("duration_us", Micros, key="duration")
    clock_source: Mapped[str | None]
    clock_error: Mapped[timedelta] = mapped_column("clock_error_us", Micros, key="clock_error")
    clock_offset: Mapped[timedelta] = mapped_column("clock_offset_us", Micros, key="clock_offset")
    sources: Mapped[list[Any]] = mapped_column(JSON, comment="every candidate start time, the chosen one marked")
    discontinuities: Mapped[list[Any]] = mapped_column(JSON, comment="[[at_us, length_us]] in media time")
    name_pattern: Mapped[str | None]
    closed: Mapped[bool] = mapped_column(comment="false: the file lacks its index")
    has_sound: Mapped[bool]
    has_picture: Mapped[bool]
    evidence: Mapped[list[Any]] = mapped_column(JSON, comment="how device and officer were identified")
    earliest: Mapped[datetime | None] = mapped_column(Instant, comment="without a start: the clip lies after this")
    latest: Mapped[datetime | None] = mapped_column(Instant, comment="without a start: the clip lies before this")
    listed_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="where lists in order of time show it: its start, else when its file was last modified"
    )


class Recording(Versioned, Base):
    """Clips of one press of the button. Its key is its first file: two recordings may begin at one instant."""

    __tablename__ = "recording"
    __table_args__ = (
        current_index("uq_recording_first_file", "first_file", unique=True),
        current_index("ix_recording_lane", "lane", "started_at", "ended_at"),
        current_index("ix_recording_time", "started_at", "id", "ended_at"),
        current_index("ix_recording_unit", "unit", "started_at", "id", "ended_at"),
        current_index("ix_recording_officer", "officer", "started_at", "id"),
        current_index("ix_recording_long", "ended_at", "started_at", "id", where=f"ended_at - started_at > {LONG_US}"),
    )

    first_file: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    lane: Mapped[str]
    device: Mapped[str | None]
    officer: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    clips: Mapped[list[Any]] = mapped_column(JSON, comment="file ids in order of start")
    gaps: Mapped[list[Any]] = mapped_column(JSON, comment="[{from, to, cause, evidence}]")
    unit: Mapped[str | None] = mapped_column(comment="of the clip that begins it")


class Footage(Versioned, Base):
    """Whose footage a clip is: an officer's (badge:…), a unit's (unit:…) or a room's (room:…), and why."""

    __tablename__ = "footage"
    __table_args__ = (
        current_index("uq_footage_party", "party", "file_id", unique=True),
        ended_index("ix_footage_ended", "party"),
        current_index("ix_footage_party_time", "party", "started_at", "ended_at"),
        current_index("ix_footage_file_id", "file_id"),
        current_index("ix_footage_recording", "recording_file"),
    )

    party: Mapped[str]
    basis: Mapped[str] = mapped_column(comment="badge | assignment | unit | room")
    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    lane: Mapped[str]
    recording_file: Mapped[int | None] = mapped_column(Id, comment="first file of its recording")
    recording_at: Mapped[datetime | None] = mapped_column(Instant, comment="start of its recording")
    started_at: Mapped[datetime | None] = mapped_column(Instant, comment="NULL: time unknown")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class DeviceClock(Versioned, Base):
    """What the population of a device's clips says about its clock in one period."""

    __tablename__ = "device_clock"
    __table_args__ = (
        current_index("uq_device_clock_device", "device", "period", unique=True),
        current_index("ix_device_clock_unit", "unit", "period"),
    )

    device: Mapped[str]
    period: Mapped[datetime | None] = mapped_column(Instant, comment="start of the fortnight; NULL = told before 0003")
    unit: Mapped[str | None] = mapped_column(comment="whose habit of starting and stopping it shares")
    kind: Mapped[str]
    offset: Mapped[timedelta] = mapped_column("offset_us", Micros, key="offset", comment="true minus camera")
    error: Mapped[timedelta] = mapped_column("error_us", Micros, key="error")
    body: Mapped[dict[str, Any]] = mapped_column(JSON, comment="the whole domain.clip.DeviceClock")
