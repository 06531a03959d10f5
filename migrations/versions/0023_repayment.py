"""repayment: early repayments, money told by the bank, direct debits, alerts, messages and the contacts they pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_LONG_AGO = date(2020, 1, 1)
_DEFAULT = "Default of the product; an administrator may publish another"
_CONTACT = "中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》(2026-01); " + _DEFAULT
_PARAMETERS = (
    (
        "prepayment_conditions",
        {
            "full_paid_min": 1,
            "partial_paid_min": 6,
            "partial_amount_min": Decimal("10000.00"),
            "per_year_max": 2,
        },
        _DEFAULT,
    ),
    ("contact_hours", {"from": "08:00", "to": "22:00", "reminders_at": "09:00"}, _CONTACT),
    ("fund_use_days", {"due": 30, "grave": 60}, _DEFAULT),
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
    _contacts()
    _messages()
    _money()
    _loans()
    _parameters()


def downgrade() -> None:
    op.execute(sa.delete(_parameter).where(_parameter.c.key.in_([row[0] for row in _PARAMETERS])))
    for name in (
        "loan_prepayment",
        "loan_alert",
        "debit_item",
        "bank_receipt",
        "delivery",
        "message_template",
        "contact_circumstance",
        "contact_attempt",
    ):
        op.drop_table(name)


def _contacts() -> None:
    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=True),
        sa.Column(
            "channel",
            sa.Enum("call", "sms", "visit", "letter", "email", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "service", "reminder", "collection", "callback", name="purpose", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "person",
            sa.Enum(
                "borrower",
                "co_borrower",
                "guarantor",
                "related",
                "unrelated",
                name="person",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("at", database.Instant(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("facts", database.Tagged(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "connected",
                "sent",
                "not_sent",
                "no_answer",
                "busy",
                "switched_off",
                "invalid_number",
                "wrong_person",
                name="result",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["by"], ["employee.id"], name="fk_contact_attempt_by_employee"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_contact_attempt_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_attempt"),
    )
    op.create_index("ix_contact_attempt_customer_id", "contact_attempt", ["customer_id"], unique=False)
    op.create_index("ix_contact_attempt_loan_no", "contact_attempt", ["loan_no"], unique=False)
    op.create_index("ix_contact_attempt_number", "contact_attempt", ["number_index", "at"], unique=False)
    op.create_index("ix_contact_attempt_refused", "contact_attempt", ["allowed", "at"], unique=False)
    op.create_table(
        "contact_circumstance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "deceased",
                "court_order",
                "identity_theft",
                "dispute",
                "hardship",
                "contact_lost",
                "hours_agreed",
                name="circumstance",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.Column("noted_at", database.Instant(), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_contact_circumstance_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["employee.id"], name="fk_contact_circumstance_lifted_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["employee.id"], name="fk_contact_circumstance_noted_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_circumstance"),
    )
    op.create_index(
        "ix_contact_circumstance_customer_id", "contact_circumstance", ["customer_id"], unique=False
    )


def _messages() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum("customer", "staff", name="audience", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "service", "reminder", "collection", "callback", name="purpose", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("channels", database.Tagged(), nullable=False),
        sa.Column("text_zh", sa.String(length=400), nullable=False),
        sa.Column("text_en", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name="fk_message_template_made_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_message_template"),
        sa.UniqueConstraint("key", "version", name="uq_message_template_key_version"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column(
            "way",
            sa.Enum("sms", "in_app", "email", "dingtalk", "wecom", name="way", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("loan_no", sa.String(length=24), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("facts", database.Tagged(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "failed",
                "refused",
                "dropped",
                name="deliverystatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_at", database.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("queued_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact_attempt.id"], name="fk_delivery_contact_id_contact_attempt"
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_delivery_customer_id_customer"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("occasion", name="uq_delivery_occasion"),
    )
    op.create_index("ix_delivery_customer_id", "delivery", ["customer_id"], unique=False)
    op.create_index("ix_delivery_due", "delivery", ["status", "due_at"], unique=False)
    op.create_index("ix_delivery_loan_no", "delivery", ["loan_no"], unique=False)


def _money() -> None:
    op.create_table(
        "bank_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_no", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=90), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("receipt", "returned", name="receiptkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("payer_name", sa.String(length=120), nullable=False),
        sa.Column("payer_index", sa.LargeBinary(), nullable=True),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "arrived",
                "posted",
                "handed_on",
                "suspense",
                "known",
                "reversed",
                "dismissed",
                name="receiptstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entry_reference", sa.String(length=120), nullable=True),
        sa.Column("received_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_bank_receipt_loan_no_loan"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_receipt"),
        sa.UniqueConstraint("event_id", name="uq_bank_receipt_event_id"),
        sa.UniqueConstraint("receipt_no", name="uq_bank_receipt_receipt_no"),
    )
    op.create_index("ix_bank_receipt_bank_reference", "bank_receipt", ["bank_reference"], unique=False)
    op.create_index("ix_bank_receipt_loan_no", "bank_receipt", ["loan_no"], unique=False)
    op.create_table(
        "debit_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("ordered", "collected", "failed", name="debitstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("answered_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["day"], ["debit_file.day"], name="fk_debit_item_day_debit_file"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_debit_item_loan_no_loan"),
        sa.PrimaryKeyConstraint("id", name="pk_debit_item"),
        sa.UniqueConstraint("day", "number", name="uq_debit_item_day_number"),
    )
    op.create_index("ix_debit_item_loan_no", "debit_item", ["loan_no"], unique=False)
    op.create_index("ix_debit_item_status", "debit_item", ["status"], unique=False)


def _loans() -> None:
    op.create_table(
        "loan_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "debit_failed",
                "account_changed",
                "payer_differs",
                "fund_use_missing",
                name="alertkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum("blue", "yellow", "orange", "red", name="alertlevel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", database.Instant(), nullable=False),
        sa.Column("facts", database.Tagged(), nullable=False),
        sa.Column("closed_at", database.Instant(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closing_note", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["employee.id"], name="fk_loan_alert_closed_by_employee"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_loan_alert_loan_no_loan"),
        sa.PrimaryKeyConstraint("id", name="pk_loan_alert"),
        sa.UniqueConstraint("occasion", name="uq_loan_alert_occasion"),
    )
    op.create_index("ix_loan_alert_closed_at", "loan_alert", ["closed_at"], unique=False)
    op.create_index("ix_loan_alert_loan_no", "loan_alert", ["loan_no"], unique=False)
    op.create_table(
        "loan_prepayment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("open_loan_no", sa.String(length=24), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "quoted",
                "awaited",
                "checking",
                "settled",
                "reduced",
                "differs",
                "expired",
                "declined",
                name="prepaymentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("fee_rate", database.Rate(), nullable=True),
        sa.Column("fee_waived", sa.Boolean(), nullable=False),
        sa.Column("confirmed_way", sa.String(length=20), nullable=False),
        sa.Column("confirmed_at", database.Instant(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name="fk_loan_prepayment_loan_no_loan"),
        sa.ForeignKeyConstraint(["opened_by"], ["employee.id"], name="fk_loan_prepayment_opened_by_employee"),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["loan_quote.id"], name="fk_loan_prepayment_quote_id_loan_quote"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_loan_prepayment"),
        sa.UniqueConstraint("number", name="uq_loan_prepayment_number"),
        sa.UniqueConstraint("open_loan_no", name="uq_loan_prepayment_open_loan_no"),
    )
    op.create_index("ix_loan_prepayment_loan_no", "loan_prepayment", ["loan_no"], unique=False)


def _parameters() -> None:
    """A company that was founded before gets the parameters that a new one is founded with."""
    connection = op.get_bind()
    known = set(connection.scalars(sa.select(_parameter.c.key)))
    for key, value, source in _PARAMETERS if known else ():
        if key not in known:
            row = {"key": key, "value": value, "source_text": source}
            connection.execute(
                sa.insert(_parameter).values(valid_from=_LONG_AGO, approved_by="system", **row)
            )
