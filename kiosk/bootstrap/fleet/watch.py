"""What this machine tells of itself."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import kiosk
from kiosk.adapters.machine.gauges import TextfileGauges
from kiosk.config import Settings
from kiosk.ports.fleet import FleetLedger
from kiosk.services.machine.fleet import Reporter

DISTRIBUTION = "cloud-film-kiosk"


def reporter_of(settings: Settings, ledger: FleetLedger) -> Reporter:
    """Tells the ledger, and node-exporter where that is wanted."""
    device, file = settings.kiosk.id, settings.fleet.metrics
    return Reporter(
        ledger=ledger,
        device=device,
        version=version(DISTRIBUTION),
        release=release(),
        settings=settings_digest(settings),
        gauges=TextfileGauges(file, device) if file else None,
    )


def release() -> str:
    """The installed release's name, which follows from its content; `checkout` where none is installed."""
    home = Path(kiosk.__file__).resolve().parents[1]
    return home.name if home.parent.name == "releases" else "checkout"


def settings_digest(settings: Settings) -> str:
    """Twelve digits that are the same on two machines with the same settings, but for their names; secrets are
    references in them."""
    alike = settings.model_copy(update={"kiosk": settings.kiosk.model_copy(update={"id": "kiosk"})})
    return hashlib.sha256(alike.model_dump_json().encode()).hexdigest()[:12]
