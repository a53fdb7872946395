"""lists, details and the overview answer quickly whatever the size: what they are looked up by, and counts of a day"""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

logger = logging.getLogger("bwc.migrate")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOW = "until_scan IS NULL"
DAY_US, CLIP_US = 86_400_000_000, 21_600_000_000
WALKED = ["status", "flag", "unit", "rule", "officer", "started_at", "ended_at", "first_seen_at", "subject_key"]
BATCH = 5000
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

COLUMNS = (
    ("stored_file", "placed", sa.Boolean(), "a clip was made of it; lists find by this those without one"),
    ("clip", "listed_at", sa.BigInteger(), "where lists in order of time show it: its start, else when its file was last modified"),
    ("recording", "unit", sa.String(), "of the clip that begins it"),
    ("feed_record", "officer", sa.String(), "of an assignment"),
    ("feed_record", "status", sa.String(), "of an incident or session, in the feed's own word"),
    ("link", "unit", sa.String(), "of the activity"),
    ("coverage", "unit", sa.String(), "of the activity"),
    ("finding", "recover_until", sa.BigInteger(), "as measured: when the footage is lost that may still be recovered"),
    ("store_scan", "known", sa.Integer(), "files of the store after it, whatever became of them; NULL before it is first counted"),
    ("store_scan", "whole", sa.Integer(), "how many whole scans of the store there were with this one"),
)

UNSETTLED, THEN = "state IN ('arriving','unreadable','missing','moved')", "until_scan IS NOT NULL"
ENDED = (
    *((name, name, ["file_id"]) for name in ("stored_file", "probe", "clip")),
    ("footage", "footage", ["party"]),
    ("feed_record", "feed_record", ["kind", "key"]),
    ("evaluation", "evaluation", ["kind", "subject_key"]),
    *((name, name, ["kind", "number"]) for name in ("activity_window", "link", "coverage")),
)
"""What histories look ended versions up by."""

