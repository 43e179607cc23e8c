"""Print an exam's report to PDF: checked, fitted, stamped with serial and cloud QR; structured reports are typeset.

SOURCE is a DICOM report object or a folder with the files of one exam; the newest final report is taken. With --config
the QR's link is kept in the hospital's ledger; without, it is a sample that leads nowhere.

Exit codes: 0 written · 2 usage · 6 there is no report that may be handed out, or it cannot be shown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.machine.system import SystemClock
from kiosk.bootstrap import ledger_of, pseudonym_key
from kiosk.bootstrap.links import link_maker_of
from kiosk.config import Settings, load
from kiosk.domain.exam import Exam, ListedExam, Readiness, Report, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.serials import new_serial
from kiosk.ports.archive import InstanceRef
from kiosk.ports.rendering import PageStamp
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import answers_for_link
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.links import Links

EXIT_OK, EXIT_USAGE, EXIT_NOTHING = 0, 2, 6


def register(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a DICOM report, or a folder with one exam")
    parser.add_argument("--out", type=Path, required=True, metavar="PDF", help="the PDF to write")


def run(args: argparse.Namespace) -> int:
    """Pick, make, write."""
    if not args.source.exists() or not args.out.resolve().parent.is_dir():
        print("kiosk report: no such file or folder", file=sys.stderr)
        return EXIT_USAGE
    settings = load(args.config) if args.config else Settings()
    try:
        exam, report, untrusted = pick(args.source, settings)
        pages = _make(args, settings, exam, untrusted)
    except KioskError as fault:
        if fault.code is FaultCode.CONFIG_INVALID:
            raise
        print(f"kiosk report: {fault}", file=sys.stderr)
        return EXIT_NOTHING
    print(f"{report.kind} report, version {report.version}, {pages} page{'s' if pages > 1 else ''}: {args.out}")
    return EXIT_OK


def pick(source: Path, settings: Settings) -> tuple[Exam, Report, bytes]:
    """The newest final report of the one exam in `source`. Raises KioskError NOTHING_READY with a plain reason."""
    zone = ZoneInfo(settings.hospital.time_zone)
    reading = ReportReading(zone, ReportStatus(settings.reports.without_flag))
    archive = FolderArchive(source, reading)
    exams = [exam for exam in archive.everything() if exam.reports]
    if not exams:
        raise KioskError(FaultCode.NOTHING_READY, "there is no report object in it")
    if len(exams) > 1:
        raise KioskError(FaultCode.NOTHING_READY, f"there are reports of {len(exams)} exams in it; give one exam")
    final = exams[0].final_reports
    if not final:
        states = sorted({str(report.status) for report in exams[0].reports})
        raise KioskError(FaultCode.NOTHING_READY, f"no report is final yet ({', '.join(states)})")
    newest = final[-1]
    ref = InstanceRef(newest.study_uid, newest.series_uid, newest.instance_uid, "")
    return exams[0], newest, next(data for _, data in archive.fetch([ref]))


def _make(args: argparse.Namespace, settings: Settings, exam: Exam, untrusted: bytes) -> int:
    rules = settings.reports
    serial = new_serial()
    url = _link(args, settings, exam)
    renderer = WorkshopRenderer(settings.hospital, settings.reports)
    try:
        stamp = PageStamp(serial, url, rules.qr_corner, rules.qr_mm, settings.screens.language)
        return renderer.report(untrusted, exam, stamp, args.out)
    finally:
        renderer.close()


def _link(args: argparse.Namespace, settings: Settings, exam: Exam) -> str:
    if settings.reports.qr_corner == "none":
        return ""
    if not args.config:
        print("kiosk report: no hospital configured, the QR is a sample", file=sys.stderr)
        return link_maker_of(settings.cloud).make({}, "", 0.0).shown.url
    ledger, names = ledger_of(settings), Pseudonyms(pseudonym_key(settings.kiosk))
    clock = SystemClock(settings.hospital.time_zone)
    try:
        links = Links(ledger, names, Audit(ledger, settings.kiosk.id, clock), clock, settings.cloud,
                      link_maker_of(settings.cloud))  # fmt: skip
        subject = names.patient(exam.identity.patient_id)
        answers = answers_for_link(exam.identity, settings.identity.questions)
        return links.make("cli", subject, [ListedExam(exam, Readiness.READY)], answers).url
    finally:
        ledger.close()
