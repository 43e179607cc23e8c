"""Fetching and making the documents of an exam: reports and films as PDF in the visit's private folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.config import FilmSettings, ReportSettings
from kiosk.domain.desk_work.films import WHOLE_FILM, FilmChoice
from kiosk.domain.exam import Exam, Report, SeriesInfo
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmPolicy
from kiosk.domain.sheets.issued import paper_code, paper_digest
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.sheets.serials import new_serial
from kiosk.imaging.film.protocols import load_protocols, protocol_for
from kiosk.ports.archive import Archive, InstanceRef
from kiosk.ports.rendering import FilmOrder, FilmOutcome, PageStamp, PreviewPage, Renderer
from kiosk.ports.reports import FilmSource, ReportSource
from kiosk.services.machine.lanes import Cancelled

MOST_FORESEEN = 3  # exams; the newest come first


@dataclass(frozen=True)
class Made:
    """A document ready to be printed. `digest`: what the code on its pages vouches for; empty where there is none."""

    path: Path
    pages: int
    digest: str = ""


@dataclass(frozen=True)
class PaperHead:
    """`hospital`: its name on film, in `language`. `verify`: address before a paper's code; empty for no codes."""

    hospital: str
    language: str
    verify: str = ""


class Documents:
    """Makes documents. Runs on io lanes; the renderer's own workers do the pixels."""

    def __init__(
        self,
        archive: Archive,
        source: ReportSource,
        renderer: Renderer,
        reports: ReportSettings,
        film: FilmSettings,
        head: PaperHead,
        received: FilmSource | None = None,
    ) -> None:
        """`received`: films that modalities have printed."""
        self._received = received
        self._archive = archive
        self._source = source
        self._renderer = renderer
        self._reports = reports
        self._films = film
        self._head = head
        self._protocols = load_protocols()
        self._foreseen: dict[tuple[str, SeriesInfo], list[InstanceRef]] = {}  # of this visit, gone with its Wipe

    def foresee(self, exams: Sequence[Exam], cancelled: Cancelled) -> None:
        """While the patient reads the list: ask what the series hold of which a film may be wanted.

        To be called after proof only. What fails here is asked again when the film is made.
        """
        if self._films.policy is FilmPolicy.NEVER:
            return
        foreseen = self._foreseen  # a late answer after the Wipe falls into what nobody looks at any more
        for exam in [one for one in exams if one.images][:MOST_FORESEEN]:
            for series in _of_film(exam):
                if cancelled():
                    return
                foreseen[exam.study_uid, series] = self._archive.instances(exam.study_uid, series.series_uid)

    def film_sheets(self, exam: Exam) -> int:
        """About how many sheets the exam's film will have, told before anybody asks for it; 0 without images."""
        protocol = protocol_for(self._protocols, exam.modality, exam.body_part)
        return protocol.sheets_for([series.images for series in exam.series])

    def pages(self, exam: Exam, report: Report, folder: Path) -> int:
        """How many pages a report has, told before it is printed."""
        made = self.report(exam, report, new_serial(), "", folder)
        made.path.unlink(missing_ok=True)
        return made.pages

    def report(self, exam: Exam, report: Report, serial: str, qr_url: str, folder: Path) -> Made:
        """The printable, stamped report."""
        untrusted = self._source.document(exam, report)
        rules = self._reports
        digest, verify = self._proof(DocumentKind.REPORT, serial, untrusted)
        stamp = PageStamp(serial, qr_url, rules.qr_corner, rules.qr_mm, self._head.language, verify)
        out = folder / f"{serial}.pdf"
        return Made(out, self._renderer.report(untrusted, exam, stamp, out), digest)

    def _proof(self, kind: DocumentKind, serial: str, made_of: bytes | Iterable[str]) -> tuple[str, str]:
        """A document's digest and the address that tells of it; both empty where this kiosk has no portal."""
        if not self._head.verify:
            return "", ""
        digest = paper_digest(kind, serial, made_of)
        return digest, self._head.verify + paper_code(digest)

    def wipe(self) -> None:
        """A visit is over."""
        self._foreseen = {}
        self._renderer.wipe()

    def pictures(self, exam: Exam, document: Path, folder: Path, width_px: int) -> list[PreviewPage]:
        """Pictures of a document's pages for the lobby's screen: whose it is is covered."""
        facts = exam.identity
        hide = tuple(one for one in (facts.name, facts.patient_id, facts.national_id, facts.telephone) if one)
        return self._renderer.pages(document, width_px, folder, hide)

    def sheets(self, document: Path, folder: Path, width_px: int) -> list[PreviewPage]:
        """Pictures of a document's pages for staff, who see whose it is."""
        return self._renderer.pages(document, width_px, folder, None)

    def film(
        self,
        exam: Exam,
        serial: str,
        qr_url: str,
        folder: Path,
        progress: Callable[[int, int], None],
        cancelled: Cancelled,
        choice: FilmChoice = WHOLE_FILM,
    ) -> tuple[Made, FilmOutcome]:
        """The exam's film: what its modality printed; else, or of what was chosen, composed while its images arrive."""
        film, out = self._films, folder / f"{serial}.pdf"
        received = self._received if choice == WHOLE_FILM else None
        sheets = received.film(exam, film.media, out) if received else 0
        if sheets:
            return Made(out, sheets), FilmOutcome(sheets, sheets, 0)
        exam = choice.of(exam)
        refs = self._refs(exam)
        companions = {series.series_uid for series in exam.companions}
        digest, verify = self._proof(DocumentKind.FILM, serial, (ref.instance_uid for ref in refs))
        order = FilmOrder(
            serial=serial,
            hospital=self._head.hospital,
            media=film.media,
            protocol=choice.protocol,
            dpi=film.dpi,
            qr_url=qr_url,
            mask_name=film.mask_name,
            language=self._head.language,
            densities=film.densities,
            verify_url=verify,
        )
        arriving = self._arriving(refs, companions, cancelled)
        outcome = self._renderer.film(arriving, exam, order, out, progress, cancelled)
        return Made(out, outcome.sheets, digest), outcome

    def _refs(self, exam: Exam) -> list[InstanceRef]:
        """Presentation states and key object selections first: they say how the images are printed, and which."""
        return [ref for series in _of_film(exam) for ref in self._instances(exam.study_uid, series)]

    def _instances(self, study_uid: str, series: SeriesInfo) -> list[InstanceRef]:
        """As foreseen, unless the series has changed since."""
        return self._foreseen.get((study_uid, series)) or self._archive.instances(study_uid, series.series_uid)

    def _arriving(
        self, refs: list[InstanceRef], companions: set[str], cancelled: Cancelled
    ) -> Iterator[tuple[int, bytes]]:
        """The objects with their places, as the archive sends them; nothing for an image it withheld as another's."""
        places = {ref: place for place, ref in enumerate(refs)}
        for ref, data in self._archive.fetch(refs, any_order=True):
            if cancelled():
                raise KioskError(FaultCode.CANCELLED)
            yield places.pop(ref), data
        yield from ((place, b"") for ref, place in places.items() if ref.series_uid not in companions)


def _of_film(exam: Exam) -> list[SeriesInfo]:
    return [*exam.companions, *exam.series]
