"""What of the kiosk works."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.faults import FaultCode


@dataclass(frozen=True)
class Health:
    """What works now; a fault where something does not."""

    archive: FaultCode | None = None
    store: FaultCode | None = None
    report_printer: FaultCode | None = None
    film_printer: FaultCode | None = None
    camera: FaultCode | None = None
    staff: FaultCode | None = None  # somebody closed this kiosk

    @property
    def closed(self) -> tuple[FaultCode, ...]:
        """Why nothing at all can be handed out; a missing printer or camera alone does not close the kiosk."""
        return tuple(f for f in (self.staff, self.archive, self.store) if f)
