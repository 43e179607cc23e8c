"""The report's preview stands on a public screen: whose it is is covered, and it begins at the conclusion."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kiosk.adapters.documents.report_marks import marks_of
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.config import Hospital, ReportSettings
from kiosk.imaging.paper.typesetting import Fonts
from kiosk.imaging.pdf.fonts import discover

NAME = "王秀英"
HIDE = (NAME, "P0001", "11010519491231002X")
WIDTH = 840  # four pixels a millimetre


@pytest.fixture(scope="module")
def renderer() -> Iterator[WorkshopRenderer]:
    made = WorkshopRenderer(Hospital(), ReportSettings())
    yield made
    made.close()


def report(*lines: str, step_mm: float = 12.0) -> bytes:
    """An A4 page with these lines, from 20 mm below its top."""
    fonts = Fonts.registered(discover(), discover(bold=True))
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(210 * mm, 297 * mm))
    canvas.setFont(fonts.names[0], 5 * mm)
    for number, line in enumerate(lines):
        canvas.drawString(20 * mm, (277 - number * step_mm) * mm, line)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def scanned(*lines: str) -> bytes:
    """The same as a picture in a PDF."""
    from reportlab.lib.utils import ImageReader

    page = pypdfium2.PdfDocument(report(*lines))[0].render(scale=2).to_pil()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(210 * mm, 297 * mm))
    canvas.drawImage(ImageReader(page), 0, 0, 210 * mm, 297 * mm)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def shown(renderer: WorkshopRenderer, data: bytes, folder: Path) -> tuple[NDArray[np.uint8], float | None]:
    file = folder / "report.pdf"
    file.write_bytes(data)
    page = renderer.pages(file, WIDTH, folder, HIDE)[0]
    return np.asarray(cv2.imread(str(page.path), cv2.IMREAD_GRAYSCALE), np.uint8), page.conclusion


def ink(picture: NDArray[np.uint8], line: int, left_mm: float, right_mm: float) -> float:
    """The share of dark pixels in one line of `report`."""
    middle = (20 + line * 12 - 1.5) * WIDTH / 210
    rows = slice(round(middle - 14), round(middle + 14))
    part = picture[rows, round(left_mm * WIDTH / 210) : round(right_mm * WIDTH / 210)]
    return float((part < 110).mean())


FILLER = ("检查部位：胸部 CT 平扫", "影像所见：两肺纹理清晰，走行自然，未见明显实变影，心影不大。",
          "纵隔未见肿大淋巴结，双侧胸腔未见积液，胸廓骨质未见异常。", "诊断意见：两肺未见明显异常，建议定期复查。",
          "审核医师：李医生 二零二六年十一月二十日上午，本报告仅供临床医师参考，签字后生效。")  # fmt: skip


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("姓名：王秀英", 3),
        ("姓 名： 王 秀 英   性别：女", 3),
        ("患者 王秀英 女 76 岁", 3),
        ("编号 P0001", 5),
        ("身份证 11010519491231002x", 18),
        ("姓名：王秀英    王秀英", 6),
        ("姓名：张三", 2),  # somebody else's name is nobody's business either
        ("检查部位：胸部 CT", 0),
    ],
)
def test_whose_it_is_is_covered_however_the_page_writes_it(line: str, facts: int) -> None:
    page = pypdfium2.PdfDocument(report("影像诊断报告", line, *FILLER))[0]
    assert len(marks_of(page, HIDE).covered) == facts


def test_the_name_is_nowhere_on_the_picture(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    """Also in a sentence: the page with the name looks as one without any between the same words."""
    picture, _ = shown(renderer, report("报告", "兹有王秀英前来检查", *FILLER), tmp_path)
    assert ink(picture, 1, 20, 29.5) > 0.02  # 兹有
    assert ink(picture, 1, 30.5, 44.5) == 0
    assert ink(picture, 1, 46, 64) > 0.02  # 前来检查


def test_a_scanned_page_tells_nothing_so_its_head_is_blurred(renderer: WorkshopRenderer, tmp_path: Path) -> None:
    picture, conclusion = shown(renderer, scanned("影像诊断报告", "姓名：王秀英", *FILLER), tmp_path)
    head, rest = picture[: round(0.24 * len(picture))], picture[round(0.26 * len(picture)) :]
    assert np.abs(np.diff(head.astype(int), axis=1)).max() < 30
    assert np.abs(np.diff(rest.astype(int), axis=1)).max() >= 0 and conclusion is None


@pytest.mark.parametrize(
    ("heading", "found"),
    [("诊断意见：", True), ("【诊断结论】", True), ("影像诊断：", True), ("三、印象", True), ("IMPRESSION:", True),
     ("Conclusions", True), ("影像诊断报告", False), ("影像所见：", False), ("该结论仅供参考", False)],
)  # fmt: skip
def test_the_conclusion_is_found_where_it_stands(heading: str, found: bool) -> None:
    page = pypdfium2.PdfDocument(report("报告单", "甲", "乙", "丙", heading, "丁"))[0]
    top = marks_of(page, ()).conclusion
    assert (top is not None) is found
    if top is not None:
        assert top == pytest.approx((20 + 4 * 12 - 5) / 297, abs=0.02)


def test_a_foreign_name_is_covered_in_either_order() -> None:
    for written in ("Smith John", "John SMITH", "SMITH, John"):
        page = pypdfium2.PdfDocument(report("Report", f"Patient {written}", "Findings normal"))[0]
        marks = marks_of(page, ("SMITH^JOHN",))
        assert len(marks.covered) >= len("SmithJohn")
