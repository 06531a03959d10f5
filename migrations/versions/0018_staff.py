"""staff: position, mobile, first and last day of an employee, and a password that somebody else has chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("mobile_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("entered_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("password_is_temporary", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.alter_column("position", existing_type=sa.String(length=60), server_default=None)
        batch_op.alter_column("password_is_temporary", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("employee", schema=None) as batch_op:
        for name in ("password_is_temporary", "left_on", "entered_on", "mobile_sealed", "position"):
            batch_op.drop_column(name)
