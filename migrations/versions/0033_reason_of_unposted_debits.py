"""the English reason of a debit that was collected and could not be posted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("debit_item", sa.Column("reason_en", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("debit_item") as batch_op:
        batch_op.drop_column("reason_en")
