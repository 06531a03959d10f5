"""The anti-fraud check: what leads to an applicant, what was found, a person's verdict; the day of submission."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; applications of before are known by their customer's phone, the rest nobody kept."""
    op.add_column("application", sa.Column("submitted_on", sa.Date(), nullable=True))
    op.create_table(
        "contact_trace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("device_index", sa.LargeBinary(), nullable=True),
        sa.Column("noted_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name=op.f("fk_contact_trace_application_no_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_trace")),
        sa.UniqueConstraint("application_no", name=op.f("uq_contact_trace_application_no")),
    )
    for column in ("phone_index", "address_index", "device_index"):
        op.create_index(op.f(f"ix_contact_trace_{column}"), "contact_trace", [column], unique=False)
    op.execute(
        "INSERT INTO contact_trace (application_no, phone_index, noted_at) "
        "SELECT application.application_no, customer.phone_index, application.created_at "
        "FROM application JOIN customer ON customer.id = application.customer_id"
    )
    op.create_table(
        "fraud_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=120), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("asked_at", database.Instant(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "pass",
                "cleared_before",
                "refer",
                "block",
                name="fraudoutcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("hits", database.Tagged(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("cleared", "confirmed", name="fraudverdict", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("verdict_reason", sa.String(length=500), nullable=True),
        sa.Column("verdict_by", sa.Integer(), nullable=True),
        sa.Column("verdict_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name=op.f("fk_fraud_check_application_no_application"),
        ),
        sa.ForeignKeyConstraint(
            ["verdict_by"], ["employee.id"], name=op.f("fk_fraud_check_verdict_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_check")),
        sa.UniqueConstraint("request_id", name=op.f("uq_fraud_check_request_id")),
    )
    op.create_index(op.f("ix_fraud_check_application_no"), "fraud_check", ["application_no"], unique=False)


def downgrade() -> None:
    """Drop what was made."""
    op.drop_table("fraud_check")
    op.drop_table("contact_trace")
    op.drop_column("application", "submitted_on")
