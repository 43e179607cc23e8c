"""The page people see while the kiosk is away: a few words on the whole screen, nothing to touch.

It is the compositor's own program and knows nothing of the kiosk, so that no fault of the kiosk can take it down.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QRasterWindow

TEXT = "自助机维护中\n请到服务台取报告\n\nThis kiosk is being looked after.\nPlease collect your report at the desk."
# What a machine without settings says instead (installer/image/files, kiosk-setup.service).
SETUP_PAGE = Path("/run/kiosk-setup/page")
LOOK_AGAIN_MS = 2000


def words() -> str:
    """What is to be read now."""
    with contextlib.suppress(FileNotFoundError):
        return SETUP_PAGE.read_text(encoding="utf-8").strip()
    return os.environ.get("MAINTENANCE_TEXT", "").replace("\\n", "\n") or TEXT


class Page(QRasterWindow):
    """Dark text on a light ground, in the middle."""

    def paintEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Draw the two sentences as large as the screen allows."""
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), self.height(), QColor("#f4f7f9"))
        font = QFont("Noto Sans CJK SC")
        font.setPixelSize(max(16, min(self.width(), self.height()) // 20))
        painter.setFont(font)
        painter.setPen(QColor("#10243a"))
        area = self.width() // 20, self.height() // 20, self.width() * 9 // 10, self.height() * 9 // 10
        painter.drawText(*area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words())
        painter.end()


def main() -> int:
    """Show the page until the display ends."""
    application = QGuiApplication(sys.argv[:1])
    page = Page()
    page.setCursor(Qt.CursorShape.BlankCursor)
    page.showFullScreen()
    timer = QTimer(page)
    timer.timeout.connect(page.update)
    timer.start(LOOK_AGAIN_MS)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
