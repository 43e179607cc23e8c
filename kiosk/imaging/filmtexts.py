"""The words on a film, by language, from `assets/protocols/texts`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.protocols import assets_folder


class FilmTexts:
    """Sentences by key."""

    def __init__(self, sentences: dict[str, str]) -> None:
        self.sentences = sentences

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values; KeyError for a key that no file has."""
        return self.sentences[key].format(**values)


@lru_cache(maxsize=4)
def film_texts(language: str, folder: Path | None = None) -> FilmTexts:
    """The texts of a language (`en`, `zh`); KioskError CONFIG_INVALID where there is none."""
    path = (folder or assets_folder() / "protocols" / "texts") / f"{language}.toml"
    try:
        return FilmTexts({key: str(value) for key, value in tomllib.loads(path.read_text("utf-8")).items()})
    except (OSError, ValueError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"film texts {language!r}: {error}") from error
