"""The whole file, read and checked."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from pydantic import BaseModel, ValidationError, model_validator

from kiosk.config.archive import ArchiveSettings
from kiosk.config.base import Section
from kiosk.config.cloud import CloudSettings, NotifierSettings
from kiosk.config.documents import FilmSettings, ReportSettings
from kiosk.config.identity import IdentitySettings
from kiosk.config.ledger import AuditSettings, LedgerSettings
from kiosk.config.place import Hospital, Kiosk, Machine
from kiosk.config.printing import CashierSettings, Printers
from kiosk.config.programs.desk import DeskSettings
from kiosk.config.programs.fleet import FleetSettings
from kiosk.config.programs.gateway import GatewaySettings
from kiosk.config.programs.portal import PortalSettings
from kiosk.config.programs.publishing import PublishSettings, RelaySettings
from kiosk.config.reading import CameraSettings, CardSettings, CodeSettings, VoucherSettings
from kiosk.config.ris import RisSettings
from kiosk.config.screens import ScreenSettings
from kiosk.config.voice import VoiceSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.updates.releases import UpdateRefusedError, wanted_of

# Beside kiosk.toml: what the hospital wants all its machines to have (`kiosk fleet config`).
WANTED = "wanted.toml"


class Settings(Section):
    """The whole file."""

    hospital: Hospital = Hospital()
    kiosk: Kiosk = Kiosk()
    machine: Machine = Machine()
    archive: ArchiveSettings = ArchiveSettings()
    ris: RisSettings = RisSettings()
    gateway: GatewaySettings = GatewaySettings()
    reports: ReportSettings = ReportSettings()
    film: FilmSettings = FilmSettings()
    identity: IdentitySettings = IdentitySettings()
    codes: CodeSettings = CodeSettings()
    camera: CameraSettings = CameraSettings()
    card: CardSettings = CardSettings()
    voucher: VoucherSettings = VoucherSettings()
    printers: Printers = Printers()
    cashier: CashierSettings = CashierSettings()
    ledger: LedgerSettings = LedgerSettings()
    audit: AuditSettings = AuditSettings()
    fleet: FleetSettings = FleetSettings()
    cloud: CloudSettings = CloudSettings()
    notifier: NotifierSettings = NotifierSettings()
    desk: DeskSettings = DeskSettings()
    portal: PortalSettings = PortalSettings()
    publish: PublishSettings = PublishSettings()
    relay: RelaySettings = RelaySettings()
    screens: ScreenSettings = ScreenSettings()
    voice: VoiceSettings = VoiceSettings()

    @model_validator(mode="after")
    def _read(self) -> Settings:
        """What is read beside slips has its place and its service."""
        if self.card.device and self.machine.id_card == "none":
            raise ValueError("machine.id_card: say where patients find the reader of card.device")
        asked = any("(?P<voucher>" in one.pattern for one in self.codes.patterns)
        if len({asked, bool(self.voucher.url), bool(self.voucher.request)}) > 1:
            raise ValueError("voucher: url, request and a pattern with the group voucher belong together")
        if self.cashier.kind != "none" and not (self.cashier.cents_per_sheet and self.film.price):
            raise ValueError("cashier: needs cents_per_sheet, and film.price, which patients are told before the tap")
        return self


def load(file: Path) -> Settings:
    """Read and check a configuration; relative paths in it are taken from its folder.

    Raises KioskError CONFIG_INVALID, naming key and reason.
    """
    try:
        beside = file.with_name(WANTED)
        return understood(file, beside.read_bytes() if beside.exists() else None)
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {error.strerror}") from error


def understood(file: Path, wanted: bytes | None) -> Settings:
    """A machine's own file, with what its hospital wants all machines to have over it. Raises like `load`."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
        tree = wanted_of(wanted).over(tree) if wanted is not None else tree
        if "\\u0000" in json.dumps(tree, default=str):  # no path and no address may hold it
            raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: a text holds the character U+0000")
        return at_home(Settings.model_validate(tree), file.resolve().parent)
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, UpdateRefusedError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {error}") from error
    except ValidationError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {_first_reason(error)}") from error


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def at_home(settings: Settings, home: Path) -> Settings:
    """The same settings with every relative path made absolute below `home`."""

    def settle(value: object) -> object:
        if isinstance(value, Path):
            return home / value.expanduser()
        if isinstance(value, BaseModel):
            return value.model_copy(update={name: settle(getattr(value, name)) for name in type(value).model_fields})
        return tuple(map(settle, value)) if isinstance(value, tuple) else value

    settled = settle(settings)
    assert isinstance(settled, Settings)  # noqa: S101 - for the type checker
    return settled
