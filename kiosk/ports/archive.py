"""The imaging platform, read only (PS3.18 QIDO-RS and WADO-RS; or a folder of DICOM files)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kiosk.domain.exam import Exam


@dataclass(frozen=True)
class StudyQuery:
    """One selection: exactly one field is set, or a study with its patient.

    A study alone may be found twice, where somebody else's object lies in it under the same UID.
    Values are validated: no control characters.
    """

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


@dataclass(frozen=True)
class Foreign:
    """Records that were answered and not asked for; study and accession number say where staff finds them."""

    dropped: int
    study_uid: str = ""
    accession: str = ""


Suspicious = Callable[[Foreign], None]


class RecentStudies(Protocol):
    """What an archive can tell of its newest studies. Raises KioskError like `Archive`."""

    def studies_since(self, day: date) -> Iterator[str]:
        """Study Instance UIDs of studies of that day and later, each once, in no order; asked for page by page."""
        ...


class Archive(Protocol):
    """Every call may block up to its deadline and is made from an io lane; none from the screen's thread.

    Raises KioskError: ARCHIVE_UNREACHABLE, ARCHIVE_TIMEOUT, ARCHIVE_DENIED, ARCHIVE_ERROR, ARCHIVE_TRUNCATED,
    TOO_LARGE, WRONG_PATIENT (an object whose identifiers are not those asked for). Whatever the archive answers is
    checked against the query here; records of other patients never leave the adapter (matrix cases 14, 15). Each is
    dropped by itself and told to whoever listens (`Suspicious`); the others go on. An archive that merely matches more
    loosely than it was asked to is no alarm.
    """

    def exams(self, query: StudyQuery, limit: int = 50) -> list[Exam]:
        """The studies that match, newest first, with their series and reports. Empty when nothing matches."""
        ...

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        """The objects of a series, in display order."""
        ...

    def fetch(self, refs: list[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """The objects' bytes (PS3.10 files), in the order asked for, each as soon as it has arrived.

        `any_order`: within a series in the order that is cheapest for the archive, so that nothing has to wait.

        An object that turns out to be somebody else's is left out; where nothing else was asked for, it is
        WRONG_PATIENT. Closing the iterator stops the transfer.
        """
        ...

    def probe(self) -> str:
        """One cheap question; returns what answered. Raises like the others."""
        ...

    def server_time(self) -> datetime | None:
        """What the archive's own clock says now, going by its last answer, with a time zone; asks nothing.

        None before the first answer, and where its clock is this machine's.
        """
        ...

    def close(self) -> None:
        """Let go of connections and threads; no call comes after it."""
        ...


class StudyArchive(Archive, RecentStudies, Protocol):
    """An archive that can be asked for its newest studies too."""
