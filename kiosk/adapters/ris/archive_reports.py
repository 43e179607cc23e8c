"""Reports out of the archive, where they lie beside the images."""

from __future__ import annotations

from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import Archive, InstanceRef


class ArchiveReports:
    """Implements kiosk.ports.reports.ReportSource over an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def find(self, exam: Exam) -> tuple[Report, ...]:
        """See the port: they came with the exam."""
        return exam.reports

    def document(self, exam: Exam, report: Report) -> bytes:
        """See the port."""
        ref = InstanceRef(report.study_uid, report.series_uid, report.instance_uid, "")
        untrusted = next((data for _, data in self._archive.fetch([ref])), None)
        if untrusted is None:
            raise KioskError(FaultCode.REPORT_UNREADABLE, "the archive has no such report any more")
        return untrusted
