"""contacts: complaints received from customers and callbacks made to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0019"
down_revision = "0014"
branch_labels = None
depends_on = None


def _way() -> sa.Enum:
    ways = ("phone", "visit", "counter", "online", "letter", "authority")
    return sa.Enum(*ways, name="contactway", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=32), nullable=True),
        sa.Column("way", _way(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_complaint_customer_id_customer"),
        sa.ForeignKeyConstraint(["recorded_by"], ["employee.id"], name="fk_complaint_recorded_by_employee"),
        sa.ForeignKeyConstraint(["answered_by"], ["employee.id"], name="fk_complaint_answered_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
    )
    op.create_index("ix_complaint_customer_id", "complaint", ["customer_id"], unique=False)
    op.create_index("ix_complaint_decide_by", "complaint", ["decide_by"], unique=False)
    op.create_table(
        "callback_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=32), nullable=True),
        sa.Column("way", _way(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_callback_record_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name="fk_callback_record_recorded_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_callback_record"),
    )
    op.create_index("ix_callback_record_customer_id", "callback_record", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("callback_record")
    op.drop_table("complaint")
