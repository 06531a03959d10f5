"""collections: cases with stages, contacts, promises, letters, recovery; collectors, agencies and their batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

# Who supervises collections, and how far.
SUPERVISORS = (
    ("postloan_manager", "A", "department"),
    ("branch_manager", "A", "branch"),
    ("legal", "A", "all"),
    ("auditor", "R", "all"),
)


def _let_supervise() -> None:
    """Roles of a company founded before get the right to give cases to collectors and to see to agencies."""
    for role_id, actions, scope in SUPERVISORS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO permission (role_id, object, actions, scope) "
                "SELECT id, 'collection_team', :actions, :scope FROM role WHERE id = :role_id"
            ),
            {"role_id": role_id, "actions": actions, "scope": scope},
        )


def upgrade() -> None:
    _let_supervise()
    op.create_table(
        "collection_agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("contract_no", sa.String(length=80), nullable=False),
        sa.Column("contract_until", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collection_agency"),
        sa.UniqueConstraint("credit_code", name="uq_collection_agency_credit_code"),
    )
    op.create_table(
        "agency_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_no", sa.String(length=24), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.Column("file_taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["collection_agency.id"], name="fk_agency_batch_agency_id_collection_agency"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_agency_batch_made_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_agency_batch"),
        sa.UniqueConstraint("batch_no", name="uq_agency_batch_batch_no"),
    )
    op.create_index("ix_agency_batch_agency_id", "agency_batch", ["agency_id"])
    op.create_table(
        "collector_profile",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("skills", database.Tagged(), nullable=False),
        sa.Column("cases_max", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_collector_profile_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("employee_id", name="pk_collector_profile"),
    )
    op.create_table(
        "agency_complaint",
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["collection_agency.id"], name="fk_agency_complaint_agency_id_collection_agency"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_agency_complaint_complaint_id_complaint"
        ),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_agency_complaint"),
    )
    op.create_index("ix_agency_complaint_agency_id", "agency_complaint", ["agency_id"])
    op.create_table(
        "collection_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("open_for", sa.String(length=24), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("overdue", database.Fen(), nullable=False),
        sa.Column("principal", database.Fen(), nullable=False),
        sa.Column("grade", sa.String(length=4), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("owner_role", sa.String(length=40), nullable=False),
        sa.Column("script", sa.String(length=20), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("held_for", sa.String(length=32), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["employee.id"], name="fk_collection_case_collector_id_employee"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_collection_case_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_collection_case_loan_no_loan"),
        sa.PrimaryKeyConstraint("id", name="pk_collection_case"),
        sa.UniqueConstraint("case_no", name="uq_collection_case_case_no"),
        sa.UniqueConstraint("open_for", name="uq_collection_case_open_for"),
    )
    op.create_index("ix_collection_case_closed_on", "collection_case", ["closed_on"])
    op.create_index("ix_collection_case_collector_id", "collection_case", ["collector_id"])
    op.create_index("ix_collection_case_customer_id", "collection_case", ["customer_id"])
    op.create_index("ix_collection_case_loan_no", "collection_case", ["loan_no"])
    op.create_index("ix_collection_case_opened_on", "collection_case", ["opened_on"])
    op.create_index("ix_collection_case_status", "collection_case", ["status"])
    op.create_table(
        "agency_placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("open_for", sa.Integer(), nullable=True),
        sa.Column("owed", database.Fen(), nullable=False),
        sa.Column("received", database.Fen(), nullable=False),
        sa.Column("after_event", sa.Integer(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end", sa.String(length=32), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["agency_batch.id"], name="fk_agency_placement_batch_id_agency_batch"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_agency_placement_case_id_collection_case"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_agency_placement"),
        sa.UniqueConstraint("open_for", name="uq_agency_placement_open_for"),
    )
    op.create_index("ix_agency_placement_batch_id", "agency_placement", ["batch_id"])
    op.create_index("ix_agency_placement_case_id", "agency_placement", ["case_id"])
    op.create_table(
        "collection_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("recording_ref", sa.String(length=80), nullable=True),
        sa.Column("companion_id", sa.Integer(), nullable=True),
        sa.Column("person_key_id", sa.Integer(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["contact_attempt.id"], name="fk_collection_contact_attempt_id_contact_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_collection_contact_case_id_collection_case"
        ),
        sa.ForeignKeyConstraint(
            ["companion_id"], ["employee.id"], name="fk_collection_contact_companion_id_employee"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_collection_contact_made_by_employee"),
        sa.ForeignKeyConstraint(
            ["person_key_id"], ["person_key.id"], name="fk_collection_contact_person_key_id_person_key"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_contact"),
        sa.UniqueConstraint("attempt_id", name="uq_collection_contact_attempt_id"),
    )
    op.create_index("ix_collection_contact_case_id", "collection_contact", ["case_id"])
    op.create_table(
        "collection_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_no", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_by", sa.String(length=32), nullable=True),
        sa.Column("tracking_no", sa.String(length=40), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_collection_letter_case_id_collection_case"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name="fk_collection_letter_recorded_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_letter"),
        sa.UniqueConstraint("letter_no", name="uq_collection_letter_letter_no"),
    )
    op.create_index("ix_collection_letter_case_id", "collection_letter", ["case_id"])
    op.create_table(
        "collection_recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("ground", sa.String(length=1000), nullable=False),
        sa.Column("handed_to", sa.String(length=80), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=False),
        sa.Column("pack_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_collection_recovery_case_id_collection_case"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name="fk_collection_recovery_decided_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_recovery"),
    )
    op.create_index("ix_collection_recovery_case_id", "collection_recovery", ["case_id"])
    op.create_table(
        "collection_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("cured", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_collection_stage_case_id_collection_case"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_stage"),
    )
    op.create_index("ix_collection_stage_case_id", "collection_stage", ["case_id"])
    op.create_index("ix_collection_stage_left_on", "collection_stage", ["left_on"])
    op.create_table(
        "promise_to_pay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("received", database.Fen(), nullable=False),
        sa.Column("after_event", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name="fk_promise_to_pay_case_id_collection_case"
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_promise_to_pay_loan_no_loan"),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_promise_to_pay_made_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_promise_to_pay"),
    )
    op.create_index("ix_promise_to_pay_case_id", "promise_to_pay", ["case_id"])
    op.create_index("ix_promise_to_pay_loan_no", "promise_to_pay", ["loan_no"])


def downgrade() -> None:
    op.execute("DELETE FROM permission WHERE object = 'collection_team'")
    op.drop_table("promise_to_pay")
    op.drop_table("collection_stage")
    op.drop_table("collection_recovery")
    op.drop_table("collection_letter")
    op.drop_table("collection_contact")
    op.drop_table("agency_placement")
    op.drop_table("collection_case")
    op.drop_table("agency_complaint")
    op.drop_table("collector_profile")
    op.drop_table("agency_batch")
    op.drop_table("collection_agency")
