"""Which exams may be published: final, not held, of the patient whose links are to open them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.config import ReportSettings
from kiosk.domain.delivery import DeliveryRules, Known, list_exam
from kiosk.domain.exam import Exam, Readiness
from kiosk.ports.archive import Archive, StudyQuery
from kiosk.ports.ledger import Ledger
from kiosk.services.identity.pseudonyms import Pseudonyms

READY = (Readiness.READY, Readiness.AMENDED, Readiness.PRINTED, Readiness.PRINTING, Readiness.UNCERTAIN,
         Readiness.OUTSIDE_WINDOW)  # fmt: skip


class Standing(StrEnum):
    """Whether a study may be seen in the cloud now."""

    READY = "ready"
    WAITING = "waiting"  # no final report yet
    HELD = "held"
    GONE = "gone"  # the archive has no such study
    CANCELLED = "cancelled"  # its reports were taken back
    OTHERS = "other-patient"  # of nobody who has a link to it


TAKEN_BACK = (Standing.CANCELLED, Standing.HELD, Standing.OTHERS)


@dataclass(frozen=True)
class Found:
    """A study as the archive has it now. `content` changes whenever there is something new to publish."""

    standing: Standing
    exam: Exam | None = None
    content: str = ""
    final: float | None = None


class Finder:
    """Asks archive and ledger. Raises KioskError of both."""

    def __init__(
        self, archive: Archive, ledger: Ledger, names: Pseudonyms, reports: ReportSettings,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._archive, self._ledger, self._names, self._now = archive, ledger, names, now
        self._rules = DeliveryRules(wait_minutes=reports.wait_minutes)

    def find(self, study_uid: str, subjects: Collection[str]) -> Found:
        """The study; `subjects`: pseudonyms of the patients whose links are to open it, none for anybody's."""
        found = self._archive.exams(StudyQuery(study_uid=study_uid))
        if not found:
            return Found(Standing.GONE)
        own = [one for one in found if not subjects or self.subject(one) in subjects]
        if not own:
            return Found(Standing.OTHERS)
        exam = max(own, key=lambda one: one.images + len(one.reports))
        written = [one.written.timestamp() for one in exam.final_reports if one.written]
        return Found(self._standing(exam), exam, content_of(exam), max(written, default=None))

    def subject(self, exam: Exam) -> str:
        """The pseudonym of its patient."""
        return self._names.patient(exam.identity.patient_id)

    def _standing(self, exam: Exam) -> Standing:
        held = bool(self._ledger.held([self._names.study(exam.study_uid)]))
        listed = list_exam(exam, Known(held), self._rules, self._now())
        if listed.readiness in (Readiness.HELD, Readiness.FILM_ONLY):
            return Standing.HELD
        if listed.readiness in READY:
            return Standing.READY
        cancelled = bool(exam.reports) and all(one.status == "cancelled" for one in exam.reports)
        return Standing.CANCELLED if cancelled else Standing.WAITING


def content_of(exam: Exam) -> str:
    """A digest of what there is to publish: whose it is, report versions and statuses, images by series."""
    reports = sorted((one.instance_uid, one.version, str(one.status)) for one in exam.reports)
    series = sorted((one.series_uid, one.images) for one in (*exam.series, *exam.companions))
    identity = exam.identity
    tree = [identity.patient_id, identity.name, exam.accession, exam.description, reports, series]
    return hashlib.sha256(json.dumps(tree).encode()).hexdigest()
