"""the customer portal: codes, sessions and acts of customers.

A complaint and an early repayment may come from a customer himself: nobody of the staff recorded them. On the way down
such a complaint is given to who looks after the customer, else to the first employee, since somebody has to have it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.Column("asked_at", database.Instant(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_portal_code_customer_id_customer"),
        sa.PrimaryKeyConstraint("id", name="pk_portal_code"),
    )
    op.create_index("ix_portal_code_phone", "portal_code", ["phone_index", "asked_at"])
    op.create_index("ix_portal_code_remote", "portal_code", ["remote", "asked_at"])
    op.create_index("ix_portal_code_customer_id", "portal_code", ["customer_id"])
    op.create_table(
        "portal_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", database.Instant(), nullable=False),
        sa.Column("seen_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_portal_session_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_portal_session"),
    )
    op.create_index("ix_portal_session_customer_id", "portal_session", ["customer_id"])
    op.create_table(
        "portal_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_portal_act_customer_id_customer"),
        sa.PrimaryKeyConstraint("id", name="pk_portal_act"),
    )
    op.create_index("ix_portal_act_customer_id", "portal_act", ["customer_id"])
    with op.batch_alter_table("complaint") as batch_op:
        batch_op.alter_column("recorded_by", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("loan_prepayment") as batch_op:
        batch_op.add_column(
            sa.Column("asked_online", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("loan_prepayment") as batch_op:
        batch_op.alter_column("asked_online", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    op.execute(
        "UPDATE complaint SET recorded_by = COALESCE((SELECT owner_id FROM customer "
        "WHERE customer.id = complaint.customer_id), (SELECT min(id) FROM employee)) WHERE recorded_by IS NULL"
    )
    op.execute("UPDATE complaint SET way = 'online' WHERE way = 'portal'")
    op.execute("UPDATE data_subject_request SET channel = 'online' WHERE channel = 'portal'")
    op.execute("UPDATE contact_attempt SET purpose = 'service' WHERE purpose = 'access'")
    with op.batch_alter_table("complaint") as batch_op:
        batch_op.alter_column("recorded_by", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("loan_prepayment") as batch_op:
        batch_op.drop_column("asked_online")
    op.drop_table("portal_act")
    op.drop_table("portal_session")
    op.drop_table("portal_code")
