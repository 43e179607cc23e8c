"""All machines of one ledger: what each tells of itself, and whether staff closed it.

Contract: as the ledger's other parts (`kiosk.ports.ledger`): thread-safe, one durable transaction a call, KioskError
STORE_UNAVAILABLE or DISK_FULL and nothing changed.
"""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.fleet import DeviceReport, DeviceState, FleetAction, FleetOrder


class FleetLedger(Protocol):
    """What the machines and those who look after them leave for each other."""

    def report_device(self, report: DeviceReport) -> None:
        """Keep what a machine tells, in the place of what it told before."""
        ...

    def devices(self) -> list[DeviceState]:
        """Every machine that ever told something, by name."""
        ...

    def forget_device(self, device: str) -> bool:
        """A machine that is no more; False where there was none."""
        ...

    def tell_device(self, device: str, action: FleetAction, reason: str, actor: str) -> None:
        """Tell a machine something; it need not have told anything yet."""
        ...

    def closed_by(self, device: str) -> FleetOrder | None:
        """The order that keeps a machine closed now; None where it may be open."""
        ...
