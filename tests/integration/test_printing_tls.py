"""Printers with certificates of their own (IPP Everywhere): asked where they are known, and only there."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.machine.probes_print import PrinterProbe
from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.adapters.printing.ipp import GET_PRINTER_ATTRIBUTES, ask, request
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printer_reasons import worst
from kiosk.domain.sheets.printing import JobStatus, PrinterStatus, Ticket
from tests.support.documents import pdf
from tests.support.printers import CONFIGURATION, IppPrinter, PrintShop
from tests.support.servers import wait_until

A4 = pwg_media("iso_a4_210x297mm")


@pytest.fixture(scope="module")
def secure(running_shop: PrintShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppPrinter]:
    tray = IppPrinter(tmp_path_factory.mktemp("tls"), "secure", secure=True)
    tray.start()
    running_shop.scheduler.add("secure", tray)
    yield tray
    running_shop.scheduler.admin("lpadmin", "-x", "secure")
    tray.stop()


def queue(shop: PrintShop, ca_file: Path | None) -> CupsPrinter:
    return CupsPrinter(PrinterSettings(kind="cups", queue="secure", server=shop.server, ca_file=ca_file))


def other(folder: Path, name: str) -> Path:
    """A self-signed certificate of somebody else."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
               "-addext", f"subjectAltName=DNS:{name}", "-keyout", folder / f"{name}.key", "-out",
               folder / f"{name}.pem"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / f"{name}.pem"


def test_a_known_certificate_lets_the_printer_speak_for_itself(
    shop: PrintShop, secure: IppPrinter, tmp_path: Path
) -> None:
    printer = queue(shop, secure.certificate)
    state = printer.state()
    assert state.status is PrinterStatus.IDLE and state.media_ready == (printer.state().media_ready[0],)
    secure.raise_fault("media-jam-error", from_page=2)
    job = printer.submit(pdf(tmp_path / "document.pdf", 3), Ticket("SECURE1", A4, 3))
    wait_until(lambda: worst(printer.state().reasons) is not None, "jam")
    assert printer.job(job).sheets == 1, "the printer's own count"
    secure.clear_faults()
    wait_until(lambda: printer.job(job).status is JobStatus.COMPLETED, "end of the job")
    assert [page for job_name, page in secure.sheets() if job_name == "SECURE1"] == [1, 2, 3]


def test_an_unknown_certificate_leaves_the_queues_words_and_says_so(
    shop: PrintShop, secure: IppPrinter, tmp_path: Path
) -> None:
    for ca_file in (
        None,
        other(tmp_path, "localhost"),
        other(tmp_path, "elsewhere"),
        tmp_path / "missing.pem",
        Path(__file__),
    ):
        printer = queue(shop, ca_file)
        state = printer.state()
        assert state.status is PrinterStatus.IDLE and "cups-pki-unknown" in state.reasons and not state.media_ready
        assert worst(state.reasons) is None, "it still prints"
        finding = PrinterProbe("report", printer, A4).check()
        assert finding.ok and "as CUPS says" in finding.said and "ca_file" in finding.advice
    job = printer.submit(pdf(tmp_path / "document.pdf", 1), Ticket("SECURE2", A4, 1))
    wait_until(lambda: printer.job(job).status is JobStatus.COMPLETED, "end of the job")
    assert printer.job(job).sheets is None, "nobody vouches for its count"


def test_a_certificate_in_another_name_must_be_the_very_one(secure: IppPrinter, tmp_path: Path) -> None:
    uri = f"ipps://127.0.0.1:{secure.port}/ipp/print"
    body = request(GET_PRINTER_ATTRIBUTES, uri)
    assert ask(uri, body, 5, trusted=secure.certificate)
    both = tmp_path / "both.pem"
    both.write_text(other(tmp_path, "elsewhere").read_text() + secure.certificate.read_text())
    assert ask(uri, body, 5, trusted=both)
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(uri, body, 5, trusted=other(tmp_path, "127.0.0.1"))


def test_the_set_up_script_keeps_the_certificate(shop: PrintShop, secure: IppPrinter, tmp_path: Path) -> None:
    env = {**os.environ, "CUPS_SERVER": shop.server, "KIOSK_CERTIFICATES": str(tmp_path / "kept")}
    command = ["sh", str(CONFIGURATION / "add-queue.sh"), "kept", secure.uri]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    kept = tmp_path / "kept" / "kept.pem"
    assert "ca_file" in done.stdout and ssl.PEM_cert_to_DER_cert(kept.read_text()) == ssl.PEM_cert_to_DER_cert(
        secure.certificate.read_text()
    )
    shop.scheduler.admin("lpadmin", "-x", "kept")
