"""What the printers say, and which prints somebody must look at."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.domain.desk import NothingAsked, PrinterSeen, PrintersShown, PrintToCheck
from kiosk.domain.faults import KioskError
from kiosk.domain.sheets.printing import DocumentKind, Reservation
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Lanes
from kiosk.services.printing.print_service import PrintService

PRINTER_S = 5.0  # as long as a person waits for a list; a printer that is silent for longer is shown as at fault
UNDO_S = 12 * 3600.0  # a shift; whoever finds out later prints again with a reason


class DeviceDesk:
    """Shows the printers of this machine and the open prints of the whole ledger."""

    def __init__(self, printers: Mapping[DocumentKind, PrintService], ledger: Ledger, lanes: Lanes) -> None:
        self._printers = printers
        self._ledger = ledger
        self._lanes = lanes

    def printers(self, _: DeskUser, __: NothingAsked) -> PrintersShown:
        """What the printers say, and the prints that a person must look at."""
        return self.shown()

    def shown(self, problem: str = "") -> PrintersShown:
        """The same for other services; `problem`: why it did not come to what was wanted."""
        rows = tuple(self._printer(kind, service) for kind, service in self._printers.items())
        to_check = tuple(self._to_check(reservation) for reservation in self._ledger.unsettled())
        return PrintersShown(rows, to_check, tuple(self._ledger.settlements(UNDO_S)), problem=problem)

    def _to_check(self, reservation: Reservation) -> PrintToCheck:
        """A reprint of the rest holds the last sheets only; the paper says of how many."""
        order = reservation.order
        return PrintToCheck(reservation, max(self._ledger.sheets_of(order.document, order.copy)))

    def _printer(self, kind: DocumentKind, service: PrintService) -> PrinterSeen:
        """On the printer's lane, where a job under way is never asked about by two threads at once."""
        try:
            state = self._lanes.call("printer", service.state, PRINTER_S)
            supplies = self._lanes.call("printer", service.supplies, PRINTER_S)
        except KioskError as error:
            return PrinterSeen(kind, service.queue, fault=error.code)
        return PrinterSeen(kind, service.queue, state, supplies=tuple(supplies))
