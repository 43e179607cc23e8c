"""Where written reports lie, in the archive or in the information system that made them; and how far exams are."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kiosk.domain.exam import Exam, Report
from kiosk.domain.orders import ExamOrder
from kiosk.domain.waiting.inbox import Decision, InboxItem
from kiosk.ports.archive import StudyQuery


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


class OrderSource(Protocol):
    """The hospital's orders. Blocks up to its deadline; called from an io lane. Raises KioskError like the archive.

    Orders that were not asked for are dropped and told to whoever listens (`Suspicious`).
    """

    def orders(self, query: StudyQuery, limit: int = 50) -> list[ExamOrder]:
        """The orders that match, in no order. Raises ARCHIVE_TRUNCATED where there are more than `limit`."""
        ...


class FilmSource(Protocol):
    """Films that modalities have printed to the hospital. Blocks; called from an io lane. Raises KioskError like the
    archive, OBJECT_UNREADABLE for a damaged one."""

    def film(self, exam: Exam, media: str, out: Path) -> int:
        """The exam's films as one PDF of this film size in a private file, each sheet's pixels as they came, in the
        order they came; returns how many sheets. 0, and no file, where there are none: the film is then composed."""
        ...


class UnmatchedItems(Protocol):
    """What the gateway has received and nobody could match. Calls are thread-safe, each is one transaction that is
    durable when it returns. Raises KioskError like the archive. Items come without documents."""

    def waiting(self, limit: int = 100) -> list[InboxItem]:
        """Items that belong to no exam yet, newest first."""
        ...

    def item(self, ident: int) -> InboxItem | None:
        """One item, whatever became of it; None where it was purged."""
        ...

    def decide(self, decision: Decision, exam: Exam | None) -> bool:
        """Keep what somebody says: the item is the exam's (MATCHED), with its numbers and its person, or nobody's
        (REFUSED). False, and nothing is changed, where it waits no longer."""
        ...

    def decided(self, limit: int = 50) -> list[tuple[Decision, InboxItem]]:
        """What persons said and nobody took back, newest first, with the items as they now are."""
        ...

    def undo(self, ident: int) -> bool:
        """The item waits again, as it came. False where nobody said anything of it."""
        ...

    def retry(self, ident: int) -> bool:
        """Its exam is looked for again at once. False where it does not wait."""
        ...
