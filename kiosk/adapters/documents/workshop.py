"""The workshop: reports, previews and films made in confined worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from kiosk.adapters.documents import film_room as filmroom
from kiosk.adapters.documents import report_pdf
from kiosk.adapters.documents.film_room import FilmRoom, write
from kiosk.adapters.documents.report_pdf import SheetOrder, Whose
from kiosk.adapters.sandbox import Workers
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.masking import mask_name
from kiosk.domain.sheets.film import media_named
from kiosk.imaging.film.protocols import load_protocols, protocol_named
from kiosk.imaging.film.spec import FilmSpec, SheetContent
from kiosk.imaging.paper.stamp import Stamp
from kiosk.imaging.paper.typesetting import Letterhead
from kiosk.imaging.pixels.gsdf import correction, from_measurements
from kiosk.ports.rendering import FilmOrder, FilmOutcome, PageStamp, PreviewPage, Progress
from kiosk.words import sections, tags

PAGE_S = 5.0  # one page, on a machine that does much else; a page that takes longer was made to take longer
LONGEST_S = 120.0


class WorkshopRenderer:
    """Implements kiosk.ports.rendering.Renderer."""

    def __init__(self, hospital: Hospital, reports: ReportSettings, workers: Workers | None = None) -> None:
        self._workers = workers or Workers()
        self._heads = {tag: Letterhead(hospital.name_in(tag), hospital.department_in(tag)) for tag in tags()}
        paper = media_named(reports.media)
        self._sheet = (paper.width_mm, paper.height_mm)

    def report(self, untrusted: bytes, exam: Exam, stamp: PageStamp, out: Path) -> int:
        """See the port."""
        whose = Whose(exam.study_uid, exam.identity.patient_id, exam.identity.name)
        url = "" if stamp.qr_corner == "none" else stamp.qr_url
        corner = "bottom-right" if stamp.qr_corner == "none" else stamp.qr_corner
        words = sections(stamp.language)["report-frame"]
        added = Stamp(stamp.serial, words["scan"], f"{words['page']} {words['pages']}", url, corner, stamp.qr_mm,
                      stamp.verify_url, sections(stamp.language)["on-film"]["verify"])  # fmt: skip
        order = SheetOrder(added, self._heads, self._sheet)
        try:
            pages = self._workers.call(report_pdf.count_pages, untrusted, whose, deadline_s=PAGE_S)
            seconds = min(LONGEST_S, PAGE_S * max(2, pages))
            data, pages = self._workers.call(report_pdf.printable, untrusted, whose, order, deadline_s=seconds)
        except KioskError as fault:
            raise _of_report(fault) from fault
        write(out, data)
        return pages

    def pages(self, document: Path, width_px: int, out: Path, hide: tuple[str, ...] = ()) -> list[PreviewPage]:
        """See the port."""
        try:
            data = document.read_bytes()
            made = self._workers.call(report_pdf.pictures, data, width_px, hide, deadline_s=LONGEST_S)
        except KioskError as fault:
            raise _of_report(fault) from fault
        pages: list[PreviewPage] = []
        for number, (png, conclusion) in enumerate(made, 1):
            path = out / f"{document.stem}-{number:03d}.png"
            write(path, png)
            pages.append(PreviewPage(path, conclusion))
        return pages

    def film(
        self,
        untrusted: Iterable[tuple[int, bytes]],
        exam: Exam,
        order: FilmOrder,
        out: Path,
        progress: Progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> FilmOutcome:
        """See the port."""
        spec = film_spec(order)
        made = filmroom.make(FilmRoom(self._workers, spec, exam, progress, cancelled), untrusted, out)
        if not made.sheets:
            out.unlink(missing_ok=True)
            raise KioskError(FaultCode.NOTHING_TO_SHOW, f"{len(made.skipped)} images cannot be shown")
        skipped = tuple((item.name, item.reason) for item in made.skipped)
        warnings = tuple((item.name, item.reason) for item in made.warnings)
        return FilmOutcome(made.sheets, made.placed, made.left_out, skipped, made.true_size, warnings)

    def wipe(self) -> None:
        """See the port."""
        self._workers.wipe()

    def close(self) -> None:
        """End the workers."""
        self._workers.close()


def film_spec(order: FilmOrder) -> FilmSpec:
    """What the film package wants to know of an order. Raises KioskError CONFIG_INVALID for unknown names."""
    try:
        return FilmSpec(
            dpi=order.dpi,
            protocol=protocol_named(load_protocols(), order.protocol) if order.protocol else None,
            media=media_named(order.media) if order.media else None,
            language=order.language,
            hospital=order.hospital,
            serial=order.serial,
            show_name=mask_name if order.mask_name else str,
            verify=partial(_verify_address, order.verify_url) if order.verify_url else None,
            cloud=order.qr_url,
            correction=correction(from_measurements(order.densities)) if order.densities else None,
        )
    except ValueError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"film: {error}") from error


def _verify_address(address: str, content: SheetContent) -> str:
    """One code for the whole film: its document is what the portal vouches for."""
    return address


def _of_report(fault: KioskError) -> KioskError:
    """A worker that died or took too long could not read the report."""
    if fault.code is FaultCode.OBJECT_UNREADABLE:
        return KioskError(FaultCode.REPORT_UNREADABLE, fault.detail)
    return fault
