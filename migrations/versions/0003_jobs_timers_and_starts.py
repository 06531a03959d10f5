"""Jobs under renewed leases, priorities, start events, signals, punctuality, kept messages that expire."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from company import database, tagged

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timer_firing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", database.Instant(), nullable=False),
        sa.Column("fired_at", database.Instant(), nullable=False),
        sa.Column("late_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_firing")),
    )
    with op.batch_alter_table("timer_firing", schema=None) as batch_op:
        batch_op.create_index("ix_timer_firing_fired_at", ["fired_at"], unique=False)

    op.create_table(
        "start_subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("definition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("trigger", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_start_subscription_definition_id_definition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_subscription")),
    )
    with op.batch_alter_table("start_subscription", schema=None) as batch_op:
        batch_op.create_index("ix_start_subscription_name", ["name"], unique=False)
        batch_op.create_index("ix_start_subscription_process_id", ["process_id"], unique=False)

    op.create_table(
        "start_timer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("definition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("interval", sa.String(length=100), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=True),
        sa.Column("anchor", database.Instant(), nullable=True),
        sa.Column("until", database.Instant(), nullable=True),
        sa.Column("counted_since", database.Instant(), nullable=True),
        sa.Column("counted_time", sa.String(length=100), nullable=True),
        sa.Column("calendar_mark", sa.String(length=16), nullable=True),
        sa.Column("due_at", database.Instant(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_cycle", sa.String(length=100), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_start_timer_definition_id_definition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timer")),
    )
    with op.batch_alter_table("start_timer", schema=None) as batch_op:
        batch_op.create_index("ix_start_timer_due", ["status", "due_at"], unique=False)
        batch_op.create_index("ix_start_timer_process_id", ["process_id"], unique=False)

    op.create_table(
        "signal_subscription",
        sa.Column("signal_name", sa.String(length=100), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("at_boundary", sa.Boolean(), nullable=False),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_signal_subscription_instance_id_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_subscription")),
    )
    with op.batch_alter_table("signal_subscription", schema=None) as batch_op:
        batch_op.create_index("ix_signal_subscription_instance_id", ["instance_id"], unique=False)
        batch_op.create_index("ix_signal_subscription_signal_name", ["signal_name"], unique=False)

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("start_timer_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("message_id", sa.BigInteger(), nullable=True))
        batch_op.alter_column("instance_id", existing_type=sa.INTEGER(), nullable=True)

    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("once_key", sa.String(length=64), nullable=True))
        batch_op.create_index("uq_instance_once_key", ["process_id", "once_key"], unique=True)

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease_owner", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("begun_at", database.Instant(), nullable=True))
        batch_op.add_column(sa.Column("exclusive", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expired_at", database.Instant(), nullable=True))
        batch_op.create_index("ix_message_expiry", ["consumed_at", "expired_at", "expires_at"], unique=False)

    with op.batch_alter_table("timer_job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calendar_mark", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index("ix_timer_job_calendar_mark", ["calendar_mark"], unique=False)

    _publish_kept_days()


def _publish_kept_days() -> None:
    """A company that was founded before gets the parameter that a new one is founded with."""
    op.execute(
        sa.text(
            "INSERT INTO parameter (key, value, valid_from, valid_to, source_text, approved_by) "
            "SELECT 'message_kept_days', :days, :since, NULL, :source, 'system' "
            "WHERE EXISTS (SELECT 1 FROM company) "
            "AND NOT EXISTS (SELECT 1 FROM parameter WHERE key = 'message_kept_days')"
        ).bindparams(
            sa.bindparam("days", tagged.dumps(30), sa.LargeBinary),
            sa.bindparam("since", date(2020, 1, 1), sa.Date),
            source="Default of the product; an administrator may publish another",
        )
    )


def downgrade() -> None:
    op.execute("DELETE FROM parameter WHERE key = 'message_kept_days'")
    op.execute(
        "DELETE FROM incident WHERE instance_id IS NULL"
    )  # what was to start a case has no place there
    with op.batch_alter_table("timer_job", schema=None) as batch_op:
        batch_op.drop_index("ix_timer_job_calendar_mark")
        batch_op.drop_column("priority")
        batch_op.drop_column("calendar_mark")

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_expiry")
        batch_op.drop_column("expired_at")

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("priority")
        batch_op.drop_column("exclusive")
        batch_op.drop_column("begun_at")
        batch_op.drop_column("lease_owner")

    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index("uq_instance_once_key")
        batch_op.drop_column("once_key")

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.alter_column("instance_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("message_id")
        batch_op.drop_column("start_timer_id")

    with op.batch_alter_table("signal_subscription", schema=None) as batch_op:
        batch_op.drop_index("ix_signal_subscription_signal_name")
        batch_op.drop_index("ix_signal_subscription_instance_id")

    op.drop_table("signal_subscription")
    with op.batch_alter_table("start_timer", schema=None) as batch_op:
        batch_op.drop_index("ix_start_timer_process_id")
        batch_op.drop_index("ix_start_timer_due")

    op.drop_table("start_timer")
    with op.batch_alter_table("start_subscription", schema=None) as batch_op:
        batch_op.drop_index("ix_start_subscription_process_id")
        batch_op.drop_index("ix_start_subscription_name")

    op.drop_table("start_subscription")
    with op.batch_alter_table("timer_firing", schema=None) as batch_op:
        batch_op.drop_index("ix_timer_firing_fired_at")

    op.drop_table("timer_firing")
