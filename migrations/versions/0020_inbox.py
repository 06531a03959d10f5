"""inbox: going back in a case, opinions, copies, reminders, standard phrases, and the order by money and deadline."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0020"
down_revision = "0025"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _references(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")


def upgrade() -> None:
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank_at", database.Instant(), nullable=True))
        batch_op.add_column(sa.Column("opinions_open", sa.SmallInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("state_before", sa.LargeBinary(), nullable=True))
    _fill_ranks()
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.alter_column("rank_at", existing_type=database.Instant(), nullable=False)
        batch_op.alter_column("opinions_open", existing_type=sa.SmallInteger(), server_default=None)
    op.create_index("ix_user_task_rank", "user_task", ["status", "rank_at", "id"], unique=False)
    op.create_index("ix_user_task_done_at", "user_task", ["assignee_id", "done_at"], unique=False)
    op.create_index("ix_instance_started_by_id", "instance", ["started_by_id", "id"], unique=False)
    _create_openings_and_copies()
    _create_opinions_and_reminders()
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        _references("phrase", "employee_id", "employee"),
        sa.PrimaryKeyConstraint("id", name="pk_phrase"),
    )
    op.create_index("ix_phrase_employee_id", "phrase", ["employee_id"], unique=False)
    op.create_table(
        "saved_filter",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("employee_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", database.Tagged(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter"),
    )
    op.create_index("ix_saved_filter_employee_id", "saved_filter", ["employee_id"], unique=False)


def _fill_ranks() -> None:
    """An hour of head start for each 10,000 yuan, at most ten days."""
    tasks = sa.table(
        "user_task",
        sa.column("id", sa.BigInteger()),
        sa.column("status", sa.String()),
        sa.column("amount", database.Fen()),
        sa.column("order_at", database.Instant()),
        sa.column("rank_at", database.Instant()),
    )
    connection = op.get_bind()
    connection.execute(tasks.update().values(rank_at=tasks.c.order_at))
    open_ones = sa.select(tasks.c.id, tasks.c.order_at, tasks.c.amount).where(
        tasks.c.status == "open", tasks.c.amount >= Decimal(10_000)
    )
    ranks = [
        {"task_id": task_id, "rank": order_at - timedelta(hours=min(int(amount) // 10_000, 240))}
        for task_id, order_at, amount in connection.execute(open_ones)
    ]
    if ranks:
        moved = tasks.update().where(tasks.c.id == sa.bindparam("task_id"))
        connection.execute(moved.values(rank_at=sa.bindparam("rank", type_=database.Instant())), ranks)


def _create_openings_and_copies() -> None:
    op.create_table(
        "task_opening",
        sa.Column("task_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("employee_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        _references("task_opening", "task_id", "user_task"),
        sa.PrimaryKeyConstraint("task_id", "employee_id", name="pk_task_opening"),
    )
    op.create_table(
        "task_copy",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("task_id", _ROW_ID, nullable=False),
        sa.Column("business_key", sa.String(length=64), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("to_name", sa.String(length=100), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        sa.Column("read_at", database.Instant(), nullable=True),
        _references("task_copy", "task_id", "user_task"),
        sa.PrimaryKeyConstraint("id", name="pk_task_copy"),
    )
    op.create_index("ix_task_copy_to_id", "task_copy", ["to_id", "read_at"], unique=False)
    op.create_index("ix_task_copy_business_key", "task_copy", ["business_key"], unique=False)


def _create_opinions_and_reminders() -> None:
    op.create_table(
        "task_opinion",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("task_id", _ROW_ID, nullable=False),
        sa.Column("business_key", sa.String(length=64), nullable=False),
        sa.Column("asked_of_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_of_name", sa.String(length=100), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by_name", sa.String(length=100), nullable=False),
        sa.Column("asked_at", database.Instant(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("ended_at", database.Instant(), nullable=True),
        _references("task_opinion", "task_id", "user_task"),
        sa.PrimaryKeyConstraint("id", name="pk_task_opinion"),
    )
    op.create_index("ix_task_opinion_task_id", "task_opinion", ["task_id"], unique=False)
    op.create_index("ix_task_opinion_business_key", "task_opinion", ["business_key"], unique=False)
    op.create_index("ix_task_opinion_asked_of_id", "task_opinion", ["asked_of_id", "ended_at"], unique=False)
    op.create_table(
        "task_reminder",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("task_id", _ROW_ID, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        _references("task_reminder", "task_id", "user_task"),
        sa.PrimaryKeyConstraint("id", name="pk_task_reminder"),
    )
    op.create_index("ix_task_reminder_task_id", "task_reminder", ["task_id", "by_id"], unique=False)


def downgrade() -> None:
    for table in ("saved_filter", "phrase", "task_reminder", "task_opinion", "task_copy", "task_opening"):
        op.drop_table(table)
    op.drop_index("ix_instance_started_by_id", table_name="instance")
    op.drop_index("ix_user_task_done_at", table_name="user_task")
    op.drop_index("ix_user_task_rank", table_name="user_task")
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        for name in ("rank_at", "opinions_open", "state_before"):
            batch_op.drop_column(name)
