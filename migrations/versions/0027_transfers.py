"""transfers: changes of debtor, who owed each loan since when; claims sold; cars valued by the price table.

A company founded before gets the number of days after which a price is stale.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database, tagged

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _publish_stale_days()
    op.create_table(
        "debt_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transfer_no", sa.String(length=24), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("loan_application_no", sa.String(length=32), nullable=False),
        sa.Column("open_for", sa.String(length=24), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("from_customer_id", sa.Integer(), nullable=False),
        sa.Column("to_customer_id", sa.Integer(), nullable=True),
        sa.Column("principal", database.Fen(), nullable=False),
        sa.Column("instalments_paid", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("vehicle_transferred_on", sa.Date(), nullable=True),
        sa.Column("plate_after", sa.String(length=12), nullable=True),
        sa.Column("certificate_no", sa.String(length=40), nullable=True),
        sa.Column("refused_for", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_debt_transfer_loan_no_loan"),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name="fk_debt_transfer_application_no_application",
        ),
        sa.ForeignKeyConstraint(
            ["loan_application_no"],
            ["application.application_no"],
            name="fk_debt_transfer_loan_application_no_application",
        ),
        sa.ForeignKeyConstraint(
            ["from_customer_id"], ["customer.id"], name="fk_debt_transfer_from_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["to_customer_id"], ["customer.id"], name="fk_debt_transfer_to_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["employee.id"], name="fk_debt_transfer_asked_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_debt_transfer"),
        sa.UniqueConstraint("transfer_no", name="uq_debt_transfer_transfer_no"),
        sa.UniqueConstraint("application_no", name="uq_debt_transfer_application_no"),
        sa.UniqueConstraint("open_for", name="uq_debt_transfer_open_for"),
    )
    for column in ("loan_no", "loan_application_no", "from_customer_id", "to_customer_id"):
        op.create_index(f"ix_debt_transfer_{column}", "debt_transfer", [column])
    op.create_table(
        "transfer_consent",
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["debt_transfer.id"], name="fk_transfer_consent_transfer_id_debt_transfer"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_transfer_consent_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name="fk_transfer_consent_recorded_by_employee"
        ),
        sa.PrimaryKeyConstraint("transfer_id", "customer_id", name="pk_transfer_consent"),
    )
    op.create_table(
        "loan_debtor",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("transfer_no", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_loan_debtor_loan_no_loan"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_loan_debtor_customer_id_customer"),
        sa.ForeignKeyConstraint(
            ["transfer_no"], ["debt_transfer.transfer_no"], name="fk_loan_debtor_transfer_no_debt_transfer"
        ),
        sa.PrimaryKeyConstraint("loan_no", "since", name="pk_loan_debtor"),
    )
    op.create_index("ix_loan_debtor_customer_id", "loan_debtor", ["customer_id"])
    op.create_table(
        "claim_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_no", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("buyer_name", sa.String(length=120), nullable=False),
        sa.Column("buyer_code", sa.String(length=18), nullable=False),
        sa.Column("buyer_account", sa.String(length=120), nullable=False),
        sa.Column("cut_off", sa.Date(), nullable=False),
        sa.Column("price", database.Fen(), nullable=True),
        sa.Column("tape", database.Tagged(), nullable=True),
        sa.Column("contract_signed_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_claim_package_unit_id_unit"),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name="fk_claim_package_owner_id_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_package"),
        sa.UniqueConstraint("package_no", name="uq_claim_package_package_no"),
    )
    for column in ("unit_id", "owner_id"):
        op.create_index(f"ix_claim_package_{column}", "claim_package", [column])
    op.create_table(
        "claim_item",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("open_for", sa.String(length=24), nullable=True),
        sa.Column("principal", database.Fen(), nullable=False),
        sa.Column("other", database.Fen(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("price", database.Fen(), nullable=True),
        sa.Column("event_reference", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["package_id"], ["claim_package.id"], name="fk_claim_item_package_id_claim_package"
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_claim_item_loan_no_loan"),
        sa.PrimaryKeyConstraint("package_id", "loan_no", name="pk_claim_item"),
        sa.UniqueConstraint("open_for", name="uq_claim_item_open_for"),
    )
    op.create_table(
        "claim_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_no", sa.String(length=32), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("written_at", database.Instant(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=True),
        sa.Column("proof_no", sa.String(length=80), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["package_id"], ["claim_package.id"], name="fk_claim_notice_package_id_claim_package"
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_claim_notice_loan_no_loan"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_claim_notice_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim_notice"),
        sa.UniqueConstraint("notice_no", name="uq_claim_notice_notice_no"),
        sa.UniqueConstraint(
            "package_id", "loan_no", "customer_id", name="uq_claim_notice_package_id_loan_no_customer_id"
        ),
    )
    for column in ("package_id", "loan_no", "customer_id"):
        op.create_index(f"ix_claim_notice_{column}", "claim_notice", [column])
    op.create_table(
        "revaluation_run",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("valued", sa.Integer(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.Column("ran_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_revaluation_run"),
    )
    op.create_table(
        "revaluation",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("value", database.Fen(), nullable=False),
        sa.Column("before", database.Fen(), nullable=True),
        sa.Column("principal", database.Fen(), nullable=False),
        sa.Column("loan_to_value", database.Rate(), nullable=False),
        sa.Column("price_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_revaluation_loan_no_loan"),
        sa.ForeignKeyConstraint(
            ["price_id"], ["vehicle_price.id"], name="fk_revaluation_price_id_vehicle_price"
        ),
        sa.PrimaryKeyConstraint("loan_no", name="pk_revaluation"),
    )
    for column in ("valued_on", "loan_to_value"):
        op.create_index(f"ix_revaluation_{column}", "revaluation", [column])


STALE_DAYS = "price_stale_days"


def _publish_stale_days() -> None:
    op.get_bind().execute(
        sa.text(
            "INSERT INTO parameter (key, value, valid_from, source_text, approved_by) "
            f"SELECT '{STALE_DAYS}', :value, '2020-01-01', "
            "'Default of the product; an administrator may publish another', 'migration 0027' "
            "WHERE EXISTS (SELECT 1 FROM parameter) "
            f"AND NOT EXISTS (SELECT 1 FROM parameter WHERE key = '{STALE_DAYS}')"
        ).bindparams(sa.bindparam("value", type_=sa.LargeBinary())),
        {"value": tagged.dumps(90)},
    )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM parameter WHERE key = :key").bindparams(key=STALE_DAYS))
    op.drop_table("revaluation")
    op.drop_table("revaluation_run")
    for table in (
        "claim_notice",
        "claim_item",
        "claim_package",
        "loan_debtor",
        "transfer_consent",
        "debt_transfer",
    ):
        op.drop_table(table)
