"""Who a code belongs to, and the patient's exams. Nothing here proves anything."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace

from kiosk.config import IdentitySettings, ReportSettings
from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import Exam, HandedOut, ListedExam, Readiness
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.contained import answered, contained
from kiosk.domain.person.identity import IdentityFacts, Question, offered, questions_for
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.visit import Candidate
from kiosk.domain.waiting.estimates import WEEKS, Turnaround, usually
from kiosk.ports.archive import Archive, Foreign, StudyQuery
from kiosk.ports.clock import Clock
from kiosk.ports.directory import Directory
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.identity.pseudonyms import Pseudonyms

LIST_LIMIT = 50
MOST_QUERIES = 4  # three kinds of number and what is on file
LONGEST_S = 4.0  # seconds: with a slower archive the even wait would cost everybody more than it hides
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
        identity: IdentitySettings,
        reports: ReportSettings,
    ) -> None:
        """`identity.questions` are those that can be asked here."""
        self._archive = archive
        self._directory = directory
        self._ledger = ledger
        self._lately: deque[float] = deque(maxlen=20)
        self._questions = identity.questions
        self._decoys = identity.decoy_percent
        self._pseudonyms = pseudonyms
        self._audit = audit
        self._clock = clock
        self._one_exam = reports.list_level == "exam"
        waits = reports.wait_minutes, reports.copies, reports.film_wait_minutes
        self._rules = DeliveryRules(reports.window_days, *waits)

    def candidate(self, claim: Claim) -> Candidate:
        """Who the code selects. A code that belongs to nobody gives a candidate without facts."""
        exams = self._search(claim)
        if not exams:
            return Candidate(self._pseudonyms.claim(claim), None, not_asked=claim.contains, no_proof=claim.contains)
        exam = exams[0]
        hint = exam.identity.completed(other.identity for other in exams[1:])
        facts = self._directory.facts(exam.identity.patient_id, hint)
        subject = self._pseudonyms.patient(exam.identity.patient_id)
        for former in self._pseudonyms.former(exam.identity.patient_id):
            self._ledger.share(former, subject)
        scanned = exam.study_uid if claim.value == exam.accession else ""
        told = claim.contains
        return Candidate(subject, facts, scanned, collides(exams), told, told | answered(claim.said, facts))

    def longest_s(self) -> float:
        """Seconds that a look-up may take with this archive as it is lately: all its queries, the slowest each time.

        A number found at once waits so long too; else the time would tell that it was found.
        """
        return min(LONGEST_S, MOST_QUERIES * max(self._lately, default=0.0))

    def questions(self, candidate: Candidate) -> tuple[Question, ...]:
        """What is offered to whoever holds the code: always the same questions, the most fitting one first.

        What the code itself answers is not among them; empty where nothing else is configured.
        """
        lot = self._pseudonyms.lot(candidate.subject)
        return offered(candidate.facts, self._questions, lot, self._decoys, candidate.not_asked)

    def link_answers(self, candidate: Candidate) -> dict[Question, str]:
        """What the portal is to take for right of this proven patient, by question, the most fitting one first."""
        return answers_for_link(candidate.facts, self._questions, candidate.no_proof)

    def _search(self, claim: Claim) -> list[Exam]:
        """A plain number may be any of the numbers printed on slips; the claim's own kind comes first."""
        for field in QUERIES[claim.kind]:
            began = self._clock.monotonic()
            found = self._archive.exams(StudyQuery(**{field: claim.value}), LIST_LIMIT)
            self._lately.append(self._clock.monotonic() - began)
            exams = [e for e in found if _number(e, field) == claim.value.upper()]
            self._dropped([e for e in found if e not in exams])
            if exams:
                return self._whole(exams)
        return []

    def exams(self, candidate: Candidate, visit: str) -> tuple[tuple[ListedExam, ...], bool]:
        """The proven patient's exams, newest first, and whether records under the same number name somebody else.

        Whatever is not theirs is dropped and reported (R3); records that contradict theirs are never merged with them
        (case 16) and the patient is told to ask at the desk.
        """
        facts = candidate.facts
        if facts is None:
            return (), False
        found = self._archive.exams(self._list_query(candidate, facts), LIST_LIMIT)
        found = list({(e.study_uid, e.identity.patient_id): e for e in found}.values())
        numbered = [e for e in found if e.identity.patient_id == facts.patient_id]
        mine = [e for e in numbered if e.identity.same_person(facts)]
        self._dropped([e for e in found if e not in numbered], visit, candidate.subject)
        others = [e for e in numbered if e not in mine]
        if others:
            one = others[0]
            self._audit.record(EventKind.PATIENT_COLLISION, EventOutcome.ALARM, visit=visit, subject=candidate.subject,
                               dropped=len(others), accession=one.accession, study=one.study_uid)  # fmt: skip
        listed = self.with_readiness(mine)
        self._note_turnarounds(listed)
        return tuple(self._expected(one) for one in listed), bool(others)

    def _note_turnarounds(self, listed: Sequence[ListedExam]) -> None:
        """What reports took is the ground for what other patients are told."""
        exams = [(one.exam, min(written)) for one in listed if one.exam.taken
                 and (written := [r.written for r in one.exam.final_reports if r.written])]  # fmt: skip
        names = self._pseudonyms
        told = [Turnaround(names.study(exam.study_uid), exam.modality, exam.taken.timestamp(), ready.timestamp())
                for exam, ready in exams if exam.taken]  # fmt: skip
        self._ledger.note_turnarounds(told)

    def _expected(self, listed: ListedExam) -> ListedExam:
        """With the moment before which the report is usually there, where the hospital's last weeks tell one."""
        taken = listed.exam.taken
        if listed.expected or taken is None or listed.readiness not in (Readiness.WAITING, Readiness.PRELIMINARY):
            return listed
        since = self._clock.now().timestamp() - WEEKS * 7 * 86400
        longest = usually(self._ledger.turnarounds(listed.exam.modality, since))
        return replace(listed, expected=taken + longest) if longest else listed

    def _whole(self, exams: list[Exam]) -> list[Exam]:
        """The exams of a code without what strayed into them: where two people share a study, it is whose more is.

        One slice that was sent under another number must not lock the patient of the other ninety-nine out.
        """
        studies: dict[str, list[Exam]] = {}
        for exam in exams:
            studies.setdefault(exam.study_uid, []).append(exam)
        owned = [_owned(shared) for shared in studies.values()]
        kept = [exam for of_one in owned for exam in of_one]
        self._dropped([e for e in exams if e not in kept])
        return kept

    def _dropped(self, exams: Sequence[Exam], visit: str = "", subject: str = "") -> None:
        """Records of somebody else than was asked for."""
        for exam in exams:
            self._audit.foreign(Foreign(1, exam.study_uid, exam.accession), visit, subject)

    def _list_query(self, candidate: Candidate, facts: IdentityFacts) -> StudyQuery:
        return StudyQuery(study_uid=candidate.exam_uid if self._one_exam else "", patient_id=facts.patient_id)

    def with_readiness(self, exams: Sequence[Exam]) -> tuple[ListedExam, ...]:
        """What the ledger and the rules say of each exam."""
        names = self._pseudonyms
        documents = [names.report(r) for e in exams for r in e.reports] + [names.film(e.study_uid) for e in exams]
        deliveries: dict[str, list[HandedOut]] = {}
        for delivery in self._ledger.deliveries(documents):
            deliveries.setdefault(delivery.document, []).append(delivery)
        held = self._ledger.held([names.study(e.study_uid) for e in exams])
        return tuple(self._listed(e, deliveries, held) for e in exams)

    def _listed(self, exam: Exam, deliveries: dict[str, list[HandedOut]], held: dict[str, str]) -> ListedExam:
        names = self._pseudonyms
        known = Known(
            held=names.study(exam.study_uid) in held,
            deliveries={r.instance_uid: deliveries.get(names.report(r), []) for r in exam.reports},
            film=deliveries.get(names.film(exam.study_uid), []),
        )
        return list_exam(exam, known, self._rules, self._clock.now())

    def again(self, listed: ListedExam) -> ListedExam:
        """The same exam as the archive and the ledger know it now (case 17).

        Raises KioskError REPORT_CHANGED where it is gone, WRONG_PATIENT where it is another's.
        """
        uid, whose = listed.exam.study_uid, listed.exam.identity.patient_id
        found = self._archive.exams(StudyQuery(study_uid=uid, patient_id=whose), 2)
        fresh = [e for e in found if e.study_uid == uid]
        if not fresh:
            raise KioskError(FaultCode.REPORT_CHANGED, "the exam is no longer in the archive")
        if not fresh[0].identity.same_person(listed.exam.identity):
            raise KioskError(FaultCode.WRONG_PATIENT, "the exam now names somebody else")
        return self.with_readiness(fresh)[0]


