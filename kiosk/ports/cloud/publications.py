"""The queue of publications as the publisher sees it: one ledger, any number of publishers.

The contract of `kiosk.ports.ledger` holds. A study is leased to one publisher at a time; what a publisher writes of a
study whose lease it has lost changes nothing, and it is told so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from kiosk.domain.links import LinkFor, Notice, PhoneEvent, Publication, PublishRecord, PublishTask
from kiosk.domain.sheets.issued import Paper


class LinkQueue(Protocol):
    """Links that the portal is to know, and whose keys it has."""

    def untold_links(self, limit: int = 100) -> list[tuple[str, bytes]]:
        """Links that the portal does not know yet: locator and announcement, oldest first."""
        ...

    def link_told(self, locator: str) -> None:
        """The portal knows it now; the announcement is forgotten."""
        ...

    def sealed_for(self, study: str, version: int, locators: Sequence[str]) -> None:
        """The portal has the keys of this version for these links."""
        ...

    def links_of(self, study: str) -> list[LinkFor]:
        """Its living links that can be sealed to."""
        ...

    def studies_of(self, locator: str) -> list[tuple[Publication, float]]:
        """How far the studies of a link are."""
        ...


class PhoneLedger(Protocol):
    """What phones did, as the portal told."""

    def note_phone(self, event: PhoneEvent) -> None:
        """Keep an event, once; its number tells whether it is known."""
        ...

    def phone_events(self, since: float, until: float) -> list[PhoneEvent]:
        """Those of a period (seconds since the epoch; `until` excluded), oldest first."""
        ...


class PaperLedger(Protocol):
    """Printed documents, and whether the portal knows them as they stand."""

    def issue_paper(self, paper: Paper) -> None:
        """Keep it, once; `issued` is now where it is 0."""
        ...

    def untold_papers(self, limit: int = 100) -> list[Paper]:
        """What the portal does not know yet, or not as it stands, oldest first."""
        ...

    def paper_told(self, paper: Paper) -> None:
        """The portal knows it so; where it has changed meanwhile, it is still to be told."""
        ...

    def supersede_papers(self, study: str, current: Collection[str]) -> None:
        """Reports of a study that are none of these documents (pseudonyms) hold no longer."""
        ...


class NoticeLedger(Protocol):
    """Notices that an exam can be opened now: one of each study and person, ever."""

    def queue_notices(self, study: str, waited_s: float) -> None:
        """For its patient, where a living link to the study is at least so old: whoever holds it was told to wait."""
        ...

    def wish_notice(self, study: str, subject: str) -> bool:
        """The patient agreed to one, before the exam is there; False where one is known. It is due once that is so."""
        ...

    def take_notice(self) -> Notice | None:
        """The next that is due; nobody else gets it. None where none is."""
        ...

    def notice_done(self, notice: Notice, sent: bool) -> None:
        """It was sent, or there is no telephone to send it to."""
        ...

    def notice_again(self, notice: Notice, seconds: float) -> None:
        """It was not sent; it is due again after so long."""
        ...


class PublicationLedger(Protocol):
    """See the module."""

    def offer(self, study: str, sealed: bytes, final: float) -> bool:
        """Queue a study that was found final at this time; False where it is known already."""
        ...

    def publish_again(self, study: str) -> None:
        """Queue a known study to be made anew: its report was amended, or the portal has not all of it."""
        ...

    def lease(self, publisher: str, seconds: float) -> PublishTask | None:
        """The next study to publish: those that somebody waits for first, then the oldest; None where there is none."""
        ...

    def lease_links(self, publisher: str, seconds: float) -> PublishTask | None:
        """A study that is online and has links whose keys the portal has not got."""
        ...

    def keep(self, study: str, publisher: str, seconds: float) -> bool:
        """Go on holding a lease; False where it is lost."""
        ...

    def let_go(self, study: str, publisher: str, seconds: float = 0.0) -> None:
        """Give a lease back; nobody takes the study up again before so many seconds."""
        ...

    def release_all(self, publisher: str) -> None:
        """A publisher that starts has nothing in hand."""
        ...

    def begin_version(self, study: str, publisher: str, exam: str, subject: str) -> PublishTask | None:
        """Take the next version number; `exam` becomes its name where it has none. None where the lease is lost.

        `subject`: whose the study is now.
        """
        ...

    def advance(self, study: str, publisher: str, done: float, final: float | None = None) -> bool:
        """How much is done, 0 to 1; False where the lease is lost."""
        ...

    def published(self, study: str, publisher: str, envelope: bytes, content: str, size: int) -> bool:
        """The portal has this version, whole; the lease ends. False where it was lost or the study withdrawn."""
        ...

    def failed(self, study: str, publisher: str, fault: str, seconds: float) -> None:
        """It cannot be published now; it is tried again after so many seconds."""
        ...

    def withdraw(self, study: str) -> PublishRecord | None:
        """Nobody is to see it any more; what was online is returned so that the portal can be told."""
        ...

    def withdrawn(self, study: str) -> None:
        """The portal has let go of it; published again it gets another name, for the old one is never taken again."""
        ...

    def publications(self, states: Sequence[Publication] = (), limit: int = 100_000) -> list[PublishRecord]:
        """Where studies stand, oldest first."""
        ...
