"""The imaging platform, read only (PS3.18 QIDO-RS and WADO-RS; or a folder of DICOM files)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kiosk.domain.exam import Exam


@dataclass(frozen=True)
class StudyQuery:
    """One selection; exactly one field is set. Values are already validated: no wildcard, no backslash, no control."""

    accession: str = ""
    patient_id: str = ""
    visit_number: str = ""
    national_id: str = ""
    study_uid: str = ""
    name_prefix: str = ""


@dataclass(frozen=True)
class InstanceRef:
    """One object of a series, in display order: by instance number, then by UID."""

    study_uid: str
    series_uid: str
    instance_uid: str
    sop_class: str
    number: int = 0


class Archive(Protocol):
    """Every call may block up to its deadline and is made from an io lane; none from the screen's thread.

    Raises KioskError: ARCHIVE_UNREACHABLE, ARCHIVE_TIMEOUT, ARCHIVE_DENIED, ARCHIVE_ERROR, ARCHIVE_TRUNCATED,
    TOO_LARGE, WRONG_PATIENT (an object whose identifiers are not those asked for). Whatever the archive answers is
    checked against the query here; records of other patients never leave the adapter (matrix cases 14, 15).
    """

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """The studies that match, newest first, with their series and reports. Empty when nothing matches."""
        ...

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """The objects of a series, in display order."""
        ...

    def fetch(self, refs: list[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes]]:
        """The objects' bytes (PS3.10 files), in the order asked for, each as soon as it has arrived.

        Closing the iterator stops the transfer.
        """
        ...

    def probe(self) -> str:
        """One cheap question; returns what answered. Raises like the others."""
        ...
