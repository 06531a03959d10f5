"""privacy: who has seen a customer, requests and restrictions, exports to be approved, the compliance register; what is
said in complaints and callbacks is sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from alembic import op

from company import database, tagged
from company.parameter_values import VALUES
from company.people.matrix import permissions
from company.vault import Vault, place_of_person_key
from lending.compliance_rules import RULES
from lending.maths.due_dates import months_after

revision = "0022"
down_revision = "0025"
branch_labels = None
depends_on = None

THINGS = ("export", "privacy", "retention", "compliance")
SCOPES = {"o": "own", "d": "department", "b": "branch", "a": "all"}
# Of each table: clear column, sealed column, and whether it is always filled.
SEALED = (
    ("complaint", "text", "text_sealed", True),
    ("complaint", "answer", "answer_sealed", False),
    ("callback_record", "text", "text_sealed", True),
)


class SealingNeedsKey(Exception):
    """There are texts to seal or to open, and no key was handed over."""


def upgrade() -> None:
    _create_compliance()
    _create_exports()
    _create_restrictions()
    _create_requests()
    _create_access_log()
    _seal_contacts()
    _grant()
    _enter_rules()
    _publish_parameters()


def downgrade() -> None:
    op.get_bind().execute(sa.text("DELETE FROM parameter WHERE key IN ('personal_items', 'retention_rules')"))
    op.get_bind().execute(
        sa.text("DELETE FROM permission WHERE object IN ('export', 'privacy', 'retention', 'compliance')")
    )
    _open_contacts()
    for name in (
        "personal_access",
        "data_subject_request",
        "customer_restriction",
        "export_request",
        "compliance_review",
        "compliance_rule",
    ):
        op.drop_table(name)


def _create_compliance() -> None:
    op.create_table(
        "compliance_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("duty", sa.String(length=400), nullable=False),
        sa.Column("duty_en", sa.String(length=400), nullable=False),
        sa.Column("owner_role", sa.String(length=32), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["owner_role"], ["role.id"], name="fk_compliance_rule_owner_role_role"),
        sa.PrimaryKeyConstraint("id", name="pk_compliance_rule"),
        sa.UniqueConstraint("code", name="uq_compliance_rule_code"),
    )
    op.create_index("ix_compliance_rule_next_review_on", "compliance_rule", ["next_review_on"], unique=False)
    op.create_table(
        "compliance_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("reviewed_by", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.String(length=400), nullable=False),
        sa.Column("recorded_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["employee.id"], name="fk_compliance_review_reviewed_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["compliance_rule.id"], name="fk_compliance_review_rule_id_compliance_rule"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_compliance_review"),
    )
    op.create_index("ix_compliance_review_rule_id", "compliance_review", ["rule_id"], unique=False)


def _create_exports() -> None:
    op.create_table(
        "export_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", database.Instant(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked", "approved", "refused", "taken", name="exportstatus", native_enum=False, length=16
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("expires_at", database.Instant(), nullable=True),
        sa.Column("taken_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["employee.id"], name="fk_export_request_asked_by_employee"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name="fk_export_request_decided_by_employee"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_export_request_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_export_request"),
    )
    op.create_index("ix_export_request_asked_by", "export_request", ["asked_by"], unique=False)
    op.create_index("ix_export_request_status", "export_request", ["status", "unit_id"], unique=False)


def _create_restrictions() -> None:
    op.create_table(
        "customer_restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("request_no", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("restricted_by", sa.Integer(), nullable=True),
        sa.Column("restricted_at", database.Instant(), nullable=False),
        sa.Column("lifted_reason", sa.String(length=400), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_restriction_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["employee.id"], name="fk_customer_restriction_lifted_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["restricted_by"], ["employee.id"], name="fk_customer_restriction_restricted_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_customer_restriction"),
    )
    op.create_index(
        "ix_customer_restriction_customer_id", "customer_restriction", ["customer_id"], unique=False
    )


def _create_requests() -> None:
    op.create_table(
        "data_subject_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_no", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "access",
                "correct",
                "delete",
                "export",
                "explain",
                name="requestkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "counter", "phone", "letter", "online", name="requestchannel", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("wish", sa.String(length=400), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("identified_by", sa.Integer(), nullable=True),
        sa.Column("identified_how", sa.String(length=400), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "fulfilled",
                "restricted",
                "refused",
                "unidentified",
                "withdrawn",
                name="requestoutcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.String(length=400), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_data_subject_request_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["employee.id"], name="fk_data_subject_request_ended_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["identified_by"], ["employee.id"], name="fk_data_subject_request_identified_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["employee.id"], name="fk_data_subject_request_recorded_by_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_data_subject_request"),
        sa.UniqueConstraint("request_no", name="uq_data_subject_request_request_no"),
    )
    op.create_index("ix_data_subject_request_answer_by", "data_subject_request", ["answer_by"], unique=False)
    op.create_index(
        "ix_data_subject_request_customer_id", "data_subject_request", ["customer_id"], unique=False
    )


def _create_access_log() -> None:
    op.create_table(
        "personal_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("at", database.Instant(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("page", "reveal", "document", "package", name="accesskind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "identity",
                "contact",
                "contract",
                "payment",
                "complaint",
                "audit",
                name="accesspurpose",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("remote", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_personal_access_customer_id_customer"
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_personal_access_employee_id_employee"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_personal_access"),
    )
    op.create_index("ix_personal_access_customer", "personal_access", ["customer_id", "id"], unique=False)


def _seal_contacts() -> None:
    for table in ("complaint", "callback_record"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("person_key_id", sa.Integer(), nullable=True))
            for name, _clear, sealed, _filled in SEALED:
                if name == table:
                    batch_op.add_column(sa.Column(sealed, sa.LargeBinary(), nullable=True))
        op.execute(
            f"UPDATE {table} SET person_key_id = "
            f"(SELECT person_key_id FROM customer WHERE customer.id = {table}.customer_id)"
        )
    _rewrite(lambda vault, key_id, text: vault.seal(str(text), about=f"person:{key_id}"), up=True)
    for table in ("complaint", "callback_record"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("person_key_id", existing_type=sa.Integer(), nullable=False)
            batch_op.create_foreign_key(
                f"fk_{table}_person_key_id_person_key", "person_key", ["person_key_id"], ["id"]
            )
            for name, clear, sealed, filled in SEALED:
                if name == table:
                    batch_op.drop_column(clear)
                    if filled:
                        batch_op.alter_column(sealed, existing_type=sa.LargeBinary(), nullable=False)


def _open_contacts() -> None:
    for name, clear, _sealed, _filled in SEALED:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column(clear, sa.String(length=1000), nullable=True))
    _rewrite(lambda vault, key_id, blob: vault.open_text(bytes(blob), about=f"person:{key_id}"), up=False)
    for table in ("complaint", "callback_record"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(f"fk_{table}_person_key_id_person_key", type_="foreignkey")
            batch_op.drop_column("person_key_id")
            for name, clear, sealed, filled in SEALED:
                if name == table:
                    batch_op.drop_column(sealed)
                    if filled:
                        batch_op.alter_column(clear, existing_type=sa.String(length=1000), nullable=False)


def _rewrite(turned: Callable[[Vault, int, object], object], *, up: bool) -> None:
    """Fill the sealed columns from the clear ones, or the other way; an erased person's texts stay empty."""
    for name, clear, sealed, filled in SEALED:
        source, target = (clear, sealed) if up else (sealed, clear)
        rows = op.get_bind().execute(
            sa.text(
                f"SELECT t.id, t.person_key_id, k.wrapped, t.{source} FROM {name} t "
                f"JOIN person_key k ON k.id = t.person_key_id WHERE t.{source} IS NOT NULL"
            )
        )
        for row_id, key_id, wrapped, value in rows.all():
            made: object = b"" if up else ""
            if wrapped is not None:
                made = turned(_key_of(key_id, bytes(wrapped)), key_id, value)
            elif not filled:
                made = None
            op.get_bind().execute(
                sa.text(f"UPDATE {name} SET {target} = :made WHERE id = :id"), {"made": made, "id": row_id}
            )


