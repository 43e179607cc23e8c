"""Messages that patients agreed to, for when a report is ready."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ready_notices",
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("taken", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("study", name="pk_ready_notices"),
    )
