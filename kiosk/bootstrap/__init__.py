"""The composition root of each program: settings -> adapters -> services -> engine, wired by keyword.

`kiosk` wires the kiosk; the other modules make the parts of one room each, for it and for the commands.
"""

from kiosk.bootstrap.codes import code_event, code_rules
from kiosk.bootstrap.keys import MAKE_KEY, make_state_dir, pseudonym_key
from kiosk.bootstrap.kiosk import Application, Outlets, build, instance_lock
from kiosk.bootstrap.printing import media_of, printers_of
from kiosk.bootstrap.services import Adapters, Services, services_of
from kiosk.bootstrap.stores import archive_of, ledger_of, transport_of
from kiosk.bootstrap.voices import voice_of

__all__ = [
    "MAKE_KEY",
    "Adapters",
    "Application",
    "Outlets",
    "Services",
    "archive_of",
    "build",
    "code_event",
    "code_rules",
    "instance_lock",
    "ledger_of",
    "make_state_dir",
    "media_of",
    "printers_of",
    "pseudonym_key",
    "services_of",
    "transport_of",
    "voice_of",
]
