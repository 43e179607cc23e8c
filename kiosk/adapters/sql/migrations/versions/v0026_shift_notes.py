"""Hand-over notes, and who has read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift_notes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_shift_notes"),
    )
    op.create_index("ix_shift_notes_at", "shift_notes", ["at"])
    op.create_table(
        "shift_readers",
        sa.Column("note", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["note"], ["shift_notes.number"], name="fk_shift_readers_note"),
        sa.PrimaryKeyConstraint("note", "name", name="pk_shift_readers"),
    )
