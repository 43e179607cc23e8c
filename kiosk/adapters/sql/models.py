"""The ledger's tables. Nothing personal: subjects, documents and studies are keyed pseudonyms, visits random numbers.

visits · attempts · reservations — sheets · supply_levels · holds · film_requests · overrides · staff · calls ·
links — link_studies · publications · phone_events · events, trail_head · probes · desk_sessions ·
devices, fleet_orders, rollouts, update_notes (`fleet_tables`) · figure_days, figure_mark, shift_notes — shift_readers
(`office`) · turnarounds (`waiting`)
"""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Seconds = Annotated[float, mapped_column(Float(53))]  # since the epoch; a double on both databases
Word = Annotated[str, mapped_column(String(200), default="")]
Prose = Annotated[str, mapped_column(Text, default="")]


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class VisitRow(Base):
    __tablename__ = "visits"
    __table_args__ = (Index(None, "opened"), Index(None, "closed"))

    visit: Mapped[str] = mapped_column(String(200), primary_key=True)
    kiosk: Mapped[Word]
    opened: Mapped[Seconds]
    closed: Mapped[float | None] = mapped_column(Float(53))
    outcome: Mapped[Word]


class AttemptRow(Base):
    """One answer to an identity question. `cleared` names the visit or person that made it no longer count."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "kiosk", "at"), Index(None, "visit"))

    number: Mapped[int] = mapped_column(primary_key=True)
    visit: Mapped[Word]
    subject: Mapped[Word]
    kiosk: Mapped[Word]
    at: Mapped[Seconds]
    cleared: Mapped[Word]


class PrintTaskRow(Base):
    """A reservation: the right to print a document's sheets, once."""

    __tablename__ = "reservations"
    __table_args__ = (
        Index(None, "document"),
        Index(None, "kiosk"),
        Index(None, "queue", "settled"),
        Index(None, "since"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    visit: Mapped[Word]
    kiosk: Mapped[Word]
    document: Mapped[Word]
    subject: Mapped[Word]
    kind: Mapped[Word]
    copy: Mapped[int]
    first_sheet: Mapped[int]
    sheets: Mapped[int]
    impressions: Mapped[int]
    reason: Mapped[Word]
    modality: Mapped[Word]
    since: Mapped[Seconds]
    queue: Mapped[Word]
    job_id: Mapped[Word]
    submitted: Mapped[float | None] = mapped_column(Float(53))
    settled: Mapped[float | None] = mapped_column(Float(53))
    why: Mapped[Word]
    actor: Mapped[Word]


class SheetRow(Base):
    """One sheet of one reservation. A sheet of a document's copy can be held by one reservation only, until missing.

    `was` is its state before a person said what became of it; empty where nobody did.
    """

    __tablename__ = "sheets"
    __table_args__ = (
        Index(None, "changed"),
        # The one thing that keeps two kiosks from printing the same sheet, whatever a program does or forgets.
        Index(
            "uq_sheets_held",
            "document",
            "copy",
            "sheet",
            unique=True,
            sqlite_where=text("state <> 'missing'"),
            postgresql_where=text("state <> 'missing'"),
        ),
        Index("ix_sheets_open", "state", postgresql_where=text("state in ('reserved', 'submitted', 'uncertain')")),
        Index(None, "serial"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(ForeignKey("reservations.serial"))
    document: Mapped[Word]
    copy: Mapped[int]
    sheet: Mapped[int]
    state: Mapped[Word]
    changed: Mapped[Seconds]
    was: Mapped[Word]


class SupplyLevelRow(Base):
    """A supply's level when it changed, per cent."""

    __tablename__ = "supply_levels"
    __table_args__ = (Index(None, "queue", "at"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[Word]
    name: Mapped[Word]
    level: Mapped[int]
    at: Mapped[Seconds]


class HoldRow(Base):
    __tablename__ = "holds"
    __table_args__ = (
        Index(
            "uq_holds_open",
            "study",
            unique=True,
            sqlite_where=text("released IS NULL"),
            postgresql_where=text("released IS NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[Word]
    reason: Mapped[Prose]
    actor: Mapped[Word]
    since: Mapped[Seconds]
    released: Mapped[float | None] = mapped_column(Float(53))
    released_by: Mapped[Word]


class FilmRequestRow(Base):
    __tablename__ = "film_requests"
    __table_args__ = (Index(None, "at"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    visit: Mapped[Word]
    subject: Mapped[Word]
    study: Mapped[Word]
    modality: Mapped[Word]
    reason: Mapped[Word]
    how: Mapped[Word]
    at: Mapped[Seconds]


class OverrideRow(Base):
    __tablename__ = "overrides"
    __table_args__ = (Index(None, "at"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    visit: Mapped[Word]
    actor: Mapped[Word]
    reason: Mapped[Word]
    what: Mapped[Prose]
    subject: Mapped[Word]
    at: Mapped[Seconds]


class StaffRow(Base):
    __tablename__ = "staff"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[Word]
    badge: Mapped[Word]
    enabled: Mapped[bool]
    secret_hash: Mapped[Prose]
    since: Mapped[Seconds]


class CallRow(Base):
    """A call for help; one a visit."""

    __tablename__ = "calls"
    __table_args__ = (Index(None, "ended", "since"),)

    visit: Mapped[str] = mapped_column(String(200), primary_key=True)
    kiosk: Mapped[Word]
    code: Mapped[Word]
    place: Mapped[Word]
    since: Mapped[Seconds]
    claimed_by: Mapped[Word]
    ended: Mapped[float | None] = mapped_column(Float(53))


class LinkRow(Base):
    """A patient link, known by the hash of what only its holder can derive, and the half to seal to.

    `announcement` is sealed to the portal and goes once it has been told.
    """

    __tablename__ = "links"
    __table_args__ = (Index(None, "since"),)

    digest: Mapped[str] = mapped_column(String(200), primary_key=True)
    visit: Mapped[Word]
    subject: Mapped[Word]
    question: Mapped[Word]
    since: Mapped[Seconds]
    expires: Mapped[Seconds]
    public: Mapped[bytes | None] = mapped_column(LargeBinary)
    announcement: Mapped[bytes | None] = mapped_column(LargeBinary)
    told: Mapped[float | None] = mapped_column(Float(53))


class LinkStudyRow(Base):
    """`sent`: the version whose keys the portal has for this link, 0 for none."""

    __tablename__ = "link_studies"
    __table_args__ = (Index(None, "study"),)

    digest: Mapped[str] = mapped_column(ForeignKey("links.digest"), primary_key=True)
    study: Mapped[str] = mapped_column(String(200), primary_key=True)
    sent: Mapped[int] = mapped_column(default=0, server_default="0")


class PublicationRow(Base):
    """A study on its way to the cloud. `sealed`: its UID, for the publisher's eyes; `lease`: who is at it, until when.

    `version` is raised before a version is begun, so that no number is ever of two contents.
    """

    __tablename__ = "publications"
    __table_args__ = (Index(None, "changed"),)

    study: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[Word]
    done: Mapped[Seconds]
    since: Mapped[Seconds]
    changed: Mapped[Seconds]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    exam: Mapped[Word] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    subject: Mapped[Word] = mapped_column(server_default="")
    content: Mapped[Word] = mapped_column(server_default="")
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    final: Mapped[float | None] = mapped_column(Float(53))
    published: Mapped[float | None] = mapped_column(Float(53))
    fault: Mapped[Word] = mapped_column(server_default="")
    lease: Mapped[Word] = mapped_column(server_default="")
    until: Mapped[float] = mapped_column(Float(53), default=0.0, server_default="0")


class IssuedPaperRow(Base):
    """A printed document by the digest on its pages; `told`: the portal knows it as it stands here."""

    __tablename__ = "papers"
    __table_args__ = (Index(None, "study"), Index(None, "told"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[Word]
    study: Mapped[Word]
    document: Mapped[Word]
    chain: Mapped[Word]
    serial: Mapped[Word]
    version: Mapped[int]
    issued: Mapped[Seconds]
    superseded: Mapped[bool]
    told: Mapped[bool]


class NoticeRow(Base):
    """One notice to one person of one study; `tries` so far."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "state", "due"),)

    study: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[Word]
    due: Mapped[Seconds]
    tries: Mapped[int]


class PhoneEventRow(Base):
    """What a phone did at the portal, by the portal's number; without anybody's name."""

    __tablename__ = "phone_events"
    __table_args__ = (Index(None, "at"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[Word]
    locator: Mapped[Word]
    exam: Mapped[Word]
    at: Mapped[Seconds]
    detail: Mapped[Word]


class EventRow(Base):
    """One audit event. `digest` covers all its fields and the digest before it."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "at"), Index(None, "kind"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Seconds]
    kind: Mapped[Word]
    outcome: Mapped[Word]
    kiosk: Mapped[Word]
    visit: Mapped[Word]
    subject: Mapped[Word]
    actor: Mapped[Word]
    details: Mapped[Prose]
    digest: Mapped[Word]


class TrailHeadRow(Base):
    """The chain's last link; one row, locked while an event is added."""

    __tablename__ = "trail_head"

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    at: Mapped[Seconds]
    digest: Mapped[Word]


class ProbeMarkRow(Base):
    """What a probe wrote last, by kiosk host."""

    __tablename__ = "probes"

    host: Mapped[str] = mapped_column(String(200), primary_key=True)
    mark: Mapped[Word]


class DeskSessionRow(Base):
    """Somebody who is logged in in a browser; of the cookie only its SHA-256 is kept."""

    __tablename__ = "desk_sessions"
    __table_args__ = (Index(None, "since"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[Word]
    visit: Mapped[Word]
    since: Mapped[Seconds]
    seen: Mapped[Seconds]
