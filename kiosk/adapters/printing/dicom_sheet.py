"""A page of the kiosk's own film PDF as the pixels of an imager: P-values at its matrix and pitch, never scaled.

Films are composed in 8 bits; an imager of 12 bits gets each of the 256 P-values at its place among 4096.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from kiosk.adapters.printing.dicom_profiles import ImagerProfile
from kiosk.adapters.printing.pdf_pages import ONE_AT_A_TIME
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MM_PER_INCH, FilmSize

POINTS_PER_INCH = 72
_BLANK = 2  # of 255: what is lost at the edges of an imager that does not print to the edge may only be black


@dataclass(frozen=True)
class ImagerSheet:
    """Pixels for the image box. `landscape`: the film lies on its side. `received`: as a modality sent them, which the
    imager enlarges to the film as it would have done for the modality."""

    pixels: NDArray[np.uint16] | NDArray[np.uint8]
    landscape: bool
    width_mm: float
    received: bool = False


def page_count(document: bytes) -> int:
    """How many sheets. Raises KioskError PRINT_REFUSED where it is no document."""
    try:
        with ONE_AT_A_TIME, pypdfium2.PdfDocument(document) as opened:
            return len(opened)
    except pypdfium2.PdfiumError as error:
        raise KioskError(FaultCode.PRINT_REFUSED, "no PDF") from error


def imager_sheet(document: bytes, number: int, profile: ImagerProfile, film: FilmSize) -> ImagerSheet:
    """Page `number` (from 0). Raises KioskError PAGE_SCALED where the imager would cut something off."""
    with ONE_AT_A_TIME, pypdfium2.PdfDocument(document) as opened:
        page = opened[number]
        landscape = page.get_width() > page.get_height()
        sent = _as_sent(page)
        if sent is not None:
            page.close()
            return _received(sent, landscape, profile, film)
        dots = MM_PER_INCH / profile.pitch_mm / POINTS_PER_INCH
        size = round(page.get_width() * dots), round(page.get_height() * dots)
        grey = _drawn(page, *size)
        page.close()
    columns, rows = profile.matrix[film.name]
    room = (rows, columns) if landscape else (columns, rows)
    fitted = _fitted(grey, *room)
    values = expanded(fitted, profile.bits)
    return ImagerSheet(values, landscape, room[0] * profile.pitch_mm)


def _as_sent(page: pypdfium2.PdfPage) -> NDArray[np.uint16] | None:
    """The one picture of a page that a modality sent: grey of 16 bits, which the kiosk's own films never have."""
    for found in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=1):
        told = found.get_metadata()
        if told.colorspace != pdfium.FPDF_COLORSPACE_DEVICEGRAY:
            continue
        data = bytes(found.get_data(decode_simple=True))
        if len(data) == 2 * told.width * told.height:
            return np.asarray(np.frombuffer(data, ">u2").reshape(told.height, told.width), np.uint16)
    return None


def _received(sent: NDArray[np.uint16], landscape: bool, profile: ImagerProfile, film: FilmSize) -> ImagerSheet:
    """Raises KioskError PAGE_SCALED where the imager would have to leave something out."""
    columns, rows = profile.matrix[film.name]
    room = (rows, columns) if landscape else (columns, rows)
    if sent.shape[1] > room[0] or sent.shape[0] > room[1]:
        raise KioskError(FaultCode.PAGE_SCALED, "the modality's film has more pixels than the imager's matrix")
    values = np.asarray(sent >> (16 - profile.bits), np.uint16)
    own_matrix = sent.shape == (room[1], room[0])
    return ImagerSheet(values, landscape, room[0] * profile.pitch_mm, received=not own_matrix)


def _drawn(page: pypdfium2.PdfPage, columns: int, rows: int) -> NDArray[np.uint8]:
    bitmap = pypdfium2.PdfBitmap.new_native(columns, rows, pdfium.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, columns, rows)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, pdfium.FPDF_PRINTING | pdfium.FPDF_GRAYSCALE)
    grey = np.array(bitmap.to_numpy(), np.uint8).reshape(rows, columns)
    bitmap.close()
    return grey


def _fitted(grey: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
    """The middle of the sheet, one pixel for one; what an imager cannot reach has to be black."""
    top, left = (grey.shape[0] - rows) // 2, (grey.shape[1] - columns) // 2
    if top < 0 or left < 0:
        framed = np.zeros((max(rows, grey.shape[0]), max(columns, grey.shape[1])), np.uint8)
        down, across = max(0, -top), max(0, -left)
        framed[down : down + grey.shape[0], across : across + grey.shape[1]] = grey
        return _fitted(framed, columns, rows)
    lost = grey.copy()
    lost[top : top + rows, left : left + columns] = 0
    if lost.max(initial=0) > _BLANK:
        raise KioskError(FaultCode.PAGE_SCALED, "the imager's printable matrix is smaller than what stands on the film")
    return np.ascontiguousarray(grey[top : top + rows, left : left + columns])


def expanded(grey: NDArray[np.uint8], bits: int) -> NDArray[np.uint16] | NDArray[np.uint8]:
    """The same P-values in so many bits: 0 stays 0, 255 becomes the largest."""
    if bits == 8:
        return grey
    most = (1 << bits) - 1
    return np.asarray((np.arange(256, dtype=np.uint32) * most + 127) // 255, np.uint16)[grey]
