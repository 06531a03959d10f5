"""day-end: how each loan goes on, a row a loan and day, the runs with their parts, failures, verdicts and files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0008"
down_revision = "0009"
branch_labels = None
depends_on = None

_DEFAULT = "Default of the product; an administrator may publish another"
_PARAMETERS: tuple[tuple[str, object, str], ...] = (
    (
        "provision_rates",
        {
            "rates": {
                "normal": Decimal("0.015"),
                "watch": Decimal("0.03"),
                "substandard": Decimal("0.30"),
                "doubtful": Decimal("0.60"),
                "loss": Decimal(1),
            },
            "posted": "month_end",
        },
        "财金〔2012〕20号 (management table); " + _DEFAULT,
    ),
    ("day_end_time", {"automatic": True, "at": "00:30"}, _DEFAULT),
    (
        "day_end_messages",
        {"due_in_days": [5, 1, 0], "overdue_days": [1, 3, 4, 7, 15, 16, 31, 46, 61, 91, 181, 271, 361]},
        _DEFAULT,
    ),
    ("debit_retry_days", [1, 3], _DEFAULT),
)
_parameter = sa.table(
    "parameter",
    sa.column("key", sa.String),
    sa.column("value", database.Tagged()),
    sa.column("valid_from", sa.Date),
    sa.column("source_text", sa.String),
    sa.column("approved_by", sa.String),
)
_CATEGORIES = ("normal", "watch", "substandard", "doubtful", "loss")
_PHASES = ("due", "accrue", "debit", "tell", "close")
_POSITION_SUMS = (
    "uncollected",
    "allowance",
    "principal",
    "principal_overdue",
    "interest_overdue",
    "interest_met",
    "penalty_met",
    "other_owed",
    "suspense",
    "next_amount",
)
_POSITION_NUMBERS = {
    "noted": sa.Integer(),
    "periods_overdue": sa.Integer(),
    "interest_fixed": sa.BigInteger(),
    "interest_start": sa.BigInteger(),
    "interest_step": sa.BigInteger(),
    "interest_per": sa.BigInteger(),
    "interest_since": sa.Integer(),
    "late_lines": sa.Integer(),
}
_POSITION_OPEN = {
    "folded_on": sa.Date(),
    "last_event_id": sa.Integer(),
    "oldest_day": sa.Integer(),
    "next_due": sa.Date(),
    "refresh_on": sa.Date(),
    "clean_day": sa.Integer(),
    "observed_until": sa.Date(),
}
_DAY_SUMS_FIRST = ("principal", "principal_overdue", "interest_overdue", "penalty_owed")
_DAY_SUMS = (
    "interest",
    "penalty",
    "uncollected",
    "required",
    "allowance",
    "interest_moved",
    "interest_tax",
    "penalty_moved",
    "penalty_tax",
    "uncollected_moved",
    "allowance_moved",
)


def _category(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*_CATEGORIES, name="category", native_enum=False, length=32)
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("loan_position") as batch_op:
        for name in _POSITION_SUMS:
            batch_op.add_column(sa.Column(name, database.Fen(), nullable=False, server_default="0"))
        for name, kind in _POSITION_NUMBERS.items():
            start = "1" if name == "interest_per" else "0"
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=start))
        for name, kind in _POSITION_OPEN.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        batch_op.add_column(_category("decided", nullable=True))
        batch_op.add_column(sa.Column("live", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_index("ix_loan_position_refresh", ["refresh_on"])
    _drop_defaults()
    _point_at_the_last_events()
    _create_days()
    _create_runs()
    _publish_parameters()


def _publish_parameters() -> None:
    """A company that was founded before gets the parameters that a new one is founded with."""
    connection = op.get_bind()
    known = set(connection.scalars(sa.select(_parameter.c.key)))
    for key, value, source in _PARAMETERS if known else ():
        if key not in known:
            connection.execute(
                sa.insert(_parameter).values(
                    key=key,
                    value=value,
                    valid_from=date(2020, 1, 1),
                    source_text=source,
                    approved_by="system",
                )
            )


def _drop_defaults() -> None:
    """The rows that were there have their values now; a new one is told them all."""
    with op.batch_alter_table("loan_position") as batch_op:
        for name in (*_POSITION_SUMS, *_POSITION_NUMBERS, "live"):
            batch_op.alter_column(name, server_default=None)


def _point_at_the_last_events() -> None:
    """The first day-end makes every position's course from the state that the last event left."""
    op.execute(
        """
        UPDATE loan_position SET refresh_on = accrued_to, last_event_id = (
            SELECT e.id FROM loan_event e
            WHERE e.loan_no = loan_position.loan_no AND e.reversed_by_id IS NULL AND e.kind <> 'reversal'
            ORDER BY e.event_date DESC, e.rank DESC, e.id DESC LIMIT 1)
        """
    )
    op.execute(
        """
        UPDATE loan_position SET live = FALSE
        WHERE loan_no IN (SELECT loan_no FROM loan WHERE status NOT IN ('active', 'settled', 'written_off'))
        """
    )
    # What write-offs and recoveries have posted on the allowance; a reversal's lines have their signs turned.
    op.execute(
        """
        UPDATE loan_position SET allowance = COALESCE(
            (SELECT SUM(j.credit - j.debit) FROM journal_line j
             WHERE j.loan_no = loan_position.loan_no AND j.account = '1304'), 0)
        """
    )


