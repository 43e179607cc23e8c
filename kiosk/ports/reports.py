"""Where written reports lie: in the archive, or in the information system that made them."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.exam import Exam, Report


class ReportSource(Protocol):
    """Blocks up to its deadline; called from an io lane. Raises KioskError like the archive.

    What a source answers is checked against the exam: a report is its exam's by StudyInstanceUID, else by accession
    number *and* patient number; any other is dropped and told to whoever listens (`Suspicious`). Whether the person is
    the same is for the composing service to say, from `Report.identity`. A status that nobody has explained is not
    final.
    """

    def find(self, exam: Exam) -> tuple[Report, ...]:
        """The reports of an exam, every version, oldest first. Raises ARCHIVE_TRUNCATED where there are too many."""
        ...

    def document(self, exam: Exam, report: Report) -> bytes:
        """What a report says: a DICOM object (PS3.10) that encapsulates a PDF or is a structured report.

        Raises KioskError REPORT_UNREADABLE where it is no longer there, TOO_LARGE, and else like the archive;
        WRONG_PATIENT where it turns out to be somebody else's.
        """
        ...
