"""work by the clock leaves its history, and notices wait until they are sent"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "job_run",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False, comment="of the schedule, or when somebody asked for it"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False, comment="who asked for it: schedule, system or an account"),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("host", sa.String(), nullable=True, comment="machine that holds it, with process: who may take it over"),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True, comment="after this instant it counts as dead"),
        sa.Column("result", sa.JSON(), nullable=True, comment="counts, and what was done in words"),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','running','done','failed','skipped','taken-over')", name=op.f("ck_job_run_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    _index("uq_job_run_due", "job_run", ["job", "due_at"], "state <> 'taken-over'", unique=True)
    _index("uq_job_run_running", "job_run", ["job"], "state = 'running'", unique=True)
    _index("ix_job_run_waiting", "job_run", ["id"], "state = 'waiting'")
    op.create_index("ix_job_run_job", "job_run", ["job", "state", "id"])
    op.create_table(
        "notice",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False, comment="kind, unit or name, day: nothing is told twice under one key"),
        sa.Column("receiver", sa.String(), nullable=False, comment="name in the configuration, never its address"),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False, comment="what is told, 中文 / English, most urgent first"),
        sa.Column("digest", sa.String(), nullable=True, comment="SHA-256 of the message that it was sent in"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False, comment="not tried before"),
        sa.Column("first_tried_at", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reached", sa.JSON(), nullable=False, comment="addresses of the receiver that have it, by their place"),
        sa.Column("error", sa.String(), nullable=True, comment="why the last attempt failed, without any address"),
        sa.CheckConstraint("state IN ('waiting','sent','given-up')", name=op.f("ck_notice_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("uq_notice_key", "notice", ["receiver", "key"], unique=True)
    _index("ix_notice_next", "notice", ["next_at"], "state = 'waiting'")
    op.create_index("ix_notice_state", "notice", ["state", "id"])


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """An index over some rows only."""
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
