"""books of loans: who checked, quotes of a part, manual vouchers, books taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0009"
down_revision = "0013"
branch_labels = None
depends_on = None

_CHECKED = ("journal_entry", "loan_event")
_RULES = ("reduce_instalment", "shorten_term", "next_instalments", "last_instalment")
_STATUSES = ("proposed", "posted", "refused")


def upgrade() -> None:
    for table in _CHECKED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("checked_by", sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_checked_by_employee"), "employee", ["checked_by"], ["id"]
            )
    with op.batch_alter_table("loan_quote") as batch_op:
        batch_op.add_column(
            sa.Column(
                "rule", sa.Enum(*_RULES, name="prepayment", native_enum=False, length=32), nullable=True
            )
        )
        batch_op.add_column(sa.Column("instalments", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("next_amount", database.Fen(), nullable=True))
        batch_op.add_column(sa.Column("last_due", sa.Date(), nullable=True))
    _create_manual_vouchers()
    _create_book_imports()


def _create_manual_vouchers() -> None:
    op.create_table(
        "manual_voucher",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column(
            "status", sa.Enum(*_STATUSES, name="manualstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("lines", database.Tagged(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["employee.id"], name=op.f("fk_manual_voucher_made_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name=op.f("fk_manual_voucher_decided_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_voucher")),
        sa.UniqueConstraint("number", name=op.f("uq_manual_voucher_number")),
    )


def _create_book_imports() -> None:
    op.create_table(
        "book_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("loans", sa.Integer(), nullable=False),
        sa.Column("principal", database.Fen(), nullable=False),
        sa.Column("balance", database.Fen(), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=True),
        sa.Column("imported_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["employee.id"], name=op.f("fk_book_import_imported_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_import")),
        sa.UniqueConstraint("sha256", name=op.f("uq_book_import_sha256")),
    )
    op.create_table(
        "imported_loan",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("former_no", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["book_import.id"], name=op.f("fk_imported_loan_import_id_book_import")
        ),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_imported_loan_loan_no_loan")),
        sa.PrimaryKeyConstraint("loan_no", name=op.f("pk_imported_loan")),
        sa.UniqueConstraint("former_no", name=op.f("uq_imported_loan_former_no")),
    )
    op.create_index(op.f("ix_imported_loan_import_id"), "imported_loan", ["import_id"])


def downgrade() -> None:
    for table in ("imported_loan", "book_import", "manual_voucher"):
        op.drop_table(table)
    with op.batch_alter_table("loan_quote") as batch_op:
        for column in ("last_due", "next_amount", "instalments", "rule"):
            batch_op.drop_column(column)
    for table in reversed(_CHECKED):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_checked_by_employee"), type_="foreignkey")
            batch_op.drop_column("checked_by")
