"""What `kiosk doctor` says of printers and of CUPS' configuration."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk.adapters.machine.probes_print import ADVICE, CupsProbe, PrinterProbe
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import PrinterStatus
from tests.support.printers import CONFIGURATION
from tests.support.scripted import ScriptedPrinter

A4 = pwg_media("iso_a4_210x297mm")


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    for name in ("cupsd.conf", "cups-files.conf"):
        shutil.copyfile(CONFIGURATION / name, tmp_path / name)
    return tmp_path


def on_tmpfs(_: Path) -> str:
    return "tmpfs"


def test_the_appliances_configuration_passes(etc: Path) -> None:
    assert CupsProbe(etc, on_tmpfs).check().ok


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("PreserveJobFiles No", "PreserveJobFiles 86400", "PreserveJobFiles"),
        ("PreserveJobHistory No", "", "PreserveJobHistory"),
        ("ErrorPolicy abort-job", "ErrorPolicy retry-job", "ErrorPolicy"),
        ("PageLogFormat %p", "PageLogFormat %{job-name} %p", "PageLogFormat"),
        ("Listen /run", "Listen *:631\nListen /run", "Listen"),
        ("Browsing No", "Port 631\nBrowsing No", "Port"),
        ("WebInterface No", "WebInterface Yes", "WebInterface"),
        ("DefaultPolicy kiosk", "DefaultPolicy default", "DefaultPolicy"),
    ],
)
def test_other_values_are_refused_with_the_reason(etc: Path, old: str, new: str, named: str) -> None:
    text = (etc / "cupsd.conf").read_text()
    assert old in text
    (etc / "cupsd.conf").write_text(text.replace(old, new))
    finding = CupsProbe(etc, on_tmpfs).check()
    assert not finding.ok and finding.fault is FaultCode.CONFIG_INVALID and f"{named}: " in finding.said


def test_a_spool_on_a_disk_is_refused(etc: Path) -> None:
    finding = CupsProbe(etc, lambda _: "ext4").check()
    assert not finding.ok and "/run/cups-spool is on ext4" in finding.said


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    finding = CupsProbe(tmp_path / "nowhere").check()
    assert not finding.ok and "root" in finding.advice


def test_a_printer_that_can_print_is_fine_and_low_supplies_are_told() -> None:
    printer = ScriptedPrinter()
    printer.now(status=PrinterStatus.IDLE, media_ready=(A4,), supplies=(("black", 8), ("waste", -3)))
    finding = PrinterProbe("REPORT", printer, A4).check()
    assert finding.ok and finding.advice == "Order soon: black 8 %." and finding.probe == "printer REPORT"


@pytest.mark.parametrize(
    ("status", "reasons", "fault"),
    [
        (PrinterStatus.GONE, (), FaultCode.PRINTER_OFFLINE),
        (PrinterStatus.STOPPED, ("paused",), FaultCode.PRINTER_STOPPED),
        (PrinterStatus.STOPPED, (), FaultCode.PRINTER_STOPPED),
        (PrinterStatus.IDLE, ("media-empty-warning",), FaultCode.MEDIA_EMPTY),
        (PrinterStatus.IDLE, ("fan-failure",), FaultCode.PRINTER_FAULT),
    ],
)
def test_what_is_wrong_is_named_with_advice(status: PrinterStatus, reasons: tuple[str, ...], fault: FaultCode) -> None:
    printer = ScriptedPrinter()
    printer.now(*reasons, status=status)
    finding = PrinterProbe("REPORT", printer).check()
    assert not finding.ok and finding.fault is fault and finding.advice


def test_wrong_media_and_a_missing_queue_are_named() -> None:
    printer = ScriptedPrinter()
    printer.now(status=PrinterStatus.IDLE, media_ready=(pwg_media("iso_a3_297x420mm"),))
    assert PrinterProbe("REPORT", printer, A4).check().fault is FaultCode.WRONG_MEDIA
    printer.error = KioskError(FaultCode.PRINTER_MISSING, "report")
    finding = PrinterProbe("REPORT", printer).check()
    assert finding.fault is FaultCode.PRINTER_MISSING and finding.advice == ADVICE[FaultCode.PRINTER_MISSING]
