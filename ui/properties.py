"""Properties that hold maps and lists: QML reads them as JSON and parses them once a change.

Qt hands a QVariantMap to JavaScript as an object of its own that goes on looking into the property; kept in an item's
`var` it outlives the item (Qt 6.12), some eight kilobytes a screen. What JSON.parse has made is freed with the screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import Property, Signal


def json_property(read: Callable[[Any], Any], notify: Signal) -> str:
    """A string property: the JSON of plain values (maps, lists, text, numbers, truth, None)."""
    return cast("str", Property(str, lambda self: json.dumps(read(self), ensure_ascii=False), notify=notify))
