"""the desks: merged customers and their corrections, versions of products, changes that a second person decides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database
from company.people.matrix import permissions

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

# What is new among the things that roles may do something with, and how far each letter of scope reaches.
THINGS = ("dealer", "product", "price")
SCOPES = {"o": "own", "d": "department", "b": "branch", "a": "all"}


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


def _version_products() -> None:
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
    op.execute("UPDATE product SET version = 1, valid_from = '2020-01-01'")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("valid_from", existing_type=sa.Date(), nullable=False)
        batch_op.drop_constraint("uq_product_code", type_="unique")
        batch_op.create_unique_constraint("uq_product_code_version", ["code", "version"])
        batch_op.create_unique_constraint("uq_product_code_valid_from", ["code", "valid_from"])


def upgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            "fk_customer_merged_into_id_customer", "customer", ["merged_into_id"], ["id"]
        )
        batch_op.create_index("ix_customer_merged_into_id", ["merged_into_id"], unique=False)
    op.create_table(
        "customer_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "field",
            sa.Enum("name", "phone", "address", "card", name="customerfield", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("before_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("after_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["employee.id"], name="fk_customer_change_changed_by_employee"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_change_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_customer_change"),
    )
    op.create_index("ix_customer_change_customer_id", "customer_change", ["customer_id"])
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survivor_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("moved", database.Tagged(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=True),
        sa.Column("merged_at", database.Instant(), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", database.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["merged_by"], ["employee.id"], name="fk_customer_merge_merged_by_employee"),
        sa.ForeignKeyConstraint(["merged_id"], ["customer.id"], name="fk_customer_merge_merged_id_customer"),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["customer.id"], name="fk_customer_merge_survivor_id_customer"
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["employee.id"], name="fk_customer_merge_undone_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_merge"),
    )
    op.create_index("ix_customer_merge_survivor_id", "customer_merge", ["survivor_id"])
    op.create_index("ix_customer_merge_merged_id", "customer_merge", ["merged_id"])
    _create_proposal()
    _version_products()
    _grant()


def _create_proposal() -> None:
    subjects = ("dealer_new", "dealer", "product", "rate_plan", "vehicle_price")
    statuses = ("proposed", "approved", "refused", "withdrawn")
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(*subjects, name="proposalsubject", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("change", database.Tagged(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column(
            "status", sa.Enum(*statuses, name="proposalstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", database.Instant(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", database.Instant(), nullable=True),
        sa.Column("decision_note", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["employee.id"], name="fk_proposal_decided_by_employee"),
        sa.ForeignKeyConstraint(["proposed_by"], ["employee.id"], name="fk_proposal_proposed_by_employee"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_proposal_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
    )
    for column in ("subject", "status", "unit_id"):
        op.create_index(f"ix_proposal_{column}", "proposal", [column])


def downgrade() -> None:
    """The newest version of a product keeps its code; the older ones go on under codes of their own, off sale."""
    op.execute("DELETE FROM permission WHERE object IN ('dealer', 'product', 'price')")
    op.execute(
        "UPDATE rate_plan SET product_id = (SELECT newest.id FROM product AS newest JOIN product AS own "
        "ON own.code = newest.code WHERE own.id = rate_plan.product_id AND newest.valid_to IS NULL)"
    )
    op.execute("UPDATE product SET code = code || '@' || version, active = false WHERE valid_to IS NOT NULL")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_constraint("uq_product_code_valid_from", type_="unique")
        batch_op.drop_constraint("uq_product_code_version", type_="unique")
        batch_op.create_unique_constraint("uq_product_code", ["code"])
        batch_op.drop_column("valid_to")
        batch_op.drop_column("valid_from")
        batch_op.drop_column("version")
    op.drop_table("proposal")
    op.drop_table("customer_merge")
    op.drop_table("customer_change")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_merged_into_id")
        batch_op.drop_constraint("fk_customer_merged_into_id_customer", type_="foreignkey")
        batch_op.drop_column("merged_into_id")
