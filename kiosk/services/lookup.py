"""Who a code belongs to, and the patient's exams. Nothing here proves anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk.config import Settings
from kiosk.domain.codes import Claim
from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import Delivery, Exam, ListedExam
from kiosk.domain.identity import IdentityFacts, Question, questions_for
from kiosk.ports.archive import Archive, StudyQuery
from kiosk.ports.clock import Clock
from kiosk.ports.directory import Directory
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.pseudonyms import Pseudonyms
from kiosk.session.states import Candidate

LIST_LIMIT = 50
QUERIES = {
    "accession": ("accession", "patient_id", "visit_number"),
    "patient-id": ("patient_id",),
    "visit-number": ("visit_number",),
    "national-id": ("national_id",),
}


class Lookup:
    """From a code to a candidate, and from a proven candidate to the list. Runs on io lanes."""

    def __init__(
        self,
        archive: Archive,
        directory: Directory,
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        audit: Audit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._archive, self._directory, self._ledger = archive, directory, ledger
        self._pseudonyms, self._audit, self._clock, self._settings = pseudonyms, audit, clock, settings
        reports = settings.reports
        self._rules = DeliveryRules(reports.window_days, reports.wait_minutes, reports.copies)

    def candidate(self, claim: Claim) -> Candidate:
        """Who the code selects. A code that belongs to nobody gives a candidate without facts."""
        exams = self._search(claim)
        if not exams:
            return Candidate(self._pseudonyms.claim(claim), None)
        exam = exams[0]
        facts = self._directory.facts(exam.identity.patient_id, merged(exams))
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        scanned = exam.study_uid if claim.value == exam.accession else ""
        return Candidate(subject, facts, scanned, collision=collides(exams))

    def questions(self, candidate: Candidate) -> tuple[Question, ...]:
        """What this candidate can be asked, in the hospital's order."""
        return questions_for(candidate.facts, self._settings.identity.questions)

    def _search(self, claim: Claim) -> list[Exam]:
        """A plain number may be any of the numbers printed on slips; the claim's own kind comes first."""
        for field in QUERIES[claim.kind]:
            exams = self._archive.exams(StudyQuery(**{field: claim.value}), LIST_LIMIT)
            if exams:
                return exams
        return []

    def exams(self, candidate: Candidate, visit: str) -> tuple[ListedExam, ...]:
        """The proven patient's exams, newest first; whatever is not theirs is dropped and reported (R3)."""
        if candidate.facts is None:
            return ()
        found = self._archive.exams(self._list_query(candidate), LIST_LIMIT)
        mine = [e for e in found if e.identity.same_person(candidate.facts)]
        if len(mine) < len(found):
            self._audit.record(
                "foreign-object", "alarm", visit=visit, subject=candidate.subject, dropped=len(found) - len(mine)
            )
        return self.with_readiness(mine)

    def _list_query(self, candidate: Candidate) -> StudyQuery:
        if self._settings.reports.list_level == "exam" and candidate.exam_uid:
            return StudyQuery(study_uid=candidate.exam_uid)
        assert candidate.facts is not None  # noqa: S101 - checked by the caller
        return StudyQuery(patient_id=candidate.facts.patient_id)

    def with_readiness(self, exams: Sequence[Exam]) -> tuple[ListedExam, ...]:
        """What the ledger and the rules say of each exam."""
        names = self._pseudonyms
        documents = [names.report(r) for e in exams for r in e.reports] + [names.film(e.study_uid) for e in exams]
        deliveries: dict[str, list[Delivery]] = {}
        for delivery in self._ledger.deliveries(documents):
            deliveries.setdefault(delivery.document, []).append(delivery)
        held = self._ledger.held([names.study(e.study_uid) for e in exams])
        return tuple(self._listed(e, deliveries, held) for e in exams)

    def _listed(self, exam: Exam, deliveries: dict[str, list[Delivery]], held: dict[str, str]) -> ListedExam:
        names = self._pseudonyms
        known = Known(
            held=names.study(exam.study_uid) in held,
            deliveries={r.instance_uid: deliveries.get(names.report(r), []) for r in exam.reports},
            film=deliveries.get(names.film(exam.study_uid), []),
        )
        return list_exam(exam, known, self._rules, self._clock.now())

    def again(self, listed: ListedExam) -> ListedExam | None:
        """The same exam as the archive and the ledger know it now; None when it is gone or another's (case 17)."""
        fresh = self._archive.exams(StudyQuery(study_uid=listed.exam.study_uid), 1)
        if not fresh or not fresh[0].identity.same_person(listed.exam.identity):
            return None
        return self.with_readiness(fresh)[0]


def merged(exams: Sequence[Exam]) -> IdentityFacts:
    """All that the studies' own records say of one patient."""
    facts = exams[0].identity
    for other in (e.identity for e in exams[1:]):
        facts = replace(
            facts,
            name=facts.name or other.name,
            national_id=facts.national_id or other.national_id,
            birth_date=facts.birth_date or other.birth_date,
            telephone=facts.telephone or other.telephone,
        )
    return facts


def collides(exams: Sequence[Exam]) -> bool:
    """True where one code leads to records of different people (case 16)."""
    return any(not a.identity.same_person(b.identity) for a in exams for b in exams)
