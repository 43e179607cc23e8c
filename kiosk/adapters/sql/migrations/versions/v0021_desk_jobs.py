"""Jobs of the desk: films with their papers, and batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    word, prose, seconds = sa.String(length=200), sa.Text(), sa.Float(precision=53)
    op.create_table(
        "desk_jobs",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("kind", word, nullable=False),
        sa.Column("actor", word, nullable=False),
        sa.Column("visit", word, nullable=False),
        sa.Column("printer", word, nullable=False),
        sa.Column("terms", prose, nullable=False),
        sa.Column("state", word, nullable=False),
        sa.Column("fault", word, nullable=False),
        sa.Column("since", seconds, nullable=False),
        sa.Column("owner", word, nullable=False),
        sa.Column("beat", seconds, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_desk_jobs"),
    )
    op.create_index("ix_desk_jobs_state_since", "desk_jobs", ["state", "since"])
    op.create_table(
        "desk_job_items",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("study", prose, nullable=False),
        sa.Column("state", word, nullable=False),
        sa.Column("fault", word, nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["desk_jobs.job"], name="fk_desk_job_items_job"),
        sa.PrimaryKeyConstraint("job", "place", name="pk_desk_job_items"),
    )
