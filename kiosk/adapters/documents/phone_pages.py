"""Pages of a PDF as pictures for a phone, not covered: who sees them has proved who they are. Runs in a worker."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.phone.encoding import small

_MOST_TEXT = 20_000
PagePicture = tuple[bytes, int, int]  # WebP, width, height


def phone_pages(documents: tuple[bytes, ...], width_px: int, most: int) -> tuple[bytes, list[PagePicture], str]:
    """The documents as one PDF, its pages as pictures of `width_px`, and its text for screen readers."""
    try:
        joined = documents[0] if len(documents) == 1 else _joined(documents)
        with pypdfium2.PdfDocument(joined) as pdf:
            pages = [_picture(pdf[number], width_px, most) for number in range(len(pdf))]
            text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    except pypdfium2.PdfiumError as error:
        raise KioskError(FaultCode.REPORT_UNREADABLE, "PDF cannot be shown as pictures") from error
    return joined, pages, text.replace("\r\n", "\n")[:_MOST_TEXT]


def _joined(documents: tuple[bytes, ...]) -> bytes:
    whole = pypdfium2.PdfDocument.new()
    for one in documents:
        whole.import_pages(pypdfium2.PdfDocument(one))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def _picture(page: pypdfium2.PdfPage, width_px: int, most: int) -> PagePicture:
    bitmap = page.render(scale=width_px / page.get_size()[0], may_draw_forms=False, rev_byteorder=True)
    pixels = np.ascontiguousarray(bitmap.to_numpy()[..., :3])
    bitmap.close()
    grey = pixels[..., 0]
    plain = bool((pixels == grey[..., None]).all())
    return small(np.ascontiguousarray(grey) if plain else pixels, most), pixels.shape[1], pixels.shape[0]
