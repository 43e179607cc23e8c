"""What a lobby may see of a report's page, and where its conclusion stands. Runs in a worker process.

The picture of a page on a public screen covers whose it is: every place where the text has a fact of the patient's, the
name behind its label, and, where the text tells nothing (a scanned page), the quarter where letterheads name people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

MOST_CHARS = 20_000
FEW_CHARS = 80  # a page with no more than the kiosk's own foot line is a picture
HEAD = 0.25  # of the page's height
CELLS = 24
COVER = (0xE6, 0xDE, 0xD5)  # BGR
LABELLED = re.compile(r"(?:姓\s*名|患者姓名|病人姓名)\s*[：:]?\s*([\u3400-\u9fff·*\U00020000-\U0003ffff]{2,15})")
CONCLUSION = re.compile(
    r"(?:^|[\r\n】\]])[\s\d一二三四五、.【\[]*"
    r"(?:诊断意见|诊断结论|诊断印象|诊断提示|检查结论|影像学?诊断(?!报告|中心|科|医|室)|印\s*象|结\s*论|IMPRESSIONS?\b|CONCLUSIONS?\b)",
    re.IGNORECASE,
)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ReportMarks:
    """Boxes to cover (left, bottom, right, top in points) and the conclusion's height (0 top to 1 bottom), or None."""

    covered: tuple[Box, ...]
    conclusion: float | None
    told: bool


def marks_of(page: pypdfium2.PdfPage, hide: Sequence[str]) -> ReportMarks:
    """Look through the text of a page. `hide`: facts of the patient; very short ones are left alone."""
    text_page = page.get_textpage()
    try:
        count = min(text_page.count_chars(), MOST_CHARS)
        text = "".join(_char(text_page, place) for place in range(count))
        places = {place for start, end in _to_cover(text, hide) for place in range(start, end)}
        covered = tuple(text_page.get_charbox(place, loose=True) for place in sorted(places) if text[place].strip())
        found = CONCLUSION.search(text)
        height = page.get_height()
        top = None
        if found:
            word = found.end() - 1
            top = min(1.0, max(0.0, (height - text_page.get_charbox(word, loose=True)[3]) / height))
        return ReportMarks(covered, top, sum(char.isalnum() for char in text) > FEW_CHARS)
    finally:
        text_page.close()


def cover(picture: NDArray[np.uint8], marks: ReportMarks, scale: float, first: bool) -> NDArray[np.uint8]:
    """The page's picture, `scale` pixels a point, without whose it is."""
    made = np.ascontiguousarray(picture).copy()
    high = made.shape[0]
    for left, bottom, right, top in marks.covered:
        pad = 0.15 * (top - bottom) * scale
        corner = int(left * scale - pad), int(high - top * scale - pad)
        cv2.rectangle(made, corner, (int(right * scale + pad), int(high - bottom * scale + pad)), COVER, -1)
    if not marks.covered and (first or not marks.told):
        _veil(made[: int(HEAD * high)])
    return made


def _veil(head: NDArray[np.uint8]) -> None:
    """Average it over cells larger than any line of a letterhead."""
    rows, columns = head.shape[:2]
    coarse = cv2.resize(head, (CELLS, max(1, CELLS * rows // columns)), interpolation=cv2.INTER_AREA)
    veil = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    head[:] = veil.reshape(head.shape)


def _char(text_page: pypdfium2.PdfTextPage, place: int) -> str:
    """One character of the page: one place, one character, so that places in the text are places on the page."""
    code = pdfium.FPDFText_GetUnicode(text_page, place)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _to_cover(text: str, hide: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Spans of the text that say whose report it is."""
    letters = [(unicodedata.normalize("NFKC", char).casefold(), place) for place, char in enumerate(text)]
    letters = [(char, place) for char, place in letters if char.isalnum() and len(char) == 1]
    row = "".join(char for char, _ in letters)
    for fact in {_letters(one) for one in _variants(hide)}:
        start = row.find(fact) if len(fact) > 1 else -1
        while start >= 0:
            yield letters[start][1], letters[start + len(fact) - 1][1] + 1
            start = row.find(fact, start + 1)
    yield from (found.span(1) for found in LABELLED.finditer(text))


def _variants(hide: Sequence[str]) -> Iterator[str]:
    """A name as DICOM writes it (PS3.5 6.2.1): each of its groups, and a Latin one also given name first."""
    for fact in hide:
        for group in fact.split("="):
            yield group
            yield " ".join(group.replace("^", " ").split()[::-1])


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
