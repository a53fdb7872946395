"""every time that a file states, the library that wrote it, and how much media no index describes"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Plain new columns: no table is copied, so a large database is done at once."""
    op.add_column(
        "probe",
        sa.Column(
            "stated_times",
            sa.JSON(),
            nullable=True,
            comment="times the file states, by place: ISO 8601 like creation_time; NULL = read before they were kept",
        ),
    )
    op.add_column(
        "probe",
        sa.Column(
            "muxer",
            sa.String(),
            nullable=True,
            comment="library that wrote the container, where named apart from writer",
        ),
    )
    op.add_column(
        "probe",
        sa.Column(
            "media_bytes", sa.BigInteger(), nullable=True, comment="bytes of media data where no index says more"
        ),
    )
