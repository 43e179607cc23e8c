"""Runs migrations on the connection that the ledger hands over (`config.attributes`)."""

from __future__ import annotations

from alembic import context

from kiosk.adapters.sql.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
