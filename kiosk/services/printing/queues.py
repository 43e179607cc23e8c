"""The print services, each asked on the printer's lane and with the sheet it prints on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import DocumentKind, Media, Order
from kiosk.services.machine.lanes import Cancelled, Lanes
from kiosk.services.printing.print_service import PrintResult, PrintService, PrintWish

Told = Callable[[int, int, FaultCode | None], None]


class Queues:
    """One queue for each kind of document; a kind without one raises KioskError PRINTER_MISSING."""

    def __init__(
        self,
        printers: Mapping[DocumentKind, PrintService],
        media: Mapping[DocumentKind, Media],
        lanes: Lanes,
        kiosk: str,
    ) -> None:
        self._printers = printers
        self._media = media
        self._lanes = lanes
        self._kiosk = kiosk

    def of(self, kind: DocumentKind) -> PrintService:
        """The queue of that kind."""
        if kind not in self._printers:
            raise KioskError(FaultCode.PRINTER_MISSING, f"no printer for {kind}")
        return self._printers[kind]

    def remaining(self, order: Order, pages: int, two_sided: bool) -> tuple[Order, ...]:
        """The sheets of the document that nobody has printed yet; after a jam these may be several runs."""
        printer = self.of(order.kind)
        return printer.remaining(self._lanes.call("printer", lambda: printer.laid_out(order, pages, two_sided)))

    def print(self, visit: str, order: Order, document: Path, told: Told, cancelled: Cancelled) -> PrintResult:
        """Print one run and wait until it is settled."""
        printer, wish = self.of(order.kind), PrintWish(document, self._media[order.kind])
        return self._lanes.call(
            "printer", lambda: printer.print_document(visit, self._kiosk, order, wish, told, cancelled)
        )

    def eta(self, kind: DocumentKind, sheets: int) -> float:
        """Told while sheets come out: a journal that cannot be read now must not end the watch."""
        try:
            return self.of(kind).estimate(sheets)
        except KioskError:
            return 0.0
