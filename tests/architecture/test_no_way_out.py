"""Cases 97 and 92 of faults.md, as far as the source can say it: what nobody imports or writes cannot be opened.

97: no dialog, no link, no rich text and no menu leads from the kiosk's screen to anything else on the machine.
92: the portal speaks to its stores only; nothing a client sends can become an address it asks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import ROOT, Module, modules

QT_DOORS = {"QtWidgets", "QtPrintSupport", "QtWebEngineQuick", "QDesktopServices", "QProcess", "QFileDialog"}
QML_DOORS = (
    r"^import\s+QtQuick\.(Dialogs|Controls)\b", r"^import\s+Qt(WebEngine|WebView|\.labs\.platform)\b",
    r"openUrlExternally", r"onLinkActivated", r"openExternalLinks", r"\bDropArea\b", r"\bMenu\s*\{",
    r"selectByMouse:\s*true", r"textFormat:\s*(?!Text\.PlainText)", r"^\s*Text\s*\{",
)  # fmt: skip
ASKING = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "smtplib", "socket"}
WORDS = "Label.qml"
QML = sorted((ROOT / "ui" / "qml").rglob("*.qml"))
SCREENS = [module for module in modules() if module.path.startswith("ui/")]
PORTAL = [module for module in modules() if module.path.startswith(("kiosk/cloud/portal/", "kiosk/web/"))]


def test_case_97_no_module_of_the_screens_has_a_door() -> None:
    parts = {module.path: {part for name in imported(module) for part in name.split(".")} for module in SCREENS}
    assert {path: found & QT_DOORS for path, found in parts.items() if found & QT_DOORS} == {}


def test_case_97_no_screen_has_a_door() -> None:
    assert {file.name: found for file in QML if (found := doors(file.name, file.read_text(encoding="utf-8")))} == {}
    assert "textFormat: Text.PlainText" in (ROOT / "ui/qml/components" / WORDS).read_text(encoding="utf-8")


def test_case_92_the_portal_asks_nobody_else() -> None:
    asking = {module.path: found for module in PORTAL if (found := asks(module))}
    assert asking == {}


def test_the_rules_find_what_they_look_for() -> None:
    """A search that matches nothing would be green for ever."""
    assert "PySide6.QtWidgets.QFileDialog" in set(imported(Module("x", "from PySide6.QtWidgets import QFileDialog")))
    assert asks(Module("x", "import urllib.request")) and asks(Module("x", "from requests import get"))
    assert not asks(Module("x", "from starlette.requests import Request"))
    for line in ("textFormat: Text.RichText", "Text {", "import QtQuick.Dialogs", "selectByMouse: true"):
        assert doors("Any.qml", f"Column {{\n{line}\n}}"), line
    assert len(QML) > 40 < len(PORTAL) + len(SCREENS)


def doors(name: str, text: str) -> list[str]:
    """What of a screen's source leads out of it; the one file that draws words may do that."""
    rules = (rule for rule in QML_DOORS if name != WORDS or "Text" not in rule)
    return [rule for rule in rules if re.search(rule, text, re.MULTILINE)]


def asks(module: Module) -> set[str]:
    """What of a module could ask another machine."""
    return {name for name in imported(module) for client in ASKING if f"{name}.".startswith(f"{client}.")}


def imported(module: Module) -> Iterator[str]:
    """Dotted names of modules, and of what is taken from them."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
