"""A third language, made of one file: what a hospital adds, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk.words import assets

OWN = {
    'name = "English"': 'name = "Deutsch"',
    'html = "en"': 'html = "de"',
    'order = "2"': 'order = "3"',
    'characters = "[A-Za-z]"': 'characters = "[äöüß]"',
    'male = "M"': 'male = "männlich"',
    'help = "Help"': 'help = "Hilfe"',
    'untitled = "Report"': 'untitled = "Befund"',
    'accession = "Accession"': 'accession = "Auftragsnummer"',
}


def add_german(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the assets hold `de.toml` too."""
    place = folder / "assets"
    shutil.copytree(assets(), place, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    words = (place / "translations" / "en.toml").read_text(encoding="utf-8")
    for english, german in OWN.items():
        assert english in words, english
        words = words.replace(english, german, 1)
    (place / "translations" / "de.toml").write_text(words, encoding="utf-8")
    monkeypatch.setenv("KIOSK_ASSETS", str(place))
