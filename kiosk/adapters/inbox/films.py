"""Films that modalities printed, as one PDF for the printer: each sheet's pixels as they came, 16 bits deep."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from kiosk.adapters.inbox.store import InboxStore
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MM_PER_INCH, FilmSize, media_named
from kiosk.domain.waiting.inbox import ItemKind, ItemState
from kiosk.imaging.pdf.fonts import discover
from kiosk.imaging.pdf.writer import Drawing, PageImage, PdfWriter
from kiosk.ports.archive import StudyQuery


class InboxFilms:
    """Implements kiosk.ports.reports.FilmSource over the inbox."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store

    def film(self, exam: Exam, media: str, out: Path) -> int:
        """See the port. Only what was matched with this very study, by numbers or by staff."""
        items = self._store.of(ItemKind.FILM, StudyQuery(study_uid=exam.study_uid))
        numbers = [item.ident for item in items if item.state is ItemState.MATCHED]
        if not numbers:
            return 0
        size = media_named(media)
        with out.open("wb") as stream:
            pdf = PdfWriter(stream, discover())
            for number in numbers:
                pixels, landscape = _opened(self._store.document(number))
                _page(pdf, pixels, size, landscape=landscape)
            pdf.close()
        return len(numbers)


def _opened(document: bytes) -> tuple[NDArray[np.uint16], bool]:
    """The pixels of what the gateway has written, and whether the film lies on its side."""
    try:
        film = pydicom.dcmread(io.BytesIO(document))
        rows, columns = int(film.Rows), int(film.Columns)
        pixels = np.frombuffer(film.PixelData, "<u2", rows * columns).reshape(rows, columns)
    except Exception as error:  # the library raises whatever a damaged object makes it raise
        raise KioskError(FaultCode.OBJECT_UNREADABLE, f"film: {type(error).__name__}") from error
    return pixels, film.get("FilmOrientation") == "LANDSCAPE"


def _page(pdf: PdfWriter, pixels: NDArray[np.uint16], size: FilmSize, *, landscape: bool) -> None:
    """As large as the film allows, in its middle, black around it."""
    rows, columns = pixels.shape
    width, height = (size.height_mm, size.width_mm) if landscape else (size.width_mm, size.height_mm)
    dpi = max(columns / width, rows / height) * MM_PER_INCH
    across, down = columns * MM_PER_INCH / dpi, rows * MM_PER_INCH / dpi
    left, top = (width - across) / 2, (height - down) / 2
    deep = np.ascontiguousarray(pixels.astype(">u2")).view(np.uint8)
    image = PageImage(columns, rows, dpi, False, (deep,), 16, left, top)

    def around(drawing: Drawing) -> None:
        drawing.rectangle(0, 0, width, top, 0)
        drawing.rectangle(0, top + down, width, top, 0)
        drawing.rectangle(0, top, left, down, 0)
        drawing.rectangle(left + across, top, left, down, 0)

    pdf.page(width, height, around, image)
