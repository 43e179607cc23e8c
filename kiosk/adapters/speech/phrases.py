"""The phrases of a language's bank, and the clips they are kept in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from kiosk.words import assets, sections

# In the order of their weight: a bank that was stopped half way holds what matters most.
SPOKEN = (
    "spoken", "confirm", "list", "common", "printing", "done", "help", "access", "scan", "hint", "place", "qr",
    "preview", "film", "reason", "state", "why", "closed", "attract", "trouble", "do", "fault", "cheaper", "when",
    "body", "modality",
)  # fmt: skip
NUMBERS = tuple(map(str, range(31)))


def phrases_of(language: str) -> list[str]:
    """Everything the screens may say in that language, cut where values are filled in; nothing of any person."""
    tree = sections(language)
    found = dict.fromkeys(NUMBERS)
    for section in SPOKEN:
        found |= dict.fromkeys(piece for template in tree[section].values() for piece in _pieces(template))
    return list(found)


def _pieces(template: str) -> Iterator[str]:
    parts = (part.strip() for part in re.split(r"\{[^}]*\}", template))
    return (part for part in parts if any(map(str.isalnum, part)))


def clip_name(text: str) -> str:
    """The file of a phrase."""
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest() + ".opus"


def clip_of(text: str, language: str) -> bytes | None:
    """The clip (Ogg Opus) of a phrase; None where the bank has none."""
    try:
        return (assets() / "voices" / language / clip_name(text)).read_bytes()
    except OSError:
        return None
