"""How far a session has come, measured at the server: each stage once a session, told to the hospital as an event."""

from __future__ import annotations

from enum import IntFlag

from sqlalchemy.orm import Session as Transaction

from kiosk.cloud.portal.gate import Session
from kiosk.cloud.portal.store.events import EventShelf, PortalEvent
from kiosk.cloud.portal.store.links import LinkShelf


class PhoneStage(IntFlag):
    """Reached or not."""

    ANSWERED = 1
    PICTURE = 2
    REPORT = 4
    VIEWER = 8

    @property
    def word(self) -> str:
        """As pages and phones say it."""
        return (self.name or "").lower()


_TOLD = {
    PhoneStage.ANSWERED: PortalEvent.ANSWERED,
    PhoneStage.PICTURE: PortalEvent.FIRST_PICTURE,
    PhoneStage.VIEWER: PortalEvent.VIEWER,
}


class Stages:
    """Thread-safe."""

    def __init__(self, shelf: LinkShelf, events: EventShelf) -> None:
        self._shelf, self._events = shelf, events

    def reached(self, session: Session, stage: PhoneStage, exam: str = "", detail: str = "") -> None:
        """Note it, once."""
        if session.stages & stage:
            return
        let_in = stage is PhoneStage.ANSWERED and not session.owner
        kind = PortalEvent.SHARE_OPENED if let_in else _TOLD.get(stage)

        def tell(transaction: Transaction) -> None:
            if kind is not None:
                self._events.add(transaction, kind, session.locator, exam, detail)

        self._shelf.reached(session.digest, stage, tell)
