"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

HELD = sa.text("state <> 'missing'")
OPEN = sa.text("state in ('reserved', 'submitted', 'uncertain')")
NOT_RELEASED = sa.text("released IS NULL")


def upgrade() -> None:
    for make in (_people, _printing, _desk, _cloud, _trail):
        make()


def _people() -> None:
    op.create_table(
        "visits",
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("kiosk", sa.String(length=200), nullable=False),
        sa.Column("opened", sa.Float(precision=53), nullable=False),
        sa.Column("closed", sa.Float(precision=53), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("visit", name="pk_visits"),
    )
    op.create_table(
        "attempts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kiosk", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("cleared", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_attempts"),
    )
    op.create_index("ix_attempts_kiosk_at", "attempts", ["kiosk", "at"])
    op.create_index("ix_attempts_subject_at", "attempts", ["subject", "at"])
    op.create_index("ix_attempts_visit", "attempts", ["visit"])
    op.create_table(
        "staff",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("badge", sa.String(length=200), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_staff"),
    )


def _printing() -> None:
    op.create_table(
        "reservations",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("kiosk", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("first_sheet", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("modality", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("queue", sa.String(length=200), nullable=False),
        sa.Column("job_id", sa.String(length=200), nullable=False),
        sa.Column("submitted", sa.Float(precision=53), nullable=True),
        sa.Column("settled", sa.Float(precision=53), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reservations"),
        sa.UniqueConstraint("serial", name="uq_reservations_serial"),
    )
    op.create_index("ix_reservations_document", "reservations", ["document"])
    op.create_index("ix_reservations_kiosk", "reservations", ["kiosk"])
    op.create_index("ix_reservations_queue_settled", "reservations", ["queue", "settled"])
    op.create_table(
        "sheets",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("changed", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["reservations.serial"], name="fk_sheets_serial"),
        sa.PrimaryKeyConstraint("number", name="pk_sheets"),
    )
    op.create_index("ix_sheets_open", "sheets", ["state"], postgresql_where=OPEN)
    op.create_index("ix_sheets_serial", "sheets", ["serial"])
    op.create_index(
        "uq_sheets_held", "sheets", ["document", "copy", "sheet"], unique=True, sqlite_where=HELD, postgresql_where=HELD
    )
    op.create_table(
        "supply_levels",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_supply_levels"),
    )
    op.create_index("ix_supply_levels_queue_at", "supply_levels", ["queue", "at"])


def _desk() -> None:
    op.create_table(
        "holds",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("released", sa.Float(precision=53), nullable=True),
        sa.Column("released_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_holds"),
    )
    op.create_index(
        "uq_holds_open", "holds", ["study"], unique=True, sqlite_where=NOT_RELEASED, postgresql_where=NOT_RELEASED
    )
    op.create_table(
        "film_requests",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.Column("modality", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("how", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_film_requests"),
    )
    op.create_table(
        "overrides",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_overrides"),
    )


def _cloud() -> None:
    op.create_table(
        "links",
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_links"),
    )
    op.create_table(
        "link_studies",
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["links.digest"], name="fk_link_studies_digest"),
        sa.PrimaryKeyConstraint("digest", "study", name="pk_link_studies"),
    )
    op.create_table(
        "publications",
        sa.Column("study", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("done", sa.Float(precision=53), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("changed", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("study", name="pk_publications"),
    )


def _trail() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("kiosk", sa.String(length=200), nullable=False),
        sa.Column("visit", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_kind", "events", ["kind"])
    head = op.create_table(
        "trail_head",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_trail_head"),
    )
    op.bulk_insert(head, [{"one": 1, "number": 0, "at": 0.0, "digest": ""}])
    op.create_table(
        "probes",
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_probes"),
    )
