"""organisation: duties of units, positions with their history, composed roles, substitution, training, regulations,
second factor, sessions, former passwords, and the reason of an act."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database
from company.people.matrix import permissions

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

THINGS = ("training", "regulation")
SCOPES = {"o": "own", "d": "department", "b": "branch", "a": "all"}
TABLES = (
    "identity_link",
    "recovery_code",
    "second_factor",
    "sign_in_session",
    "former_password",
    "regulation_reading",
    "regulation",
    "training_record",
    "role_course",
    "course",
    "substitution",
    "role_group",
    "position_holding",
    "position",
)


def _grant() -> None:
    for thing, role_id, actions, letter in permissions():
        if thing in THINGS:
            op.get_bind().execute(
                sa.text(
                    "INSERT INTO permission (role_id, object, actions, scope) "
                    "SELECT id, :thing, :actions, :scope FROM role WHERE id = :role_id"
                ),
                {"thing": thing, "role_id": role_id, "actions": actions, "scope": SCOPES[letter]},
            )


def upgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duties", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.alter_column("duties", existing_type=sa.Text(), server_default=None)
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("needs_second_factor", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.alter_column("needs_second_factor", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("activity_history", schema=None) as batch_op:
        batch_op.add_column(sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("on_behalf_of_name", sa.String(length=100), nullable=True))
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=400), nullable=True))
    _create_positions()
    _fill_positions()
    _create_roles_and_substitution()
    _create_training()
    _create_regulations()
    _create_sign_in()
    _create_outside_identities()
    _grant()


def _create_positions() -> None:
    op.create_table(
        "position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("head_count", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_position_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_position"),
        sa.UniqueConstraint("unit_id", "name", name="uq_position_unit_id_name"),
    )
    op.create_table(
        "position_holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_position_holding_employee_id_employee"
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name="fk_position_holding_position_id_position"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_position_holding"),
    )
    op.create_index("ix_position_holding_position_id", "position_holding", ["position_id"])
    op.create_index("ix_position_holding_employee_id", "position_holding", ["employee_id"])


def _fill_positions() -> None:
    """What stood as text with each employee becomes a position of the unit, held since the first day known."""
    op.execute(
        "INSERT INTO position (unit_id, name, name_en, head_count) "
        "SELECT unit_id, position, position, count(*) FROM employee WHERE position <> '' "
        "GROUP BY unit_id, position"
    )
    op.execute(
        "INSERT INTO position_holding (position_id, employee_id, since, until, noted_by) "
        "SELECT position.id, employee.id, "
        "COALESCE(employee.entered_on, employee.left_on, (SELECT business_date FROM company)), "
        "employee.left_on, 'system' FROM employee "
        "JOIN position ON position.unit_id = employee.unit_id AND position.name = employee.position"
    )
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.drop_column("position")


def _create_roles_and_substitution() -> None:
    op.create_table(
        "role_group",
        sa.Column("role_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_role_group_role_id_role"),
        sa.PrimaryKeyConstraint("role_id", "group_id", name="pk_role_group"),
    )
    op.create_table(
        "substitution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["absent_id"], ["employee.id"], name="fk_substitution_absent_id_employee"),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["employee.id"], name="fk_substitution_substitute_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_substitution"),
    )
    op.create_index("ix_substitution_absent_id", "substitution", ["absent_id"])
    op.create_index("ix_substitution_substitute_id", "substitution", ["substitute_id"])


def _create_training() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
        sa.UniqueConstraint("name", name="uq_course_name"),
    )
    op.create_table(
        "role_course",
        sa.Column("role_id", sa.String(length=32), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_role_course_course_id_course"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_role_course_role_id_role"),
        sa.PrimaryKeyConstraint("role_id", "course_id", name="pk_role_course"),
    )
    op.create_table(
        "training_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("attended_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_training_record_course_id_course"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_training_record_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_training_record"),
    )
    op.create_index("ix_training_record_employee_id", "training_record", ["employee_id"])


def _create_regulations() -> None:
    op.create_table(
        "regulation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("parameters", database.Tagged(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regulation"),
        sa.UniqueConstraint("number", name="uq_regulation_number"),
    )
    op.create_table(
        "regulation_reading",
        sa.Column("regulation_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("read_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_regulation_reading_employee_id_employee"
        ),
        sa.ForeignKeyConstraint(
            ["regulation_id"], ["regulation.id"], name="fk_regulation_reading_regulation_id_regulation"
        ),
        sa.PrimaryKeyConstraint("regulation_id", "employee_id", name="pk_regulation_reading"),
    )


def _create_outside_identities() -> None:
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("staff_no", sa.String(length=32), nullable=True))
        batch_op.create_unique_constraint("uq_employee_email", ["email"])
        batch_op.create_unique_constraint("uq_employee_staff_no", ["staff_no"])
    op.create_table(
        "identity_link",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_identity_link_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identity_link"),
    )
    op.create_index("ix_identity_link_employee_id", "identity_link", ["employee_id"])


def _create_sign_in() -> None:
    op.create_table(
        "former_password",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_former_password_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_former_password"),
    )
    op.create_index("ix_former_password_employee_id", "former_password", ["employee_id"])
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("opened_at", database.Instant(), nullable=False),
        sa.Column("seen_at", database.Instant(), nullable=False),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_sign_in_session_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_session"),
    )
    op.create_index("ix_sign_in_session_employee_id", "sign_in_session", ["employee_id"])
    op.create_table(
        "second_factor",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", database.Instant(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_second_factor_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("employee_id", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_recovery_code_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_employee_id", "recovery_code", ["employee_id"])


def downgrade() -> None:
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.String(length=60), server_default="", nullable=False))
    op.execute(
        "UPDATE employee SET position = COALESCE((SELECT min(position.name) FROM position "
        "JOIN position_holding ON position_holding.position_id = position.id "
        "WHERE position_holding.employee_id = employee.id AND (position_holding.until IS NULL "
        "OR position_holding.until = employee.left_on)), '')"
    )
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.alter_column("position", existing_type=sa.String(length=60), server_default=None)
    for name in TABLES:
        op.drop_table(name)
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.drop_constraint("uq_employee_staff_no", type_="unique")
        batch_op.drop_constraint("uq_employee_email", type_="unique")
        batch_op.drop_column("staff_no")
        batch_op.drop_column("email")
    op.execute("DELETE FROM permission WHERE object IN ('training', 'regulation')")
    for table, columns in (
        ("audit_entry", ("reason",)),
        ("activity_history", ("on_behalf_of_name", "on_behalf_of_id")),
        ("role", ("needs_second_factor",)),
        ("unit", ("closed_on", "duties")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.drop_column(name)
