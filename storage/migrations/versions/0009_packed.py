"""what rules said is compressed on SQLite: nothing to be changed, but programs that cannot read it are refused

What was written before stays as it is, and is compressed when its subject is judged again.
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing."""
