"""Verdicts on categories, claims of suspense, sub-accounts of principal, refused nights, monthly reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_CATEGORIES = ("normal", "watch", "substandard", "doubtful", "loss")

_ON_ACCOUNTS = ("on_overdue", "on_stopped", "on_overdue_moved", "on_stopped_moved")


def _category(name: str) -> sa.Column[str]:
    kind = sa.Enum(*_CATEGORIES, name="category", native_enum=False, length=32)
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    with op.batch_alter_table("loan_position") as batch_op:
        batch_op.add_column(sa.Column("decided_on", sa.Date(), nullable=True))
    with op.batch_alter_table("loan_day") as batch_op:
        for name in _ON_ACCOUNTS:
            batch_op.add_column(sa.Column(name, database.Fen(), nullable=False, server_default="0"))
    with op.batch_alter_table("loan_day") as batch_op:
        for name in _ON_ACCOUNTS:
            batch_op.alter_column(name, server_default=None)
    _create_categories()
    op.create_table(
        "suspense_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_reference", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_reference"],
            ["journal_entry.reference"],
            name=op.f("fk_suspense_claim_entry_reference_journal_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["loan_event.id"], name=op.f("fk_suspense_claim_event_id_loan_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspense_claim")),
        sa.UniqueConstraint("event_id", name=op.f("uq_suspense_claim_event_id")),
    )
    op.create_index("ix_suspense_claim_entry_reference", "suspense_claim", ["entry_reference"])
    op.create_table(
        "day_end_refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("reason_en", sa.String(length=400), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", database.Instant(), nullable=False),
        sa.Column("last_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_end_refusal")),
        sa.UniqueConstraint("day", "code", name=op.f("uq_day_end_refusal_day_code")),
    )
    op.create_table(
        "monthly_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("figures", database.Tagged(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["employee.id"], name=op.f("fk_monthly_report_made_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_report")),
        sa.UniqueConstraint("month", "version", name=op.f("uq_monthly_report_month_version")),
    )


def _create_categories() -> None:
    op.create_table(
        "category_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        _category("category"),
        _category("before"),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=False),
        sa.Column("approved_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_category_verdict_loan_no_loan")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["employee.id"], name=op.f("fk_category_verdict_proposed_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["employee.id"], name=op.f("fk_category_verdict_approved_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_verdict")),
    )
    op.create_index("ix_category_verdict_loan_no", "category_verdict", ["loan_no"])
    op.create_table(
        "category_change",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _category("category"),
        _category("before"),
        _category("proposed"),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("loan_no", "day", name=op.f("pk_category_change")),
    )
    # What the days before have changed; the first day of a loan began as normal.
    op.execute(
        """
        INSERT INTO category_change (loan_no, day, category, before, proposed, days_past_due)
        SELECT loan_no, day, category, was, proposed, days_past_due FROM (
            SELECT d.*, COALESCE(LAG(d.category) OVER (PARTITION BY d.loan_no ORDER BY d.day), 'normal') AS was
            FROM loan_day d) x
        WHERE category <> was
        """
    )


def downgrade() -> None:
    """A claim is a receipt or a recovery to the release before; a verdict has no page there and no longer stands."""
    op.drop_table("monthly_report")
    op.drop_table("day_end_refusal")
    op.drop_table("suspense_claim")
    op.execute(
        "UPDATE loan_event SET kind = CASE WHEN loan_no IN (SELECT loan_no FROM loan WHERE status = 'written_off') "
        "THEN 'recovery' ELSE 'receipt' END WHERE kind = 'claim'"
    )
    op.drop_table("category_change")
    op.drop_table("category_verdict")
    op.execute("DELETE FROM proposal WHERE subject = 'category'")
    op.execute("UPDATE loan_position SET decided = NULL")
    with op.batch_alter_table("loan_position") as batch_op:
        batch_op.drop_column("decided_on")
    with op.batch_alter_table("loan_day") as batch_op:
        for name in _ON_ACCOUNTS:
            batch_op.drop_column(name)
