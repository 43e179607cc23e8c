"""The hospital's information systems: where reports, orders and identity facts are asked for, and who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kiosk.config.base import SecretRef, Section
from kiosk.domain.exam import ReportStatus
from kiosk.domain.orders import DeliveryMode, OrderStage


class DatabaseSettings(Section):
    """A database that the hospital lets the kiosk read."""

    url: str = Field(
        "",
        description="SQLAlchemy address, e.g. postgresql+psycopg://kiosk@ris/ris or mysql+pymysql://kiosk@ris/ris?"
        "charset=utf8mb4; the user needs SELECT on the views only.",
    )
    password: SecretRef = Field("", description="Its password, by reference.")
    connect_s: int = Field(3, ge=1, le=30, description="Time to connect, seconds.")
    query_s: int = Field(5, ge=1, le=60, description="Time for one statement, seconds.")
    rows: int = Field(200, ge=1, le=5000, description="Most rows of an answer; more is a fault of the view.")


class InboxSettings(DatabaseSettings):
    """What the gateway receives and kiosks read; numbers as keyed digests, all else encrypted."""

    key: SecretRef = Field("", description="Key of the inbox, by reference, 32 bytes or more; the same everywhere.")


class ReportSourceSettings(Section):
    """Written reports."""

    kind: Literal["archive", "sql", "inbox"] = Field(
        "archive", description="Reports in the archive, rows of a view, or what the gateway has received."
    )
    select: str = Field(
        "",
        description="SELECT with the binds :accession :patient :national :study :visit (those you need) and the "
        "aliases accession patient_id patient_name birth_date national_id study_uid report_id version status written "
        "title, and one of pdf (BLOB), pdf_url, pdf_path, text.",
    )
    status: dict[str, ReportStatus] = Field(
        default_factory=dict,
        description='What the view\'s status words mean, e.g. { "3" = "final" }; any other is not ready.',
    )
    url_prefixes: tuple[str, ...] = Field((), description="pdf_url is fetched below these only.")
    path_roots: dict[str, Path] = Field(
        default_factory=dict,
        description="pdf_path begins with one of these and is read below the folder it stands for.",
    )


class OrderSourceSettings(Section):
    """How far an exam is, before there is a report."""

    kind: Literal["archive", "sql", "inbox"] = Field(
        "archive", description="Derived from the archive, rows of a view, or what the gateway has received."
    )
    select: str = Field(
        "",
        description="SELECT with the same binds and the aliases accession patient_id patient_name birth_date "
        "national_id study_uid stage since hold modality description patient_type.",
    )
    stages: dict[str, OrderStage] = Field(
        default_factory=dict,
        description="What the view's stage words mean: registered, arrived, scanned, complete, reading, signed, "
        "cancelled; any other is not ready.",
    )
    delivery: dict[str, DeliveryMode] = Field(
        default_factory=dict,
        description="What is handed out to which patient_type: any, both (the film not before the report), film, "
        'report or never, e.g. { "I" = "report" }; "" is for every other type; without it: any.',
    )


class DirectorySettings(Section):
    """What is on file of a person."""

    kind: Literal["archive", "sql", "inbox"] = Field(
        "archive", description="The archive's own records, rows of a view, or what the gateway has received."
    )
    select: str = Field(
        "", description="SELECT with :patient and the aliases patient_id patient_name national_id birth_date telephone."
    )


class ReceiptSettings(Section):
    """Who is told what was printed."""

    kind: Literal["none", "sql"] = Field("none", description="Nobody, or a statement in the hospital's database.")
    statement: str = Field(
        "",
        description="One statement with the binds :serial :kind :accession :study :patient :report :sheets :kiosk "
        ":printed_at; it may come twice with one :serial.",
    )


class RisSettings(Section):
    """The hospital's information systems. Without them everything comes from the archive."""

    database: DatabaseSettings = DatabaseSettings()
    reports: ReportSourceSettings = ReportSourceSettings()
    orders: OrderSourceSettings = OrderSourceSettings()
    directory: DirectorySettings = DirectorySettings()
    receipts: ReceiptSettings = ReceiptSettings()
    inbox: InboxSettings = InboxSettings()

    @model_validator(mode="after")
    def _whole(self) -> RisSettings:
        """Nothing is chosen without what it needs."""
        for name in ("reports", "orders", "directory"):
            source = getattr(self, name)
            if source.kind == "sql" and not (source.select and self.database.url):
                raise ValueError(f"{name}: kind sql needs select and ris.database.url")
            if source.kind == "inbox" and not (self.inbox.url and self.inbox.key):
                raise ValueError(f"{name}: kind inbox needs ris.inbox.url and ris.inbox.key")
        if self.receipts.kind == "sql" and not (self.receipts.statement and self.database.url):
            raise ValueError("receipts: kind sql needs statement and ris.database.url")
        return self
