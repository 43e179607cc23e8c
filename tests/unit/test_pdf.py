"""The page writer: exact pixels, exact size, text that can be found."""

from __future__ import annotations

import io
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pypdfium2 as pdfium
import pytest

from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import Deflater, Drawing, PageImage, PdfWriter, combine_adler32


def _picture(rows: int = 300, columns: int = 200, colour: bool = False) -> np.ndarray:
    shape = (rows, columns, 3) if colour else (rows, columns)
    return np.random.default_rng(3).integers(0, 256, shape, np.uint8)


def _page(pixels: np.ndarray, dpi: float = 72.0, text: str = "") -> bytes:
    stream = io.BytesIO()
    writer = PdfWriter(stream, fonts.discover())
    height, width = pixels.shape[:2]

    def draw(drawing: Drawing) -> None:
        drawing.text(5, 10, text, 4, halo=0.3)

    image = PageImage(width, height, dpi, pixels.ndim == 3, iter([pixels[:100], pixels[100:]]))
    writer.page(width * 25.4 / dpi, height * 25.4 / dpi, draw, image)
    writer.close()
    return stream.getvalue()


def test_adler_of_parts_is_adler_of_the_whole() -> None:
    data = _picture().tobytes()
    for cut in (0, 1, 70000 % len(data), len(data)):
        first, second = data[:cut], data[cut:]
        joined = combine_adler32(zlib.adler32(first), zlib.adler32(second), len(second))
        assert joined == zlib.adler32(data)


@pytest.mark.parametrize("threads", [0, 2])
def test_strips_make_one_valid_stream(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.imaging.pdf.writer._STRIP_BYTES", 4096)
    pixels = _picture()
    with ThreadPoolExecutor(2) as pool:
        packed = b"".join(Deflater(pool if threads else None).pieces([pixels[:7], pixels[7:299], pixels[299:]]))
    assert zlib.decompress(packed) == pixels.tobytes()


@pytest.mark.parametrize("colour", [False, True])
def test_the_image_is_lossless_and_one(colour: bool) -> None:
    pixels = _picture(colour=colour)
    page = pdfium.PdfDocument(_page(pixels))[0]
    images = [item for item in page.get_objects() if isinstance(item, pdfium.PdfImage)]
    assert len(images) == 1
    bitmap = images[0].get_bitmap(render=False)
    found = np.asarray(bitmap.to_numpy()).reshape(pixels.shape)
    assert np.array_equal(found[..., ::-1] if colour else found, pixels)


def test_page_and_image_have_their_exact_size() -> None:
    page = pdfium.PdfDocument(_page(_picture(), dpi=320))[0]
    assert page.get_size() == pytest.approx((200 / 320 * 72, 300 / 320 * 72), abs=1e-3)
    image = next(item for item in page.get_objects() if isinstance(item, pdfium.PdfImage))
    assert image.get_bounds() == pytest.approx((0, 0, 45, 67.5), abs=1e-3)


def test_printers_are_told_not_to_scale() -> None:
    assert b"/PrintScaling/None" in _page(_picture())


def test_text_is_found_once_although_it_has_an_edge() -> None:
    data = _page(_picture(), text="欧阳䶮锋 W 400 C 40")
    assert "欧阳䶮锋 W 400 C 40" in pdfium.PdfDocument(data)[0].get_textpage().get_text_range()


def test_nothing_personal_stands_in_the_document_information() -> None:
    assert not pdfium.PdfDocument(_page(_picture())).get_metadata_dict(skip_empty=True)
