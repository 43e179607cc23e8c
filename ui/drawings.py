"""Icons, the ring of time and the camera's beam as pictures for QML: drawn once a size and colour, then only copied."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen, QPolygonF
from PySide6.QtQuick import QQuickImageProvider
from PySide6.QtSvg import QSvgRenderer

SCHEME = "drawn"
LARGEST_PX = 2160
DEFAULT_PX = 64


class Drawings(QQuickImageProvider):
    """image://drawn/NAME?color=#rrggbb&weight=2, image://drawn/ring?…&left=0.5, image://drawn/beam?color=#aarrggbb."""

    def __init__(self, folder: Path) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._icons = {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.svg")}

    @property
    def names(self) -> set[str]:
        """The icons there are."""
        return set(self._icons)

    def requestImage(self, id_: str, size: QSize, wanted: QSize) -> QImage:  # noqa: N802 - Qt's name
        """Never fails: an unknown name gives an empty picture."""
        name, _, query = id_.partition("?")
        options = {key: values[-1] for key, values in parse_qs(query).items()}
        image = _blank(wanted)
        size.setWidth(image.width())
        size.setHeight(image.height())
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, name, options, QRectF(image.rect()))
        painter.end()
        return image

    def _draw(self, painter: QPainter, name: str, options: dict[str, str], area: QRectF) -> None:
        color = QColor(options.get("color", "#000000"))
        if name == "ring":
            _ring(painter, color, float(options.get("left", "1")), float(options.get("weight", "2")), area)
        elif name == "beam":
            _beam(painter, color, area)
        elif name in self._icons:
            weight = f'stroke-width="{float(options.get("weight", "2"))}"'
            drawing = self._icons[name].replace("currentColor", color.name()).replace('stroke-width="2"', weight)
            QSvgRenderer(QByteArray(drawing.encode())).render(painter, area)


def _blank(wanted: QSize) -> QImage:
    wide, high = (v if 0 < v <= LARGEST_PX else DEFAULT_PX for v in (wanted.width(), wanted.height()))
    image = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _ring(painter: QPainter, color: QColor, left: float, weight: float, area: QRectF) -> None:
    """What is left of the time, from twelve o'clock, over a fainter full circle."""
    inset = weight / 2 + 1
    circle = area.adjusted(inset, inset, -inset, -inset)
    faint = QColor(color)
    faint.setAlphaF(0.3)
    painter.setPen(QPen(faint, weight / 2))
    painter.drawEllipse(circle)
    painter.setPen(QPen(color, weight, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawArc(circle, 90 * 16, -round(min(1.0, max(0.0, left)) * 360 * 16))


def _beam(painter: QPainter, color: QColor, area: QRectF) -> None:
    """Light that widens downwards and fades."""
    fading = QLinearGradient(area.topLeft(), area.bottomLeft())
    end = QColor(color)
    end.setAlpha(0)
    fading.setColorAt(0, color)
    fading.setColorAt(1, end)
    wide = area.width()
    corners = [
        QPointF(wide * 0.41, 0),
        QPointF(wide * 0.59, 0),
        QPointF(wide, area.height()),
        QPointF(0, area.height()),
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fading)
    painter.drawPolygon(QPolygonF(corners))
