"""Film on an imager that speaks DICOM Print: what it stores is what was composed; whatever happens on the way, a sheet
is printed, surely not printed, or for a person to look at, and it never comes twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.printing.dicom_print import DicomPrint, ImagerAddress
from kiosk.adapters.printing.dicom_printer import DicomPrinter
from kiosk.adapters.printing.dicom_profiles import imager_profile
from kiosk.adapters.printing.dicom_sheet import expanded, imager_sheet
from kiosk.adapters.printing.pdf_pages import extract_pages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MEDIA
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, JobStatus, Media, Order, SheetState, Ticket
from kiosk.gateway.imager import RehearsalImager
from kiosk.services.printing.print_service import PrintResult, PrintService, PrintWish
from tests.support.documents import pdf
from tests.support.imagers import SERVERS, a4_imager, dcmprscp, labels, sheets, stored_pixels
from tests.support.servers import wait_until

A4 = pwg_media("iso_a4_210x297mm")
P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN


@dataclass
class FilmRoom:
    """A printer with its ledger, and the imager's folder."""

    printer: DicomPrinter
    ledger: SqlLedger
    document: Path
    imager: Path

    def fault(self, name: str) -> Path:
        return self.imager / "faults" / name

    def print(self, progress: Callable[[int, int, FaultCode | None], None] = lambda *_: None) -> PrintResult:
        settings = PrinterSettings(kind="dicom", host="x", stall_s=2, refill_s=1, seconds_per_sheet=1)
        service = PrintService(self.ledger, self.printer, settings, SystemClock("UTC"), extract_pages)
        order = Order("film-of-somebody", "subject", DocumentKind.FILM, 1, 3)
        (run, *rest) = service.remaining(order)
        assert not rest
        return service.print_document("visit", "k1", run, PrintWish(self.document, A4), progress)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FilmRoom]:
    rehearsal = RehearsalImager(tmp_path / "imager")
    profile, link = a4_imager(tmp_path, rehearsal.port)
    printer = DicomPrinter(link, profile, tmp_path / "journal")
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", key=b"k" * 32, anchor=tmp_path / "anchor", kiosk="k1")
    yield FilmRoom(printer, ledger, pdf(tmp_path / "film.pdf", 3), tmp_path / "imager")
    ledger.close()
    rehearsal.close()


def states(result: PrintResult) -> tuple[SheetState, ...]:
    assert result.reservation is not None
    return result.reservation.states


def test_a_film_comes_out_once_and_its_print_job_says_so(room: FilmRoom) -> None:
    result = room.print()
    assert (states(result), result.fault) == ((P, P, P), None)
    assert len(labels(room.imager)) == 3
    told = sheets(room.imager)[0]
    shown = [told[name] for name in ("bits", "MagnificationType", "Trim", "RequestedImageSize")]
    assert shown == [12, "NONE", "NO", "210."]


@pytest.mark.parametrize(
    ("fault", "expected", "out"),
    [
        ("abort-session", (M, M, M), 0),
        ("abort-film-box", (M, M, M), 0),
        ("abort-image-box", (M, M, M), 0),
        ("refuse-session", (M, M, M), 0),
        ("refuse-film-box", (M, M, M), 0),
        ("refuse-image-box", (M, M, M), 0),
        ("change-picture", (M, M, M), 0),
        ("refuse-action", (M, M, M), 0),
        ("abort-action", (U, M, M), 0),
        ("mute-action", (U, M, M), 1),
        ("job-failure", (U, M, M), 0),
    ],
)
def test_whatever_fails_at_which_step(
    room: FilmRoom, fault: str, expected: tuple[SheetState, ...], out: int
) -> None:
    room.fault(fault).touch()
    result = room.print()
    assert states(result) == expected and result.fault is not None
    assert len(labels(room.imager)) == out


def test_out_of_film_in_the_middle_and_the_rest_after_it_was_filled(room: FilmRoom) -> None:
    def empty_after_one(done: int, total: int, waiting: FaultCode | None) -> None:
        if done == 1:
            room.fault("SUPPLY EMPTY").touch()

    result = room.print(empty_after_one)
    printed = states(result).count(P)
    assert printed in (1, 2) and states(result) == (P,) * printed + (M,) * (3 - printed)
    assert result.fault is FaultCode.MEDIA_EMPTY
    room.fault("SUPPLY EMPTY").unlink()
    assert states(room.print()) == (P,) * (3 - printed)
    assert len(labels(room.imager)) == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves a refused socket
def test_an_imager_that_is_away(room: FilmRoom, tmp_path: Path) -> None:
    profile, link = a4_imager(tmp_path, 1)
    away = FilmRoom(DicomPrinter(link, profile, tmp_path / "away"), room.ledger, room.document, room.imager)
    result = away.print()
    assert (result.reservation, result.fault) == (None, FaultCode.PRINTER_OFFLINE)


def test_after_a_crash_the_journal_tells_what_was_asked_for(room: FilmRoom, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "S1").write_text(json.dumps(["printed", "asked", "waiting"]))
    (found,) = room.printer.find("S1")
    assert (found.status, found.sheets, found.under_way) == (JobStatus.ABORTED, 1, 1)


