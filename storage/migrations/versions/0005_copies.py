"""which files hold the same footage under another name; fingerprints are looked up from their index alone"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table, and an index with more columns. Copies are found when clips are looked at again."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.drop_index("ix_print_value", table_name="print")
    op.create_index("ix_print_value", "print", ["value", "file_id", "at_us", "sound"])
    op.create_table(
        "copy",
        sa.Column("file_id", number, nullable=False),
        sa.Column("other_id", number, nullable=False),
        sa.Column("here_from_us", storage.types.Micros(), nullable=False, comment="media time"),
        sa.Column("here_to_us", storage.types.Micros(), nullable=False),
        sa.Column("there_from_us", storage.types.Micros(), nullable=False, comment="media time of the other"),
        sa.Column("there_to_us", storage.types.Micros(), nullable=False),
        sa.Column("agreeing", sa.Integer(), nullable=False, comment="moments of sound and pictures that agree"),
        sa.Column("sound", sa.Boolean(), nullable=False, comment="enough of them are of sound"),
        sa.Column("picture", sa.Boolean(), nullable=False, comment="pictures agree too, or alone"),
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("since_scan", number, nullable=False, comment="scan that established this version of the fact"),
        sa.Column("until_scan", number, nullable=True, comment="scan that superseded it; NULL = current"),
        sa.CheckConstraint("file_id < other_id", name=op.f("ck_copy_sides")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_copy_file_id_file")),
        sa.ForeignKeyConstraint(["other_id"], ["file.id"], name=op.f("fk_copy_other_id_file")),
        sa.ForeignKeyConstraint(["since_scan"], ["scan.id"], name=op.f("fk_copy_since_scan_scan")),
        sa.ForeignKeyConstraint(["until_scan"], ["scan.id"], name=op.f("fk_copy_until_scan_scan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy")),
    )
    now = sa.text("until_scan IS NULL")
    for name, columns in (("ix_copy_file", ["file_id", "other_id"]), ("ix_copy_other", ["other_id", "file_id"])):
        op.create_index(name, "copy", columns, sqlite_where=now, postgresql_where=now)
