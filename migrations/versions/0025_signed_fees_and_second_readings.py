"""signed fees and second readings.

A contract keeps the fees that its cost sheet names, and there is an account on which they are deferred. The check of a
document keeps where the original says something else than was typed in.

A contract of an earlier version names none: what was agreed then was charged by hand, and stays so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fees_data", database.Tagged(), nullable=True))
    with op.batch_alter_table("document_check", schema=None) as batch_op:
        batch_op.add_column(sa.Column("differences_data", database.Tagged(), nullable=True))
    connection = op.get_bind()
    has_chart = connection.execute(sa.text("SELECT count(*) FROM account WHERE code = '2401'")).scalar()
    has_account = connection.execute(sa.text("SELECT count(*) FROM account WHERE code = '2402'")).scalar()
    if has_chart and not has_account:
        connection.execute(
            sa.text(
                "INSERT INTO account (code, name, name_en, kind, line, valid_from) VALUES "
                "('2402', '递延收益－手续费', 'Deferred fee income', 'liability', 'deferred_income', '2000-01-01')"
            )
        )


def downgrade() -> None:
    connection = op.get_bind()
    used = connection.execute(sa.text("SELECT count(*) FROM journal_line WHERE account = '2402'")).scalar()
    if not used:
        connection.execute(sa.text("DELETE FROM account WHERE code = '2402'"))
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_column("fees_data")
    with op.batch_alter_table("document_check", schema=None) as batch_op:
        batch_op.drop_column("differences_data")
