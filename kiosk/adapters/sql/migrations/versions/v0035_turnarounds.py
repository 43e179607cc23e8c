"""How long reports took, so that patients can be told when one is usually there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turnarounds",
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.Column("modality", sa.String(length=200), nullable=False),
        sa.Column("taken", sa.Float(precision=53), nullable=False),
        sa.Column("ready", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("study", name="pk_turnarounds"),
    )
    op.create_index("ix_turnarounds_modality_ready", "turnarounds", ["modality", "ready"])
