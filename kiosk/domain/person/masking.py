"""What may be shown of a person in a public room: first and last, stars between."""

from __future__ import annotations

import unicodedata

STAR = "*"
UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def graphemes(text: str) -> list[str]:
    """User-perceived characters: a base with its combining marks, joiners and variation selectors kept together."""
    clusters: list[str] = []
    joined = False
    for c in text:
        if clusters and (_extends(c) or joined or c == "\u200d"):
            clusters[-1] += c
        else:
            clusters.append(c)
        joined = c == "\u200d"
    return clusters


def _extends(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Me", "Mc") or 0xE0100 <= ord(c) <= 0xE01EF


def printable(text: str, limit: int = 64) -> str:
    """Foreign text made safe to draw: no control or direction characters, bounded length."""
    kept = (c for c in text[: limit * 8] if unicodedata.category(c) not in UNPRINTABLE or c == "\u200d")
    return "".join(graphemes("".join(kept))[:limit]).strip()


def mask_name(name: str) -> str:
    """张三丰 → 张*丰, 张三 → 张*, J*** S*** for Latin; minority names keep the first and last character."""
    clean = printable(name.replace("^", " "))
    if not clean:
        return STAR
    if any(_is_ideograph(c) for c in clean):
        return _mask_ideographic(clean.replace(" ", ""))
    return " ".join(graphemes(word)[0] + STAR * 3 for word in clean.split())


def _mask_ideographic(name: str) -> str:
    letters = graphemes(name)
    if len(letters) == 1:
        return letters[0]
    if len(letters) == 2:
        return letters[0] + STAR
    return letters[0] + STAR * (len(letters) - 2) + letters[-1]


def _is_ideograph(c: str) -> bool:
    return unicodedata.name(c, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")) or ord(c) >= 0x20000


def mask_id(number: str) -> str:
    """110***********002X: three first, four last."""
    return number[:3] + STAR * (len(number) - 7) + number[-4:] if len(number) > 7 else STAR * len(number)
