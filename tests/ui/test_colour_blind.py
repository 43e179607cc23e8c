"""Colour is never alone: simulated for who sees no red, no green, no blue, or no colour at all."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage

from tests.ui.test_form import OUTLINES, PAIRS, contrast, dress, theme
from ui.pictures.gallery import THEMES, Look, Stage
from ui.pictures.samples import states

__all__ = ["theme"]

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB; the last is CIE luminance alone.
EYES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "achromatopsia": [[0.2126, 0.7152, 0.0722]] * 3,
}
# Screens that differ in a state only; each pair must be told apart.
TOLD_APART = [
    ("attract", "attract+down"), ("scan", "scan-hint"), ("scan", "scan-good"), ("scan-typing", "scan-unknown"),
    ("confirm", "confirm-wrong"), ("list", "list+down"), ("film", "film-reason"), ("printing", "printing-waiting"),
    ("printing", "printing-film"), ("qr", "qr-uploading"), ("trouble", "trouble-locked"), ("list", "list-none"),
]  # fmt: skip
LOOK = Look("portrait", "light", "en", False)
NOTICED = 40  # pixels of the small window that differ by 3:1: a glyph has more


def linear(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB, 0 to 1, to linear light."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def seen(colours: NDArray[np.float64], eye: str) -> NDArray[np.float64]:
    """Linear light as that eye sees it."""
    return np.clip(linear(colours) @ np.array(EYES[eye]).T, 0, 1)


def luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG 2.2, of linear light."""
    return colours @ np.array([0.2126, 0.7152, 0.0722])


def as_seen(colour: QColor, eye: str) -> QColor:
    """One colour as that eye sees it."""
    light = seen(np.array(colour.getRgbF()[:3]), eye)
    coded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return QColor.fromRgbF(*(float(part) for part in np.clip(coded, 0, 1)))


def pixels(image: QImage) -> NDArray[np.float64]:
    """Height, width, RGB, 0 to 1."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3) / 255.0


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_words_and_edges_stand_out_for_every_eye(theme: QObject, name: str, eye: str) -> None:
    dress(theme, name)
    kinds = [(pair, 4.5) for pair in PAIRS] + [(pair, 3.0) for pair in OUTLINES]
    ratios = {pair: (contrast(*(as_seen(theme.property(one), eye) for one in pair)), least) for pair, least in kinds}
    dress(theme, "light")
    assert {pair: round(ratio, 2) for pair, (ratio, least) in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_states_are_told_apart_without_colour(light: Stage, one: str, other: str) -> None:
    """By a shape or a word: so many pixels are light in one and dark in the other, whoever looks."""
    whole = [pixels(light.picture(name, LOOK)) for name in (one, other)]
    changed = (whole[0] != whole[1]).any(axis=2)
    pictures = [picture[changed] for picture in whole]
    for eye in EYES:
        first, second = (luminance(seen(picture, eye)) + 0.05 for picture in pictures)
        differ = np.maximum(first, second) >= 3 * np.minimum(first, second)
        assert differ.sum() >= NOTICED, f"{eye}: {one} and {other} differ in {differ.sum()} pixels"


def test_no_tone_says_what_neither_icon_nor_word_says(light: Stage) -> None:
    """The same icon and word never come in two colours."""
    tones: dict[tuple[str, str], set[str]] = {}
    for name in states():
        light.show(name, LOOK)
        for chip in toned(light.bridge.view["body"]):
            tones.setdefault((str(chip["icon"]), str(chip["text"])), set()).add(str(chip["tone"]))
    assert len(tones) > 5 and {said: colours for said, colours in tones.items() if len(colours) > 1} == {}


def toned(value: object) -> list[dict[str, object]]:
    """All that has a tone, wherever it lies in a body."""
    if isinstance(value, dict):
        mine = [value] if {"tone", "icon", "text"} <= value.keys() else []
        return mine + [one for item in value.values() for one in toned(item)]
    return [one for item in value for one in toned(item)] if isinstance(value, list) else []
