"""What pictures and sound of a clip show: measurements, what is still to be looked at, fingerprints, text places."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base, Versioned, current_index
from storage.types import Id, Instant, Micros


class Observation(Versioned, Base):
    """One measurement over a stretch of a clip's media time; no judgement."""

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("to_us >= from_us", name="order"),
        current_index("ix_observation_file", "file_id", "start", "id"),
        current_index("ix_observation_kind", "kind", "file_id", "start", "id"),
    )

    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    detector: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    start: Mapped[timedelta] = mapped_column("from_us", Micros, key="start", comment="media time")
    end: Mapped[timedelta] = mapped_column("to_us", Micros, key="end")
    value: Mapped[float | None]
    unit: Mapped[str] = mapped_column(comment="s | count | grey | share | deg | dBFS | local-epoch-s")
    detail: Mapped[str | None] = mapped_column(comment="text that was read, or the form of what was found")


class Content(Base):
    """Of one file, what has to be looked at and what was: the queue of content checks, and its memory.

    `checked` and `versions` are of the bytes that `size` and `modified_at` name.
    """

    __tablename__ = "content"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','done','ended')", name="state"),
        Index("ix_content_turn", "state", "priority", "started_at", "file_id"),
        Index("ix_content_asked", "asked"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"), unique=True)
    state: Mapped[str]
    priority: Mapped[int] = mapped_column(comment="0: inside required windows; 1: chosen share of the rest")
    started_at: Mapped[datetime] = mapped_column(Instant, comment="of the clip, else of its file: newest come first")
    wanted: Mapped[list[Any]] = mapped_column(JSON, comment="[[from_us, to_us]] of media time")
    checked: Mapped[list[Any]] = mapped_column(JSON, comment="[[from_us, to_us]] looked at; what came of it is kept")
    waiting: Mapped[timedelta] = mapped_column("waiting_us", Micros, key="waiting", comment="wanted and not checked")
    versions: Mapped[dict[str, Any]] = mapped_column(JSON, comment="of the detectors that looked, by name")
    asked: Mapped[str] = mapped_column(comment="digest of the detectors' versions that `checked` was asked of")
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes of the version that this is about")
    modified_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime] = mapped_column(Instant, comment="waiting since")
    attempts: Mapped[int] = mapped_column(comment="that were ended, one after the other")
    next_at: Mapped[datetime | None] = mapped_column(Instant, comment="not before; of an ended one NULL = never")
    why: Mapped[str | None] = mapped_column(comment="what ended the last attempt, or put it off")
    problems: Mapped[list[Any]] = mapped_column(JSON, comment="what could not be decoded in these bytes")
    cpu_ms: Mapped[int] = mapped_column(BigInteger, comment="processor time spent on these bytes")
    checked_at: Mapped[datetime | None] = mapped_column(Instant)


class OverlayRegion(Base):
    """Where the cameras of one model write date, time and numbers into the picture."""

    __tablename__ = "overlay_region"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    model: Mapped[str] = mapped_column(unique=True)
    regions: Mapped[list[Any]] = mapped_column(JSON, comment="[[left, top, right, bottom]], shares of the picture")
    since: Mapped[datetime] = mapped_column(Instant)


class Print(Base):
    """One perceptual fingerprint of a moment of a file, for finding copies."""

    __tablename__ = "print"
    __table_args__ = (
        Index("ix_print_value", "value", "file_id", "at", "sound"),
        Index("ix_print_file_id", "file_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    at: Mapped[timedelta] = mapped_column("at_us", Micros, key="at", comment="media time")
    value: Mapped[int] = mapped_column(BigInteger, comment="64 bits")
    sound: Mapped[bool]


class Copy(Versioned, Base):
    """A stretch of footage that two files share under two names; bytes that are identical are found elsewhere.

    Kept once, seen from the file with the smaller number.
    """

    __tablename__ = "copy"
    __table_args__ = (
        CheckConstraint("file_id < other_id", name="sides"),
        current_index("ix_copy_file", "file_id", "other_id"),
        current_index("ix_copy_other", "other_id", "file_id"),
    )

    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    other_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    here_from: Mapped[timedelta] = mapped_column("here_from_us", Micros, key="here_from", comment="media time")
    here_to: Mapped[timedelta] = mapped_column("here_to_us", Micros, key="here_to")
    there_from: Mapped[timedelta] = mapped_column(
        "there_from_us", Micros, key="there_from", comment="media time of the other"
    )
    there_to: Mapped[timedelta] = mapped_column("there_to_us", Micros, key="there_to")
    agreeing: Mapped[int] = mapped_column(comment="moments of sound and pictures that agree")
    sound: Mapped[bool] = mapped_column(comment="enough of them are of sound")
    picture: Mapped[bool] = mapped_column(comment="pictures agree too, or alone")
