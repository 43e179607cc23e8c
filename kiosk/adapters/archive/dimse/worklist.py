"""What is scheduled for a modality: Modality Worklist (PS3.4 K), asked by C-FIND."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.presentation import build_context

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import first
from kiosk.adapters.archive.dicom_values import moment
from kiosk.adapters.archive.dimse.link import PENDING, SUCCESS, UNCOMPRESSED, DimseLink, broken
from kiosk.adapters.archive.dimse.query import record_of
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.dicom import attributes as known

WORKLIST = UID("1.2.840.10008.5.1.4.31")
MOST = 500  # exams of one modality on one day


@dataclass(frozen=True)
class Scheduled:
    """One exam that a modality was to make."""

    accession: str
    study_uid: str
    identity: IdentityFacts


@dataclass(frozen=True)
class DimseWorklist:
    """Asks a worklist server. Raises KioskError like the archive."""

    link: DimseLink
    zone: tzinfo

    def scheduled(self, station: str, until: float, hours: float) -> list[Scheduled]:
        """What was scheduled for this AE title in so many hours before the moment (seconds, UTC)."""
        end = datetime.fromtimestamp(until, self.zone)
        begin = end - timedelta(hours=hours)
        found: list[Scheduled] = []
        for answer in self._asked(_question(station, begin, end)):
            steps = answer.get("ScheduledProcedureStepSequence") or []
            times = [moment(str(step.get("ScheduledProcedureStepStartDate", "")),
                            str(step.get("ScheduledProcedureStepStartTime", "")), self.zone)
                     for step in steps if str(step.get("ScheduledStationAETitle", "")).strip() == station]  # fmt: skip
            if any(at is not None and begin <= at <= end for at in times):
                found.append(_scheduled(answer))
        return found

    def _asked(self, question: Dataset) -> list[Dataset]:
        found: list[Dataset] = []
        with self.link.association([build_context(WORKLIST, list(UNCOMPRESSED))]) as association:
            for status, answer in association.send_c_find(question, WORKLIST):
                if not status:
                    raise broken(association)
                if status.Status in PENDING and answer is not None:
                    found.append(answer)
                    if len(found) > MOST:
                        raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"more than {MOST} scheduled exams")
                elif status.Status != SUCCESS:
                    raise KioskError(FaultCode.ARCHIVE_ERROR, f"worklist status {status.Status:04X}")
        return found


def _question(station: str, begin: datetime, end: datetime) -> Dataset:
    question, step = Dataset(), Dataset()
    for keyword in ("AccessionNumber", "PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID"):
        setattr(question, keyword, "")
    step.ScheduledStationAETitle = station
    step.ScheduledProcedureStepStartDate = f"{begin:%Y%m%d}-{end:%Y%m%d}"
    step.ScheduledProcedureStepStartTime = ""
    question.ScheduledProcedureStepSequence = [step]
    return question


def _scheduled(answer: Dataset) -> Scheduled:
    record = record_of(answer)
    return Scheduled(first(record, known.ACCESSION), first(record, known.STUDY_UID), dicom_records.identity(record))
