"""Deadlines of user tasks follow the working calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0007"
branch_labels = None
depends_on = None

# No calendar has this mark: deadlines of before are counted again at the first poll.
OF_BEFORE = "-"


def upgrade() -> None:
    """Keep by which calendar a deadline was counted."""
    op.add_column("user_task", sa.Column("calendar_mark", sa.String(length=16), nullable=True))
    op.execute(
        f"UPDATE user_task SET calendar_mark = '{OF_BEFORE}' WHERE escalate_at IS NOT NULL AND status = 'open'"
    )
    op.create_index(
        "ix_user_task_calendar_mark",
        "user_task",
        ["calendar_mark"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_user_task_calendar_mark", table_name="user_task")
    op.drop_column("user_task", "calendar_mark")
