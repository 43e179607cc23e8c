"""Makes the window from QML."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.words import assets
from ui import mailbox, memory, singletons
from ui.bridge import Bridge
from ui.drawings import SCHEME, Drawings

QML = Path(__file__).parent / "qml"


def prepare() -> None:
    """Before the application object: one render loop on the GUI thread, since an item here is painted in Python."""
    singletons.pin()
    memory.share_heaps()
    os.environ.setdefault("QSG_RENDER_LOOP", "basic")
    os.environ.setdefault("QT_QUICK_CONTROLS_STYLE", "Basic")


def application() -> QGuiApplication:
    """The one application object."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    prepare()
    made = QGuiApplication(["kiosk"])
    made.setApplicationName("Cloud Film Kiosk")
    return made


def open_window(
    bridge: Bridge, width: int, height: int, tray: bool = False
) -> tuple[QQmlApplicationEngine, QQuickWindow]:
    """The window, hidden still. Raises KioskError INTERNAL when the QML is broken."""
    engine = QQmlApplicationEngine()
    engine.addImportPath(str(QML))
    engine.addImageProvider(SCHEME, Drawings(assets() / "icons"))
    engine.addImageProvider(mailbox.SCHEME, mailbox.Pictures(lambda: bridge.camera_feed))
    engine.setInitialProperties({"bridge": bridge, "width": width, "height": height, "tray": tray})
    memory.Tidying(engine, bridge.visitOver)
    engine.load(QUrl.fromLocalFile(str(QML / "Main.qml")))
    window = next(iter(engine.rootObjects()), None)
    if not isinstance(window, QQuickWindow):
        raise KioskError(FaultCode.INTERNAL, "the screens cannot be loaded")
    return engine, window
