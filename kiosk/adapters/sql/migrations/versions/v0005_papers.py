"""Printed documents that the portal is to vouch for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = (sa.Column(name, sa.String(length=200), nullable=False)
             for name in ("kind", "study", "document", "chain", "serial"))  # fmt: skip
    op.create_table(
        "papers",
        sa.Column("digest", sa.String(length=64), nullable=False),
        *words,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Float(precision=53), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_papers"),
    )
    op.create_index("ix_papers_study", "papers", ["study"])
    op.create_index("ix_papers_told", "papers", ["told"])
