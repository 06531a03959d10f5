"""review: overrides, one reconsideration, conditions with owner, due day and proof; products for cars and customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database, tagged
from company.parameter_values import VALUES

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

# What the new steps ask for; a company founded before lacks them.
PARAMETERS = ("reconsideration_days", "conditions_precedent")
_ANY_CAR, _EVERYBODY = ["new", "used"], ["individual", "corporate"]
# What the first products were for, and all that a company added itself is for whatever it was used for so far.
_FITS = {
    "NEW_STD": (["new"], _EVERYBODY),
    "USED_STD": (["used"], _EVERYBODY),
    "EQ_PRINCIPAL": (_ANY_CAR, ["individual"]),
    "GUARANTOR_ONLY": (_ANY_CAR, ["individual"]),
}
_RULES = (
    "ltv_above_table",
    "dti_high",
    "vin_unusual",
    "rate_below_usual",
    "vin_elsewhere",
    "prescreen_referred",
)
_REASONS = ("income_source", "higher_down_payment", "verified_by_hand", "good_customer", "other")
_LEVELS = ("l1", "l2", "committee")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    _create_overrides()
    _create_reconsiderations()
    with op.batch_alter_table("condition_precedent") as batch_op:
        batch_op.add_column(sa.Column("owner_role", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("proof_kind", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("proof_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_condition_precedent_proof_id_document"), "document", ["proof_id"], ["id"]
        )
    _say_whom_products_are_for()
    _publish_parameters()


def _create_overrides() -> None:
    op.create_table(
        "review_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("rule", _words("softrule", *_RULES), nullable=False),
        sa.Column("level", _words("reviewlevel", *_LEVELS), nullable=False),
        sa.Column("route", _words("reviewlevel", *_LEVELS), nullable=False),
        sa.Column("reason", _words("overridereason", *_REASONS), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("given_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name=op.f("fk_review_override_application_no_application"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["review_decision.id"],
            name=op.f("fk_review_override_decision_id_review_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["employee.id"], name=op.f("fk_review_override_reviewer_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_override")),
    )
    op.create_index(op.f("ix_review_override_application_no"), "review_override", ["application_no"])
    op.create_index(op.f("ix_review_override_decision_id"), "review_override", ["decision_id"])


def _create_reconsiderations() -> None:
    op.create_table(
        "reconsideration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_no", sa.String(length=32), nullable=False),
        sa.Column("status", _words("reconsiderationstatus", "asked", "upheld", "reopened"), nullable=False),
        sa.Column("rejected_by", _words("rejectedby", "rules", *_LEVELS), nullable=False),
        sa.Column("rejected_on", sa.Date(), nullable=False),
        sa.Column("reason_codes", database.Tagged(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("new_facts", database.Tagged(), nullable=False),
        sa.Column("grounds", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["application.application_no"],
            name=op.f("fk_reconsideration_application_no_application"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["employee.id"], name=op.f("fk_reconsideration_asked_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name=op.f("fk_reconsideration_decided_by_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconsideration")),
        sa.UniqueConstraint("application_no", name=op.f("uq_reconsideration_application_no")),
    )


def _say_whom_products_are_for() -> None:
    with op.batch_alter_table("product") as batch_op:
        batch_op.add_column(sa.Column("vehicle_kinds", database.Tagged(), nullable=True))
        batch_op.add_column(sa.Column("clienteles", database.Tagged(), nullable=True))
    product = sa.table(
        "product",
        sa.column("code", sa.String),
        sa.column("vehicle_kinds", database.Tagged()),
        sa.column("clienteles", database.Tagged()),
    )
    connection = op.get_bind()
    for code in connection.scalars(sa.select(product.c.code)).all():
        cars, people = _FITS.get(code, (_ANY_CAR, _EVERYBODY))
        connection.execute(
            sa.update(product).where(product.c.code == code).values(vehicle_kinds=cars, clienteles=people)
        )
    with op.batch_alter_table("product") as batch_op:
        batch_op.alter_column("vehicle_kinds", existing_type=database.Tagged(), nullable=False)
        batch_op.alter_column("clienteles", existing_type=database.Tagged(), nullable=False)


def _publish_parameters() -> None:
    connection = op.get_bind()
    if not connection.execute(sa.text("SELECT count(*) FROM parameter")).scalar():
        return
    for key, value, valid_from, source_text in VALUES:
        if key in PARAMETERS:
            connection.execute(
                sa.text(
                    "INSERT INTO parameter (key, value, valid_from, source_text, approved_by) "
                    "VALUES (:key, :value, :from, :source, 'migration 0011')"
                ),
                {"key": key, "value": tagged.dumps(value), "from": valid_from, "source": source_text},
            )


def downgrade() -> None:
    op.execute("DELETE FROM parameter WHERE key IN ('reconsideration_days', 'conditions_precedent')")
    with op.batch_alter_table("product") as batch_op:
        batch_op.drop_column("clienteles")
        batch_op.drop_column("vehicle_kinds")
    with op.batch_alter_table("condition_precedent") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_condition_precedent_proof_id_document"), type_="foreignkey")
        for column in ("proof_id", "proof_kind", "due_on", "owner_role"):
            batch_op.drop_column(column)
    op.drop_table("reconsideration")
    op.drop_table("review_override")
