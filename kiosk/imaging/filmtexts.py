"""The words on a film, by language, from `assets/protocols/texts`."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.protocols import assets_folder

_NUMBER = re.compile(r"\d+")


class FilmTexts:
    """Sentences by key; `said`: what decoding says in English, numbers as #, in this language."""

    def __init__(self, sentences: dict[str, str], said: dict[str, str]) -> None:
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


@lru_cache(maxsize=4)
def film_texts(language: str, folder: Path | None = None) -> FilmTexts:
    """The texts of a language (`en`, `zh`); KioskError CONFIG_INVALID where there is none."""
    path = (folder or assets_folder() / "protocols" / "texts") / f"{language}.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        said = {english: str(words) for english, words in table.pop("said", {}).items()}
        return FilmTexts({key: str(value) for key, value in table.items()}, said)
    except (OSError, ValueError, AttributeError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"film texts {language!r}: {error}") from error
