"""Files: their identity, their versions, and what was measured in them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base, Versioned, current_index, ended_index
from storage.types import Id, Instant, Micros


class File(Base):
    """Identity of one file across moves, renames and changes; never an inode number."""

    __tablename__ = "file"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    anchor: Mapped[str] = mapped_column(unique=True, comment="store:path at first sight; '#2' for a later namesake")
    store_id: Mapped[int] = mapped_column(Id, ForeignKey("store.id"))
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    not_seen_before: Mapped[datetime | None] = mapped_column(
        Instant, comment="last complete scan of the store that did not see it; NULL = the store was new to us"
    )
    settled_size: Mapped[int | None] = mapped_column(BigInteger, comment="bytes at the first reading")
    settled_digest: Mapped[str | None] = mapped_column(comment="BLAKE3 of all bytes when they were first read whole")


UNSETTLED = "state IN ('arriving','unreadable','missing','moved')"
"""Files that are not simply there, as an index of theirs states it: few, so they are counted at once."""


class StoredFile(Versioned, Base):
    """One path in one store as the scans see it."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("state IN ('present','arriving','missing','moved','unreadable')", name="state"),
        CheckConstraint("size >= 0", name="size"),
        current_index("uq_stored_file_file_id", "file_id", unique=True),
        ended_index("ix_stored_file_ended", "file_id"),
        ended_index("ix_stored_file_until", "until_scan", "store_id"),
        ended_index("ix_stored_file_ended_place", "store_id", "folder"),
        current_index("ix_stored_file_arrival", "store_id", "file_id"),
        current_index("ix_stored_file_place", "store_id", "folder", "until_scan"),
        current_index("ix_stored_file_state", "state", "file_id"),
        current_index("ix_stored_file_unsettled", "store_id", "state", "until_scan", where=UNSETTLED),
        current_index("ix_stored_file_unplaced", "modified_at", "file_id", where="placed IS NOT TRUE"),
        current_index("ix_stored_file_size", "size"),
    )

    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    store_id: Mapped[int] = mapped_column(Id, ForeignKey("store.id"))
    folder: Mapped[str] = mapped_column(comment="path of the folder, '' for the root")
    path: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes")
    modified_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str]
    state_at: Mapped[datetime] = mapped_column(Instant, comment="when this state began: arriving since, missing since")
    placed: Mapped[bool | None] = mapped_column(comment="a clip was made of it; lists find by this those without one")


class Probe(Versioned, Base):
    """What a reader measured in one version of a file."""

    __tablename__ = "probe"
    __table_args__ = (
        current_index("uq_probe_file_id", "file_id", unique=True),
        ended_index("ix_probe_ended", "file_id"),
        current_index("ix_probe_content", "quick_digest"),
        current_index("ix_probe_full_digest", "full_digest"),
        current_index("ix_probe_fixity", "fixity_at"),
        current_index("ix_probe_reader", "reader", "reader_version"),
    )

    file_id: Mapped[int] = mapped_column(Id, ForeignKey("file.id"))
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes of the version that was read")
    modified_at: Mapped[datetime] = mapped_column(Instant)
    reader: Mapped[str]
    reader_version: Mapped[int]
    container: Mapped[str]
    duration: Mapped[timedelta | None] = mapped_column("duration_us", Micros, key="duration")
    declared_duration: Mapped[timedelta | None] = mapped_column("declared_duration_us", Micros, key="declared_duration")
    start: Mapped[timedelta] = mapped_column("start_us", Micros, key="start")
    creation_time: Mapped[str | None] = mapped_column(comment="ISO 8601; without offset = the camera's local time")
    stated_times: Mapped[dict[str, Any] | None] = mapped_column(
        JSON,
        comment="times the file states, by place: ISO 8601 like creation_time; NULL = read before they were kept",
    )
    writer: Mapped[str | None]
    muxer: Mapped[str | None] = mapped_column(comment="library that wrote the container, where named apart from writer")
    brand: Mapped[str | None]
    edits: Mapped[int]
    parameter_changes: Mapped[int]
    decodable_share: Mapped[float | None]
    bytes_read: Mapped[int] = mapped_column(BigInteger)
    media_bytes: Mapped[int | None] = mapped_column(BigInteger, comment="bytes of media data where no index says more")
    tracks: Mapped[list[Any]] = mapped_column(JSON)
    problems: Mapped[list[Any]] = mapped_column(JSON)
    tags: Mapped[dict[str, Any]] = mapped_column(JSON)
    playable: Mapped[bool]
    quick_digest: Mapped[str | None] = mapped_column(comment="BLAKE3 over size, head and tail")
    full_digest: Mapped[str | None] = mapped_column(comment="BLAKE3 of all bytes, read in the background")
    listed_digest: Mapped[str | None] = mapped_column(comment="computed by the algorithm of the station's list")
    changed_digest: Mapped[str | None] = mapped_column(
        comment="what all bytes give now, read twice, where that is not file.settled_digest"
    )
    fixity_at: Mapped[datetime | None] = mapped_column(Instant, comment="when all bytes were last read for fixity")
