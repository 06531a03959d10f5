"""life of a loan: events, postings, position, quotes; agreement and order of allocation with the terms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = (
    "disburse",
    "due",
    "receipt",
    "prepayment",
    "extension",
    "rate_change",
    "charge",
    "waiver",
    "write_off",
    "recovery",
    "reversal",
)
_TERMS = ("product", "contract", "loan")


def upgrade() -> None:
    op.create_table(
        "loan_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.Enum(*_KINDS, name="eventkind", native_enum=False, length=32), nullable=False),
        sa.Column("event_date", sa.Date(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("facts", database.Tagged(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("reversed_by_id", sa.Integer(), nullable=True),
        sa.Column("posted", database.Tagged(), nullable=False),
        sa.Column("used", database.Tagged(), nullable=False),
        sa.Column("state_data", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_loan_event_loan_no_loan")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name=op.f("fk_loan_event_recorded_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["reversed_by_id"], ["loan_event.id"], name=op.f("fk_loan_event_reversed_by_id_loan_event")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["loan_event.id"], name=op.f("fk_loan_event_reverses_id_loan_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_event")),
        sa.UniqueConstraint("reference", name=op.f("uq_loan_event_reference")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_loan_event_reverses_id")),
    )
    op.create_index("ix_loan_event_order", "loan_event", ["loan_no", "event_date", "rank", "id"])
    op.create_table(
        "loan_posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("entry_reference", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_reference"],
            ["journal_entry.reference"],
            name=op.f("fk_loan_posting_entry_reference_journal_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["loan_event.id"], name=op.f("fk_loan_posting_event_id_loan_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_posting")),
        sa.UniqueConstraint("entry_reference", name=op.f("uq_loan_posting_entry_reference")),
    )
    op.create_index(op.f("ix_loan_posting_event_id"), "loan_posting", ["event_id"])
    op.create_table(
        "loan_position",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("accrued_to", sa.Date(), nullable=False),
        sa.Column("interest", database.Fen(), nullable=False),
        sa.Column("penalty", database.Fen(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_loan_position_loan_no_loan")),
        sa.PrimaryKeyConstraint("loan_no", name=op.f("pk_loan_position")),
    )
    _create_quotes()
    for table in _TERMS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("agreement_data", database.Tagged(), nullable=True))
            batch_op.add_column(sa.Column("allocation_data", database.Tagged(), nullable=True))
    with op.batch_alter_table("schedule_version") as batch_op:
        batch_op.add_column(sa.Column("event_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_schedule_version_event_id_loan_event"), "loan_event", ["event_id"], ["id"]
        )


def _create_quotes() -> None:
    amounts = ("due", "principal", "interest", "fee", "suspense")
    op.create_table(
        "loan_quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("quote_no", sa.String(length=40), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("after_event_id", sa.Integer(), nullable=False),
        *(sa.Column(name, database.Fen(), nullable=False) for name in amounts),
        sa.Column("fee_rate", database.Rate(), nullable=False),
        sa.Column("quoted_by", sa.Integer(), nullable=True),
        sa.Column("quoted_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_event_id"], ["loan_event.id"], name=op.f("fk_loan_quote_after_event_id_loan_event")
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_loan_quote_loan_no_loan")),
        sa.ForeignKeyConstraint(
            ["quoted_by"], ["employee.id"], name=op.f("fk_loan_quote_quoted_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_quote")),
        sa.UniqueConstraint("quote_no", name=op.f("uq_loan_quote_quote_no")),
        sa.UniqueConstraint("loan_no", "number", name=op.f("uq_loan_quote_loan_no_number")),
    )
    op.create_index(op.f("ix_loan_quote_loan_no"), "loan_quote", ["loan_no"])


def downgrade() -> None:
    with op.batch_alter_table("schedule_version") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_schedule_version_event_id_loan_event"), type_="foreignkey")
        batch_op.drop_column("event_id")
    for table in reversed(_TERMS):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("allocation_data")
            batch_op.drop_column("agreement_data")
    for table in ("loan_quote", "loan_position", "loan_posting", "loan_event"):
        op.drop_table(table)
    # The release before knows neither a settled loan nor one written off: to it they are being repaid.
    op.execute("UPDATE loan SET status = 'active' WHERE status IN ('settled', 'written_off')")
