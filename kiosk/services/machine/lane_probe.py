"""Probing a printer on the printer's own lane."""

from __future__ import annotations

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.probe import Finding, Probe
from kiosk.services.machine.lanes import Lanes

PATIENCE_S = 5.0  # a printer that prints is not asked; it must not hold up the look at everything else


class LaneProbe:
    """A probe on the printer lane. A lane that prints answers nobody else: no fault, within `printing_s`."""

    def __init__(self, probe: Probe, lanes: Lanes, printing_s: float) -> None:
        self._probe = probe
        self._lanes = lanes
        self._printing_s = printing_s

    @property
    def name(self) -> str:
        """What is probed."""
        return self._probe.name

    def check(self) -> Finding:
        """Look now."""
        try:
            return self._lanes.call("printer", self._probe.check, PATIENCE_S)
        except KioskError as error:
            printing = error.code is FaultCode.PRINTER_BUSY and self._lanes.busy_for("printer") < self._printing_s
            return Finding(self.name, True, "printing") if printing else Finding(self.name, False, "", error.code)
