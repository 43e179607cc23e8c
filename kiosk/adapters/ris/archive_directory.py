"""Who a patient is, as far as the archive's own records tell: all exams of the number, taken together."""

from __future__ import annotations

from kiosk.domain.person.identity import IdentityFacts
from kiosk.ports.archive import Archive, StudyQuery


class ArchiveDirectory:
    """Implements kiosk.ports.directory.Directory over an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def facts(self, patient_id: str, hint: IdentityFacts) -> IdentityFacts:
        """See the port. Records of somebody else under the same number fill nothing."""
        if not patient_id or (hint.national_id and hint.birth_date and hint.telephone):
            return hint
        exams = self._archive.exams(StudyQuery(patient_id=patient_id))
        return hint.completed(exam.identity for exam in exams)
