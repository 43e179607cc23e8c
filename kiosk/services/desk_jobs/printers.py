"""The printers that a desk may choose: its own two, and those of the wards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.domain.desk_work.jobs import DeskPrinter
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.services.machine.lanes import Lanes
from kiosk.services.printing.delivery import Delivery
from kiosk.services.printing.print_service import PrintService

LOOK_S = 0.7  # a page does not wait for what a printer says: one that is printing answers when it has printed


@dataclass(frozen=True)
class DeskOutlet:
    """One printer: what it prints, what is asked about it, and what hands out on it."""

    kind: DocumentKind
    service: PrintService
    delivery: Delivery


class DeskPrinters:
    """Printers by name."""

    def __init__(self, outlets: Mapping[str, DeskOutlet], lanes: Lanes) -> None:
        self._outlets = outlets
        self._lanes = lanes

    def of(self, kind: DocumentKind) -> tuple[DeskPrinter, ...]:
        """Those for this kind of document, with what each says now."""
        return tuple(self._seen(name, one) for name, one in self._outlets.items() if one.kind is kind)

    def delivery(self, name: str, kind: DocumentKind) -> Delivery:
        """What hands out on that printer. Raises KioskError PRINTER_MISSING."""
        outlet = self._outlets.get(name)
        if outlet is None or outlet.kind is not kind:
            raise KioskError(FaultCode.PRINTER_MISSING, f"no printer {name} for {kind}")
        return outlet.delivery

    def _seen(self, name: str, outlet: DeskOutlet) -> DeskPrinter:
        """On the printer's lane, where a job under way is never asked about by two threads at once."""
        queue = outlet.service.queue
        try:
            fault = self._lanes.call("printer", outlet.service.preflight, LOOK_S)
            state = self._lanes.call("printer", outlet.service.state, LOOK_S)
        except KioskError as error:
            fault = None if error.code is FaultCode.PRINTER_BUSY else error.code
            return DeskPrinter(name, outlet.kind, queue, fault=fault)
        return DeskPrinter(name, outlet.kind, queue, state, fault)
