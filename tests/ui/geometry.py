"""What is on screen, told as rectangles: for finding what is cut off, lies over another or is too small to touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtQuick import QQuickItem, QQuickWindow

SLACK = 1.5


@dataclass(frozen=True)
class Shown:
    """One visible item: where it is in the window, and which part of that its clipping ancestors let through."""

    item: QQuickItem
    whole: QRectF
    seen: QRectF
    above: tuple[QQuickItem, ...]

    @property
    def name(self) -> str:
        """For messages."""
        text = self.item.property("text") if is_text(self.item) else self.item.property("label")
        return f"{self.item.objectName()} {text!r}"

    @property
    def whole_seen(self) -> bool:
        """False where a list scrolls it out of sight."""
        return self.seen.width() >= self.whole.width() - SLACK and self.seen.height() >= self.whole.height() - SLACK


def walk(item: QQuickItem, clip: QRectF, above: tuple[QQuickItem, ...] = ()) -> Iterator[Shown]:
    """All visible items below one, with something left after clipping."""
    for child in item.childItems():
        if not child.isVisible() or child.opacity() == 0:
            continue
        corner = child.mapToScene(QPointF(0, 0))
        end = child.mapToScene(QPointF(child.width(), child.height()))
        whole = QRectF(corner, end).normalized()
        seen = whole.intersected(clip)
        if not seen.isEmpty() and not whole.isEmpty():
            yield Shown(child, whole, seen, above)
        yield from walk(child, seen if child.clip() else clip, (*above, child))


def on_screen(window: QQuickWindow, below: QQuickItem | None = None) -> list[Shown]:
    """Everything visible in the window, or below one item of it."""
    return list(walk(below or window.contentItem(), QRectF(0, 0, window.width(), window.height())))


def is_text(item: QQuickItem) -> bool:
    """A text with something in it."""
    return item.inherits("QQuickText") and bool(item.property("text"))


def is_tap(item: QQuickItem) -> bool:
    """Something that can be touched (components/Tap.qml)."""
    return item.property("checkable") is not None and item.property("label") is not None


def in_scroll(shown: Shown) -> bool:
    """Inside a list that scrolls: may be cut where the list ends."""
    return any(a.inherits("QQuickFlickable") for a in shown.above)


def overlaps(a: QRectF, b: QRectF) -> bool:
    """More than a hair's breadth in common."""
    common = a.intersected(b)
    return common.width() > SLACK and common.height() > SLACK


def contains(a: QRectF, b: QRectF) -> bool:
    """b lies in a, but for a hair's breadth."""
    return a.adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(b)


def text_box(shown: Shown) -> QRectF:
    """Where the letters are, not the whole line's room."""
    item = shown.item
    wide, high = float(item.property("contentWidth")), float(item.property("contentHeight"))
    align = int(item.property("placed") or 1)
    room = shown.whole.width() - wide
    left = shown.whole.left() + (room if align == 2 else room / 2 if align == 4 else 0)
    return QRectF(left, shown.whole.top(), wide, high)
