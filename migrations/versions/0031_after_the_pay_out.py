"""after the pay-out: work that waits, why a return or a debit was not posted, who ends it, the lease of a re-valuation

On the way up a re-valuation that stands written down is complete. On the way down statuses that were not known before
become the nearest that were: a return that cannot be reversed is dismissed, a debit that could not be posted is ordered
still with its reason, one put into suspense is collected, a claim sold ended a case like a write-off did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "postponed_work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("reason", database.Tagged(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", database.Instant(), nullable=False),
        sa.Column("last_at", database.Instant(), nullable=False),
        sa.Column("due_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_postponed_work"),
        sa.UniqueConstraint("kind", "key", name="uq_postponed_work_kind_key"),
    )
    op.create_index("ix_postponed_work_due", "postponed_work", ["kind", "due_at"])
    with op.batch_alter_table("bank_receipt") as batch_op:
        batch_op.add_column(sa.Column("reason", database.Tagged(), nullable=True))
    with op.batch_alter_table("revaluation_run") as batch_op:
        batch_op.add_column(sa.Column("after_loan", sa.String(length=24), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("lease_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("lease_until", database.Instant(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", database.Instant(), nullable=True))
    op.execute("UPDATE revaluation_run SET ended_at = ran_at")
    with op.batch_alter_table("revaluation_run") as batch_op:
        batch_op.alter_column("after_loan", existing_type=sa.String(length=24), server_default=None)
        batch_op.alter_column("lease_version", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    op.execute("UPDATE bank_receipt SET status = 'dismissed' WHERE status = 'refused'")
    op.execute("UPDATE debit_item SET status = 'ordered' WHERE status = 'unposted'")
    op.execute("UPDATE debit_item SET status = 'collected' WHERE status = 'in_suspense'")
    op.execute("DELETE FROM proposal WHERE subject = 'debit'")
    op.execute("UPDATE collection_case SET status = 'closed_written_off' WHERE status = 'closed_sold'")
    with op.batch_alter_table("revaluation_run") as batch_op:
        for column in ("ended_at", "lease_until", "lease_version", "after_loan"):
            batch_op.drop_column(column)
    with op.batch_alter_table("bank_receipt") as batch_op:
        batch_op.drop_column("reason")
    op.drop_index("ix_postponed_work_due", "postponed_work")
    op.drop_table("postponed_work")
