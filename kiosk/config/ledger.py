"""The journal, and where its trail goes."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kiosk.config.base import SecretRef, Section
from kiosk.config.web import WebSettings


class LedgerSettings(Section):
    """The journal."""

    url: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in state_dir. postgresql+psycopg://… for a fleet."
    )
    password: SecretRef = Field("", description="Password of the database, by reference.")


class AuditSettings(Section):
    """Where the trail is forwarded to: syslog over TLS (RFC 5425), a FHIR server, or both."""

    host: str = Field("", description="The audit repository's name or address; empty: the trail stays here.")
    port: int = Field(6514, ge=1, le=65535, description="Its port.")
    ca_file: Path | None = Field(None, description="The repository's authority (PEM); empty: the system's.")
    cert_file: Path | None = Field(None, description="This kiosk's certificate (PEM).")
    key_file: Path | None = Field(None, description="Its key (PEM), mode 0600.")
    fhir: WebSettings = WebSettings()
