"""A kiosk's printing in a process of its own, which ends itself by SIGKILL at a named point or after a time."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.adapters.printing.cups_device import CupsDevice, DeviceFacts
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, JobState, JobStatus, Order, Recall
from kiosk.services.printing.print_service import PrintResult, PrintService, PrintWish
from tests.support.documents import pdf
from tests.support.scripted import RealClock

SHEETS = 3
KIOSK = "kiosk-1"
A4 = pwg_media("iso_a4_210x297mm")


@dataclass(frozen=True)
class Scene:
    """Where a run takes place; a `mute` printer cannot be asked itself, as one on USB cannot."""

    home: Path
    server: str
    queue: str
    mute: bool = False

    @property
    def order(self) -> Order:
        """What is printed."""
        return Order("document", "subject", DocumentKind.REPORT, copy=1, sheets=SHEETS)


class StopAt:
    """Ends the process at the named point; `after:SECONDS` ends it then, an empty name never."""

    def __init__(self, point: str) -> None:
        self._point = point
        if point.startswith("after:"):
            threading.Timer(float(point.removeprefix("after:")), self._die).start()

    def __call__(self, name: str) -> None:
        if name == self._point:
            self._die()

    @staticmethod
    def _die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class MuteDevice(CupsDevice):
    """A printer that only CUPS can talk to."""

    known = True  # type: ignore[assignment]

    def facts(self, uri: str) -> DeviceFacts:
        return DeviceFacts()

    def job(self, job_name: str) -> JobState:
        return JobState("", job_name, JobStatus.UNKNOWN, recall=Recall.MUTE)


class PointedPrinter(CupsPrinter):
    """With two more points: the job exists without its document, and half of the document is sent."""

    def __init__(self, settings: PrinterSettings, checkpoint: Callable[[str], None], mute: bool = False) -> None:
        super().__init__(settings)
        if mute:
            self._device = MuteDevice()
        self._checkpoint = checkpoint

    def _create(self, name: str, options: dict[str, str]) -> int:
        number = super()._create(name, options)
        self._checkpoint("job-created")
        return number

    def _send(self, connection: Any, number: int, name: str, data: bytes) -> None:
        connection.startDocument(self.name, number, name, "application/pdf", 1)
        half = len(data) // 2
        connection.writeRequestData(data[:half], half)
        self._checkpoint("half-sent")
        connection.writeRequestData(data[half:], len(data) - half)
        connection.finishDocument(self.name)


def open_service(scene: Scene, checkpoint: Callable[[str], None]) -> tuple[SqlLedger, PrintService]:
    """The kiosk's parts."""
    settings = PrinterSettings(kind="cups", queue=scene.queue, server=scene.server, stall_s=5, refill_s=5)
    ledger = SqlLedger(f"sqlite:///{scene.home}/ledger.sqlite")
    printer = PointedPrinter(settings, checkpoint, scene.mute)
    return ledger, PrintService(ledger, printer, settings, RealClock(), extract_pages, checkpoint=checkpoint)


def print_all(scene: Scene, service: PrintService) -> list[PrintResult]:
    """The patient presses Print: whatever may be printed is."""
    whole = pdf(scene.home / "document.pdf", SHEETS)
    wish = PrintWish(whole, A4)
    return [service.print_document("visit", KIOSK, part, wish) for part in service.remaining(scene.order)]


def first_life(scene: Scene, point: str) -> None:
    """Start, find out, print; dies at the point."""
    checkpoint = StopAt(point)
    ledger, service = open_service(scene, checkpoint)
    results = [*service.reconcile(KIOSK), *print_all(scene, service)]
    ledger.close()
    if point.startswith("after:"):
        os._exit(0)  # the timer would outlive the work
    if point:
        print(f"{point} was not reached: {results}", file=sys.stderr, flush=True)
