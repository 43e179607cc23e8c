"""Properties that hold maps and lists.

QML gets them by the names of Qt's own types: a Python dict would reach it wrapped, without its keys. PySide's
annotations know neither those names nor what such a property is when Python reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import Property, Signal


def map_property(read: Callable[[Any], dict[str, Any]], notify: Signal) -> dict[str, Any]:
    """A map for QML and for Python."""
    return cast("dict[str, Any]", Property(cast("type", "QVariantMap"), read, notify=notify))


def list_property(read: Callable[[Any], list[Any]], notify: Signal) -> list[Any]:
    """A list for QML and for Python."""
    return cast("list[Any]", Property(cast("type", "QVariantList"), read, notify=notify))
