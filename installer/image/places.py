"""Where a finger finds the buttons: the kiosk's own screens, drawn here without a display in the size of the machine's.

places.py FOLDER    prints JSON: screen → name of the button → [x, y] in pixels
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from guest import HEIGHT, WIDTH
from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem

from kiosk import sample
from ui.pictures.headless import Tour
from ui.window import application

PRESSED = ("clicked()", "tapped()")


def below(item: QQuickItem) -> Iterator[QQuickItem]:
    """Everything that is drawn."""
    for child in item.childItems():
        if child.isVisible() and child.width() > 0:
            yield child
            yield from below(child)


def buttons(tour: Tour) -> dict[str, list[float]]:
    """By what stands on them."""
    found = {}
    for item in below(tour.window.contentItem()):
        name = item.property("text") or item.property("label")
        if name and item.isEnabled() and any(item.metaObject().indexOfSignal(signal) >= 0 for signal in PRESSED):
            middle = item.mapToScene(QPointF(item.width() / 2, item.height() / 2))
            found[str(name)] = [middle.x(), middle.y()]
    return found


def main() -> int:
    """A visit, and the buttons of each of its screens."""
    qt = application()
    made = sample.prepare(Path(sys.argv[1]))
    tour = Tour(made, made.settings, Path(sys.argv[1]))
    tour.window.resize(WIDTH, HEIGHT)
    seen = {}
    try:
        tour.comes("attract")
        tour.still()
        seen["attract"] = buttons(tour)
        tour.hold("wang-ct")
        tour.comes("confirm")
        tour.hold(None)
        tour.still()
        seen["confirm"] = buttons(tour)
        tour.act("answer", tour.slips["wang-ct"].answer)
        tour.comes("list", lambda body: not body["loading"])
        tour.still()
        seen["list"] = buttons(tour)
    finally:
        tour.close()
    print(json.dumps(seen, ensure_ascii=False, indent=1))
    qt.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
