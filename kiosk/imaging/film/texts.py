"""The words on a film, by language: sections `on-film` and `on-film-said` of `assets/translations`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kiosk.words import sections

_NUMBER = re.compile(r"\d+")


class FilmTexts:
    """Sentences by key; `said`: what decoding says in English, numbers as #, in this language."""

    def __init__(self, sentences: Mapping[str, str], said: Mapping[str, str]) -> None:
        self.sentences, self._said = sentences, said

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values; KeyError for a key that no file has."""
        return self.sentences[key].format(**values)

    def reason(self, english: str) -> str:
        """A warning or reason of decoding in this language; in English where nobody has translated it."""
        found = self._said.get(_NUMBER.sub("#", english))
        if found is None:
            return english
        numbers = iter(_NUMBER.findall(english))
        return re.sub("#", lambda _: next(numbers, "#"), found)


def film_texts(language: str) -> FilmTexts:
    """The texts of a language; KioskError CONFIG_INVALID where there is none."""
    words = sections(language)
    return FilmTexts(words["on-film"], words.get("on-film-said", {}))
