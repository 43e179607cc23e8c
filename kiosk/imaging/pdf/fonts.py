"""Fonts: which face draws which character, how wide text is, and what a PDF must hold to show and return it.

Chinese, Korean and Japanese come from Noto Sans CJK, characters that it lacks from DejaVu Sans and HanaMin. A character
no face has is drawn as a box and reported by `FontBook.missing`; it is never dropped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import arabic_reshaper
from bidi import get_display

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.pdf.fontfile import FontFile
from kiosk.imaging.pdf.fontsubset import subset

_SIMPLIFIED_CHINESE = 2  # place of the SC face in Noto's collections
_NOTO_FOLDERS = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk", "/usr/share/fonts/google-noto-cjk",
                 "/usr/share/fonts/google-noto-sans-cjk-fonts")  # fmt: skip
_FALLBACKS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
              "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")  # fmt: skip
_BOXES = "□〓▯"
_INVISIBLE = frozenset((0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070),
                        *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glyph:
    """How one character is drawn: place of the face in the book, glyph number, advance in thousandths of the size."""

    face: int
    gid: int
    width: float
    missing: bool = False


class FontBook:
    """The faces of one weight in order of preference. Lives as long as the program; safe to share between threads."""

    def __init__(self, faces: Sequence[FontFile]) -> None:
        if not faces:
            raise KioskError(FaultCode.FONT_MISSING, "no font configured")
        self.faces = tuple(faces)
        self._glyphs: dict[str, Glyph] = {}
        self._box = self._find_box()

    def _find_box(self) -> Glyph:
        found = (self._look_up(char) for char in _BOXES)
        box = next((glyph for glyph in found if glyph), Glyph(0, 0, self.faces[0].advance(0)))
        return Glyph(box.face, box.gid, box.width, missing=True)

    def _look_up(self, char: str) -> Glyph | None:
        for number, face in enumerate(self.faces):
            if gid := face.gid(ord(char)):
                return Glyph(number, gid, face.advance(gid))
        return None

    def glyph(self, char: str) -> Glyph:
        """The glyph of one character, the box where no face has it."""
        known = self._glyphs.get(char)
        if known is None:
            known = self._glyphs[char] = self._look_up(char) or self._box
        return known

    def missing(self, text: str) -> frozenset[str]:
        """The characters of a text that only a box can stand for."""
        return frozenset(char for char in printable(text) if self.glyph(char).missing)

    def width(self, text: str, size: float) -> float:
        """Width of a text in the unit of `size`."""
        return sum(self.glyph(char).width for char in printable(text)) * size / 1000

    def runs(self, text: str) -> list[tuple[FontFile, str]]:
        """The text in drawing order, cut where the face changes."""
        grouped = groupby(printable(text), key=lambda char: self.glyph(char).face)
        return [(self.faces[number], "".join(chars)) for number, chars in grouped]

    def fitted(self, text: str, size: float, room: float) -> str:
        """The text, cut with an ellipsis where it is wider than `room`."""
        if self.width(text, size) <= room:
            return text
        kept, used = [], self.width("…", size)
        for char in text:
            used += self.width(char, size)
            if used > room:
                break
            kept.append(char)
        return "".join(kept).rstrip() + "…"


def printable(text: str) -> str:
    """Text as it can be drawn: composed, without control and invisible characters, right-to-left words turned round."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char
        for char in composed
        if ord(char) not in _INVISIBLE
    )
    return _visual_order(shown)


def _visual_order(text: str) -> str:
    """From left to right as it is drawn (Unicode Standard Annex #9), with the letters of Arabic script joined."""
    if not any(unicodedata.bidirectional(char) in ("R", "AL") for char in text):
        return text
    return str(get_display(arabic_reshaper.reshape(text)))


def discover(configured: Iterable[Path] = (), *, bold: bool = False) -> FontBook:
    """The book of this machine: configured files first, then where distributions put Noto Sans CJK and its helpers.

    Raises KioskError FONT_MISSING, naming the package, where no Chinese face is found.
    """
    faces = [FontFile(path, _collection_place(path)) for path in configured]
    name = f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    candidates = (Path(folder) / name for folder in _NOTO_FOLDERS)
    noto = next((path for path in candidates if path.is_file()), None)
    if noto:
        faces.append(FontFile(noto, _SIMPLIFIED_CHINESE))
    if not any(face.gid(ord("影")) for face in faces):
        raise KioskError(FaultCode.FONT_MISSING, "no Chinese font: install the package fonts-noto-cjk")
    faces += [FontFile(path) for text in _FALLBACKS if (path := Path(text)).is_file()]
    return FontBook(faces)


def _collection_place(path: Path) -> int:
    return _SIMPLIFIED_CHINESE if path.suffix.lower() == ".ttc" and "CJK" in path.name else 0


@dataclass
class FaceUse:
    """The characters of one face that a document uses. Code i of the PDF font is character i; code 0 is .notdef."""

    face: FontFile
    codes: dict[str, int] = field(default_factory=dict)
    gids: list[int] = field(default_factory=lambda: [0])
    widths: list[float] = field(default_factory=list)

    def code(self, char: str, glyph: Glyph) -> int:
        """The two-byte code of a character."""
        known = self.codes.get(char)
        if known is None:
            known = self.codes[char] = len(self.gids)
            self.gids.append(glyph.gid)
            self.widths.append(glyph.width)
        return known

    def program(self) -> bytes:
        """The embedded font file."""
        return subset(self.face, self.gids)

    def width_array(self) -> str:
        """The W entry of the CIDFont (ISO 32000-1, 9.7.4.3)."""
        return "[1 [" + " ".join(f"{width:.6g}" for width in self.widths) + "]]"

    def unicode_map(self) -> bytes:
        """The ToUnicode CMap (ISO 32000-1, 9.10.3), characters beyond the BMP as surrogate pairs."""
        pairs = [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, code in self.codes.items()]
        blocks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (_UNICODE_MAP_HEAD + body + _UNICODE_MAP_TAIL).encode("ascii")


_UNICODE_MAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_UNICODE_MAP_TAIL = "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"


class TextEncoder:
    """The fonts of one document: turns text into codes and remembers which glyphs must be embedded."""

    def __init__(self, book: FontBook) -> None:
        self.book = book
        self.uses: dict[int, FaceUse] = {}
        self.missing: set[str] = set()

    def encode(self, text: str) -> list[tuple[int, bytes]]:
        """Runs of (face, two-byte codes) in drawing order."""
        runs: list[tuple[int, bytearray]] = []
        for char in printable(text):
            glyph = self.book.glyph(char)
            if glyph.missing:
                self.missing.add(char)
            use = self.uses.get(glyph.face)
            if use is None:
                use = self.uses[glyph.face] = FaceUse(self.book.faces[glyph.face])
            if not runs or runs[-1][0] != glyph.face:
                runs.append((glyph.face, bytearray()))
            runs[-1][1].extend(use.code(char, glyph).to_bytes(2, "big"))
        return [(face, bytes(codes)) for face, codes in runs]
