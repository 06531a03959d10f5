"""links by which customers answer callbacks themselves, for how many days one opens, and looks for missed collections.

On the way down a callback that was answered so counts as one by telephone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database, tagged

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

DAYS = "callback_link_days"


def _publish_days() -> None:
    """A company founded before gets the days for which a link opens."""
    op.get_bind().execute(
        sa.text(
            "INSERT INTO parameter (key, value, valid_from, source_text, approved_by) "
            f"SELECT '{DAYS}', :value, '2020-01-01', "
            "'Default of the product; an administrator may publish another', 'migration 0032' "
            "WHERE EXISTS (SELECT 1 FROM parameter) "
            f"AND NOT EXISTS (SELECT 1 FROM parameter WHERE key = '{DAYS}')"
        ).bindparams(sa.bindparam("value", type_=sa.LargeBinary())),
        {"value": tagged.dumps(5)},
    )


def upgrade() -> None:
    _publish_days()
    op.create_table(
        "callback_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", database.Instant(), nullable=False),
        sa.Column("expires_at", database.Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.Column("ended_as", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["callback_visit.id"], name="fk_callback_link_visit_id_callback_visit"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_callback_link_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_callback_link"),
        sa.UniqueConstraint("visit_id", name="uq_callback_link_visit_id"),
        sa.UniqueConstraint("token_hash", name="uq_callback_link_token_hash"),
    )
    op.create_index("ix_callback_link_customer_id", "callback_link", ["customer_id"])
    op.create_table(
        "collection_sweep",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("ran_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_collection_sweep"),
    )


def downgrade() -> None:
    op.execute("UPDATE collection_case SET status = 'closed_written_off' WHERE status = 'closed_passed_on'")
    op.execute("UPDATE promise_to_pay SET status = 'broken' WHERE status = 'lapsed'")
    op.execute("UPDATE callback_visit SET method = 'phone' WHERE method = 'link'")
    op.drop_table("collection_sweep")
    op.drop_table("callback_link")
    op.execute(f"DELETE FROM parameter WHERE key = '{DAYS}'")
