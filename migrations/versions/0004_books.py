"""books: dated chart, periods, vouchers, bank statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounting_period",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="periodstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", database.Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["employee.id"], name=op.f("fk_accounting_period_changed_by_employee")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_accounting_period")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_account", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("lines_read", sa.Integer(), nullable=False),
        sa.Column("lines_known", sa.Integer(), nullable=False),
        sa.Column("total_in", database.Fen(), nullable=False),
        sa.Column("total_out", database.Fen(), nullable=False),
        sa.Column("closing", database.Fen(), nullable=True),
        sa.Column("imported_by", sa.Integer(), nullable=True),
        sa.Column("imported_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account"], ["bank_account.code"], name=op.f("fk_bank_statement_bank_account_bank_account")
        ),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["employee.id"], name=op.f("fk_bank_statement_imported_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_statement_sha256")),
    )
    with op.batch_alter_table("bank_statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_statement_bank_account"), ["bank_account"], unique=False)

    op.create_table(
        "reconciliation_explanation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum("line", "movement", "posting", "entry", name="subject", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("in_transit", "bank_error", "corrected", name="cause", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("explained_by", sa.Integer(), nullable=True),
        sa.Column("explained_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["explained_by"],
            ["employee.id"],
            name=op.f("fk_reconciliation_explanation_explained_by_employee"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_explanation")),
        sa.UniqueConstraint(
            "subject", "subject_id", name=op.f("uq_reconciliation_explanation_subject_subject_id")
        ),
    )
    op.create_table(
        "voucher",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("voucher_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["employee.id"], name=op.f("fk_voucher_made_by_employee")),
        sa.ForeignKeyConstraint(
            ["month"], ["accounting_period.month"], name=op.f("fk_voucher_month_accounting_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_voucher_month_number")),
    )
    op.create_table(
        "bank_statement_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("bank_account", sa.String(length=20), nullable=False),
        sa.Column("line_date", sa.Date(), nullable=False),
        sa.Column(
            "direction", sa.Enum("in", "out", name="direction", native_enum=False, length=32), nullable=False
        ),
        sa.Column("amount", database.Fen(), nullable=False),
        sa.Column("balance", database.Fen(), nullable=True),
        sa.Column("counterparty", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("movement_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_account"],
            ["bank_account.code"],
            name=op.f("fk_bank_statement_line_bank_account_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["fund_movement.id"],
            name=op.f("fk_bank_statement_line_movement_id_fund_movement"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statement.id"],
            name=op.f("fk_bank_statement_line_statement_id_bank_statement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement_line")),
        sa.UniqueConstraint(
            "bank_account", "bank_reference", name=op.f("uq_bank_statement_line_bank_account_bank_reference")
        ),
        sa.UniqueConstraint("movement_id", name=op.f("uq_bank_statement_line_movement_id")),
    )
    with op.batch_alter_table("bank_statement_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_statement_line_line_date"), ["line_date"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_bank_statement_line_statement_id"), ["statement_id"], unique=False
        )

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("line", sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=False, server_default="2000-01-01"))
        batch_op.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.alter_column("valid_from", existing_type=sa.Date(), server_default=None)

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("voucher_id", sa.Integer(), nullable=True))
    _fill()
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(length=40), nullable=False)
        batch_op.create_index("ix_journal_entry_kind", ["kind", "entry_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_voucher_id"), ["voucher_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_journal_entry_voucher_id_voucher"), "voucher", ["voucher_id"], ["id"]
        )


# The lines of the accounts of the first release, and the accounts that came with this step.
LINES = {
    "1002": "cash",
    "1132": "interest_receivable",
    "1221": "other_receivables",
    "1303": "loans",
    "1303.1": "loans",
    "1303.2": "loans",
    "1303.3": "loans",
    "1304": "loans",
    "1441": "repossessed",
    "2221.1": "taxes",
    "2221.9": "taxes",
    "2241": "other_payables",
    "2401": "deferred_income",
    "6011": "interest_income",
    "6021": "fee_income",
    "6051": "other_income",
    "6702": "impairment",
}
NEW_ACCOUNTS = (
    (
        "1132.1",
        "应收利息－罚息及复利",
        "Penalty and compound interest receivable",
        "asset",
        "interest_receivable",
    ),
    ("2001", "短期借款", "Borrowings", "liability", "borrowings"),
    ("2221", "应交税费", "Taxes payable", "liability", "taxes"),
    ("4001", "实收资本", "Paid-in capital", "equity", "capital"),
    ("4104", "利润分配－未分配利润", "Retained earnings", "equity", "retained"),
    ("6011.1", "利息收入－罚息及复利", "Penalty and compound interest income", "income", "interest_income"),
    ("6403", "税金及附加", "Taxes and surcharges", "expense", "surcharges"),
    ("6411", "利息支出", "Interest expense", "expense", "interest_expense"),
    ("6421", "手续费支出", "Bank charges", "expense", "fee_expense"),
    ("6602", "业务及管理费", "Operating expenses", "expense", "operating_expenses"),
    ("6801", "所得税费用", "Income tax", "expense", "income_tax"),
)
PERMISSIONS = (
    ("finance_accountant", "customer", "R"),
    ("finance_accountant", "contract", "R"),
    ("finance_accountant", "disbursement", "R"),
    ("finance_accountant", "ledger", "RE"),
    ("finance_accountant", "books", "CRUXE"),
    ("finance_checker", "books", "RA"),
    ("auditor", "books", "RE"),
)


def _fill() -> None:
    """Give what is there its place in the books: an empty database has nothing and gets nothing."""
    connection = op.get_bind()
    for code, line in LINES.items():
        connection.execute(
            sa.text("UPDATE account SET line = :line WHERE code = :code"), {"line": line, "code": code}
        )
    if connection.execute(sa.text("SELECT count(*) FROM account")).scalar():
        _fill_accounts(connection)
    if connection.execute(sa.text("SELECT count(*) FROM role")).scalar():
        _fill_rights(connection)
    entries = connection.execute(
        sa.text(
            "SELECT e.id, coalesce(r.reference, e.reference), e.entry_date FROM journal_entry e "
            "LEFT JOIN journal_entry r ON r.id = e.reverses_id"
        )
    ).all()
    months = set()
    for entry_id, reference, on in entries:
        months.add(str(on)[:7])
        connection.execute(
            sa.text("UPDATE journal_entry SET kind = :kind WHERE id = :id"),
            {"kind": reference.partition(":")[0][:40], "id": entry_id},
        )
    for month in sorted(months):
        connection.execute(
            sa.text("INSERT INTO accounting_period (month, status) VALUES (:month, 'open')"), {"month": month}
        )


def _fill_accounts(connection: sa.Connection) -> None:
    for code, name, name_en, kind, line in NEW_ACCOUNTS:
        connection.execute(
            sa.text(
                "INSERT INTO account (code, name, name_en, kind, line, valid_from) "
                "VALUES (:code, :name, :name_en, :kind, :line, '2000-01-01') ON CONFLICT DO NOTHING"
            ),
            {"code": code, "name": name, "name_en": name_en, "kind": kind, "line": line},
        )


def _fill_rights(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO role (id, name, name_en, scope) VALUES "
            "('finance_accountant', '总账会计', 'General-ledger accountant', 'all') ON CONFLICT DO NOTHING"
        )
    )
    for role_id, item, actions in PERMISSIONS:
        connection.execute(
            sa.text(
                "INSERT INTO permission (role_id, object, actions, scope) "
                "SELECT id, :object, :actions, 'all' FROM role WHERE id = :role ON CONFLICT DO NOTHING"
            ),
            {"role": role_id, "object": item, "actions": actions},
        )


def downgrade() -> None:
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_journal_entry_voucher_id_voucher"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_journal_entry_voucher_id"))
        batch_op.drop_index("ix_journal_entry_kind")
        batch_op.drop_column("voucher_id")
        batch_op.drop_column("kind")

    # The first release knows no equity: its accounts go unless something was posted on them.
    op.execute("DELETE FROM account WHERE kind = 'equity' AND code NOT IN (SELECT account FROM journal_line)")
    op.execute("UPDATE account SET kind = 'liability' WHERE kind = 'equity'")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("valid_to")
        batch_op.drop_column("valid_from")
        batch_op.drop_column("line")

    with op.batch_alter_table("bank_statement_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_statement_line_statement_id"))
        batch_op.drop_index(batch_op.f("ix_bank_statement_line_line_date"))

    op.drop_table("bank_statement_line")
    op.drop_table("voucher")
    op.drop_table("reconciliation_explanation")
    with op.batch_alter_table("bank_statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_statement_bank_account"))

    op.drop_table("bank_statement")
    op.drop_table("accounting_period")