def _number(exam: Exam, field: str) -> str:
    """What the exam itself says where it was searched for by this field."""
    facts = exam.identity
    numbers = {
        "accession": exam.accession,
        "patient_id": facts.patient_id,
        "visit_number": exam.referring_visit,
        "national_id": facts.national_id,
    }
    return numbers[field].upper()


def _owned(shared: list[Exam]) -> list[Exam]:
    """Of the parts of one study those of the person who has most of its objects; all where nobody has more."""
    sizes: dict[str, int] = {}
    for exam in shared:
        patient = exam.identity.patient_id
        sizes[patient] = sizes.get(patient, 0) + exam.images + len(exam.reports)
    most = max(sizes.values())
    owners = [patient for patient, size in sizes.items() if size == most]
    return [e for e in shared if e.identity.patient_id == owners[0]] if len(owners) == 1 else shared


def collides(exams: Sequence[Exam]) -> bool:
    """True where one code leads to records of different people (case 16)."""
    return any(not a.identity.same_person(b.identity) for a in exams for b in exams)


def answers_for_link(
    facts: IdentityFacts | None, asked: tuple[Question, ...], no_proof: Collection[Question] = ()
) -> dict[Question, str]:
    """The right answers by question, for whoever opens a link; none for nobody.

    Whoever finds the paper with the link reads the patient number on it, so what that tells is not among them.
    """
    if facts is None:
        return {}
    told = contained(facts.patient_id) | answered(facts.patient_id, facts)
    useless = {Question.ONE_TIME_CODE, *no_proof, *told}
    return {q: facts.expected(q) for q in questions_for(facts, asked) if q not in useless}
