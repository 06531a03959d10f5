"""parties of an application, credit lines, the set around a contract."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database
from company.parameter_values import VALUES

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None

_PARAMETERS = ("beneficial_owner_share", "group_exposure_max")
_DOCUMENTS = (
    "articles",
    "board_resolution",
    "financial_statements",
    "mortgage_contract",
    "guarantee_agreement",
    "debit_mandate",
    "renewed_consent",
)
_parameter = sa.table(
    "parameter",
    sa.column("key", sa.String),
    sa.column("value", database.Tagged()),
    sa.column("valid_from", sa.Date),
    sa.column("source_text", sa.String),
    sa.column("approved_by", sa.String),
)


def upgrade() -> None:
    op.create_table(
        "beneficial_owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("corporate_id", sa.Integer(), nullable=False),
        sa.Column("person_key_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("identity_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("share", database.Rate(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("share", "control", "management", name="ownerbasis", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("named_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corporate_id"], ["customer.id"], name=op.f("fk_beneficial_owner_corporate_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["person_key_id"], ["person_key.id"], name=op.f("fk_beneficial_owner_person_key_id_person_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beneficial_owner")),
    )
    with op.batch_alter_table("beneficial_owner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_beneficial_owner_corporate_id"), ["corporate_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_beneficial_owner_identity_index"), ["identity_index"], unique=False
        )

    op.create_table(
        "corporate_profile",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=False),
        sa.Column("licence_valid_until", sa.Date(), nullable=True),
        sa.Column("representative_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_corporate_profile_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["representative_id"],
            ["customer.id"],
            name=op.f("fk_corporate_profile_representative_id_customer"),
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_corporate_profile")),
    )
    with op.batch_alter_table("corporate_profile", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_corporate_profile_representative_id"), ["representative_id"], unique=False
        )

    op.create_table(
        "credit_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed", "active", "refused", "closed", name="linestatus", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("limit_amount", database.Fen(), nullable=False),
        sa.Column("revolving", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_at", database.Instant(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_line_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name=op.f("fk_credit_line_decided_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["employee.id"], name=op.f("fk_credit_line_proposed_by_employee")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_credit_line_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_line")),
        sa.UniqueConstraint("line_no", name=op.f("uq_credit_line_line_no")),
    )
    with op.batch_alter_table("credit_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_line_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_line_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "financial_statement",
        sa.Column("corporate_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revenue", database.Fen(), nullable=False),
        sa.Column("net_profit", database.Fen(), nullable=False),
        sa.Column("total_assets", database.Fen(), nullable=False),
        sa.Column("total_liabilities", database.Fen(), nullable=False),
        sa.Column("filed_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corporate_id"], ["customer.id"], name=op.f("fk_financial_statement_corporate_id_customer")
        ),
        sa.PrimaryKeyConstraint("corporate_id", "year", name=op.f("pk_financial_statement")),
    )
    op.create_table(
        "party_relation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "spouse",
                "representative",
                "guarantor",
                "family",
                "associate",
                name="relationkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("noted_at", database.Instant(), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_party_relation_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["employee.id"], name=op.f("fk_party_relation_noted_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["customer.id"], name=op.f("fk_party_relation_other_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relation")),
        sa.UniqueConstraint(
            "customer_id", "other_id", "kind", name=op.f("uq_party_relation_customer_id_other_id_kind")
        ),
    )
    with op.batch_alter_table("party_relation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_relation_other_id"), ["other_id"], unique=False)

    op.create_table(
        "application_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column(
            "place",
            sa.Enum(
                "representative",
                "spouse",
                "guarantor_1",
                "guarantor_2",
                name="partyplace",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("represented_by", sa.String(length=60), nullable=True),
        sa.Column("monthly_income", database.Fen(), nullable=True),
        sa.Column("monthly_debt", database.Fen(), nullable=True),
        sa.Column("net_assets", database.Fen(), nullable=True),
        sa.Column("named_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name=op.f("fk_application_party_application_no_application"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_application_party_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_party")),
        sa.UniqueConstraint(
            "application_no", "place", name=op.f("uq_application_party_application_no_place")
        ),
    )
    with op.batch_alter_table("application_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_party_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "contract_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_no", sa.String(length=24), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contract_signature_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["document_no"],
            ["contract_number.contract_no"],
            name=op.f("fk_contract_signature_document_no_contract_number"),
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["employee.id"], name=op.f("fk_contract_signature_seen_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_signature")),
        sa.UniqueConstraint(
            "document_no", "customer_id", name=op.f("uq_contract_signature_document_no_customer_id")
        ),
    )
    with op.batch_alter_table("contract_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_signature_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "guarantee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("general", "joint", name="guaranteekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("period_months", sa.Integer(), nullable=False),
        sa.Column("undertaken_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["application_party.id"],
            name=op.f("fk_guarantee_party_id_application_party"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guarantee")),
        sa.UniqueConstraint("party_id", name=op.f("uq_guarantee_party_id")),
    )
    op.create_table(
        "contract_set_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_no", sa.String(length=24), nullable=False),
        sa.Column("contract_no", sa.String(length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "loan",
                "mortgage",
                "guarantee",
                "debit",
                "location",
                name="setkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("printed_sha256", sa.String(length=64), nullable=True),
        sa.Column("drawn_up_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_no"],
            ["contract.contract_no"],
            name=op.f("fk_contract_set_document_contract_no_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["document_no"],
            ["contract_number.contract_no"],
            name=op.f("fk_contract_set_document_document_no_contract_number"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_set_document")),
        sa.UniqueConstraint(
            "contract_no", "kind", "place", name=op.f("uq_contract_set_document_contract_no_kind_place")
        ),
        sa.UniqueConstraint("document_no", name=op.f("uq_contract_set_document_document_no")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("credit_line_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_application_credit_line_id"), ["credit_line_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_application_credit_line_id_credit_line"), "credit_line", ["credit_line_id"], ["id"]
        )

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_consent_application_no_purpose_round"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_consent_application_no_customer_id_purpose_round"),
            ["application_no", "customer_id", "purpose", "round"],
        )

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum("individual", "corporate", name="customerkind", native_enum=False, length=32),
                nullable=False,
                server_default="individual",
            )
        )
        batch_op.alter_column(
            "name", existing_type=sa.String(length=60), type_=sa.String(length=120), existing_nullable=False
        )

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(length=16), nullable=False, server_default=""))
        batch_op.drop_constraint(batch_op.f("uq_document_business_key_kind_version"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_document_business_key_kind_place_version"),
            ["business_key", "kind", "place", "version"],
        )

    with op.batch_alter_table("document_requirement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(length=16), nullable=False, server_default=""))
        batch_op.drop_constraint(batch_op.f("uq_document_requirement_application_no_kind"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_document_requirement_application_no_kind_place"),
            ["application_no", "kind", "place"],
        )

    with op.batch_alter_table("identity_check", schema=None) as batch_op:
        batch_op.add_column(sa.Column("customer_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_identity_check_customer_id"), ["customer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_identity_check_customer_id_customer"), "customer", ["customer_id"], ["id"]
        )

    for table, column in (("customer", "kind"), ("document", "place"), ("document_requirement", "place")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column, server_default=None)
    _give_parameters()


def _give_parameters() -> None:
    """A company that was founded before gets the parameters that a new one begins with."""
    connection = op.get_bind()
    known = set(connection.scalars(sa.select(_parameter.c.key)))
    for key, value, valid_from, source in VALUES if known else ():
        if key in _PARAMETERS and key not in known:
            connection.execute(
                sa.insert(_parameter).values(
                    key=key, value=value, valid_from=valid_from, source_text=source, approved_by="system"
                )
            )


def _forget_what_the_step_before_cannot_read() -> None:
    """Other parties' papers, reports and answers, and kinds of numbers and documents that did not exist."""
    kinds = ", ".join(f"'{kind}'" for kind in _DOCUMENTS)
    placed = f"(SELECT id FROM document WHERE place <> '' OR kind IN ({kinds}))"
    others = (
        "(SELECT consent.id FROM consent JOIN application"
        " ON application.application_no = consent.application_no"
        " WHERE consent.customer_id <> application.customer_id OR consent.purpose = 'location')"
    )
    for statement in (
        f"DELETE FROM document_check WHERE document_id IN {placed}",
        f"DELETE FROM document WHERE id IN {placed}",
        f"DELETE FROM document_requirement WHERE place <> '' OR kind IN ({kinds})",
        f"DELETE FROM bureau_report WHERE consent_id IN {others}",
        f"DELETE FROM consent WHERE id IN {others}",
        "DELETE FROM identity_check WHERE customer_id IS NOT NULL",
        "DELETE FROM watch_list_entry WHERE subject = 'company'",
        "DELETE FROM contract_signature",
        "DELETE FROM contract_set_document",
        "DELETE FROM contract_number WHERE kind IN ('BZ', 'WT', 'DW')",
        "UPDATE customer SET name = substr(name, 1, 60)",
    ):
        op.execute(statement)
    op.get_bind().execute(sa.delete(_parameter).where(_parameter.c.key.in_(_PARAMETERS)))


