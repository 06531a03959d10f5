"""callbacks: planned and made, with the attempts to reach the customer."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from company import database, tagged

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


QUALITY_SHARE = "callback_quality_share"


def _publish_quality_share() -> None:
    """A company founded before gets the share of callbacks that a second person checks."""
    op.get_bind().execute(
        sa.text(
            "INSERT INTO parameter (key, value, valid_from, source_text, approved_by) "
            f"SELECT '{QUALITY_SHARE}', :value, '2020-01-01', "
            "'Default of the product; an administrator may publish another', 'migration 0024' "
            "WHERE EXISTS (SELECT 1 FROM parameter) "
            f"AND NOT EXISTS (SELECT 1 FROM parameter WHERE key = '{QUALITY_SHARE}')"
        ).bindparams(sa.bindparam("value", type_=sa.LargeBinary())),
        {"value": tagged.dumps(Decimal("0.05"))},
    )


def upgrade() -> None:
    _publish_quality_share()
    op.create_table(
        "callback_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callback_no", sa.String(length=24), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("open_for", sa.String(length=24), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("basis", database.Tagged(), nullable=False),
        sa.Column("planned_at", database.Instant(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("warning", sa.String(length=32), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("recording_ref", sa.String(length=80), nullable=True),
        sa.Column("answers", database.Tagged(), nullable=True),
        sa.Column("third_party", database.Tagged(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("quality_score", sa.Integer(), nullable=True),
        sa.Column("quality_note", sa.String(length=1000), nullable=True),
        sa.Column("quality_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_callback_visit_loan_no_loan"),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_callback_visit_made_by_employee"),
        sa.ForeignKeyConstraint(
            ["quality_by"], ["employee.id"], name="fk_callback_visit_quality_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_callback_visit"),
        sa.UniqueConstraint("callback_no", name="uq_callback_visit_callback_no"),
        sa.UniqueConstraint("open_for", name="uq_callback_visit_open_for"),
    )
    for column in ("loan_no", "planned_on", "ended_on"):
        op.create_index(f"ix_callback_visit_{column}", "callback_visit", [column])
    op.create_table(
        "callback_attempt",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["callback_visit.id"], name="fk_callback_attempt_visit_id_callback_visit"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_callback_attempt_made_by_employee"),
        sa.PrimaryKeyConstraint("visit_id", "number", name="pk_callback_attempt"),
        sa.UniqueConstraint("visit_id", "made_on", name="uq_callback_attempt_visit_id_made_on"),
    )
    op.create_table(
        "callback_planning",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("ran_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_callback_planning"),
    )
    op.create_table(
        "loan_breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callback_no", sa.String(length=24), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("found", sa.String(length=32), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("cure_until", sa.Date(), nullable=True),
        sa.Column("cured", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["callback_no"], ["callback_visit.callback_no"], name="fk_loan_breach_callback_no_callback_visit"
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_loan_breach_loan_no_loan"),
        sa.ForeignKeyConstraint(["decided_by"], ["employee.id"], name="fk_loan_breach_decided_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_loan_breach"),
        sa.UniqueConstraint("callback_no", name="uq_loan_breach_callback_no"),
    )
    op.create_index("ix_loan_breach_loan_no", "loan_breach", ["loan_no"])
    op.create_table(
        "loan_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.String(length=24), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("open_for", sa.String(length=24), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("holiday", sa.Integer(), nullable=False),
        sa.Column("is_hardship", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("months_max", sa.Integer(), nullable=True),
        sa.Column("inspection", sa.String(length=1000), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("rows", database.Tagged(), nullable=True),
        sa.Column("refused_for", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("event_reference", sa.String(length=100), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_loan_change_loan_no_loan"),
        sa.ForeignKeyConstraint(["asked_by"], ["employee.id"], name="fk_loan_change_asked_by_employee"),
        sa.ForeignKeyConstraint(["decided_by"], ["employee.id"], name="fk_loan_change_decided_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_loan_change"),
        sa.UniqueConstraint("change_no", name="uq_loan_change_change_no"),
        sa.UniqueConstraint("open_for", name="uq_loan_change_open_for"),
    )
    op.create_index("ix_loan_change_loan_no", "loan_change", ["loan_no"])
    op.create_table(
        "change_consent",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["loan_change.id"], name="fk_change_consent_change_id_loan_change"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_change_consent_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name="fk_change_consent_recorded_by_employee"
        ),
        sa.PrimaryKeyConstraint("change_id", "customer_id", name="pk_change_consent"),
    )


def downgrade() -> None:
    op.drop_table("change_consent")
    op.drop_table("loan_change")
    op.drop_table("loan_breach")
    op.drop_table("callback_planning")
    op.drop_table("callback_attempt")
    op.drop_table("callback_visit")
    op.execute(sa.text("DELETE FROM parameter WHERE key = :key").bindparams(key=QUALITY_SHARE))
