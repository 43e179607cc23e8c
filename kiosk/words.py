"""Languages are whatever lies in `assets/translations`, one file each: screens, film, paper, messages, figures.

Everything that speaks reads its words here; nothing in the code names a language. Standard library only, because the
confined workers read the words of a sheet too.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

# What the code itself writes: logs, reasons of decoding, the command line, formulas.
SOURCE = "en"
Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Language:
    """One language: its file's name, its own name, BCP 47 tag, `ltr` or `rtl`, a class of its characters, its font."""

    tag: str
    name: str
    html: str
    direction: str
    order: int
    characters: re.Pattern[str]
    font: str

    @property
    def spaces_figures(self) -> bool:
        """Chinese sets a space between ideographs and a figure or Latin letter: 请到 3 号窗口."""
        return self.html.startswith("zh")


def assets() -> Path:
    """The folder with translations, film protocols, sounds and the sample hospital's script."""
    return _folder(os.environ.get("KIOSK_ASSETS", ""))


@lru_cache(maxsize=8)
def _folder(given: str) -> Path:
    return Path(given or Path(__file__).resolve().parent.parent / "assets")


def languages() -> tuple[Language, ...]:
    """All languages, in the order in which they are offered. Raises KioskError CONFIG_INVALID where there is none."""
    return _languages(assets())


def language_named(tag: str) -> Language:
    """The language of a tag; KioskError CONFIG_INVALID names the known ones."""
    for language in languages():
        if language.tag == tag:
            return language
    raise KioskError(FaultCode.CONFIG_INVALID, f"no language {tag!r}; known: {', '.join(tags())}")


def tags() -> tuple[str, ...]:
    """The tags of all languages."""
    return tuple(language.tag for language in languages())


def sections(tag: str) -> Sections:
    """All words of a language, by section and key."""
    return _sections(assets(), tag)


def language_of(texts: list[str]) -> str:
    """The language that a foreign text is written in: the first whose characters it holds, else the source's."""
    return next((one.tag for one in languages() if any(map(one.characters.search, texts))), SOURCE)


@lru_cache(maxsize=64)
def _sections(folder: Path, tag: str) -> Sections:
    return _read(folder / "translations" / f"{language_named(tag).tag}.toml")


@lru_cache(maxsize=8)
def _languages(place: Path) -> tuple[Language, ...]:
    folder = place / "translations"
    found = [_language(path) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise KioskError(FaultCode.CONFIG_INVALID, f"no languages in {folder}")
    return tuple(sorted(found, key=lambda language: (language.order, language.tag)))


def _language(path: Path) -> Language:
    told = _read(path).get("language", {})
    try:
        characters = re.compile(told["characters"])
        name, html, direction, font = (told[key] for key in ("name", "html", "direction", "font"))
        return Language(path.stem, name, html, direction, int(told["order"]), characters, font)
    except (KeyError, ValueError, re.error) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path.name}: [language] {error}") from error


@lru_cache(maxsize=16)
def _read(path: Path) -> Sections:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path.name}: {error}") from error
