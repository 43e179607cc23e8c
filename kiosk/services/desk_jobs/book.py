"""Jobs as staff see them: begun once, paused, resumed, stopped; and which exams they are about."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.desk import DeskAction
from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, JobAsked, JobItem, JobShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import EventKind
from kiosk.ports.desk_jobs import DeskJobLedger
from kiosk.services.audit import Audit
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk.user import DeskUser
from kiosk.services.desk_jobs.sealing import StudySeal

KNOWN_MOST = 2000  # exams kept in memory, so that a page that looks again every second asks nobody
DAYS_S = 3 * 86_400.0  # a weekend


class JobBook:
    """The ledger's jobs, with their exams by name."""

    def __init__(self, ledger: DeskJobLedger, files: PatientFiles, seal: StudySeal) -> None:
        self._ledger = ledger
        self._files = files
        self._seal = seal
        self._known: dict[str, ListedExam | None] = {}

    def begin(self, job: DeskJob, studies: Sequence[str]) -> bool:
        """False where a job of that name was begun before."""
        items = tuple(JobItem(place, self._seal.sealed(study)) for place, study in enumerate(studies, 1))
        kept = DeskJob(job.job, job.kind, job.actor, job.visit, job.printer, job.terms, items=items)
        return self._ledger.begin_job(kept)

    def job(self, name: str) -> DeskJob | None:
        """One job with its items."""
        return self._ledger.job(name)

    def lately(self) -> tuple[DeskJob, ...]:
        """The jobs of the last days, newest first."""
        return tuple(self._ledger.jobs(DAYS_S))

    def study(self, item: JobItem) -> str:
        """The exam of an item. Raises KioskError NOTHING_FOUND."""
        return self._seal.opened(item.study)

    def set(self, name: str, state: DeskJobState) -> None:
        """Pause, go on, stop."""
        self._ledger.set_job(name, state)

    def shown(self, name: str) -> JobShown:
        """Raises KioskError NOTHING_FOUND."""
        job = self._ledger.job(name)
        if job is None:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such job")
        return JobShown(job, tuple(self._exam(item) for item in job.items))

    def _exam(self, item: JobItem) -> ListedExam | None:
        """As it was when it was first asked for: the page needs a name, not what is ready."""
        if item.study not in self._known:
            if len(self._known) >= KNOWN_MOST:
                self._known.clear()
            self._known[item.study] = self._asked(item)
        return self._known[item.study]

    def _asked(self, item: JobItem) -> ListedExam | None:
        try:
            return self._files.listed(self.study(item))
        except KioskError:
            return None


class JobDesk:
    """What staff do with a job that is under way."""

    def __init__(self, book: JobBook, audit: Audit) -> None:
        self._book = book
        self._audit = audit

    def job(self, _: DeskUser, asked: JobAsked) -> JobShown:
        """How far it is."""
        return self._book.shown(asked.job)

    def pause_job(self, user: DeskUser, asked: JobAsked) -> JobShown:
        """No further item is begun."""
        return self._set(user, asked, DeskAction.PAUSE_JOB, DeskJobState.PAUSED)

    def resume_job(self, user: DeskUser, asked: JobAsked) -> JobShown:
        """It goes on where it was."""
        return self._set(user, asked, DeskAction.RESUME_JOB, DeskJobState.RUNNING)

    def stop_job(self, user: DeskUser, asked: JobAsked) -> JobShown:
        """What is left is not printed."""
        return self._set(user, asked, DeskAction.STOP_JOB, DeskJobState.STOPPED)

    def _set(self, user: DeskUser, asked: JobAsked, action: DeskAction, state: DeskJobState) -> JobShown:
        self._book.set(asked.job, state)
        shown = self._book.shown(asked.job)
        self._audit.record(EventKind.JOB_CHANGED, visit=shown.job.visit, actor=user.name, what=str(action),
                           items=shown.job.left)  # fmt: skip
        return shown
