"""Whose the records are that an archive answers with, and who is told where they are somebody else's (R3)."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.adapters.archive.dicom_records import Record, first
from kiosk.adapters.archive.dicomweb_query import Questions, checked_uid, is_uid, tags
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.ports.archive import Foreign, Suspicious


class StudyOwners:
    """Vouches for one archive's records; asks it where a study's patient is not known yet."""

    def __init__(self, questions: Questions, digests: Owners, suspicious: Suspicious) -> None:
        self._ask = questions
        self._digests = digests
        self._suspicious = suspicious

    def is_own(self, record: Record, study_uid: str, owner: str) -> bool:
        """False where the record names another study or patient; silence is no contradiction."""
        study, patient = first(record, known.STUDY_UID), first(record, known.PATIENT_ID)
        return study in ("", study_uid) and (not patient or self._digests.digest(patient) == owner)

    def of(self, study_uid: str) -> str:
        """Digest of the patient the study belongs to, asked for where it is not known yet."""
        known_owner = self._digests.of(study_uid)
        if known_owner is not None:
            return known_owner
        asked = {tags(known.STUDY_UID): checked_uid(study_uid), "includefield": tags(known.PATIENT_ID)}
        found = [r for r in self._ask.query("/studies", asked, 2, 0) if first(r, known.STUDY_UID) == study_uid]
        if len(found) != 1:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "study is not in the archive")
        return self._digests.remember(study_uid, first(found[0], known.PATIENT_ID))

    def foreign(self, records: Sequence[Record]) -> None:
        """Studies that nobody asked for."""
        for record in records:
            uid = first(record, known.STUDY_UID)
            self.told(Foreign(1, uid if is_uid(uid) else "", first(record, known.ACCESSION)))

    def strayed(self, count: int, study_uid: str) -> None:
        """Objects of somebody else in a study whose accession number has to be looked up to name it."""
        if count > 0:
            self.told(Foreign(count, study_uid, self._accession(study_uid)))

    def told(self, found: Foreign) -> None:
        """Pass it on, where there is anything to tell."""
        if found.dropped > 0:
            self._suspicious(found)

    def _accession(self, study_uid: str) -> str:
        owner = self._digests.of(study_uid)
        try:
            found = self._ask.query("/studies", {tags(known.STUDY_UID): study_uid}, 2, 0)
        except KioskError:
            return ""  # an alarm must not fail for want of a name
        own = [r for r in found if self._digests.digest(first(r, known.PATIENT_ID)) == owner]
        return first(own[0], known.ACCESSION) if own else ""
