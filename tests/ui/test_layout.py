"""Nothing is cut, nothing lies over another, everything can be hit: every screen in every form."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QTextLayout, QTextOption
from PySide6.QtQuick import QQuickItem

from tests.ui import geometry as geo
from ui.pictures.gallery import OVER, Look, Stage, looks
from ui.pictures.samples import states

NAMES = (*states(), *OVER)
FIRST = ("zh", "en")
# Of the other languages large type tells most.
LIGHT = [look for look in looks() if look.theme == "light" and (look.language in FIRST or look.large)]
TURNED = ("zh", "ar")
LOW = [Look("portrait", "light", "zh", False), Look("landscape", "light", "en", True)]
ORIENTATIONS = ("portrait", "landscape")
SHORTENED = ("details", "placeholder")
TOUCH, ROW = 9, 6


def complaints(stage: Stage, name: str, look: Look) -> list[str]:
    """What is wrong with one screen in one form."""
    window = stage.show(name, look)
    over = window.findChild(QQuickItem, "overlay")
    things = geo.on_screen(window, over)
    unit = min(window.width(), window.height()) / 100
    texts, taps = [t for t in things if geo.is_text(t.item)], [t for t in things if geo.is_tap(t.item)]
    boxes = [t for t in things if t.item.objectName() == "answer-box"]
    found = [*cut(texts, window.width(), window.height()), *small(taps, unit), *lying_over(texts, taps)]
    found += [f"{t.name} lies over an answer box" for box in boxes for t in taps if geo.overlaps(box.seen, t.seen)]
    return [f"{name} {look.name}: {problem}" for problem in found]


def cut(texts: list[geo.Shown], width: int, height: int) -> list[str]:
    """Texts shortened, wider than their room, or outside the window."""
    found = []
    for shown in texts:
        box = geo.text_box(shown)
        if shown.item.property("truncated") and shown.item.objectName() not in SHORTENED:
            found.append(f"shortened: {shown.name}")
        if box.width() > shown.whole.width() + geo.SLACK:
            found.append(f"wider than its room: {shown.name}")
        if not geo.in_scroll(shown) and (box.left() < -geo.SLACK or box.right() > width + geo.SLACK):
            found.append(f"beside the window: {shown.name}")
        if not geo.in_scroll(shown) and not (shown.whole_seen and box.bottom() <= height + geo.SLACK):
            found.append(f"cut off: {shown.name}")
        holder = next((a for a in reversed(shown.above) if geo.is_tap(a)), None)
        if holder and not geo.contains(holder.mapRectToScene(holder.boundingRect()), box):
            found.append(f"sticks out of its button: {shown.name}")
    return found


def small(taps: list[geo.Shown], unit: float) -> list[str]:
    """Touch targets under nine units; a row of the log may be lower: its neighbour opens as harmlessly."""
    return [
        f"too small to touch: {t.name} {t.whole.width() / unit:.1f} x {t.whole.height() / unit:.1f}"
        for t in taps
        if t.whole.height() < (ROW if t.item.objectName() == "log-row" else TOUCH) * unit - geo.SLACK
        or t.whole.width() < (TOUCH - 1) * unit - geo.SLACK
    ]


def lying_over(texts: list[geo.Shown], taps: list[geo.Shown]) -> list[str]:
    """Two buttons, two texts, or a text and a foreign button in one place."""
    found = []
    for a, b in itertools.combinations(taps, 2):
        if geo.overlaps(a.seen, b.seen) and not (geo.contains(a.whole, b.whole) or geo.contains(b.whole, a.whole)):
            found.append(f"{a.name} and {b.name} overlap")
    for a, b in itertools.combinations(texts, 2):
        if geo.overlaps(geo.text_box(a).intersected(a.seen), geo.text_box(b).intersected(b.seen)):
            found.append(f"{a.name} and {b.name} overlap")
    for text, tap in itertools.product(texts, taps):
        box = geo.text_box(text).intersected(text.seen)
        if tap.item not in text.above and geo.overlaps(box, tap.seen) and not geo.contains(tap.seen, box):
            found.append(f"{text.name} lies half under {tap.name}")
    return found


@pytest.mark.parametrize("look", LIGHT, ids=lambda look: look.name)
def test_every_screen_fits(light: Stage, look: Look) -> None:
    problems = [p for name in NAMES for p in complaints(light, name, look)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("language", TURNED)
@pytest.mark.parametrize("large", (False, True), ids=("normal", "large"))
@pytest.mark.parametrize("first", ORIENTATIONS)
def test_case_100_every_screen_fits_when_the_window_turns(light: Stage, first: str, large: bool, language: str) -> None:
    other = next(o for o in ORIENTATIONS if o != first)
    problems = []
    for name in NAMES:
        for turned in (first, other, first):
            problems += complaints(light, name, Look(turned, "light", language, large))
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("look", LOW, ids=lambda look: look.name)
def test_every_screen_fits_in_low_reach(low_reach: Stage, look: Look) -> None:
    problems = [p for name in NAMES if not name.startswith("staff") for p in complaints(low_reach, name, look)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("look", LOW, ids=lambda look: look.name)
def test_low_reach_keeps_every_control_in_the_lower_half(low_reach: Stage, look: Look) -> None:
    high = []
    for name in NAMES:
        if name.startswith("staff"):
            continue
        window = low_reach.show(name, look)
        high += [
            f"{name}: {t.name} at {t.seen.top() / window.height():.2f}"
            for t in geo.on_screen(window)
            if geo.is_tap(t.item) and t.seen.top() < window.height() / 2 - geo.SLACK
        ]
    assert not high, "\n" + "\n".join(high)


@pytest.mark.parametrize("look", LOW, ids=lambda look: look.name)
@pytest.mark.parametrize("name", ["trouble+help", "trouble+coming", "helping+help"])
def test_low_reach_never_hides_the_number_of_a_call(low_reach: Stage, name: str, look: Look) -> None:
    shown = [t for t in geo.on_screen(low_reach.show(name, look)) if t.item.objectName() == "call-code"]
    assert [t.item.property("text") for t in shown if t.whole_seen] == ["4821"]


def test_the_high_contrast_theme_has_the_same_geometry(light: Stage, contrast: Stage) -> None:
    look = Look("portrait", "contrast", "zh", False)

    def places(stage: Stage, name: str) -> list[tuple[str, float, float]]:
        things = geo.on_screen(stage.show(name, look))
        return [(t.name, round(t.whole.x()), round(t.whole.y())) for t in things if geo.is_tap(t.item)]

    for name in ("attract", "confirm", "list", "qr", "trouble"):
        assert places(contrast, name) == places(light, name)


@pytest.mark.parametrize("name", sorted(states()))
def test_no_line_of_a_headline_is_a_lone_character(light: Stage, name: str) -> None:
    for look in LIGHT:
        if look.language != "zh":
            continue
        window = light.show(name, look)
        headline = window.findChild(QQuickItem, "headline")
        if headline is None:
            continue
        text = next(t for t in geo.on_screen(window, headline) if geo.is_text(t.item)).item
        shortest = min(len(line) for line in lines_of(text))
        assert shortest >= 2, (look.name, lines_of(text))


@pytest.mark.parametrize("look", [look for look in LIGHT if look.language == "en"], ids=lambda look: look.name)
def test_no_english_word_is_broken_inside(light: Stage, look: Look) -> None:
    broken = []
    for name in NAMES:
        texts = (t.item for t in geo.on_screen(light.show(name, look)) if geo.is_text(t.item))
        broken += [f"{name}: {lines}" for lines in map(lines_of, texts) if breaks_a_word(lines)]
    assert not broken, "\n" + "\n".join(broken)


def breaks_a_word(lines: list[str]) -> bool:
    """A line ends with a letter and the next begins with one."""
    return any(a[-1:].isascii() and a[-1:].isalpha() and b[:1].isalpha() for a, b in itertools.pairwise(lines))


def lines_of(text: QQuickItem) -> list[str]:
    """As Qt breaks them."""
    lines = []
    for part in str(text.property("text")).split("\n"):
        layout = QTextLayout(part, text.property("font"))
        option = layout.textOption()
        option.setWrapMode(QTextOption.WrapMode(text.property("wrapped") or 0))
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(text.width() + 0.5)
            lines.append(part[line.textStart() : line.textStart() + line.textLength()])
        layout.endLayout()
    return lines
