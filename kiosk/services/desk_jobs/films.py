"""The film desk: film on demand with its papers, looked at before it is printed, printed once for each order."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from kiosk.domain.desk import StudyAsked
from kiosk.domain.desk_work.films import (
    MOST_COPIES,
    FilmAsked,
    FilmChoice,
    FilmPreview,
    FilmShown,
    PreviewAsked,
    SheetAsked,
    SheetShown,
)
from kiosk.domain.desk_work.jobs import DeskJob, JobKind
from kiosk.domain.exam import Exam, ListedExam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import OverrideReason
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.trail import EventKind
from kiosk.services.audit import Audit
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk.user import DeskTrail, DeskUser
from kiosk.services.desk_jobs.book import JobBook
from kiosk.services.desk_jobs.printers import DeskPrinters
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.documents import Documents

PREVIEW_PX = 900
MOST_PREVIEWS = 6  # kept at a time, of all who work at this desk: each is a film's sheets in memory


class FilmSheets:
    """Previews: the film as it would be printed, as pictures in a private folder."""

    def __init__(self, documents: Documents, rooms: Rooms) -> None:
        self._documents = documents
        self._rooms = rooms
        self._made: dict[str, Path] = {}

    def make(self, user: DeskUser, exam: Exam, choice: FilmChoice) -> FilmPreview:
        """Raises KioskError as the archive and the renderer do."""
        name = secrets.token_hex(16)
        folder = self._rooms.of(user.session) / name
        folder.mkdir(mode=0o700)
        try:
            made, outcome = self._documents.film(
                exam, "-", "", folder, lambda *_: None, user.cancelled, choice
            )
            self._documents.sheets(made.path, folder, PREVIEW_PX)
            made.path.unlink()
        except KioskError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._keep(name, folder)
        return FilmPreview(name, outcome.sheets, outcome.placed, outcome.left_out, len(outcome.skipped))

    def picture(self, user: DeskUser, asked: SheetAsked) -> bytes:
        """Raises KioskError NOTHING_FOUND, for another person's preview too."""
        folder = self._made.get(asked.preview)
        if folder is None or folder.parent.name != user.session:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such preview")
        try:
            return (folder / f"--{asked.sheet:03d}.png").read_bytes()
        except OSError as error:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such sheet") from error

    def _keep(self, name: str, folder: Path) -> None:
        self._made[name] = folder
        while len(self._made) > MOST_PREVIEWS:
            oldest = next(iter(self._made))
            shutil.rmtree(self._made.pop(oldest), ignore_errors=True)


class FilmDesk:
    """Shows what a film would be, and orders it once."""

    def __init__(
        self,
        files: PatientFiles,
        sheets: FilmSheets,
        printers: DeskPrinters,
        book: JobBook,
        names: Pseudonyms,
        trail: DeskTrail,
        audit: Audit,
        offers: FilmOffers,
    ) -> None:
        self._files = files
        self._sheets = sheets
        self._printers = printers
        self._book = book
        self._names = names
        self._trail = trail
        self._audit = audit
        self._offers = offers

    def film(self, _: DeskUser, asked: StudyAsked) -> FilmShown:
        """What can be chosen for this exam's film."""
        return self._shown(self._files.listed(asked.study), secrets.token_hex(16))

    def preview_film(self, user: DeskUser, asked: PreviewAsked) -> FilmShown:
        """The sheets as they would be printed."""
        listed = self._files.listed(asked.study)
        return self._shown(listed, asked.order, preview=self._sheets.make(user, listed.exam, asked.choice))

    def film_sheet(self, user: DeskUser, asked: SheetAsked) -> SheetShown:
        """A picture of a preview."""
        return SheetShown(self._sheets.picture(user, asked))

    def print_film(self, user: DeskUser, asked: FilmAsked) -> FilmShown:
        """Order it: what is sent twice, or by two hands, is one order."""
        listed = self._files.listed(asked.study)
        problem = self._wrong(listed, asked)
        if problem:
            return self._shown(listed, asked.order, problem=problem)
        job = DeskJob(asked.order, JobKind.FILM, user.name, user.session, asked.printer, terms_of(asked))
        if self._book.begin(job, [asked.study] * asked.copies):
            self._note(user, listed, asked)
        return self._shown(listed, asked.order, job=self._book.job(asked.order))

    def _wrong(self, listed: ListedExam, asked: FilmAsked) -> str:
        """Why it is not ordered, as a word for the page; empty where it is."""
        if not asked.documents:
            return "papers-missing"
        if not 1 <= asked.copies <= MOST_COPIES or not asked.order.isalnum():
            return "copies-wrong"
        if not asked.choice.of(listed.exam).images:
            return "series-missing"
        self._printers.delivery(asked.printer, DocumentKind.FILM)
        return ""

    def _note(self, user: DeskUser, listed: ListedExam, asked: FilmAsked) -> None:
        """Before the first sheet: a power cut must not leave film that nobody answers for."""
        subject = self._names.patient(listed.exam.identity.patient_id)
        self._trail.override(user, subject, OverrideReason.FILM_ON_DEMAND, "print-film")
        terms = terms_of(asked)
        self._audit.record(EventKind.FILM_REQUESTED, visit=user.session, subject=subject, actor=user.name,
                           how="printed", copies=asked.copies, reason=terms["reason"], collector=terms["relation"],
                           paper=terms["paper"])  # fmt: skip

    def _shown(
        self,
        listed: ListedExam,
        order: str,
        problem: str = "",
        preview: FilmPreview | None = None,
        job: DeskJob | None = None,
    ) -> FilmShown:
        offers = self._offers
        return FilmShown(
            listed=listed,
            order=order,
            protocols=offers.protocols(listed.exam),
            printers=self._printers.of(DocumentKind.FILM),
            price=offers.price,
            preview=preview,
            job=job,
            problem=problem,
        )


class FilmOffers:
    """What the hospital offers: protocols for an exam, and the price as it is to be read."""

    def __init__(self, protocols: Callable[[str], tuple[str, ...]], price: str) -> None:
        """`protocols`: the names of those that fit a modality."""
        self._protocols = protocols
        self.price = price

    def protocols(self, exam: Exam) -> tuple[str, ...]:
        """Those that fit."""
        return self._protocols(exam.modality)


def terms_of(asked: FilmAsked) -> dict[str, str]:
    """What is kept of an order, in words."""
    return {
        "reason": asked.reason,
        "relation": asked.relation,
        "paper": ",".join(asked.documents),
        "series": ",".join(asked.series),
        "protocol": asked.protocol,
    }