def _key_of(key_id: int, wrapped: bytes) -> Vault:
    vault = op.get_context().config.attributes.get("vault")
    if not isinstance(vault, Vault):
        raise SealingNeedsKey("start the step with cheliu migrate or cheliu serve, which know the key")
    return Vault(vault.open(wrapped, about=place_of_person_key(key_id)))


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


def _publish_parameters() -> None:
    """A company that was founded before gets the rules of personal data that a new one begins with."""
    connection = op.get_bind()
    if not connection.execute(sa.text("SELECT count(*) FROM parameter")).scalar():
        return
    for key, value, valid_from, source_text in VALUES:
        if key in ("personal_items", "retention_rules"):
            row = {"key": key, "value": tagged.dumps(value), "from": valid_from, "source": source_text}
            connection.execute(
                sa.text(
                    "INSERT INTO parameter (key, value, valid_from, source_text, approved_by) "
                    "VALUES (:key, :value, :from, :source, 'migration 0022')"
                ),
                row,
            )


def _enter_rules() -> None:
    """A company that was founded before gets the rules that a new one begins with."""
    connection = op.get_bind()
    today = connection.scalar(
        sa.select(sa.column("business_date", sa.Date())).select_from(sa.table("company"))
    )
    known = set(connection.scalars(sa.text("SELECT id FROM role")))
    if not isinstance(today, date):
        return
    register = sa.table(
        "compliance_rule",
        *(
            sa.column(name)
            for name in ("code", "name", "name_en", "source", "duty", "duty_en", "owner_role", "every_months")
        ),
        sa.column("next_review_on", sa.Date()),
    )
    for rule in RULES:
        values = dict(zip((column.name for column in register.columns), rule, strict=False))
        if values["owner_role"] in known:
            due = months_after(today, rule[-1], due_day=today.day)
            connection.execute(sa.insert(register).values(**values, next_review_on=due))
