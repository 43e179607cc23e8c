"""The reports' words: English is what they are written in; other languages have a table."""

from __future__ import annotations

from kiosk.domain.figures.tables import Words
from kiosk.words import sections


def words_in(language: str) -> Words:
    """What a text of a report says in a language, with the screens' words of the trail."""
    own = sections(language)
    table = {**own["outcome"], **own["event"], **own["statistics"]} if "statistics" in own else {}
    return lambda text: table.get(text, text)
