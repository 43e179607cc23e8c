"""Reports through PDFium: checked, stripped to what is drawn, fitted to the sheet, stamped; and pictures of pages.

Runs in a worker process. Of a foreign PDF only what its pages draw is taken over, as form objects: actions, scripts,
attachments, forms and links stay behind by construction. Where the file holds any of these, not even its drawing
operators go to the printer: its pages are rasterised (quality.md R11, matrix cases 77 and 78).
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kiosk.adapters.documents.report_marks import cover, marks_of
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.paper import typesetting
from kiosk.imaging.paper.source import ReportObject, read_report
from kiosk.imaging.paper.stamp import EDGES, VERIFY_MM, PaperBox, Spots, Stamp, corner_box, corner_order, overlay
from kiosk.imaging.paper.typesetting import Fonts, Letterhead
from kiosk.imaging.pdf import fonts

MAX_PAGES = 200
MAX_SIDE_PX = 10_000  # of a page that is printed as a picture
MAX_PICTURE_PX = 4_096  # of a page on the screen
RASTER_DPI = 300
INK_DPI = 50  # enough to tell whether a corner is blank
INK_LEVEL = 0.002  # of the corner; less are specks of a scan
SAME_SIZE_MM = 3.0  # a page so near to the sheet is printed as it is, not scaled
MAY_PRINT = 1 << 2  # ISO 32000-1, table 22, bit 3; a file locked against editing only opens without a password
_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|URI|OpenAction|AA|Rendition"
    rb"|Movie|Sound|AcroForm|PS)(?![A-Za-z0-9])"
)
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)  # compressed bytes look like any word now and then
_NAME = re.compile(r"(?:姓\s*名|患者姓名|病人姓名)\s*[：:]\s*([\u3400-\u9fff·\U00020000-\U0003ffff]{2,15})")
_LABELS = ("性别", "年龄", "科室", "检查", "病历", "住院", "门诊", "床号", "编号", "日期", "部位", "出生")


@dataclass(frozen=True)
class Whose:
    """The exam a report must belong to."""

    study_uid: str
    patient_id: str
    name: str


@dataclass(frozen=True)
class SheetOrder:
    """How the printable report is to be: sheet size in millimetres (upright), stamp, who writes (by language)."""

    stamp: Stamp
    heads: Mapping[str, Letterhead]
    sheet: tuple[float, float] = (210.0, 297.0)
    check_name: bool = True
    named: tuple[str, ...] = field(default=())


def unreadable(reason: str) -> KioskError:
    """The fault of a report that cannot be shown; `reason` holds nothing personal."""
    return KioskError(FaultCode.REPORT_UNREADABLE, reason)


def count_pages(untrusted: bytes, whose: Whose) -> int:
    """Check a report object and say how many pages it has (0: its words are yet to be set)."""
    report = _own(untrusted, whose)
    if not report.pdf:
        return 0
    with _opened(report.pdf) as document:
        return len(document)


def printable(untrusted: bytes, whose: Whose, order: SheetOrder) -> tuple[bytes, int]:
    """The report as a PDF to print, and its pages. Raises KioskError REPORT_UNREADABLE, WRONG_PATIENT."""
    report = _own(untrusted, whose)
    if report.words is not None:
        head = order.heads[report.language]
        return _composed(typesetting.typeset(report.words, head, _fonts()), whose, order, trusted=True)
    return _composed(report.pdf, whose, order, trusted=False)


def pictures(document: bytes, width_px: int, hide: tuple[str, ...]) -> list[tuple[bytes, float | None]]:
    """PNG pictures of the pages of a PDF, `width_px` wide, for a lobby: without whose it is (see `report_marks`).

    With each, how far down its conclusion stands, 0 to 1, or None where the page has none.
    """
    with _opened(document) as pdf:
        return [_png(pdf, number, min(width_px, MAX_PICTURE_PX), hide) for number in range(len(pdf))]


@lru_cache(maxsize=1)
def _fonts() -> Fonts:
    return Fonts.registered(fonts.discover(), fonts.discover(bold=True))


def _own(untrusted: bytes, whose: Whose) -> ReportObject:
    try:
        report = read_report(untrusted)
    except KioskError as fault:
        raise unreadable(fault.detail) from fault
    if (report.study_uid, report.patient_id) != (whose.study_uid, whose.patient_id):
        raise KioskError(FaultCode.WRONG_PATIENT, "report object of another study or patient")
    return report


@contextlib.contextmanager
def _opened(untrusted: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The document, if it has pages of a bearable number and size."""
    if b"%PDF-" not in untrusted[:1024]:
        raise unreadable("no PDF")
    try:
        document = pypdfium2.PdfDocument(untrusted)
    except pypdfium2.PdfiumError as error:
        raise unreadable(f"PDF cannot be opened: {_reason(error)}") from error
    try:
        _check_lock(document, untrusted)
        if not 1 <= len(document) <= MAX_PAGES:
            raise unreadable(f"PDF of {len(document)} pages")
        for number in range(len(document)):
            _check_size(document, number)
        yield document
    except pypdfium2.PdfiumError as error:
        raise unreadable(f"PDF is damaged: {_reason(error)}") from error
    finally:
        document.close()


