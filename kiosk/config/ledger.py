"""The journal."""

from __future__ import annotations

from pydantic import Field

from kiosk.config.base import SecretRef, Section


class LedgerSettings(Section):
    """The journal."""

    url: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in state_dir. postgresql+psycopg://… for a fleet."
    )
    password: SecretRef = Field("", description="Password of the database, by reference.")
