"""The trail's ways to the hospital's audit repositories: syslog, FHIR, or both, each a cursor on one chain."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.adapters.audit.audit_event import audit_event
from kiosk.adapters.audit.audit_xml import syslog_message
from kiosk.adapters.audit.cursor_file import CursorFile
from kiosk.adapters.audit.fhir_line import FhirLine
from kiosk.adapters.audit.syslog import TlsSyslog
from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.ris.web.link import WebLink
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.ledger import TrailLedger
from kiosk.ports.probe import Probe
from kiosk.services.forwarding import Forwarding, lag_ask

ADVICE = {FaultCode.MESSAGE_NOT_SENT: "See that `kiosk audit forward` runs, and what it says of the repository."}
CURSORS = {"syslog": "audit-forward.cursor", "fhir": "audit-forward-fhir.cursor"}
FHIR_BATCH = 20  # a refusal repeats at most so many


@dataclass(frozen=True)
class WayOut:
    """One repository."""

    name: str
    forwarding: Forwarding
    close: Callable[[], None]


def ways_out(settings: Settings, trail: TrailLedger) -> list[WayOut]:
    """Those that are configured. Raises KioskError CONFIG_INVALID where there is none."""
    wanted = settings.audit
    found: list[WayOut] = []
    if wanted.host:
        line = TlsSyslog(wanted.host, wanted.port, wanted.ca_file, wanted.cert_file, wanted.key_file)
        sending = Forwarding(trail, line, _cursor(settings, "syslog"), syslog_message)
        found.append(WayOut("syslog", sending, line.close))
    if wanted.fhir.url:
        post = FhirLine(WebLink(wanted.fhir, "audit.fhir"))
        sending = Forwarding(trail, post, _cursor(settings, "fhir"), audit_event, FHIR_BATCH)
        found.append(WayOut("fhir", sending, post.close))
    if not found:
        raise KioskError(FaultCode.CONFIG_INVALID, "audit.host, audit.fhir.url: no audit repository is named")
    return found


def lag_probes(settings: Settings, trail: TrailLedger) -> list[Probe]:
    """How far each repository is behind."""
    named = {"syslog": ("audit out", settings.audit.host), "fhir": ("audit out fhir", settings.audit.fhir.url)}
    return [AskingProbe(probe, lag_ask(trail, _cursor(settings, way), time.time), ADVICE)
            for way, (probe, there) in named.items() if there]  # fmt: skip


def _cursor(settings: Settings, way: str) -> CursorFile:
    return CursorFile(settings.kiosk.state_dir / CURSORS[way])
