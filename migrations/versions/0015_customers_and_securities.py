"""customers and securities: circumstances of people, pledged property, funding parties, evidence of pledges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0015"
down_revision = "0018"
branch_labels = None
depends_on = None


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _points(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    """Foreign keys of ``table``: column and the table it points to."""
    found = []
    for column, to in columns:
        target = "application_no" if to == "application" else "id"
        found.append(sa.ForeignKeyConstraint([column], [f"{to}.{target}"], name=f"fk_{table}_{column}_{to}"))
    return found


def upgrade() -> None:
    """Make the tables; every loan of before was lent from own funds, every event of a car came from a process."""
    _create_profiles()
    _create_pledges()
    _create_evidence()
    _create_exceptions()
    op.create_table(
        "funding_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", _words("fundingkind", "own", "bank", "auto_finance", "leasing"), nullable=False),
        sa.Column("credit_limit", database.Fen(), nullable=True),
        sa.Column("product_codes", database.Tagged(), nullable=False),
        sa.Column("bank_name", sa.String(length=120), nullable=True),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_last4", sa.String(length=4), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_funding_party"),
        sa.UniqueConstraint("code", "valid_from", name="uq_funding_party_code_valid_from"),
        sa.UniqueConstraint("code", "version", name="uq_funding_party_code_version"),
    )
    op.execute(
        "INSERT INTO funding_party (code, version, valid_from, name, kind, product_codes, active) "
        "SELECT 'OWN', 1, '2020-01-01', '自有资金', 'own', '[]', true "
        "WHERE EXISTS (SELECT 1 FROM product) OR EXISTS (SELECT 1 FROM loan)"
    )
    with op.batch_alter_table("loan") as batch_op:
        batch_op.add_column(sa.Column("funding_party_id", sa.Integer(), nullable=True))
    op.execute("UPDATE loan SET funding_party_id = (SELECT id FROM funding_party WHERE code = 'OWN')")
    with op.batch_alter_table("loan") as batch_op:
        batch_op.alter_column("funding_party_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            "fk_loan_funding_party_id_funding_party", "funding_party", ["funding_party_id"], ["id"]
        )
        batch_op.create_index("ix_loan_funding_party_id", ["funding_party_id"])
    op.add_column("vehicle_event", sa.Column("source", sa.String(length=32), nullable=True))
    op.execute("UPDATE vehicle_event SET source = 'process'")
    with op.batch_alter_table("vehicle_event") as batch_op:
        batch_op.alter_column("source", existing_type=sa.String(length=32), nullable=False)


def _create_profiles() -> None:
    op.create_table(
        "personal_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "employment",
            _words("employment", "employed", "self_employed", "retired", "other"),
            nullable=False,
        ),
        sa.Column("employer", sa.String(length=120), nullable=False),
        sa.Column("position", sa.String(length=60), nullable=False),
        sa.Column("employed_since", sa.Date(), nullable=True),
        sa.Column("monthly_income", database.Fen(), nullable=True),
        sa.Column(
            "marital_status",
            _words("maritalstatus", "single", "married", "divorced", "widowed"),
            nullable=False,
        ),
        sa.Column("dependants", sa.Integer(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.Integer(), nullable=True),
        sa.Column("filed_at", database.Instant(), nullable=False),
        *_points("personal_profile", ("customer_id", "customer"), ("filed_by", "employee")),
        sa.PrimaryKeyConstraint("id", name="pk_personal_profile"),
    )
    op.create_index("ix_personal_profile_customer_id", "personal_profile", ["customer_id"])


def _create_pledges() -> None:
    kinds = ("deposit", "bond", "precious_metal", "equipment", "stock", "other")
    op.create_table(
        "pledged_property",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("pledgor_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("propertykind", *kinds), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("value", database.Fen(), nullable=False),
        sa.Column("status", _words("pledgestatus", "held", "releasing", "released"), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("handed_by", sa.String(length=60), nullable=False),
        sa.Column("received_by", sa.String(length=60), nullable=False),
        sa.Column("taken_in_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.Column("release_reason", sa.String(length=300), nullable=True),
        sa.Column("release_to", sa.String(length=60), nullable=True),
        sa.Column("release_asked_by", sa.Integer(), nullable=True),
        sa.Column("release_asked_at", database.Instant(), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", database.Instant(), nullable=True),
        *_points(
            "pledged_property",
            ("application_no", "application"),
            ("pledgor_id", "customer"),
            ("recorded_by", "employee"),
            ("release_asked_by", "employee"),
            ("released_by", "employee"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pledged_property"),
    )
    op.create_index("ix_pledged_property_application_no", "pledged_property", ["application_no"])
    op.create_index("ix_pledged_property_pledgor_id", "pledged_property", ["pledgor_id"])


def _create_evidence() -> None:
    op.create_table(
        "evidence_entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vin_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fact", _words("pledgefact", "pledged", "freed"), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        *_points("evidence_entry", ("application_no", "application")),
        sa.PrimaryKeyConstraint("number", name="pk_evidence_entry"),
        sa.UniqueConstraint("hash", name="uq_evidence_entry_hash"),
    )
    op.create_index("ix_evidence_entry_vin_hash", "evidence_entry", ["vin_hash"])
    op.create_index("ix_evidence_entry_application_no", "evidence_entry", ["application_no"])


def _create_exceptions() -> None:
    subjects = ("mortgage", "insurance", "gps", "down_payment", "invoice")
    op.create_table(
        "release_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("subject", _words("exceptionsubject", *subjects), nullable=False),
        sa.Column("verdict", _words("exceptionverdict", "asked", "approved", "refused"), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", database.Instant(), nullable=False),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        *_points(
            "release_exception",
            ("application_no", "application"),
            ("asked_by", "employee"),
            ("decided_by", "employee"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_release_exception"),
    )
    op.create_index("ix_release_exception_application_no", "release_exception", ["application_no"])


def downgrade() -> None:
    """Forget it all; events of cars that the step before does not know go with it."""
    op.execute("DELETE FROM vehicle_event WHERE happening = 'unsealed'")
    op.drop_column("vehicle_event", "source")
    with op.batch_alter_table("loan") as batch_op:
        batch_op.drop_index("ix_loan_funding_party_id")
        batch_op.drop_constraint("fk_loan_funding_party_id_funding_party", type_="foreignkey")
        batch_op.drop_column("funding_party_id")
    op.execute("DELETE FROM proposal WHERE subject IN ('funding_party_new', 'funding_party')")
    op.execute("DELETE FROM number_sequence WHERE name = 'evidence'")
    for table in (
        "funding_party",
        "evidence_entry",
        "pledged_property",
        "personal_profile",
        "release_exception",
    ):
        op.drop_table(table)