def _check_lock(document: pypdfium2.PdfDocument, untrusted: bytes) -> None:
    """It opened without a password: it may be printed if it says so, unless it is locked in a way PDFium overlooks."""
    locked = pdfium.FPDF_GetSecurityHandlerRevision(document) >= 0
    if not locked and b"/Encrypt" in untrusted and b"/Encrypt" in _STREAM.sub(b"", untrusted):
        raise unreadable("PDF is encrypted in an unknown way")
    if not pdfium.FPDF_GetDocPermissions(document) & MAY_PRINT:
        raise unreadable("PDF must not be printed")


def _reason(error: Exception) -> str:
    """PDFium's words without what a file may have put into them."""
    text = str(error).casefold()
    return next((word for word in ("password", "security", "format", "page") if word in text), "error")


def _check_size(document: pypdfium2.PdfDocument, number: int) -> None:
    limit = MAX_SIDE_PX * 72 / RASTER_DPI
    width, height = document.get_page_size(number)
    if not all(math.isfinite(side) and 1 <= side <= limit for side in (width, height)):
        raise unreadable("page of an impossible size")


def _is_active(document: pypdfium2.PdfDocument, data: bytes) -> bool:
    """True where the file holds more than pages: by PDFium's count, and by a search for the words."""
    return bool(
        _ACTIVE.search(_STREAM.sub(b"", data))
        or pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0
        or document.count_attachments() > 0
        or document.get_formtype() != pdfium.FORMTYPE_NONE
    )


def _composed(data: bytes, whose: Whose, order: SheetOrder, *, trusted: bool) -> tuple[bytes, int]:
    with _opened(data) as document:
        if not trusted and order.check_name:
            _check_name(document, whose)
        if not trusted and _is_active(document, data):
            data = _rasterised(document)
            with _opened(data) as flat:
                return _stamped(flat, order)
        return _stamped(document, order)


def _check_name(document: pypdfium2.PdfDocument, whose: Whose) -> None:
    """Refuse a PDF that names another patient than its DICOM header (case 79); silence and pictures are accepted."""
    own = _letters(whose.name)
    page = document[0]
    text = page.get_textpage().get_text_range(count=-1)[:20_000]
    found = [_letters(name) for name in _NAME.findall(text)]
    named = [name for name in found if not name.startswith(_LABELS)]
    if named and _is_ideographic(own) and own not in _letters(text):
        raise KioskError(FaultCode.WRONG_PATIENT, "the report's text names another patient")


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def _is_ideographic(name: str) -> bool:
    return bool(name) and all(unicodedata.name(char, "").startswith("CJK") for char in name)


