"""Where written reports lie: in the archive, or one day in the information system that made them."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.exam import Report


class ReportSource(Protocol):
    """Blocks up to its deadline; called from an io lane.

    Which reports an exam has, and how final they are, comes with the exam (`Exam.reports`); here is what they say.
    """

    def document(self, report: Report) -> bytes:
        """The report as it is kept: a DICOM object (PS3.10) that encapsulates a PDF or is a structured report.

        Raises KioskError REPORT_UNREADABLE where it is no longer there, and else like the archive; WRONG_PATIENT where
        it turns out to be somebody else's.
        """
        ...