INDEXES = (
    ("ix_link_ended_file", "link", ["file_id"], THEN),
    ("ix_stored_file_until", "stored_file", ["until_scan", "store_id"], THEN),
    ("ix_stored_file_ended_place", "stored_file", ["store_id", "folder"], THEN),
    ("ix_stored_file_state", "stored_file", ["state", "file_id"], NOW),
    ("ix_stored_file_unplaced", "stored_file", ["modified_at", "file_id"], f"{NOW} AND placed IS NOT TRUE"),
    ("ix_clip_listed", "clip", ["listed_at", "file_id", "ended_at"], NOW),
    ("ix_clip_unit", "clip", ["unit", "listed_at", "file_id", "ended_at"], NOW),
    ("ix_clip_officer", "clip", ["officer", "file_id"], NOW),
    ("ix_clip_long", "clip", ["ended_at", "started_at"], f"{NOW} AND duration_us > {CLIP_US}"),
    ("ix_recording_time", "recording", ["started_at", "id", "ended_at"], NOW),
    ("ix_recording_unit", "recording", ["unit", "started_at", "id", "ended_at"], NOW),
    ("ix_recording_officer", "recording", ["officer", "started_at", "id"], NOW),
    ("ix_recording_long", "recording", ["ended_at", "started_at", "id"], f"{NOW} AND ended_at - started_at > {DAY_US}"),
    ("ix_feed_record_time", "feed_record", ["kind", "at", "id"], NOW),
    ("ix_feed_record_unit_time", "feed_record", ["kind", "unit", "at", "id"], NOW),
    ("ix_feed_record_unit", "feed_record", ["kind", "unit", "key", "id"], NOW),
    ("ix_feed_record_status", "feed_record", ["kind", "status", "key", "id"], NOW),
    ("ix_feed_record_officer", "feed_record", ["kind", "officer"], NOW),
    ("ix_link_status", "link", ["status", "kind", "number", "file_id", "party"], NOW),
    ("ix_link_officer", "link", ["officer", "at", "id"], NOW),
    ("ix_link_unit", "link", ["unit", "at", "id"], NOW),
    ("ix_link_time", "link", ["at", "id"], NOW),
    ("ix_coverage_officer", "coverage", ["officer", "started_at", "id", "ended_at"], NOW),
    ("ix_coverage_unit", "coverage", ["unit", "started_at", "id", "ended_at"], NOW),
    ("ix_coverage_time", "coverage", ["started_at", "id", "ended_at"], NOW),
    ("ix_coverage_long", "coverage", ["ended_at", "started_at", "id"], f"{NOW} AND ended_at - started_at > {DAY_US}"),
    ("ix_evaluation_result", "evaluation", ["result", "kind", "subject_key"], f"{NOW} AND result IS NOT NULL"),
    ("ix_finding_rule", "finding", ["kind", "rule", "subject_key"], NOW),
    ("ix_finding_flag", "finding", ["kind", "flag", "subject_key"], NOW),
    ("ix_finding_list", "finding", ["kind", "subject", "key", *WALKED], NOW),
    ("ix_finding_due", "finding", ["severity", "due_at", "key", *WALKED], NOW),
    ("ix_finding_ended", "finding", ["key", "id"], "until_scan IS NOT NULL"),
    ("ix_finding_ended_subject", "finding", ["kind", "subject_key"], "until_scan IS NOT NULL"),
    ("ix_stored_file_arrival", "stored_file", ["store_id", "file_id"], NOW),
    ("ix_stored_file_place", "stored_file", ["store_id", "folder", "until_scan"], NOW),
    ("ix_stored_file_unsettled", "stored_file", ["store_id", "state", "until_scan"], f"{NOW} AND {UNSETTLED}"),
    *((f"ix_{name}_ended", table, columns, THEN) for name, table, columns in ENDED),
    ("ix_finding_until", "finding", ["until_scan"], "until_scan IS NOT NULL"),
    ("ix_finding_open", "finding", ["unit", "flag", "due_at", "since_scan", "status", "until_scan"], f"{NOW} AND status = 'open'"),
    ("ix_finding_urgent", "finding", ["due_at", "severity", "key", "unit"], f"{NOW} AND status = 'open'"),
    ("ix_finding_recoverable", "finding", ["recover_until", "unit"], f"{NOW} AND recover_until IS NOT NULL"),
    ("ix_finding_since", "finding", ["since_scan", "unit", "flag", "status", "until_scan"], f"{NOW} AND status = 'open'"),
    ("ix_clip_unit_device", "clip", ["unit", "device"], NOW),
    ("ix_clip_timeless_officer", "clip", ["officer"], f"{NOW} AND coalesce(started_at, 0) = 0"),
    ("ix_clip_timeless_device", "clip", ["device"], f"{NOW} AND coalesce(started_at, 0) = 0"),
    ("ix_folder_ended", "folder", ["store_id", "until_scan"], "until_scan IS NOT NULL"),
    ("ix_folder_refused", "folder", ["store_id", "path"], f"{NOW} AND refused IS NOT NULL"),
    ("ix_store_scan_state", "store_scan", ["store_id", "state", "scan_id", "started_at"], None),
    ("ix_store_scan_whole", "store_scan", ["store_id", "whole"], None),
)

FILLED = (
    "UPDATE stored_file SET placed = EXISTS (SELECT 1 FROM clip WHERE clip.file_id = stored_file.file_id "
    "AND clip.until_scan IS NULL) WHERE until_scan IS NULL",
    "UPDATE clip SET listed_at = coalesce(started_at, (SELECT modified_at FROM stored_file "
    "WHERE stored_file.file_id = clip.file_id AND stored_file.until_scan IS NULL)) WHERE until_scan IS NULL",
    "UPDATE recording SET unit = (SELECT clip.unit FROM clip WHERE clip.file_id = recording.first_file "
    "AND clip.until_scan IS NULL) WHERE until_scan IS NULL",
    "UPDATE link SET unit = (SELECT min(activity_window.unit) FROM activity_window WHERE activity_window.kind = link.kind "
    "AND activity_window.number = link.number AND activity_window.until_scan IS NULL) WHERE until_scan IS NULL",
    "UPDATE coverage SET unit = (SELECT evaluation.unit FROM evaluation WHERE evaluation.kind = coverage.kind "
    "AND evaluation.subject_key = coverage.number AND evaluation.until_scan IS NULL) WHERE until_scan IS NULL",
    "UPDATE store_scan SET whole = (SELECT count(*) FROM store_scan AS earlier WHERE earlier.store_id = store_scan.store_id "
    "AND earlier.state = 'online' AND earlier.id <= store_scan.id) WHERE state = 'online'",
)