def downgrade() -> None:
    _forget_what_the_step_before_cannot_read()
    with op.batch_alter_table("identity_check", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_identity_check_customer_id_customer"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_identity_check_customer_id"))
        batch_op.drop_column("customer_id")

    with op.batch_alter_table("document_requirement", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_document_requirement_application_no_kind_place"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_document_requirement_application_no_kind"), ["application_no", "kind"]
        )
        batch_op.drop_column("place")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_document_business_key_kind_place_version"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_document_business_key_kind_version"), ["business_key", "kind", "version"]
        )
        batch_op.drop_column("place")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.alter_column(
            "name", existing_type=sa.String(length=120), type_=sa.String(length=60), existing_nullable=False
        )
        batch_op.drop_column("kind")

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_consent_application_no_customer_id_purpose_round"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_consent_application_no_purpose_round"), ["application_no", "purpose", "round"]
        )

    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_application_credit_line_id_credit_line"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_application_credit_line_id"))
        batch_op.drop_column("credit_line_id")

    op.drop_table("contract_set_document")
    op.drop_table("guarantee")
    with op.batch_alter_table("contract_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_signature_customer_id"))

    op.drop_table("contract_signature")
    with op.batch_alter_table("application_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_party_customer_id"))

    op.drop_table("application_party")
    with op.batch_alter_table("party_relation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_relation_other_id"))

    op.drop_table("party_relation")
    op.drop_table("financial_statement")
    with op.batch_alter_table("credit_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_line_unit_id"))
        batch_op.drop_index(batch_op.f("ix_credit_line_customer_id"))

    op.drop_table("credit_line")
    with op.batch_alter_table("corporate_profile", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corporate_profile_representative_id"))

    op.drop_table("corporate_profile")
    with op.batch_alter_table("beneficial_owner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_beneficial_owner_identity_index"))
        batch_op.drop_index(batch_op.f("ix_beneficial_owner_corporate_id"))

    op.drop_table("beneficial_owner")
