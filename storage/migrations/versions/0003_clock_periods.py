"""a camera's clock by period, bounds of clips without a time, and indexes that hold a stretch of time whole"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_clip_device", "clip", ["device", "started_at"], False),
    ("ix_recording_lane", "recording", ["lane", "started_at", "ended_at"], False),
    ("ix_footage_party_time", "footage", ["party", "started_at", "ended_at"], False),
    ("ix_activity_window_party_time", "activity_window", ["party", "started_at", "ended_at"], False),
    ("uq_device_clock_device", "device_clock", ["device", "period"], True),
)
"""Made anew with more columns."""

NEW_INDEXES = (
    ("ix_activity_window_time", "activity_window", ["started_at", "ended_at"], False),
    ("ix_device_clock_unit", "device_clock", ["unit", "period"], False),
)


def upgrade() -> None:
    """Plain new columns and indexes: no table is copied. The next scan tells all clocks anew, by periods."""
    for name, comment in (("earliest", "after"), ("latest", "before")):
        op.add_column(
            "clip",
            sa.Column(name, sa.BigInteger(), nullable=True, comment=f"without a start: the clip lies {comment} this"),
        )
    op.add_column(
        "device_clock",
        sa.Column(
            "period", sa.BigInteger(), nullable=True, comment="start of the fortnight; NULL = told before 0003"
        ),
    )
    op.add_column(
        "device_clock",
        sa.Column(
            "unit", sa.String(), nullable=True, comment="whose habit of starting and stopping it shares"
        ),
    )
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    now = sa.text("until_scan IS NULL")
    for name, table, columns, unique in (*INDEXES, *NEW_INDEXES):
        op.create_index(name, table, columns, unique=unique, sqlite_where=now, postgresql_where=now)