def _rasterised(document: pypdfium2.PdfDocument) -> bytes:
    """The same pages as pictures and nothing else."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=0)
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        bitmap = page.render(scale=RASTER_DPI / 72, may_draw_forms=False)
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(io.BytesIO(_encoded(bitmap.to_numpy()))), 0, 0, width, height)
        canvas.showPage()
        bitmap.close()
        page.close()
    canvas.save()
    return stream.getvalue()


def _encoded(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def _png(
    document: pypdfium2.PdfDocument, number: int, width_px: int, hide: tuple[str, ...]
) -> tuple[bytes, float | None]:
    page = document[number]
    width, height = page.get_size()
    scale = min(width_px / width, MAX_PICTURE_PX * 2 / height)
    marks = marks_of(page, hide)
    bitmap = page.render(scale=scale, may_draw_forms=False)
    try:
        return _encoded(cover(bitmap.to_numpy(), marks, scale, first=number == 0)), marks.conclusion
    finally:
        bitmap.close()
        page.close()


@dataclass(frozen=True)
class _Placed:
    """How a page lies on the sheet: the reading frame in millimetres, and the matrix into it."""

    frame: tuple[float, float]
    matrix: pypdfium2.PdfMatrix


def _stamped(document: pypdfium2.PdfDocument, order: SheetOrder) -> tuple[bytes, int]:
    """Pages on sheets, with the stamp. Turned pages stay turned: only the reading frame is upright or lying."""
    pages = len(document)
    for number in range(pages):
        _flatten(document, number)
    made = pypdfium2.PdfDocument.new()
    try:
        placed = [_place(document[number], order.sheet) for number in range(pages)]
        spots = [_spots(document, number, placed[number], order.stamp) for number in range(pages)]
        for number, place in enumerate(placed):
            page = made.new_page(place.frame[0] * mm, place.frame[1] * mm)
            _lay(made, page, document, number, place.matrix)
            stamp = overlay(order.stamp, spots[number], (number + 1, pages), place.frame, _fonts())
            with _opened(stamp) as over:
                _lay(made, page, over, 0, pypdfium2.PdfMatrix())
            page.gen_content()
            page.close()
        stream = io.BytesIO()
        made.save(stream, version=17)
        return stream.getvalue(), pages
    finally:
        made.close()


def _flatten(document: pypdfium2.PdfDocument, number: int) -> None:
    """Draw annotations that have an appearance (a signature, a stamp) into the page, as printing would."""
    page = document[number]
    if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_PRINT) == pdfium.FLATTEN_FAIL:
        raise unreadable("annotations cannot be drawn")
    page.close()


def _place(page: pypdfium2.PdfPage, sheet: tuple[float, float]) -> _Placed:
    """A page of the sheet's size is never scaled; a larger one is made smaller, a smaller one centred at the top.

    PDFium hands out a page's drawing turned and cropped as a reader sees it.
    """
    wide, high = page.get_size()
    frame = sheet if high >= wide else (sheet[1], sheet[0])
    scale = min(1.0, frame[0] * mm / wide, frame[1] * mm / high)
    if abs(wide / mm - frame[0]) <= SAME_SIZE_MM and abs(high / mm - frame[1]) <= SAME_SIZE_MM:
        scale = 1.0
    x, y = (frame[0] * mm - wide * scale) / 2, frame[1] * mm - high * scale
    return _Placed(frame, pypdfium2.PdfMatrix().scale(scale, scale).translate(x, y / 2 if y < 0 else y))


def _lay(
    made: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, source: pypdfium2.PdfDocument, number: int,
    matrix: pypdfium2.PdfMatrix,
) -> None:  # fmt: skip
    form = source.page_as_xobject(number, made)
    drawn = form.as_pageobject()
    drawn.set_matrix(matrix)
    page.insert_obj(drawn)
    form.close()


def _spots(document: pypdfium2.PdfDocument, number: int, place: _Placed, stamp: Stamp) -> Spots:
    """Where the codes cover nothing: the link's first corner, beginning with the configured one, and the next free
    corner or side for the small one.
    """
    if not stamp.url and not stamp.verify:
        return Spots()
    page = document[number]
    bitmap = page.render(scale=INK_DPI / 72, grayscale=True, may_draw_forms=False)
    picture = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, bitmap.width))
    width, height = page.get_size()
    bitmap.close()
    page.close()
    scale = min(1.0, place.frame[0] * mm / width, place.frame[1] * mm / height)
    shift = (place.frame[0] * mm - width * scale) / 2 / mm

    def blank(spot: str, size: float) -> bool:
        return _ink(picture, corner_box(spot, size, place.frame), shift, scale, place.frame[1]) <= INK_LEVEL

    corners = corner_order(stamp.corner)
    link = next((one for one in corners if stamp.url and blank(one, stamp.qr_mm)), "")
    rest = [one for one in (*corners[::-1], *EDGES) if one != link and stamp.verify]
    return Spots(link, next((one for one in rest if blank(one, VERIFY_MM)), ""))


def _ink(picture: np.ndarray, box: PaperBox, shift: float, scale: float, height: float) -> float:
    """The share of dark pixels under a box of the sheet."""
    per_mm = INK_DPI / 25.4 / scale
    left, right = (box.x - shift - 1) * per_mm, (box.x - shift + box.width + 1) * per_mm
    top, bottom = (height - box.y - box.height - 1) * per_mm, (height - box.y + 1) * per_mm
    rows, columns = slice(max(0, int(top)), max(0, int(bottom) + 1)), slice(max(0, int(left)), max(0, int(right) + 1))
    part = picture[rows, columns]
    return float((part < 200).mean()) if part.size else 0.0
