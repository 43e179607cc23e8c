"""PDF files that no sane program writes, made by hand."""

from __future__ import annotations

import io
import zlib

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

A4 = (210 * mm, 297 * mm)


def page_pdf(
    text: str = "Report", pages: int = 1, size: tuple[float, float] = A4, lock: StandardEncryption | None = None
) -> bytes:
    """An honest PDF with a line of text on each page."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=size, encrypt=lock)
    for number in range(1, pages + 1):
        canvas.drawString(60, size[1] / 2, f"{text} {number}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def raw_pdf(*objects: str | bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a right cross-reference table."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + (body if isinstance(body, bytes) else body.encode("latin-1")) + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(out)


def one_page(
    catalog: str = "", page: str = "", content: bytes = b"BT ET", box: str = "0 0 595.28 841.89", *more: str
) -> bytes:
    """One page, with whatever else is put into catalog and page."""
    stream = b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream"
    return raw_pdf(
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R{page}>>",
        stream,
        *more,
    )


def bomb(megabytes: int = 400) -> bytes:
    """A content stream that unpacks to hundreds of megabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m 9 9 l S\n" * 74_899) for _ in range(megabytes)) + packer.flush()
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream"
    return raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        stream,
    )


REFUSED: dict[str, bytes] = {
    "html": b"<html><body>%pdf is what I am not</body></html>",
    "postscript": b"%!PS-Adobe-3.0\nshowpage\n",
    "empty": b"%PDF-1.7\n",
    "truncated": page_pdf()[:300],
    "encrypted": page_pdf(lock=StandardEncryption("secret")),
    "must not be printed": page_pdf(lock=StandardEncryption("", "owner", canPrint=0)),
    "no pages": raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 0/Kids[]>>"),
    "a million pages": raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1000000/Kids[3 0 R]>>",
                               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
    "cyclic tree": raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[2 0 R]>>"),
    "parent of itself": raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 5/Kids[3 0 R]>>",
                                "<</Type/Pages/Count 5/Kids[2 0 R 3 0 R]/Parent 3 0 R>>"),
    "huge page": one_page(box="0 0 200000 200000"),
    "two hundred and one pages": page_pdf(pages=201),
}  # fmt: skip

ACTIVE: dict[str, bytes] = {
    "script": one_page("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
    "launch": one_page("/OpenAction<</S/Launch/F(/bin/sh)>>"),
    "link": one_page(page="/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A<</S/URI/URI(http://x.example/)>>>>]"),
    "other file": one_page(page="/AA<</O<</S/GoToR/F(/etc/passwd)/D[0/Fit]>>>>"),
    "attachment": one_page("/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>]>>>>", "",
                           b"BT ET", "0 0 595.28 841.89", "<</Type/EmbeddedFile/Length 2>>stream\nMZ\nendstream"),
    "form": one_page("/AcroForm<</Fields[]/XFA 5 0 R>>", "", b"BT ET", "0 0 595.28 841.89",
                     "<</Length 3>>stream\nxfa\nendstream"),
}  # fmt: skip
