"""The portal's tables, on SQLite and PostgreSQL. Times are seconds since the epoch, UTC, of the store's clock."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kiosk.web.counters import counter_table

Word = Annotated[str, mapped_column(String(64))]
Seconds = Annotated[float, mapped_column(Double)]
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


class PortalBase(DeclarativeBase):
    """All tables of the portal."""

    metadata = MetaData(naming_convention=NAMING)


class PortalLinkRow(PortalBase):
    """A link by its locator. `share` and `checks` are wrapped under the portal's key; withdrawn links lose both."""

    __tablename__ = "portal_links"

    locator: Mapped[str] = mapped_column(String(64), primary_key=True)
    hospital: Mapped[Word]
    made: Mapped[Seconds]
    expires: Mapped[Seconds]
    answers: Mapped[int]
    share: Mapped[bytes | None] = mapped_column(LargeBinary)
    checks: Mapped[bytes | None] = mapped_column(LargeBinary)


class ExamRow(PortalBase):
    """The newest version of an exam; `envelope` is what the publisher sent, `escrow` opens it for the hospital only."""

    __tablename__ = "portal_exams"

    exam: Mapped[str] = mapped_column(String(32), primary_key=True)
    hospital: Mapped[Word]
    version: Mapped[int]
    received: Mapped[Seconds]
    envelope: Mapped[bytes] = mapped_column(LargeBinary)


class LinkExamRow(PortalBase):
    """An exam that a link opens: its sub-keys, sealed to the link and wrapped under the link's share."""

    __tablename__ = "portal_link_exams"

    locator: Mapped[str] = mapped_column(ForeignKey("portal_links.locator"), primary_key=True)
    exam: Mapped[str] = mapped_column(ForeignKey("portal_exams.exam"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class SessionRow(PortalBase):
    """A viewing session by the hash of its cookie; `keys` are wrapped under a key that only the cookie knows."""

    __tablename__ = "portal_sessions"
    __table_args__ = (Index(None, "locator"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    locator: Mapped[str] = mapped_column(String(64))
    began: Mapped[Seconds]
    ends: Mapped[Seconds]
    browser: Mapped[Word]
    stages: Mapped[int]
    keys: Mapped[bytes] = mapped_column(LargeBinary)


class ShareRow(PortalBase):
    """What the patient gave on: a link of its own (`portal_links`) with what its giver sees and may end.

    `box` is the share's secret under the typed code and the portal's key, gone with the five minutes; `note` is the
    giver's own word for it, under a key that only the giver's link opens.
    """

    __tablename__ = "portal_shares"
    __table_args__ = (Index(None, "giver"), Index("ix_portal_shares_code", "code"))

    locator: Mapped[str] = mapped_column(ForeignKey("portal_links.locator"), primary_key=True)
    giver: Mapped[str] = mapped_column(String(64))
    kind: Mapped[Word]
    purpose: Mapped[Word]
    scope: Mapped[Word]
    made: Mapped[Seconds]
    opens_until: Mapped[Seconds]
    viewing_s: Mapped[Seconds]
    code: Mapped[str] = mapped_column(String(64))
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    note: Mapped[bytes] = mapped_column(LargeBinary)
    opened: Mapped[Seconds | None]
    browser: Mapped[Word]
    revoked: Mapped[Seconds | None]


class PortalEventRow(PortalBase):
    """What happened, for the hospital's own log and statistics; fetched by its publisher, kept for some days."""

    __tablename__ = "portal_events"
    __table_args__ = (Index("ix_portal_events_hospital", "hospital", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    hospital: Mapped[Word]
    kind: Mapped[Word]
    locator: Mapped[str] = mapped_column(String(64))
    exam: Mapped[str] = mapped_column(String(32))
    at: Mapped[Seconds]
    detail: Mapped[str] = mapped_column(String(200))


class NonceRow(PortalBase):
    """Signed requests that were taken, until they are too old to be sent again."""

    __tablename__ = "portal_nonces"

    nonce: Mapped[str] = mapped_column(String(128), primary_key=True)
    until: Mapped[Seconds]


class SegmentRow(PortalBase):
    """Ciphertext in the object store: `size` 0 while it is on its way, `over` when no exam needs it any more."""

    __tablename__ = "portal_segments"
    __table_args__ = (Index(None, "exam"), Index("ix_portal_segments_over", "over", "received"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[Seconds]
    exam: Mapped[str] = mapped_column(String(32))
    over: Mapped[bool]


class TombstoneRow(PortalBase):
    """An exam that was taken back: what was still on its way to it does not bring it back."""

    __tablename__ = "portal_tombstones"

    exam: Mapped[str] = mapped_column(String(32), primary_key=True)
    hospital: Mapped[Word]
    at: Mapped[Seconds]


class ProgressRow(PortalBase):
    """How far the exams of a link are, as the hospital told last."""

    __tablename__ = "portal_progress"

    locator: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[Word]
    percent: Mapped[int]
    exams: Mapped[int]
    told: Mapped[Seconds]


class PaperRow(PortalBase):
    """A document that was issued, by the digest that stands on it; without content."""

    __tablename__ = "portal_papers"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    hospital: Mapped[Word]
    exam: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    issued: Mapped[Seconds]
    superseded: Mapped[bool]
    kind: Mapped[Word] = mapped_column(default="", server_default="")
    serial: Mapped[Word] = mapped_column(default="", server_default="")


COUNTERS = counter_table(PortalBase.metadata, "portal_counters")
