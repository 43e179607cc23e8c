"""Matrix cases 77 to 80: reports that attack, that are broken, that are somebody else's; and how good ones come out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from pydicom.data import get_testdata_file
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.units import mm

from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.sandbox import Workers
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.paper.source import read_report
from kiosk.imaging.paper.typesetting import NOT_FIRST, NOT_LAST, Fonts, Letterhead, WrittenReport, broken, typeset
from kiosk.imaging.pdf.fonts import discover
from kiosk.ports.rendering import PageStamp
from tests.support.pdfs import A4, ACTIVE, REFUSED, bomb, one_page, page_pdf
from tests.support.studies import pdf_report, text_report

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "malformed" / "pdf"
FOUND = sorted(SHARED.glob("*.dcm")) if SHARED.is_dir() else []
EXAM = Exam("1.2.1", "A0001", IdentityFacts("T0001", "王秀英", "", date(1980, 1, 1)), "CT", "CHEST", "", None)
URL = "https://film.example.org/l#" + "k" * 43
STAMP = PageStamp("K1-0042", URL)
LABELS = ("第 {page} 页", "共 {pages} 页")


@pytest.fixture(scope="module")
def renderer() -> Iterator[WorkshopRenderer]:
    """The workshop, with two confined workers."""
    workshop = WorkshopRenderer(Hospital(), ReportSettings(), Workers(2))
    yield workshop
    workshop.close()


def made(renderer: WorkshopRenderer, pdf: bytes, out: Path, stamp: PageStamp = STAMP) -> pypdfium2.PdfDocument:
    """A report of the exam, printed and opened again."""
    pages = renderer.report(pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", pdf), EXAM, stamp, out)
    document = pypdfium2.PdfDocument(out.read_bytes())
    assert len(document) == pages
    return document


def words(document: pypdfium2.PdfDocument, number: int = 0) -> str:
    """The text of a page."""
    return str(document[number].get_textpage().get_text_range())


def refused(renderer: WorkshopRenderer, data: bytes, out: Path) -> FaultCode:
    """The fault with which a report object is refused; nothing is left behind."""
    with pytest.raises(KioskError) as caught:
        renderer.report(data, EXAM, STAMP, out)
    assert not out.exists()
    return caught.value.code


@pytest.mark.parametrize("kind", REFUSED)
def test_case_78_broken_documents_are_refused(renderer: WorkshopRenderer, tmp_path: Path, kind: str) -> None:
    data = pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", REFUSED[kind])
    assert refused(renderer, data, tmp_path / "out.pdf") is FaultCode.REPORT_UNREADABLE


@pytest.mark.parametrize("strength", [40, 128])
def test_case_78_a_report_locked_only_for_editing_is_printed(
    renderer: WorkshopRenderer, tmp_path: Path, strength: int
) -> None:
    lock = StandardEncryption("", "owner", canModify=0, canCopy=0, canAnnotate=0, strength=strength)
    document = made(renderer, page_pdf(lock=lock), tmp_path / "out.pdf")
    assert "Report 1" in words(document) and b"/Encrypt" not in (tmp_path / "out.pdf").read_bytes()
    assert renderer.pages(tmp_path / "out.pdf", 200, tmp_path)


def test_case_78_a_bomb_costs_a_worker_and_no_more(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    data = pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", bomb())
    assert refused(renderer, data, tmp_path / "out.pdf") is FaultCode.REPORT_UNREADABLE
    assert "Report 1" in words(made(renderer, page_pdf(), tmp_path / "next.pdf"))


def test_case_78_reports_of_strangers_are_printed_or_refused(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    own = tmp_path / "good_one_page.dcm"
    own.write_bytes(pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", page_pdf()))
    for file in (own, *FOUND):
        printed_or_refused(renderer, tmp_path, file)


def printed_or_refused(renderer: WorkshopRenderer, tmp_path: Path, file: Path) -> None:
    found = read_report(file.read_bytes())
    exam = Exam(found.study_uid, "", IdentityFacts(found.patient_id, found.patient_name), "OT", "", "", None)
    out = tmp_path / "out.pdf"
    good = file.stem in ("good_one_page", "js_openaction")
    try:
        assert renderer.report(file.read_bytes(), exam, STAMP, out) == 1
        assert good
    except KioskError as fault:
        assert fault.code is FaultCode.REPORT_UNREADABLE and not good


@pytest.mark.parametrize("kind", ACTIVE)
def test_case_77_of_active_documents_only_pixels_are_left(
    renderer: WorkshopRenderer, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out.pdf"
    document = made(renderer, ACTIVE[kind], out)
    assert document.count_attachments() == 0
    assert not any(
        word in out.read_bytes() for word in (b"/JavaScript", b"/Launch", b"/URI", b"/GoToR", b"/XFA", b"/AA")
    )
    assert not list(document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=1))


def test_case_79_a_pdf_that_names_somebody_else_is_refused(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    def report_for(name: str) -> bytes:
        fonts = Fonts.registered(discover(), discover(bold=True))
        report = WrittenReport("报告单", LABELS, (("姓名", name), ("性别", "女")))
        pdf = typeset(report, Letterhead("医院", "放射科"), fonts)
        return pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", pdf)

    assert refused(renderer, report_for("李小明"), tmp_path / "a.pdf") is FaultCode.WRONG_PATIENT
    assert renderer.report(report_for("王秀英"), EXAM, STAMP, tmp_path / "b.pdf") == 1


@pytest.mark.parametrize("changed", [{"PatientID": "T0002"}, {"StudyInstanceUID": "1.2.9"}])
def test_case_15_a_report_of_another_exam_is_refused(
    renderer: WorkshopRenderer, tmp_path: Path, changed: dict[str, str]
) -> None:
    data = pdf_report("1.2.1", "1.2.1.9", "1.2.1.9.1", page_pdf(), **changed)
    assert refused(renderer, data, tmp_path / "out.pdf") is FaultCode.WRONG_PATIENT


@pytest.mark.parametrize(
    "data", [b"", b"no DICOM", b"\0" * 132 + b"DICM" + b"\xff" * 400], ids=["empty", "text", "junk"]
)
def test_case_80_what_is_no_report_is_refused(renderer: WorkshopRenderer, tmp_path: Path, data: bytes) -> None:
    assert refused(renderer, data, tmp_path / "out.pdf") is FaultCode.REPORT_UNREADABLE


def test_case_80_ten_thousand_items_are_refused(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    data = text_report("1.2.1", "1.2.1.9", "1.2.1.9.1", tuple("line" for _ in range(10_000)))
    assert refused(renderer, data, tmp_path / "out.pdf") is FaultCode.REPORT_UNREADABLE


@pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm"])
def test_case_80_structured_reports_of_others_become_readable(
    renderer: WorkshopRenderer, tmp_path: Path, name: str
) -> None:
    data = Path(str(get_testdata_file(name))).read_bytes()
    found = read_report(data)
    exam = Exam(found.study_uid, "", IdentityFacts(found.patient_id, found.patient_name), "SR", "", "", None)
    assert renderer.report(data, exam, STAMP, tmp_path / "out.pdf") >= 1
    assert len(words(pypdfium2.PdfDocument((tmp_path / "out.pdf").read_bytes()))) > 100


def test_case_70_markup_in_a_structured_report_is_only_text(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    evil = ("<b>bold</b> <img src='file:///etc/passwd'/>", "&amp; {page} %s \u202ereversed")
    data = text_report("1.2.1", "1.2.1.9", "1.2.1.9.1", evil)
    renderer.report(data, EXAM, STAMP, tmp_path / "out.pdf")
    text = words(pypdfium2.PdfDocument((tmp_path / "out.pdf").read_bytes()))
    assert "<b>bold</b> <img src='file:///etc/passwd'/>" in text and "&amp; {page} %s reversed" in text


def test_a_structured_report_is_set_in_the_letterhead(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    lines = ("双肺纹理清晰。", "心影不大。䶮𬱟")
    data = text_report("1.2.1", "1.2.1.9", "1.2.1.9.1", lines, PatientName="王秀英")
    renderer.report(data, EXAM, STAMP, tmp_path / "out.pdf")
    text = words(pypdfium2.PdfDocument((tmp_path / "out.pdf").read_bytes()))
    assert all(part in text for part in ("市人民医院", "王秀英", "影像所见", *lines, "K1-0042"))


def picture(document: pypdfium2.PdfDocument, number: int = 0) -> np.ndarray:
    """A page at 200 dpi."""
    return np.asarray(document[number].render(scale=200 / 72, grayscale=True).to_numpy()).squeeze()


@pytest.mark.parametrize(
    ("language", "count", "scan"),
    [("en", "page {} of 3", "Scan for your images"), ("zh", "第 {} 页 共 3 页", "手机扫码看云胶片")],
)
def test_text_stays_text_and_every_sheet_carries_serial_and_count(
    renderer: WorkshopRenderer, tmp_path: Path, language: str, count: str, scan: str
) -> None:
    document = made(renderer, page_pdf(pages=3), tmp_path / "out.pdf", replace(STAMP, language=language))
    for number in range(3):
        text = words(document, number)
        assert f"Report {number + 1}" in text
        assert "K1-0042" in text and count.format(number + 1) in text
    assert scan in words(document, 0)


@pytest.mark.parametrize("corner", ["bottom-right", "bottom-left", "top-right", "top-left"])
def test_the_qr_stands_in_its_corner_in_its_size(renderer: WorkshopRenderer, tmp_path: Path, corner: str) -> None:
    document = made(renderer, page_pdf(), tmp_path / "out.pdf", PageStamp("K1", URL, corner, 20.0))
    (symbol,) = zxingcpp.read_barcodes(picture(document))
    assert symbol.text == URL
    left, top = symbol.position.top_left.x / 200 * 25.4, symbol.position.top_left.y / 200 * 25.4
    right = symbol.position.bottom_right.x / 200 * 25.4
    assert right - left == pytest.approx(20, abs=0.6)
    assert (right if corner.endswith("right") else 210 - left) == pytest.approx(202, abs=0.6)
    assert (top < 30) is corner.startswith("top")


def test_without_a_link_there_is_no_qr(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    document = made(renderer, page_pdf(), tmp_path / "out.pdf", PageStamp("K1"))
    assert not zxingcpp.read_barcodes(picture(document))


def test_the_qr_never_covers_what_is_written(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    ink = b"0 g 450 20 120 90 re f 0 g 20 20 120 90 re f 0 g 450 740 120 90 re f"
    document = made(renderer, one_page(content=ink), tmp_path / "out.pdf")
    (symbol,) = zxingcpp.read_barcodes(picture(document))
    assert symbol.position.top_left.x < 300 and symbol.position.top_left.y < 300
    full = ink + b" 0 g 20 740 120 90 re f"
    assert not zxingcpp.read_barcodes(picture(made(renderer, one_page(content=full), tmp_path / "full.pdf")))


SIZES = {
    "a4": (A4, (210, 297), 1.0),
    "nearly a4": ((594.0, 841.0), (210, 297), 1.0),
    "a4 lying": ((A4[1], A4[0]), (297, 210), 1.0),
    "letter": ((612.0, 792.0), (210, 297), 210 * mm / 612),
    "a3": ((A4[1], 2 * A4[0]), (210, 297), 0.7071),
    "a5": ((148 * mm, 210 * mm), (210, 297), 1.0),
}


@pytest.mark.parametrize("kind", SIZES)
def test_a_page_of_the_sheets_size_is_not_scaled(renderer: WorkshopRenderer, tmp_path: Path, kind: str) -> None:
    size, sheet, scale = SIZES[kind]
    middle = b"0 g %.2f %.2f 100 100 re f" % (size[0] / 2 - 50, size[1] / 2 - 50)
    document = made(
        renderer, one_page(content=middle, box=f"0 0 {size[0]} {size[1]}"), tmp_path / "o.pdf", PageStamp("K")
    )
    assert document[0].get_size() == pytest.approx((sheet[0] * mm, sheet[1] * mm), abs=0.1)
    dark = np.argwhere(picture(document)[200:-200, 200:-200] < 128)
    high, wide = np.ptp(dark, axis=0) / 200 * 72
    assert (wide, high) == pytest.approx((100 * scale, 100 * scale), abs=1.0)


@pytest.mark.parametrize("crop", ["", "/CropBox[0 0 595.28 841.89]", "/MediaBox[-50 -30 545.28 811.89]"])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_come_out_as_a_reader_sees_them(
    renderer: WorkshopRenderer, tmp_path: Path, turn: int, crop: str
) -> None:
    plain = one_page(page=f"/Rotate {turn}{crop}", content=b"0 g 100 100 60 120 re f")
    seen = pypdfium2.PdfDocument(plain)[0].render(scale=1, grayscale=True).to_numpy().squeeze()
    document = made(renderer, plain, tmp_path / "out.pdf", PageStamp("K"))
    printed = document[0].render(scale=1, grayscale=True).to_numpy().squeeze()
    assert printed.shape == pytest.approx(seen.shape, abs=1)
    inner = (slice(60, -60), slice(60, -60))
    rows, columns = (np.argwhere(part[inner] < 128) for part in (seen, printed))
    assert np.abs(rows.mean(axis=0) - columns.mean(axis=0)).max() < 2


def test_appearances_of_annotations_are_printed(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    seal = "<</Type/XObject/Subtype/Form/BBox[0 0 80 80]/Length 20>>stream\n0 g 0 0 80 80 re f  \nendstream"
    note = "/Annots[<</Type/Annot/Subtype/Stamp/F 4/Rect[200 400 280 480]/AP<</N 5 0 R>>>>]"
    document = made(
        renderer, one_page("", note, b"BT ET", "0 0 595.28 841.89", seal), tmp_path / "o.pdf", PageStamp("K")
    )
    assert (picture(document)[1000:1230, 560:770] < 128).mean() > 0.8


def test_pictures_of_pages_have_the_width_asked_for(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    made(renderer, page_pdf(pages=2), tmp_path / "out.pdf")
    paths = [page.path for page in renderer.pages(tmp_path / "out.pdf", 600, tmp_path)]
    assert [cv2.imread(str(path)).shape[1] for path in paths] == [600, 600]
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)


def test_chinese_lines_break_where_they_may() -> None:
    book = discover()
    text = "双肺纹理清晰，右肺上叶见一类圆形结节影（Se 2, Im 38），大小约 8 mm × 7 mm，边缘光整。" * 6
    for room in (30.0, 47.0, 91.0):
        lines = broken(text, book, 4.0, room)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(book.width(line, 4.0) <= room + 4.0 for line in lines)
        assert not any(line[0] in NOT_FIRST for line in lines[1:]) and not any(line[-1] in NOT_LAST for line in lines)


def test_a_long_report_is_set_on_several_pages_without_losing_a_line() -> None:
    fonts = Fonts.registered(discover(), discover(bold=True))
    lines = [f"第 {number} 行，未见异常。" for number in range(1, 121)]
    report = WrittenReport("报告单", LABELS, sections=(("影像所见", "\n".join(lines)),))
    pdf = typeset(report, Letterhead("医院", ""), fonts)
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    text = "".join(words(document, number) for number in range(len(document)))
    assert len(document) > 2 and all(line in text for line in lines)
