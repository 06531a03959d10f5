"""photos taken on a telephone, each with its time, place and hash"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from company import database

revision = "0014"
down_revision = "0017"
branch_labels = None
depends_on = None

SUBJECTS = ("person", "vehicle", "papers", "home", "workplace", "other")
PLACES = ("given", "refused", "unavailable", "unasked")


def upgrade() -> None:
    """Make room for the photos of cases."""
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_key", sa.String(length=80), nullable=False),
        sa.Column(
            "subject", sa.Enum(*SUBJECTS, name="photosubject", native_enum=False, length=32), nullable=False
        ),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "place", sa.Enum(*PLACES, name="placestatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("latitude", database.Rate(), nullable=True),
        sa.Column("longitude", database.Rate(), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("received_by", sa.Integer(), nullable=True),
        sa.Column("received_at", database.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_photo_document_id_document"),
        sa.ForeignKeyConstraint(["received_by"], ["employee.id"], name="fk_photo_received_by_employee"),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("business_key", "sha256", name="uq_photo_business_key_sha256"),
    )
    op.create_index("ix_photo_sha256", "photo", ["sha256"])


def downgrade() -> None:
    """Give the room back; the pictures themselves stay in the file store."""
    op.drop_index("ix_photo_sha256", table_name="photo")
    op.drop_table("photo")
