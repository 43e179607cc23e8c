"""The phrases of a language's bank, and the clips they are kept in."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from kiosk.words import assets, sections

# In the order of their weight: a bank that was stopped half way holds what matters most.
SPOKEN = (
    "spoken", "confirm", "list", "common", "printing", "done", "help", "access", "scan", "hint", "place", "qr",
    "preview", "film", "reason", "state", "why", "closed", "attract", "trouble", "do", "fault", "cheaper", "when",
    "body", "modality", "collect", "notice-ask",
)  # fmt: skip
SILENT = ("attract.sub", "attract.sub-no-camera")  # another language's words
LENDERS = {"zh-Hant": "zh"}  # written otherwise, spoken alike: the bank of the one serves the other
NUMBERS = tuple(map(str, range(31)))


def phrases_of(language: str) -> list[str]:
    """Everything the screens may say in that language, cut where values are filled in; nothing of any person."""
    tree = sections(language)
    found = dict.fromkeys(NUMBERS)
    for section in SPOKEN:
        said = (template for key, template in tree[section].items() if f"{section}.{key}" not in SILENT)
        found |= dict.fromkeys(piece for template in said for piece in _pieces(template))
    return list(found)


def _pieces(template: str) -> Iterator[str]:
    parts = (part.strip() for part in re.split(r"\{[^}]*\}", template))
    return (part for part in parts if any(map(str.isalnum, part)))


def clip_name(text: str) -> str:
    """The file of a phrase."""
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest() + ".opus"


def clip_of(text: str, language: str) -> bytes | None:
    """The clip (Ogg Opus) of a phrase; None where the bank has none."""
    lender = LENDERS.get(language, "")
    said = (language, text), (lender, _lent(language, lender).get(text, text) if lender else "")
    for bank, words in said:
        with contextlib.suppress(OSError):
            return (assets() / "voices" / bank / clip_name(words)).read_bytes()
    return None


@lru_cache(4)
def _lent(language: str, lender: str) -> dict[str, str]:
    """What the lender says where this language says that: by their keys, where both are cut alike."""
    own, theirs = sections(language), sections(lender)
    pairs = ((own[s][key], theirs[s].get(key, "")) for s in SPOKEN for key in own[s])
    cut = ((list(_pieces(mine)), list(_pieces(other))) for mine, other in pairs)
    return dict(pair for mine, other in cut if len(mine) == len(other) for pair in zip(mine, other, strict=True))
