"""Settling what a printer left in doubt, by the word of a person who has looked into the tray."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.domain.desk import DeskAction, PrintersShown, SerialAsked, SheetsAsked
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import FINAL, DocumentKind
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.devices import DeviceDesk
from kiosk.services.desk.user import DeskTrail, DeskUser
from kiosk.services.printing.print_service import PrintService


class SheetDesk:
    """Takes a person's word for sheets, and takes it back while nothing has been built on it."""

    def __init__(
        self, devices: DeviceDesk, printers: Mapping[DocumentKind, PrintService], ledger: Ledger, trail: DeskTrail
    ) -> None:
        self._devices = devices
        self._printers = printers
        self._ledger = ledger
        self._trail = trail

    def settle(self, user: DeskUser, asked: SheetsAsked) -> PrintersShown:
        """Staff has looked into the tray: these sheets are there, the others are not."""
        reservation = self._ledger.reservation(asked.serial)
        if reservation is None:
            raise KioskError(FaultCode.NOTHING_FOUND, asked.serial)
        # Two desks may have the same row open: the second word must not overturn the first.
        if all(state in FINAL for state in reservation.states):
            return self._devices.shown("settled-already")
        settled = self._printers[reservation.order.kind].settle_by_staff(asked.serial, asked.printed, user.name)
        subject, printed = settled.order.subject, settled.printed
        self._trail.note(user, subject, what=DeskAction.SETTLE, serial=asked.serial, printed=printed)
        return self._devices.shown()

    def unsettle(self, user: DeskUser, asked: SerialAsked) -> PrintersShown:
        """Somebody said the wrong thing: the sheets are in question again, unless they were printed again since."""
        reservation = self._ledger.reservation(asked.serial)
        if reservation is None or not self._ledger.unsettle(asked.serial):
            return self._devices.shown("undo-too-late")
        self._trail.note(user, reservation.order.subject, what=DeskAction.UNSETTLE, serial=asked.serial)
        return self._devices.shown()
