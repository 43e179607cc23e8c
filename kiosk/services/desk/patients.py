"""Finding a patient, and all that is known of their exams."""

from __future__ import annotations

from kiosk.domain.desk import DeskAction, FoundShown, PatientShown, ReasonAsked, SearchAsked, StudyAsked
from kiosk.domain.exam import Exam, ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.trail import EventKind
from kiosk.ports.archive import Archive, StudyQuery
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskTrail, DeskUser
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms

FOUND_MOST = 50
QUERY_LONGEST = 64  # characters: the longest value of DICOM's LO (PS3.5 6.2), which is what numbers and names are


class PatientFiles:
    """The archive and the ledger, asked for one person. Every desk service that is about a patient asks here."""

    def __init__(
        self, archive: Archive, lookup: Lookup, ledger: Ledger, pseudonyms: Pseudonyms, limits: TryLimits
    ) -> None:
        self._archive = archive
        self._lookup = lookup
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._limits = limits

    def found(self, query: StudyQuery) -> list[Exam]:
        """Nothing where the archive cannot be asked for such a number; it may be another kind of number."""
        try:
            return self._archive.exams(query, FOUND_MOST)
        except KioskError as error:
            if error.code is not FaultCode.CODE_UNSEARCHABLE:
                raise
            return []

    def listed(self, study_uid: str) -> ListedExam:
        """One exam and how ready it is. Raises KioskError NOTHING_FOUND."""
        found = self._archive.exams(StudyQuery(study_uid=study_uid), 1)
        if not found:
            raise KioskError(FaultCode.NOTHING_FOUND)
        return self._lookup.with_readiness(found)[0]

    def subject(self, study_uid: str) -> str:
        """The pseudonym of the exam's person. Raises KioskError NOTHING_FOUND."""
        return self._pseudonyms.patient(self.listed(study_uid).exam.identity.patient_id)

    def shown(self, study_uid: str) -> PatientShown:
        """All exams of the person of this one. Raises KioskError NOTHING_FOUND."""
        person = self.listed(study_uid).exam.identity
        exams = self._archive.exams(StudyQuery(patient_id=person.patient_id), FOUND_MOST)
        tries = self._ledger.tries("", self._pseudonyms.patient(person.patient_id), "", self._limits)
        # One number may name two people (case 16): their exams are not shown under one name.
        mine = [exam for exam in exams if exam.identity.same_person(person)]
        return PatientShown(person, tries.subject >= self._limits.per_subject, self._lookup.with_readiness(mine))


class PatientDesk:
    """Finds people, and lets them answer again."""

    def __init__(self, files: PatientFiles, lookup: Lookup, ledger: Ledger, audit: Audit, trail: DeskTrail) -> None:
        self._files = files
        self._lookup = lookup
        self._ledger = ledger
        self._audit = audit
        self._trail = trail

    def search(self, user: DeskUser, asked: SearchAsked) -> FoundShown:
        """By accession, patient number or the beginning of a name; whichever finds first."""
        query = asked.query.strip()[:QUERY_LONGEST]
        if not any(map(str.isalnum, query)):
            return FoundShown(query, (), problem="search-none")
        for field in ("accession", "patient_id", "visit_number", "name_prefix"):
            found = self._files.found(StudyQuery(**{field: query}))
            if found:
                break
        # Not what was typed: it is a name or a number, and the trail holds none.
        self._audit.record(EventKind.STAFF_SEARCH, visit=user.session, actor=user.name, found=len(found))
        listed = self._lookup.with_readiness(found)
        return FoundShown(query, listed, problem="" if listed else "search-none")

    def select(self, _: DeskUser, asked: StudyAsked) -> PatientShown:
        """All exams of the person of this one."""
        return self._files.shown(asked.study)

    def unlock(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """The person may answer questions again."""
        subject = self._files.subject(asked.study)
        self._ledger.unlock(subject, user.name)
        self._trail.override(user, subject, asked.reason, DeskAction.UNLOCK)
        return self._files.shown(asked.study)