def upgrade() -> None:
    """Plain new columns, indexes and tables; the columns of current rows are filled from what is known.

    The counts of days are made by the next scan.
    """
    for table, name, kind, comment in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))
    _tables()
    for number, statement in enumerate(FILLED, 1):
        logger.info("columns of the read side are filled, %d of %d", number, len(FILLED))
        op.execute(statement)
    _read_records(op.get_bind())
    _read_findings(op.get_bind())
    for name in ("ix_stored_file_state", "ix_stored_file_place"):
        op.drop_index(name, table_name="stored_file")
    for number, (name, table, columns, where) in enumerate(INDEXES, 1):
        logger.info("indexes of the read side are built, %d of %d", number, len(INDEXES))
        given: dict[str, Any] = {} if where is None else {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
        op.create_index(name, table, columns, **given)
    op.execute("INSERT INTO work (step, subject) VALUES ('tally', 'all')")


def _tables() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="of the feed's records: incidents | sessions"),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_index("uq_attendance_officer", "attendance", ["officer", "kind", "number"], unique=True)
    op.create_index("ix_attendance_activity", "attendance", ["kind", "number"])
    counts = (
        *("known", "in_scope", "due", "looked", "linked", "covered", "standard", "reviewed"),
        *("compliant", "noncompliant", "unknown", "pending", "notapplicable", "unjudged"),
    )
    op.create_table(
        "day_tally",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="incident | session"),
        sa.Column("unit", sa.String(), nullable=False, comment="'' = the record names none"),
        sa.Column("day", sa.String(), nullable=False, comment="YYYY-MM-DD of the zone of the reports; '' = no time is known"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("required_us", sa.BigInteger(), nullable=False, comment="of the due ones, all officers together"),
        sa.Column("covered_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_tally")),
    )
    op.create_table(
        "day_rule",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "unit", "day")),
        sa.Column("week", sa.String(), nullable=False, comment="Monday of the day"),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("rule", "flag")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("found", "open")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_rule")),
    )
    op.create_index("uq_day_tally_day", "day_tally", ["kind", "unit", "day"], unique=True)
    op.create_index("ix_day_tally_day", "day_tally", ["day"])
    op.create_index("uq_day_rule_day", "day_rule", ["kind", "unit", "day", "rule"], unique=True)
    op.create_index("ix_day_rule_day", "day_rule", ["day"])


def _read_records(connection: sa.Connection) -> None:
    """What the bodies of current records say: officers of assignments and activities, the feed's word for a status."""
    last = 0
    query = sa.text(
        f"SELECT id, kind, key, body FROM feed_record WHERE {NOW} AND id > :last "
        f"AND kind IN ('assignments', 'incidents', 'sessions') ORDER BY id LIMIT {BATCH}"
    )
    told: set[tuple[str, str, str]] = set()
    while rows := connection.execute(query, {"last": last}).all():
        last = rows[-1].id
        values: list[dict[str, Any]] = []
        named: dict[tuple[str, str, str], None] = {}
        for row in rows:
            body = json.loads(row.body) if isinstance(row.body, str) else row.body
            issued = row.kind == "assignments"
            values.append(
                {
                    "row": row.id,
                    "officer": body.get("officer") if issued else None,
                    "status": None if issued else body.get("status"),
                }
            )
            named.update({(row.kind, row.key, str(one)): None for one in (() if issued else body.get("officers") or ())})
        connection.execute(sa.text("UPDATE feed_record SET officer = :officer, status = :status WHERE id = :row"), values)
        new = [one for one in named if one not in told]
        told.update(new)
        if new:
            connection.execute(
                sa.text("INSERT INTO attendance (kind, number, officer) VALUES (:kind, :number, :officer)"),
                [dict(zip(("kind", "number", "officer"), one, strict=True)) for one in new],
            )


def _read_findings(connection: sa.Connection) -> None:
    """Until when footage may be recovered, as the figures of current findings say."""
    last = 0
    query = sa.text(f"SELECT id, measured FROM finding WHERE {NOW} AND id > :last ORDER BY id LIMIT {BATCH}")
    while rows := connection.execute(query, {"last": last}).all():
        last = rows[-1].id
        values = []
        for row in rows:
            measured = json.loads(row.measured) if isinstance(row.measured, str) else row.measured
            if until := measured.get("recover_until"):
                values.append({"row": row.id, "until": (datetime.fromisoformat(until) - EPOCH) // MICROSECOND})
        if values:
            connection.execute(sa.text("UPDATE finding SET recover_until = :until WHERE id = :row"), values)
