"""What changes this machine: its releases and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.updates.appliance import HOME, ReleaseFolders
from kiosk.adapters.updates.as_kiosk import KioskVoice, doctor
from kiosk.adapters.updates.depot import SignedDepot
from kiosk.adapters.updates.settings_files import SettingsFiles, between_visits, restart
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.services.updates.updater import SettingsTaker, Updater

KEY = "update.pub"
WAIT_S = 1200


@dataclass(frozen=True)
class MachineUpdates:
    """This machine's two."""

    settings: SettingsTaker
    releases: Updater


def depot_of(settings: Settings, config: Path) -> SignedDepot:
    """Where releases lie; the key of those who sign them lies beside kiosk.toml. Raises KioskError CONFIG_INVALID."""
    if not settings.fleet.source:
        raise KioskError(FaultCode.CONFIG_INVALID, "fleet.source is empty: there is nowhere to take releases from")
    return SignedDepot(settings.fleet.source, config.parent / KEY, settings.fleet.ca_file)


def updates_of(settings: Settings, config: Path, home: Path = HOME) -> MachineUpdates:
    """For `kiosk fleet update`, as root. Raises KioskError CONFIG_INVALID."""
    depot, voice, zone = depot_of(settings, config), KioskVoice(home / "updates"), ZoneInfo(settings.hospital.time_zone)
    free = partial(between_visits, home / "current", WAIT_S)
    place, folders = SettingsFiles(config, doctor, free, restart), ReleaseFolders(doctor, home)
    return MachineUpdates(
        settings=SettingsTaker(depot, place, voice, settings.fleet.gate_s),
        releases=Updater(
            depot=depot,
            appliance=folders,
            fleet=voice,
            in_hours=lambda: settings.fleet.open_at(datetime.now(zone).time()),
            gate_s=settings.fleet.gate_s,
        ),
    )