def test_accepted_is_printed_only_where_that_is_trusted(tmp_path: Path) -> None:
    """An imager without Print Job: the hospital says what its word is worth."""
    rehearsal = RehearsalImager(tmp_path / "imager", print_job=False)
    profile, _ = a4_imager(tmp_path, rehearsal.port)
    profile = profile.model_copy(update={"print_job": False})
    link = DicomPrint(ImagerAddress("127.0.0.1", rehearsal.port, "IMAGER", "KIOSK", 5), profile)
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db", key=b"k" * 32, anchor=tmp_path / "anchor", kiosk="k1")
    found = []
    for trust in (False, True):
        home = tmp_path / f"trust-{trust}"
        home.mkdir()
        printer = DicomPrinter(link, profile, home / "journal", trust_accept=trust)
        room = FilmRoom(printer, ledger, pdf(home / "film.pdf", 3), tmp_path / "imager")
        printer.submit(room.document, Ticket(f"S{trust}", A4, 3))
        wait_until(lambda one=printer, job=f"S{trust}": one.job(job).status is JobStatus.COMPLETED, "the job")
        found.append(printer.job(f"S{trust}").sheets)
    assert found == [0, 3]
    ledger.close()
    rehearsal.close()


# --- dcmtk's print server in three kinds ---------------------------------------------------------------------------
def ruled(path: Path, apart_mm: float = 150.0) -> Path:
    """An 8 × 10 inch film: black, a grey wedge, and two white lines so far apart."""
    page = Canvas(str(path), (203.2 * mm, 254 * mm))
    page.setFillGray(0)
    page.rect(0, 0, 203.2 * mm, 254 * mm, stroke=0, fill=1)
    for step in range(16):
        page.setFillGray(step / 15)
        page.rect((20 + 10 * step) * mm, 180 * mm, 10 * mm, 20 * mm, stroke=0, fill=1)
    page.setFillGray(1)
    for x in (25.0, 25.0 + apart_mm):
        page.rect(x * mm, 40 * mm, 0.5 * mm, 100 * mm, stroke=0, fill=1)
    page.save()
    return path


@pytest.mark.parametrize("name", list(SERVERS))
def test_dcmtk_stores_our_pixels_at_life_size(name: str, tmp_path: Path) -> None:
    profile = imager_profile(SERVERS[name][0])
    film = MEDIA["8INX10IN"]
    document = ruled(tmp_path / "film.pdf")
    with dcmprscp(tmp_path / "scp", name) as port:
        link = DicomPrint(ImagerAddress("127.0.0.1", port, name, "KIOSK"), profile)
        printer = DicomPrinter(link, profile, tmp_path / "journal", trust_accept=True)
        printer.submit(document, Ticket("S1", Media(film.pwg, *film.hundredths), 1))
        wait_until(lambda: printer.job("S1").status not in (JobStatus.PROCESSING, JobStatus.STOPPED), "the job")
        assert (printer.job("S1").status, printer.job("S1").sheets) == (JobStatus.COMPLETED, 1), (
            (tmp_path / "scp" / "log").read_text(errors="replace")[-3000:]
        )
        wait_until(lambda: bool(stored_pixels(tmp_path / "scp")), "the stored image")
    (stored,) = stored_pixels(tmp_path / "scp")
    ours = imager_sheet(document.read_bytes(), 0, profile, film).pixels
    pixels = np.frombuffer(stored.PixelData, "<u2").reshape(stored.Rows, stored.Columns)
    assert (stored.Rows, stored.Columns, stored.BitsStored) == (3200, 2560, 12)
    assert np.array_equal(pixels, ours)
    row = pixels[2100]
    begins = np.flatnonzero((row[1:] > 2000) & (row[:-1] <= 2000))
    assert abs((begins[1] - begins[0]) * profile.pitch_mm - 150.0) <= 1.5 * profile.pitch_mm
    wedge = {int(pixels[800, round((25 + 10 * step) / profile.pitch_mm)]) for step in range(16)}
    assert wedge == {int(expanded(np.array([[round(255 * step / 15)]], np.uint8), 12)[0, 0]) for step in range(16)}


def test_nothing_is_scaled_or_cut_off(tmp_path: Path) -> None:
    """An imager that does not print to the edge takes a film whose edges are black, and no other."""
    document = ruled(tmp_path / "film.pdf").read_bytes()
    profile = imager_profile("plain-8bit")
    sheet = imager_sheet(document, 0, profile, MEDIA["8INX10IN"])
    assert sheet.pixels.shape == (2936, 2304) and sheet.pixels.dtype == np.uint8
    narrow = profile.model_copy(update={"matrix": {"8INX10IN": (1700, 2936)}})
    with pytest.raises(KioskError, match="page-scaled"):
        imager_sheet(document, 0, narrow, MEDIA["8INX10IN"])
    with pytest.raises(KioskError, match="wrong-media"):
        profile.film_for(A4)
