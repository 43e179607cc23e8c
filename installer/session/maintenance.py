"""The page people see while the kiosk is away: two sentences on the whole screen, nothing to touch.

It is the compositor's own program and knows nothing of the kiosk, so that no fault of the kiosk can take it down.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QRasterWindow

TEXT = "自助机维护中\n请到服务台取报告\n\nThis kiosk is being looked after.\nPlease collect your report at the desk."


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
        text = os.environ.get("MAINTENANCE_TEXT", "").replace("\\n", "\n") or TEXT
        painter.drawText(0, 0, self.width(), self.height(), int(Qt.AlignmentFlag.AlignCenter), text)
        painter.end()


def main() -> int:
    """Show the page until the display ends."""
    application = QGuiApplication(sys.argv[:1])
    page = Page()
    page.setCursor(Qt.CursorShape.BlankCursor)
    page.showFullScreen()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
