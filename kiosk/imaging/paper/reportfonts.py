"""The font book as one reportlab font: any text, any script, subset and embedded, found again by copy and search.

name = register(fonts.discover())            # once at start
style = ParagraphStyle("body", fontName=name, ...)
draw(canvas, 20, 250, "欧阳·䶮", 4.0)         # millimetres from the lower left corner
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc, pdfmetrics

from kiosk.imaging.pdf.fonts import FaceUse, FontBook, TextEncoder

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


class _Face:
    """What reportlab asks of a typeface."""

    builtIn = False  # noqa: N815 - reportlab's name

    def __init__(self, name: str, book: FontBook) -> None:
        first = book.faces[0]
        self.name = self.familyName = name
        self.ascent = first.ascent * 1000 // first.units_per_em
        self.descent = first.descent * 1000 // first.units_per_em
        self.bold = self.italic = 0


class BookFont:
    """A reportlab "dynamic font": its subsets are the faces of the book, its codes have two bytes."""

    _multiByte = 1  # noqa: N815 - these three are reportlab's protocol
    _dynamicFont = 1  # noqa: N815
    shapable = False
    encoding: ClassVar[None] = None
    substitutionFonts: ClassVar[list[Any]] = []  # noqa: N815

    def __init__(self, name: str, book: FontBook) -> None:
        self.fontName = name
        self.book = book
        self.face = _Face(name, book)
        self._encoders: WeakKeyDictionary[Any, TextEncoder] = WeakKeyDictionary()

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: N802 - reportlab's name
        """Width in the unit of `size`."""
        return self.book.width(text, size)

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802
        """Runs of (subset, codes)."""
        if doc not in self._encoders:
            self._encoders[doc] = TextEncoder(self.book)
            doc.fontMapping[self.fontName] = f"/{self.fontName}"
            doc.delayedFonts.append(self)
        return self._encoders[doc].encode(text)

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: N802
        """Resource name of one face."""
        return f"/{self.fontName}+{subset}"

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Called by reportlab when the document is saved."""
        fonts = doc.idToObject["BasicFonts"].dict
        for number, use in self._encoders.pop(doc).uses.items():
            name = f"{self.fontName}+{number}"
            fonts[name] = doc.Reference(_font(doc, name, use))


def _stream(doc: Any, content: bytes, entries: dict[str, Any]) -> Any:
    stream = pdfdoc.PDFStream(pdfdoc.PDFDictionary(entries), content)
    stream.filters = [pdfdoc.PDFZCompress]
    return doc.Reference(stream)


def _font(doc: Any, name: str, use: FaceUse) -> Any:
    pdf_name, face = pdfdoc.PDFName, use.face
    cff = face.cff is not None
    base = pdf_name("KIOSKA+" + name.replace("+", "-"))
    scale = 1000 / face.units_per_em
    program = _stream(doc, use.program(), {"Subtype": pdf_name("CIDFontType0C")} if cff else {})
    descriptor = pdfdoc.PDFDictionary({
        "Type": pdf_name("FontDescriptor"), "FontName": base, "Flags": 4, "ItalicAngle": 0, "StemV": 80,
        "FontBBox": pdfdoc.PDFArray([-1000, -1000, 3000, 2000]), "CapHeight": 733,
        "Ascent": round(face.ascent * scale), "Descent": round(face.descent * scale),
        "FontFile3" if cff else "FontFile2": program,
    })  # fmt: skip
    descendant = pdfdoc.PDFDictionary({
        "Type": pdf_name("Font"), "Subtype": pdf_name("CIDFontType0" if cff else "CIDFontType2"), "BaseFont": base,
        "CIDSystemInfo": pdfdoc.PDFDictionary({"Registry": pdfdoc.PDFString("Adobe"),
                                               "Ordering": pdfdoc.PDFString("Identity"), "Supplement": 0}),
        "FontDescriptor": doc.Reference(descriptor), "DW": 1000,
        "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray([round(width, 3) for width in use.widths])]),
    })  # fmt: skip
    if not cff:
        descendant.dict["CIDToGIDMap"] = pdf_name("Identity")
    return pdfdoc.PDFDictionary({
        "Type": pdf_name("Font"), "Subtype": pdf_name("Type0"), "BaseFont": base, "Encoding": pdf_name("Identity-H"),
        "DescendantFonts": pdfdoc.PDFArray([doc.Reference(descendant)]),
        "ToUnicode": _stream(doc, use.unicode_map(), {}),
    })  # fmt: skip


def register(regular: FontBook, bold: FontBook | None = None, name: str = "Kiosk") -> str:
    """Make the book known to reportlab, with `<b>` in paragraphs; returns the font name to use."""
    pdfmetrics.registerFont(BookFont(name, regular))
    if bold:
        pdfmetrics.registerFont(BookFont(f"{name}-Bold", bold))
    strong = f"{name}-Bold" if bold else name
    pdfmetrics.registerFontFamily(name, normal=name, bold=strong, italic=name, boldItalic=strong)
    return name


def draw(canvas: Canvas, x: float, y: float, text: str, size: float, font: str = "Kiosk") -> None:
    """Draw one line; position and size in millimetres."""
    canvas.setFont(font, size * mm)
    canvas.drawString(x * mm, y * mm, text)
