"""Text of a data set in all character sets of PS3.3 C.12.1.1.2 and PS3.5 6.1, made safe to show.

Archives often hold Chinese names written in GBK with no character set declared, or a declared one that the bytes do not
fit. Bytes that are not valid in what is declared are tried in the fallbacks, strictly, in order; the last resort is
Latin-1, which never fails, so that something is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.imaging.dicom import attributes
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.elements import Header

FALLBACKS = ("utf-8", "gb18030")
NAME_LENGTH = 128
_SINGLE = {
    "6": "ascii", "100": "iso8859_1", "101": "iso8859_2", "109": "iso8859_3", "110": "iso8859_4", "144": "iso8859_5",
    "127": "iso8859_6", "126": "iso8859_7", "138": "iso8859_8", "148": "iso8859_9", "203": "iso8859_15",
    "13": "shift_jis", "166": "tis_620", "192": "utf-8", "87": "iso2022_jp", "159": "iso2022_jp_2", "149": "euc_kr",
    "58": "gb2312",
}  # fmt: skip
# Escape sequence -> (codec, prefix that puts the codec into the right state).
_ESCAPES: dict[bytes, tuple[str, bytes]] = {
    b"\x1b(B": ("ascii", b""),
    b"\x1b(J": ("shift_jis", b""),
    b"\x1b)I": ("shift_jis", b""),
    b"\x1b-A": ("iso8859_1", b""),
    b"\x1b-B": ("iso8859_2", b""),
    b"\x1b-C": ("iso8859_3", b""),
    b"\x1b-D": ("iso8859_4", b""),
    b"\x1b-L": ("iso8859_5", b""),
    b"\x1b-G": ("iso8859_6", b""),
    b"\x1b-F": ("iso8859_7", b""),
    b"\x1b-H": ("iso8859_8", b""),
    b"\x1b-M": ("iso8859_9", b""),
    b"\x1b-b": ("iso8859_15", b""),
    b"\x1b-T": ("tis_620", b""),
    b"\x1b$B": ("iso2022_jp", b"\x1b$B"),
    b"\x1b$(D": ("iso2022_jp_2", b"\x1b$(D"),
    b"\x1b$)C": ("euc_kr", b""),
    b"\x1b$)A": ("gb2312", b""),
}
_ESCAPE = re.compile(rb"(\x1b(?:\$[()][A-Z]|\$B|[()\-][A-Za-z]))")
_JOINERS = "\u200c\u200d"  # needed by Persian and the Indic scripts, harmless elsewhere
_IDEOGRAPHIC = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class PersonNameText:
    """The three representations of a name (PS3.5 6.2.1), components separated by `^`, safe to show, bounded."""

    alphabetic: str = ""
    ideographic: str = ""
    phonetic: str = ""

    @property
    def family(self) -> str:
        """Family name of the representation shown."""
        return self._components[0]

    @property
    def given(self) -> str:
        """Given and middle names of the representation shown."""
        return self._join(self._components[1:3])

    @property
    def text(self) -> str:
        """The name as people of that script write it: family name first, without a space in Han and Hangul."""
        prefix, suffix = self._components[3:4], self._components[4:5]
        return self._join([*prefix, self.family, self.given, *suffix])

    @property
    def _components(self) -> list[str]:
        best = next((group for group in (self.ideographic, self.alphabetic, self.phonetic) if group.strip("^ ")), "")
        return [component.strip() for component in best.split("^")]

    def _join(self, parts: Sequence[str]) -> str:
        kept = [part for part in parts if part]
        return ("" if all(_IDEOGRAPHIC.search(part) for part in kept) else " ").join(kept)


def encodings(header: Header) -> tuple[str, ...]:
    """Python codecs declared by Specific Character Set; an empty tuple where none, or none known, is declared."""
    terms = header.strings(attributes.CHARACTER_SET)
    return tuple(codec for codec in map(_codec, terms) if codec)


def _codec(term: str) -> str:
    name = term.upper().replace("_", " ").strip()
    if name in ("GB18030", "GBK", "GB2312"):
        return "gb18030"  # a superset of the other two
    number = re.search(r"IR ?(\d+)$", name)
    return _SINGLE.get(number[1], "") if number else ("ascii" if not name else "")


def decode(value: bytes, declared: Sequence[str], fallbacks: Sequence[str] = FALLBACKS) -> str:
    """The text of `value`."""
    attempts = [*declared[:1], "ascii"] if not declared else [declared[0]]
    if b"\x1b" in value:
        try:
            return _decode_escaped(value, declared)
        except (UnicodeDecodeError, LookupError):
            pass
    for codec in (*attempts, *fallbacks):
        try:
            return value.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("latin-1")


def _decode_escaped(value: bytes, declared: Sequence[str]) -> str:
    codec, prefix = (declared[0] if declared else "ascii"), b""
    if codec in ("iso2022_jp", "iso2022_jp_2"):
        codec = "ascii"
    text: list[str] = []
    for part in _ESCAPE.split(value):
        if part.startswith(b"\x1b"):
            codec, prefix = _ESCAPES.get(part, (codec, prefix))
        elif part:
            text.append((prefix + part).decode(codec))
    return "".join(text)


def safe(text: str, length: int) -> str:
    """Without control, bidirectional and unassigned characters, white space joined, at most `length` characters.

    Only whole grapheme clusters are kept at the cut: a combining mark never loses its base.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:length]
    kept = "".join(
        " " if char.isspace() else char
        for char in text[: 8 * length]
        if char.isspace() or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
    joined = " ".join(kept.split())
    while length and length < len(joined) and unicodedata.combining(joined[length]):
        length -= 1
    return joined[:length]


def text(header: Header, attribute: Attribute, parent: Header | None = None, length: int = 256) -> str:
    """A text attribute, decoded and safe to show."""
    declared = encodings(header) or (encodings(parent) if parent else ())
    return safe(decode(header.raw(attribute)[: 8 * length], declared), length)


def person_name(header: Header, attribute: Attribute = attributes.PATIENT_NAME) -> PersonNameText:
    """A person's name; of several the first."""
    declared = encodings(header)
    decoded = decode(header.raw(attribute)[: 16 * NAME_LENGTH], declared)
    if "iso2022_jp" not in declared and "\\" in decoded:
        decoded = decoded.split("\\")[0]
    groups = [safe(group, NAME_LENGTH).strip("^ ") for group in decoded.split("=")[:3]]
    return PersonNameText(*groups)
