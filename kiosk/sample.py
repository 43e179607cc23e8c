"""The embedded default: a sample hospital in a folder, made once, with the ledger's part of its story seeded."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.bootstrap import ledger_of, pseudonym_key
from kiosk.config import CameraSettings, Kiosk, Printers, PrinterSettings, Settings, at_home
from kiosk.domain.exam import Report, ReportKind, ReportStatus
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.accounts import hashed
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.words import assets

SEEDED = "seeded"
SAMPLE_STAFF = (("nurse", "2468", Role.NURSE), ("admin", "135790", Role.ADMINISTRATOR))
SHEET_S = 1.2


@dataclass(frozen=True)
class SlipCard:
    """One check slip for the tray beside the demo: what it shows, and the answer to give."""

    code: str
    symbology: str
    picture: Path
    question: str
    answer: str
    shows: dict[str, str]


@dataclass(frozen=True)
class Sample:
    """The hospital: settings to run a kiosk on it, and its slips."""

    settings: Settings
    slips: tuple[SlipCard, ...]


def home() -> Path:
    """Where the sample hospital lives."""
    chosen = os.environ.get("KIOSK_HOME")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(chosen) if chosen else Path(data) / "cloud-film-kiosk"


def prepare(folder: Path) -> Sample:
    """Make the hospital in `folder` (under a minute), or find it again (at once)."""
    made = _script().make(folder)
    settings = settings_for(folder)
    settings.kiosk.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    seed(settings, made)
    return Sample(settings, cards(folder))


def cards(folder: Path) -> tuple[SlipCard, ...]:
    """The slips of a hospital that was made before."""
    return tuple(_card(slip, folder) for slip in load_made(folder).slips)


def settings_for(folder: Path) -> Settings:
    """A kiosk on the hospital in `folder`: printers are folders, the camera is the slip that is held before it."""
    printers = Printers(
        report=PrinterSettings(path=Path("printed/report"), seconds_per_sheet=SHEET_S),
        film=PrinterSettings(path=Path("printed/film"), seconds_per_sheet=2 * SHEET_S),
    )
    kiosk, camera = Kiosk(id="demo"), CameraSettings(source="slips")
    settings = Settings(kiosk=kiosk, printers=printers, camera=camera)
    archive = settings.archive.model_copy(update={"path": Path("archive")})
    return at_home(settings.model_copy(update={"archive": archive}), folder.resolve())


def load_made(folder: Path) -> Any:
    """The manifest of a hospital that was made before."""
    return _script().load(folder)


def _script() -> Any:
    """The hospital's script lies beside the product, not in it."""
    beside = str(assets().parent)
    if beside not in sys.path:
        sys.path.append(beside)
    return importlib.import_module("assets.sample_hospital")


def _card(slip: Any, folder: Path) -> SlipCard:
    shows = {"zh": slip.shows_zh, "en": slip.shows_en}
    return SlipCard(slip.code, slip.symbology, folder / slip.picture, slip.question, slip.answer, shows)


def seed(settings: Settings, made: Any) -> None:
    """Tell the ledger what happened before: printed versions, held exams, two staff accounts; once."""
    mark = settings.kiosk.state_dir / f"{SEEDED}-{made.made}"
    if mark.exists():
        return
    ledger = ledger_of(settings)
    try:
        _write_past(ledger, Pseudonyms(pseudonym_key(settings.kiosk)), made)
    finally:
        ledger.close()
    mark.touch()


def _write_past(ledger: Ledger, names: Pseudonyms, made: Any) -> None:
    for printed in made.printed:
        report = Report(
            printed.study_uid, "", printed.instance_uid, ReportKind.PDF, ReportStatus.FINAL, printed.version
        )
        order = Order(names.report(report), "", DocumentKind.REPORT, 1, printed.sheets)
        kept = ledger.reserve("sample", "kiosk-2", order)
        if kept:
            ledger.submitted(kept.serial, "report", "0")
            ledger.settle(kept.serial, [SheetState.PRINTED] * printed.sheets)
    for study_uid in made.held:
        ledger.hold(names.study(study_uid), "sample", "sample")
    known = {member.name for member in ledger.staff()}
    for name, pin, role in SAMPLE_STAFF:
        if name not in known:
            ledger.add_staff(StaffMember(name, role), hashed(pin))
