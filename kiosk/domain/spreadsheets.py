"""CSV that a spreadsheet program opens without running anything (OWASP, "CSV injection")."""

from __future__ import annotations

BOM = "\ufeff"  # without it spreadsheet programs take UTF-8 for the system's old encoding
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text, with an apostrophe before what would be taken for a formula: cells hold what strangers have typed."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text
