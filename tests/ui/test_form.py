"""The form's rules: contrast, tokens instead of literals, words from the translations, clean QML."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QColor
from PySide6.QtQml import QQmlComponent, QQmlEngine

from ui.pictures.gallery import THEMES
from ui.window import QML

SURFACES = ("background", "surface", "sunken")
PAIRS = [
    *itertools.product(("ink", "muted", "primary", "success", "warning", "danger"), SURFACES),
    ("primaryInk", "primary"), ("primaryInk", "primaryPressed"), ("deepInk", "deep"), ("deepInk", "deepPressed"),
    ("disabledInk", "disabled"), ("success", "successTint"), ("warning", "warningTint"), ("danger", "dangerTint"),
    ("muted", "mutedTint"), ("ink", "mutedTint"), ("ink", "primaryTint"), ("primary", "primaryTint"),
    ("paperInk", "paper"), ("codeInk", "paper"),
]  # fmt: skip
OUTLINES = [*itertools.product(("outline", "primary", "danger"), SURFACES), ("focus", "focusEdge"),
            ("frameIdle", "lens"), ("frameGood", "lens"), ("lens", "paper"), ("good", "paper")]  # fmt: skip
SCREENS = sorted([*(QML / "patient").glob("*.qml"), *(QML / "desk").glob("*.qml")])


@pytest.fixture(scope="module")
def theme(_qt: None) -> QObject:
    """The tokens."""
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    source = b'import QtQml; import "."; QtObject { property QtObject theme: Theme }'
    component.setData(source, QUrl.fromLocalFile(str(QML / "probe.qml")))
    holder = component.create()
    tokens = holder.property("theme")
    tokens._alive = (engine, component, holder)
    return tokens


def luminance(color: QColor) -> float:
    """WCAG 2.2 relative luminance."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: QColor, b: QColor) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=THEMES)
def themed(theme: QObject, request: pytest.FixtureRequest) -> Iterator[QObject]:
    """The tokens in one theme."""
    dress(theme, request.param)
    yield theme
    dress(theme, "light")


def dress(theme: QObject, name: str) -> None:
    """In that theme from now on."""
    for one in ("dark", "contrast"):
        theme.setProperty(one, one == name)


def test_a5_words_stand_out_from_what_they_are_written_on(themed: QObject) -> None:
    ratios = {pair: contrast(themed.property(pair[0]), themed.property(pair[1])) for pair in PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 7} == {}


def test_a5_what_can_be_touched_or_is_aimed_at_has_a_visible_edge(themed: QObject) -> None:
    ratios = {pair: contrast(themed.property(pair[0]), themed.property(pair[1])) for pair in OUTLINES}
    rings = {ground: max(contrast(themed.property(ring), themed.property(ground)) for ring in ("focus", "focusEdge"))
             for ground in (*SURFACES, "primary", "deep")}  # fmt: skip
    assert {pair: round(ratio, 2) for pair, ratio in (ratios | rings).items() if ratio < 3} == {}


@pytest.mark.parametrize("own", ["#08536F", "#7A1F3D", "#0000AA", "#004D00", "#333333", "#5B2A00"])
def test_a_hospitals_own_colour_carries_its_words_in_the_dark_too(theme: QObject, own: str) -> None:
    dress(theme, "dark")
    theme.setProperty("own", own)
    ratios = {pair: contrast(theme.property(pair[0]), theme.property(pair[1])) for pair in PAIRS if "primary" in pair}
    theme.setProperty("own", "")
    dress(theme, "light")
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 7} == {}


@pytest.mark.parametrize("file", SCREENS, ids=lambda file: file.stem)
def test_a_screen_has_no_colour_size_or_word_of_its_own(file: Path) -> None:
    source = re.sub(r"//[^\n]*", "", file.read_text(encoding="utf-8"))
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b", source)
    sizes = r"pixelSize: [\d.]+|(?:width|height|spacing|radius|Margin): [1-9]\d*(?:\.\d+)?$"
    assert not re.findall(sizes, source, re.MULTILINE)
    assert not re.findall(r"[\u3400-\u9fff]", source)
    assert not re.findall(r'(?:text|label|placeholder): "[^"]*[A-Za-z]', source)
    assert "RichText" not in source and "MarkdownText" not in source and "StyledText" not in source


def test_type_has_the_sizes_of_the_theme_on_drawn_paper_too() -> None:
    sized = [file.name for file in QML.rglob("*.qml") if re.search(r"pixelSize: *[\d.]", file.read_text("utf-8"))]
    assert sized == []


def test_the_qml_is_clean() -> None:
    lint = Path(PySide6.__file__).parent / "qmllint"
    files = [str(file) for file in QML.rglob("*.qml")]
    run = subprocess.run(
        [lint, "--ignore-settings", "-I", QML.parent, "-I", QML, *files], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout + run.stderr) == (0, "")
