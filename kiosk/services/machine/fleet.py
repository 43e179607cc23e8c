"""This machine among the others: what it tells of itself at each look, and whether staff closed it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import DeviceReport, FleetAction
from kiosk.domain.trail import EventKind
from kiosk.ports.fleet import FleetLedger
from kiosk.ports.probe import Finding
from kiosk.services.audit import Audit

log = logging.getLogger(__name__)
TOLD = {FleetAction.CLOSE: EventKind.KIOSK_CLOSED, FleetAction.OPEN: EventKind.KIOSK_OPENED}
# What one look found, and what is known of all machines; for monitoring on this machine.
Gauges = Callable[[Sequence[Finding], FleetLedger], None]


def staff_ask(ledger: FleetLedger, device: str) -> Callable[[], str]:
    """A question to the ledger: may this machine be open? Raises KioskError CLOSED_BY_STAFF."""

    def ask() -> str:
        try:
            order = ledger.closed_by(device)
        except KioskError as error:
            # The ledger's own probe says so; nobody closed this kiosk.
            return f"not known: {error.code}"
        if order is not None:
            raise KioskError(FaultCode.CLOSED_BY_STAFF, f"by {order.actor}: {order.reason}")
        return "open"

    return ask


def faults_of(findings: Sequence[Finding]) -> dict[str, tuple[str, str]]:
    """What is wrong, by probe: fault and what the probe said. What is missing by choice is well."""
    return {one.probe: (str(one.fault), one.said) for one in findings if one.fault and not one.ok}


@dataclass(frozen=True)
class Reporter:
    """Tells the ledger how this machine is, as often as somebody looks."""

    ledger: FleetLedger
    device: str
    version: str
    release: str
    settings: str
    gauges: Gauges | None = None

    def __call__(self, findings: Sequence[Finding]) -> None:
        """Never raises: a machine that cannot tell goes on serving, and is missed where the fleet is watched."""
        faults = faults_of(findings)
        try:
            self.ledger.report_device(DeviceReport(self.device, self.version, self.release, self.settings, faults))
            if self.gauges:
                self.gauges(findings, self.ledger)
        except KioskError as error:
            log.warning("not told to the fleet: %s", error)


@dataclass(frozen=True)
class FleetOffice:
    """What those who look after the machines may do; each order with its reason, in the trail."""

    ledger: FleetLedger
    audit: Audit

    def tell(self, device: str, action: FleetAction, reason: str, actor: str) -> None:
        """Close or open a machine. Raises KioskError CONFIG_INVALID for one that never told of itself."""
        if device not in {state.report.device for state in self.ledger.devices()}:
            raise KioskError(FaultCode.CONFIG_INVALID, f"no machine {device!r} has told of itself")
        self.ledger.tell_device(device, action, reason, actor)
        self.audit.record(TOLD[action], actor=actor, device=device, reason=reason)
