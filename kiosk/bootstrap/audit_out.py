"""Forwarding of the trail, as configured."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.adapters.audit.audit_xml import syslog_message
from kiosk.adapters.audit.cursor_file import CursorFile
from kiosk.adapters.audit.syslog import TlsSyslog
from kiosk.adapters.machine.probes import AskingProbe
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.ledger import TrailLedger
from kiosk.ports.probe import Probe
from kiosk.services.forwarding import Forwarding, lag_ask

ADVICE = {FaultCode.MESSAGE_NOT_SENT: "See that `kiosk audit forward` runs, and what it says of the audit repository."}


def _cursor(settings: Settings) -> CursorFile:
    return CursorFile(settings.kiosk.state_dir / "audit-forward.cursor")


def forwarding_of(settings: Settings, trail: TrailLedger) -> tuple[Forwarding, Callable[[], None]]:
    """The forwarding, and what ends its line. Raises KioskError CONFIG_INVALID where no repository is named."""
    wanted = settings.audit
    if not wanted.host:
        raise KioskError(FaultCode.CONFIG_INVALID, "audit.host: no audit repository is named")
    line = TlsSyslog(wanted.host, wanted.port, wanted.ca_file, wanted.cert_file, wanted.key_file)
    return Forwarding(trail, line, _cursor(settings), syslog_message), line.close


def lag_probes(settings: Settings, trail: TrailLedger) -> list[Probe]:
    """How far the repository is behind, where there is one."""
    if not settings.audit.host:
        return []
    return [AskingProbe("audit out", lag_ask(trail, _cursor(settings), time.time), ADVICE)]
