"""What every printer keeps to: the folder and CUPS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.dicom_printer import DicomPrinter
from kiosk.adapters.printing.folder_printer import FolderPrinter
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printer_reasons import understand
from kiosk.domain.sheets.printing import JOB_ENDED, JobState, JobStatus, PrinterStatus, Ticket
from kiosk.gateway.imager import RehearsalImager
from kiosk.ports.printer import Printer
from tests.support.documents import pdf
from tests.support.imagers import a4_imager, labels
from tests.support.printers import PrintShop

A4 = pwg_media("iso_a4_210x297mm")


@dataclass
class Machine:
    """A printer with its trouble maker; `again` is the same queue after a restart of the kiosk."""

    printer: Printer
    again: Callable[[], Printer]
    trouble: Callable[[str], None]
    relief: Callable[[], None]
    copies: Callable[[str], int]


def folder(home: Path) -> Machine:
    path = home / "printed"
    (path / "faults").mkdir(parents=True)

    def relief() -> None:
        for file in (path / "faults").iterdir():
            file.unlink()

    return Machine(
        FolderPrinter(path, 0.05),
        lambda: FolderPrinter(path, 0.05),
        lambda keyword: (path / "faults" / keyword).touch(),
        relief,
        lambda name: len(list(path.glob(f"{name}.pdf"))),
    )


def cups(shop: PrintShop) -> Machine:
    settings = PrinterSettings(kind="cups", queue="report", server=shop.server)
    tray = shop.printers["report"]
    return Machine(
        CupsPrinter(settings),
        lambda: CupsPrinter(settings),
        lambda keyword: tray.raise_fault(keyword),
        tray.clear_faults,
        lambda name: sum(sheet == (name, 1) for sheet in tray.sheets()),
    )


def imager(home: Path, rehearsal: RehearsalImager) -> Machine:
    profile, link = a4_imager(home, rehearsal.port)

    def again() -> Printer:
        return DicomPrinter(link, profile, home / "journal")

    def relief() -> None:
        (home / "imager" / "faults" / "FILM JAM").unlink(missing_ok=True)

    return Machine(
        again(),
        again,
        lambda keyword: (home / "imager" / "faults" / "FILM JAM").touch(),
        relief,
        lambda name: sum(label == f"{name} 1/3" for label in labels(home / "imager")),
    )


@pytest.fixture(params=["folder", "cups", "dicom"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    if request.param == "folder":
        yield folder(tmp_path)
    elif request.param == "dicom":
        rehearsal = RehearsalImager(tmp_path / "imager")
        yield imager(tmp_path, rehearsal)
        rehearsal.close()
    else:
        yield cups(request.getfixturevalue("shop"))


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return pdf(tmp_path / "document.pdf", 3)


def end_of(printer: Printer, job_id: str, seconds: float = 20.0) -> JobState:
    stop = time.monotonic() + seconds
    while (job := printer.job(job_id)).status not in JOB_ENDED and time.monotonic() < stop:
        time.sleep(0.05)
    return job


def test_an_idle_printer_is_ready(machine: Machine) -> None:
    state = machine.printer.state()
    assert (
        state.status is PrinterStatus.IDLE and state.accepting and not any(understand(r).blocks for r in state.reasons)
    )


def test_a_job_comes_out_once_and_is_found_again_by_its_name(machine: Machine, document: Path) -> None:
    job_id = machine.printer.submit(document, Ticket("SERIALONE", A4, 3))
    job = end_of(machine.printer, job_id)
    assert (job.status, job.sheets, job.name) == (JobStatus.COMPLETED, 3, "SERIALONE")
    assert machine.copies("SERIALONE") == 1
    (found,) = machine.again().find("SERIALONE")
    assert (found.status, found.sheets, found.job_id) == (JobStatus.COMPLETED, 3, job_id)


def test_an_unknown_job_is_unknown(machine: Machine) -> None:
    assert machine.printer.job("99999/NOBODY").status is JobStatus.UNKNOWN
    assert machine.printer.find("NOBODY") == []


def test_trouble_is_told_and_a_cancelled_job_stays_away(machine: Machine, document: Path) -> None:
    machine.trouble("media-jam-error")
    job_id = machine.printer.submit(document, Ticket("SERIALTWO", A4, 3))
    stop = time.monotonic() + 10
    while not any(understand(r).blocks for r in machine.printer.state().reasons) and time.monotonic() < stop:
        time.sleep(0.05)
    assert machine.printer.job(job_id).status not in JOB_ENDED
    machine.printer.cancel(job_id)
    job = end_of(machine.printer, job_id)
    machine.relief()
    assert (job.status, job.sheets) == (JobStatus.CANCELED, 0)
    machine.printer.cancel(job_id)
    assert machine.printer.job(job_id).status is JobStatus.CANCELED
