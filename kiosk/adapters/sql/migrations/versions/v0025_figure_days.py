"""Days of the figures, and indexes by which a day's records, and what changed since, are found without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXES = (
    ("visits", "opened"),
    ("visits", "closed"),
    ("reservations", "since"),
    ("sheets", "changed"),
    ("film_requests", "at"),
    ("overrides", "at"),
    ("links", "since"),
    ("link_studies", "study"),
    ("publications", "changed"),
)


def upgrade() -> None:
    op.create_table(
        "figure_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "part", name="pk_figure_days"),
    )
    op.create_table(
        "figure_mark",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("portal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_figure_mark"),
    )
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])