def _create_days() -> None:
    op.create_table(
        "loan_late",
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("fixed", "step", "per")),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loan_no"], ["loan_position.loan_no"], name=op.f("fk_loan_late_loan_no_loan_position")
        ),
        sa.PrimaryKeyConstraint("loan_no", "number", name=op.f("pk_loan_late")),
    )
    op.create_table(
        "loan_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("part", "unit_id", "noted")),
        *(sa.Column(name, database.Fen(), nullable=False) for name in _DAY_SUMS_FIRST),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("days_past_due", "periods_overdue")),
        _category("proposed"),
        _category("category"),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        *(sa.Column(name, database.Fen(), nullable=False) for name in _DAY_SUMS),
        sa.PrimaryKeyConstraint("day", "loan_no", name=op.f("pk_loan_day")),
    )


def _create_runs() -> None:
    op.create_table(
        "day_end",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", database.Instant(), nullable=False),
        sa.Column("finished_at", database.Instant(), nullable=True),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("loans", sa.Integer(), nullable=False),
        sa.Column("rates_from", sa.Date(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["started_by"], ["employee.id"], name=op.f("fk_day_end_started_by_employee")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_end")),
    )
    op.create_table(
        "day_end_part",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phase", sa.Enum(*_PHASES, name="phase", native_enum=False, length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_no", sa.String(length=24), nullable=True),
        sa.Column("last_no", sa.String(length=24), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("loans", "done", "milliseconds")),
        sa.Column("done_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["day"], ["day_end.day"], name=op.f("fk_day_end_part_day_day_end")),
        sa.PrimaryKeyConstraint("day", "phase", "number", name=op.f("pk_day_end_part")),
    )
    op.create_table(
        "day_end_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("loan_no", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("reason_en", sa.String(length=400), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_at", database.Instant(), nullable=False),
        sa.Column("mended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["day"], ["day_end.day"], name=op.f("fk_day_end_failure_day_day_end")),
        sa.ForeignKeyConstraint(["loan_no"], ["loan.loan_no"], name=op.f("fk_day_end_failure_loan_no_loan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_end_failure")),
        sa.UniqueConstraint("day", "loan_no", name=op.f("uq_day_end_failure_day_loan_no")),
    )
    op.create_table(
        "day_end_verdict",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        _category("category_before"),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("paid_on_time", "in_observation")),
        _category("category"),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "days_past_due",
            "category_before",
            "paid_on_time",
            "in_observation",
            name=op.f("pk_day_end_verdict"),
        ),
    )
    op.create_table(
        "debit_file",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("collect_on", sa.Date(), nullable=False),
        sa.Column("file_name", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("total", database.Fen(), nullable=False),
        sa.Column("without_account", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["day_end.day"], name=op.f("fk_debit_file_day_day_end")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_debit_file")),
    )
    op.create_index("ix_debit_file_collect_on", "debit_file", ["collect_on"])


def downgrade() -> None:
    keys = [key for key, _value, _source in _PARAMETERS]
    op.get_bind().execute(sa.delete(_parameter).where(_parameter.c.key.in_(keys)))
    # The release before asks the position what was posted: it takes over what day-ends have posted since.
    op.execute(
        """
        UPDATE loan_position SET
            interest = d.interest, penalty = d.penalty,
            accrued_to = CASE WHEN d.day > loan_position.accrued_to THEN d.day ELSE loan_position.accrued_to END
        FROM loan_day d
        WHERE d.loan_no = loan_position.loan_no
          AND d.day = (SELECT MAX(n.day) FROM loan_day n WHERE n.loan_no = loan_position.loan_no)
          AND (loan_position.folded_on IS NULL OR loan_position.folded_on < d.day)
        """
    )
    for table in (
        "debit_file",
        "day_end_verdict",
        "day_end_failure",
        "day_end_part",
        "day_end",
        "loan_day",
        "loan_late",
    ):
        op.drop_table(table)
    with op.batch_alter_table("loan_position") as batch_op:
        batch_op.drop_index("ix_loan_position_refresh")
        for name in (*_POSITION_SUMS, *_POSITION_NUMBERS, *_POSITION_OPEN, "decided", "live"):
            batch_op.drop_column(name)
