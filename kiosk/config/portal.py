"""The portal: the cloud film service on the internet."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kiosk.config.base import SecretRef, Section


class SendingHospital(Section):
    """A hospital whose publisher may bring exams."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Its name in the portal's store.")
    title: str = Field("", description="Its name on the page that verifies documents; empty: the name above.")
    keys: dict[str, str] = Field(
        min_length=1, description="Public keys (Ed25519, base64url) of its publishers, by key id."
    )


class PortalSettings(Section):
    """The cloud film service for phones (`kiosk portal run`)."""

    origin: str = Field(
        "http://127.0.0.1:8440",
        pattern=r"^https?://[^/\s]+$",
        description="Address as the world knows it, without a path: https://film.example.org.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; nginx stands in front.")
    port: int = Field(8440, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    proxies: str = Field("127.0.0.1", description="Whose X-Forwarded-For is believed: nginx's address.")
    state_dir: Path = Field(Path("portal"), description="Folder of keys, and of database and objects by default.")
    keys_dir: Path | None = Field(
        None, description="Folder of the keys; empty: systemd's credentials where it hands them over, else state_dir."
    )
    database: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in state_dir. postgresql+psycopg://… for several processes."
    )
    database_password: SecretRef = Field("", description="Password of the database, by reference.")
    bucket: str = Field("", description="S3 bucket of the objects; empty: a folder in state_dir.")
    bucket_prefix: str = Field("", description="Prefix of all names in the bucket.")
    bucket_endpoint: str = Field("", description="Address of the S3 service; empty: the provider's own.")
    bucket_region: str = Field("us-east-1", description="Region of the bucket.")
    bucket_key: SecretRef = Field("", description="Access key of the bucket, by reference.")
    bucket_secret: SecretRef = Field("", description="Secret of the access key, by reference.")
    hospitals: tuple[SendingHospital, ...] = Field((), description="Hospitals whose publishers may bring exams.")
    session_minutes: int = Field(60, ge=5, le=1440, description="How long a patient's session lasts.")
    share_minutes: int = Field(5, ge=1, le=60, description="How long a share can be opened.")
    viewing_minutes: int = Field(60, ge=5, le=1440, description="How long somebody may look whom a patient let in.")
    retention_days: int = Field(5475, ge=1, le=36500, description="How long exams are kept; 5475 days are 15 years.")
    event_days: int = Field(30, ge=1, le=3650, description="How long events wait for the hospital to fetch them.")
