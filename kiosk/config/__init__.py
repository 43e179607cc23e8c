"""Settings: one typed tree read from `kiosk.toml`. A bad file is refused at start, naming the key.

Every option has a type, a range, a default and a sentence of help; `installer/config/kiosk.toml` shows them all.
Secrets are given by reference (`env:NAME` or `file:/path`), never inline.

One module a room; everybody imports from here.
"""

from kiosk.config.archive import ArchiveSettings
from kiosk.config.base import MediaName, SecretRef, Section, secret
from kiosk.config.cloud import CloudSettings, NotifierSettings
from kiosk.config.documents import FilmSettings, ReportSettings
from kiosk.config.identity import IdentitySettings
from kiosk.config.ledger import AuditSettings, LedgerSettings
from kiosk.config.place import Hospital, Kiosk, Machine
from kiosk.config.printing import CashierSettings, Printers, PrinterSettings
from kiosk.config.programs.desk import DeskSettings, WardPrinter
from kiosk.config.programs.fleet import FleetSettings
from kiosk.config.programs.gateway import GatewaySettings
from kiosk.config.programs.portal import PortalSettings, SendingHospital
from kiosk.config.programs.publishing import PublishSettings, RelaySettings
from kiosk.config.reading import CameraSettings, CardSettings, CodePattern, CodeSettings, VoucherSettings
from kiosk.config.ris import RisSettings
from kiosk.config.screens import ScreenSettings
from kiosk.config.settings import WANTED, Settings, at_home, load, understood
from kiosk.config.voice import VoiceSettings

__all__ = [
    "WANTED",
    "ArchiveSettings",
    "AuditSettings",
    "CameraSettings",
    "CardSettings",
    "CashierSettings",
    "CloudSettings",
    "CodePattern",
    "CodeSettings",
    "DeskSettings",
    "FilmSettings",
    "FleetSettings",
    "GatewaySettings",
    "Hospital",
    "IdentitySettings",
    "Kiosk",
    "LedgerSettings",
    "Machine",
    "MediaName",
    "NotifierSettings",
    "PortalSettings",
    "PrinterSettings",
    "Printers",
    "PublishSettings",
    "RelaySettings",
    "ReportSettings",
    "RisSettings",
    "ScreenSettings",
    "SecretRef",
    "Section",
    "SendingHospital",
    "Settings",
    "VoiceSettings",
    "VoucherSettings",
    "WardPrinter",
    "at_home",
    "load",
    "secret",
    "understood",
]
