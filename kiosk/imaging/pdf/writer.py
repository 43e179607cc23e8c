"""Writing PDF (ISO 32000-1): pages of one lossless image each, with text and lines over it, written as they come.

Pages are appended to the file while later ones are still being composed; only fonts, page tree and cross-reference
table are kept for the end. The image's size in points is its pixels divided by its resolution, so that a millimetre on
the page is a millimetre on film; viewers are told not to scale (12.2, PrintScaling).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from kiosk.imaging.pdf.fonts import FaceUse, FontBook, TextEncoder

POINTS_PER_MM = 72 / 25.4
_STRIP_BYTES = 1 << 22
Pixels = NDArray[np.uint8]
Anchor = Literal["left", "middle", "right"]


class Deflater:
    """A zlib stream (RFC 1950) made of strips that are compressed independently, so that two cores can share it."""

    def __init__(self, pool: Executor | None = None) -> None:
        self._pool = pool
        self._check = 1

    def pieces(self, blocks: Iterable[Pixels]) -> Iterable[bytes]:
        """The compressed stream of C-contiguous blocks, in order; at most four strips are under way at a time."""
        yield b"\x78\x01"
        waiting: list[Future[tuple[bytes, int, int]] | tuple[bytes, int, int]] = []
        for block in blocks:
            for strip in _strips(block):
                waiting.append(self._pool.submit(_deflate, strip) if self._pool else _deflate(strip))
                if len(waiting) > 4:
                    yield self._take(waiting.pop(0))
        for strip_done in waiting:
            yield self._take(strip_done)
        yield b"\x03\x00" + self._check.to_bytes(4, "big")

    def _take(self, strip: Future[tuple[bytes, int, int]] | tuple[bytes, int, int]) -> bytes:
        data, check, size = strip.result() if isinstance(strip, Future) else strip
        self._check = combine_adler32(self._check, check, size)
        return data


def _strips(block: Pixels) -> Iterable[Pixels]:
    rows = max(1, _STRIP_BYTES // max(1, block[0].nbytes))
    return (block[start:start + rows] for start in range(0, len(block), rows))


def _deflate(strip: Pixels) -> tuple[bytes, int, int]:
    data = np.ascontiguousarray(strip)
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH), isal_zlib.adler32(data), data.nbytes


def combine_adler32(first: int, second: int, second_size: int) -> int:
    """Adler-32 of two parts joined, from theirs (RFC 1950, 8.2)."""
    base = 65521
    rest = second_size % base
    low1, high1, low2, high2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
    low = (low1 + low2 - 1) % base
    high = (high1 + high2 + rest * low1 - rest) % base
    return high << 16 | low


class Drawing:
    """Vector content of a page. Millimetres from the upper left corner, y downwards."""

    def __init__(self, height_mm: float, encoder: TextEncoder) -> None:
        self._height, self._encoder = height_mm, encoder
        self._parts: list[str] = []

    def _point(self, x: float, y: float) -> str:
        return f"{x * POINTS_PER_MM:.3f} {(self._height - y) * POINTS_PER_MM:.3f}"

    def text(self, x: float, y: float, text: str, size: float, *, anchor: Anchor = "left", grey: float = 1.0,
             halo: float = 0.0) -> None:
        """One line with its baseline at y; `halo`: width of the dark edge in millimetres, put under the letters."""
        if not text:
            return
        if anchor != "left":
            width = self._encoder.book.width(text, size)
            x -= width if anchor == "right" else width / 2
        place = self._point(x, y)
        shown = " ".join(
            f"/F{face} {size * POINTS_PER_MM:.3f} Tf <{codes.hex()}> Tj" for face, codes in self._encoder.encode(text)
        )
        if halo:
            edge = f"1 Tr {2 * halo * POINTS_PER_MM:.2f} w 1 j {1 - round(grey):d} G"
            self._parts.append(f"/Span <</ActualText ()>> BDC BT {edge} {place} Td {shown} ET EMC")
        self._parts.append(f"BT 0 Tr {grey:.3g} g {place} Td {shown} ET")

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """What is drawn inside shows only within this rectangle."""
        size = f"{width * POINTS_PER_MM:.3f} {height * POINTS_PER_MM:.3f}"
        self._parts.append(f"q {self._point(x, y + height)} {size} re W n")
        yield
        self._parts.append("Q")

    def rectangle(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """A filled rectangle whose upper left corner is (x, y)."""
        size = f"{width * POINTS_PER_MM:.3f} {height * POINTS_PER_MM:.3f}"
        self._parts.append(f"{grey:.3g} g {self._point(x, y + height)} {size} re f")

    def rectangles(self, boxes: Iterable[tuple[float, float, float, float]], grey: float) -> None:
        """Filled rectangles (x, y, width, height) in one path, so that no hairline shows between neighbours."""
        path = " ".join(
            f"{self._point(x, y + height)} {width * POINTS_PER_MM:.3f} {height * POINTS_PER_MM:.3f} re"
            for x, y, width, height in boxes
        )
        self._parts.append(f"{grey:.3g} g {path} f")

    def polygon(self, points: Sequence[tuple[float, float]], grey: float) -> None:
        """A filled polygon."""
        self._parts.append(f"{grey:.3g} g {self._path(points)} h f")

    def line(self, points: Sequence[tuple[float, float]], width: float, grey: float = 1.0, *, dashed: bool = False,
             closed: bool = False) -> None:
        """An open or closed line of the given width with butt ends."""
        dash = "[4 3] 0 d" if dashed else "[] 0 d"
        close = "h " if closed else ""
        self._parts.append(f"{dash} {width * POINTS_PER_MM:.3f} w 0 j {grey:.3g} G {self._path(points)} {close}S")

    def lines(self, segments: Iterable[Sequence[tuple[float, float]]], width: float, grey: float = 1.0) -> None:
        """Separate lines of one width in one path."""
        path = " ".join(self._path(points) for points in segments)
        self._parts.append(f"[] 0 d {width * POINTS_PER_MM:.3f} w {grey:.3g} G {path} S")

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self._point(x, y)} {'l' if i else 'm'}" for i, (x, y) in enumerate(points))

    def content(self) -> bytes:
        """The content stream."""
        return "\n".join(self._parts).encode("ascii")


@dataclass(frozen=True)
class PageImage:
    """The picture of a page: its size, whether it is RGB, and its rows from the top in blocks as they are ready.

    `bits` 16: grey of two bytes a pixel, the greater one first. `left_mm`, `top_mm`: where its corner is.
    """

    width: int
    height: int
    dpi: float
    colour: bool
    blocks: Iterable[Pixels]
    bits: int = 8
    left_mm: float = 0.0
    top_mm: float = 0.0


class PdfWriter:
    """A PDF under construction on a binary stream."""

    def __init__(self, stream: BinaryIO, book: FontBook, pool: Executor | None = None) -> None:
        self.encoder = TextEncoder(book)
        self._stream, self._pool = stream, pool
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        self._catalog, self._tree, self._fonts = 1, 2, 3
        self._next = 4
        self._position = 0
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._position += len(data)

    @property
    def pages(self) -> int:
        """Pages appended so far."""
        return len(self._pages)

    def _reserve(self) -> int:
        self._next += 1
        return self._next - 1

    def _begin(self, number: int) -> None:
        self._offsets[number] = self._position
        self._write(b"%d 0 obj\n" % number)

    def _object(self, body: str, number: int | None = None) -> int:
        number = number or self._reserve()
        self._begin(number)
        self._write(body.encode("latin-1") + b"\nendobj\n")
        return number

    def _compressed(self, data: bytes, entries: str = "") -> int:
        packed = zlib.compress(data)
        number = self._reserve()
        self._begin(number)
        self._write(f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode("ascii"))
        self._write(packed + b"\nendstream\nendobj\n")
        return number

    def _image(self, image: PageImage) -> int:
        number, length = self._reserve(), self._reserve()
        space = "DeviceRGB" if image.colour else "DeviceGray"
        self._begin(number)
        head = (f"<</Type/XObject/Subtype/Image/Width {image.width}/Height {image.height}/BitsPerComponent {image.bits}"
                f"/ColorSpace/{space}/Filter/FlateDecode/Length {length} 0 R>>stream\n")  # fmt: skip
        self._write(head.encode("ascii"))
        start = self._position
        for piece in Deflater(self._pool).pieces(image.blocks):
            self._write(piece)
        size = self._position - start
        self._write(b"\nendstream\nendobj\n")
        self._object(str(size), length)
        return number

    def page(
        self, width_mm: float, height_mm: float, draw: Callable[[Drawing], None], image: PageImage | None = None
    ) -> None:
        """Append a page. What of the image stands out at right or below is clipped.

        `draw` is called after the image has been made, so that it can write what was learned by making it.
        """
        wide, high = width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM
        picture, shown = "", b""
        if image:
            picture = f"/XObject<</I {self._image(image)} 0 R>>"
            across, down = image.width * 72 / image.dpi, image.height * 72 / image.dpi
            left, bottom = image.left_mm * POINTS_PER_MM, high - down - image.top_mm * POINTS_PER_MM
            shown = f"q {across:.4f} 0 0 {down:.4f} {left:.4f} {bottom:.4f} cm /I Do Q\n".encode("ascii")
        drawing = Drawing(height_mm, self.encoder)
        draw(drawing)
        content = self._compressed(shown + drawing.content())
        page = self._object(f"<</Type/Page/Parent {self._tree} 0 R/MediaBox[0 0 {wide:.4f} {high:.4f}]"
                            f"/Contents {content} 0 R/Resources<</Font {self._fonts} 0 R{picture}>>>>")  # fmt: skip
        self._pages.append(page)

    def _font(self, number: int, use: FaceUse) -> int:
        face, name = use.face, f"/KIOSK{chr(65 + number)}+Film{number}"
        cff = face.cff is not None
        program = self._compressed(use.program(), "/Subtype/CIDFontType0C" if cff else "")
        scale = 1000 / face.units_per_em
        descriptor = self._object(
            f"<</Type/FontDescriptor/FontName{name}/Flags 4/FontBBox[-1000 -1000 3000 2000]/ItalicAngle 0"
            f"/Ascent {face.ascent * scale:.0f}/Descent {face.descent * scale:.0f}/CapHeight 733/StemV 80"
            f"/FontFile{'3' if cff else '2'} {program} 0 R>>"
        )
        kind = "CIDFontType0" if cff else "CIDFontType2/CIDToGIDMap/Identity"
        descendant = self._object(
            f"<</Type/Font/Subtype/{kind}/BaseFont{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W{use.width_array()}>>"
        )
        return self._object(f"<</Type/Font/Subtype/Type0/BaseFont{name}/Encoding/Identity-H"
                            f"/DescendantFonts[{descendant} 0 R]"
                            f"/ToUnicode {self._compressed(use.unicode_map())} 0 R>>")  # fmt: skip

    def close(self) -> None:
        """Write fonts, page tree and cross-reference table; the stream stays open."""
        fonts = {number: self._font(number, use) for number, use in sorted(self.encoder.uses.items())}
        self._object("<<" + "".join(f"/F{number} {font} 0 R" for number, font in fonts.items()) + ">>", self._fonts)
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>", self._tree)
        catalog = f"<</Type/Catalog/Pages {self._tree} 0 R/ViewerPreferences<</PrintScaling/None>>>>"
        self._object(catalog, self._catalog)
        start = self._position
        rows = b"".join(b"%010d 00000 n \n" % self._offsets[number] for number in range(1, self._next))
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % self._next + rows)
        self._write(b"trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (self._next, self._catalog, start))
