"""Figures for Prometheus, through node-exporter's textfile collector: no port of our own (OpenMetrics text format).

No label ever holds anything of a person: machine, probe, fault, version and release are all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, Info, write_to_textfile

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import DeviceState
from kiosk.ports.fleet import FleetLedger
from kiosk.ports.probe import Finding


class TextfileGauges:
    """kiosk.services.machine.fleet.Gauges, written to one file. Raises KioskError STORE_UNAVAILABLE."""

    def __init__(self, file: Path, device: str) -> None:
        self._file, self._device = file, device

    def __call__(self, findings: Sequence[Finding], ledger: FleetLedger) -> None:
        """Write the file anew; node-exporter sees the old one or the new one."""
        registry = CollectorRegistry()
        ok = Gauge("kiosk_probe_ok", "1 where the probe found nothing wrong.", ["probe"], registry=registry)
        for one in findings:
            ok.labels(one.probe).set(one.ok)
        for state in ledger.devices():
            if state.report.device == self._device:
                _own(state, registry)
        try:
            write_to_textfile(str(self._file), registry)
        except OSError as error:
            raise KioskError(FaultCode.STORE_UNAVAILABLE, f"fleet.metrics: {error.strerror}") from error


def _own(state: DeviceState, registry: CollectorRegistry) -> None:
    report = state.report
    about = {"device": report.device, "version": report.version, "release": report.release, "settings": report.settings}
    Info("kiosk", "What runs here.", registry=registry).info(about)
    for name, words, value in (
        ("kiosk_closed", "1 where staff closed this kiosk.", float(bool(state.closed))),
        ("kiosk_last_look_seconds", "When the kiosk last looked at itself, since the epoch.", state.seen),
        ("kiosk_last_visit_seconds", "When the last visit began, since the epoch; 0: never.", state.last_visit),
        ("kiosk_visits_day", "Visits that began in the last 24 hours.", float(state.visits)),
        ("kiosk_alarms_day", "Alarms of the trail in the last 24 hours.", float(state.alarms)),
    ):
        Gauge(name, words, registry=registry).set(value)
