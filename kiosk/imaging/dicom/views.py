"""What a projection is called: View Code Sequence, where View Position does not say it (PS3.3 C.8.11.7; PS3.16)."""

from __future__ import annotations

from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.charset import text
from kiosk.imaging.dicom.elements import Header

# Views of the breast (CID 4014) in SNOMED CT and in the older SNOMED RT codes that most files hold.
_VIEWS = {
    "ML": ("399260004", "R-10224"), "MLO": ("399368009", "R-10226"), "LM": ("399352003", "R-10228"),
    "LMO": ("399099002", "R-10230"), "CC": ("399162004", "R-10242"), "FB": ("399196006", "R-10244"),
    "SIO": ("399188001", "R-102D0"), "ISO": ("441555000", "R-40AAA"), "XCC": ("399265009", "R-102CF"),
    "XCCL": ("399192008", "R-1024A"), "XCCM": ("399101009", "R-1024B"), "SPECIMEN": ("127457009", "G-8310"),
}  # fmt: skip
_MODIFIERS = {
    "CV": ("399161006", "R-102D2"), "AT": ("399011000", "R-102D1"), "M": ("399163009", "R-102D6"),
    "S": ("399055006", "R-102D7"), "ID": ("399209000", "R-102D5"),
}  # fmt: skip
_BY_CODE = {code: name for names in (_VIEWS, _MODIFIERS) for name, codes in names.items() for code in codes}


def view_of(header: Header) -> str:
    """The view and its modifiers (magnification, spot compression…), "" where nobody says."""
    coded = header.item(a.VIEW_CODES)
    if coded is None:
        return text(header, a.VIEW_POSITION)
    view = _named(coded, header)
    if view not in _VIEWS:
        view = text(header, a.VIEW_POSITION) or view
    modifiers = (_BY_CODE.get(item.string(a.CODE_VALUE), "") for item in coded.items(a.VIEW_MODIFIERS))
    return " ".join(part for part in (view, *modifiers) if part)


def _named(item: Header, header: Header) -> str:
    return _BY_CODE.get(item.string(a.CODE_VALUE)) or text(item, a.CODE_MEANING, header)
