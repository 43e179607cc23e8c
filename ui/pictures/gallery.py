"""Pictures of every screen: python -m ui.pictures.gallery --out DIR [--only NAME] [--quick].

In both orientations, every language, normal and large type and every theme; from sample states through the real view
models, in one process, without a display.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QRect, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtQuick import QQuickItem, QQuickWindow

from kiosk.config import ScreenSettings, Settings
from kiosk.domain.calls import HelpCall
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.session import events as on
from kiosk.session.facts import Facts, Policy
from kiosk.session.limits import limit_of
from kiosk.session.screens.bodies import present
from kiosk.session.screens.help_words import card
from kiosk.session.screens.texts import Texts, all_texts
from kiosk.session.screens.view import Preferences, Surroundings, View, Wishes, preferences_of
from kiosk.session.states import State
from kiosk.words import tags
from ui import guards
from ui.bridge import Bridge
from ui.mailbox import CameraFeed
from ui.pictures import samples
from ui.tray import Tray
from ui.window import application, open_window

SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080)}
THEMES = ("light", "dark", "contrast")
LETTERS = "/\\%*#& "  # of a hospital whose numbers hold them


class StillEngine:
    """Shows one sample state; keeps what it is told."""

    def __init__(self, texts: dict[str, Texts], home: Preferences, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.preferences = home
        self.state: State = samples.states()["attract"]
        self.warning = False
        self.call: HelpCall | None = None
        self.facts = Facts(policy=Policy())
        self.told: list[on.Event] = []
        self._texts = texts

    @property
    def texts(self) -> Texts:
        """The words of the chosen language."""
        return self._texts[self.preferences.language]

    def show(self, state: State, language: str, large: bool) -> None:
        """Another state, language and type size."""
        self.state, self.preferences = state, replace(self.preferences, language=language, large=large)
        self._on_change()

    def view(self) -> View:
        """Through the real view models."""
        simple = self.preferences.simple
        view = present(self.state, Surroundings(self.facts, self.texts, samples.NOW, self.call, simple))
        told = None if view.screen == "trouble" else card(self.call, self.texts)
        return replace(view, help=told, limit_s=limit_of(self.state, self.facts.policy, self.preferences.pace) or 0.0)

    def handle(self, event: on.Event) -> None:
        """Kept only."""
        self.told.append(event)

    def choose(self, **wanted: Unpack[Wishes]) -> None:
        """As the engine does."""
        self.preferences = replace(self.preferences, **wanted)
        self._on_change()

    def dismiss_help(self) -> None:
        """As the engine does."""
        self.call = None
        self._on_change()


class StillMailbox:
    """One picture of a slip, as a camera would see it."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self.generation = 1
        self._picture = picture

    def latest(self) -> NDArray[np.uint8] | None:
        """Always the same."""
        return self._picture

    def watched(self, on: bool) -> None:
        """The same, watched or not."""


@dataclass(frozen=True)
class Look:
    """One combination of form."""

    orientation: str
    theme: str
    language: str
    large: bool

    @property
    def name(self) -> str:
        """For file names."""
        return "-".join((self.orientation, self.theme, self.language, *(("large",) if self.large else ())))


def looks(quick: bool = False) -> Iterator[Look]:
    """All of them, or the six that tell most."""
    if quick:
        yield from (Look("portrait", "light", "zh", False), Look("landscape", "light", "zh", False),
                    Look("portrait", "light", "en", True), Look("landscape", "contrast", "en", True),
                    Look("portrait", "dark", "en", False), Look("landscape", "dark", "zh", False))  # fmt: skip
        return
    for parts in itertools.product(SIZES, THEMES, tags(), (False, True)):
        yield Look(*parts)


class Stage:
    """One window in one theme, to be shown in all looks of it."""

    def __init__(
        self,
        theme: str,
        pages: tuple[str, ...] = (),
        sizes: Mapping[str, tuple[int, int]] = SIZES,
        tray: Tray | None = None,
        **screens: object,
    ) -> None:
        wanted = {"theme": theme, "reduce_motion": True, "debounce_ms": 0, **screens}
        settings = Settings(screens=ScreenSettings.model_validate(wanted))
        self._sizes = sizes
        texts = all_texts(settings.hospital.desk_in)
        self.engine = StillEngine(texts, preferences_of(settings.screens), lambda: self.bridge.refresh())
        self.bridge = Bridge(settings, self.engine.view(), texts[settings.screens.language])
        self.bridge.equip(CameraFeed(StillMailbox(camera_picture()), self.bridge), tray)
        self.bridge.attach(self.engine, lambda text: samples.CLAIM if text else None)
        self._qml, self.window = open_window(self.bridge, *sizes["portrait"], tray is not None)
        self.window.show()
        self.states = samples.states(pages)

    def show(self, name: str, look: Look) -> QQuickWindow:
        """One screen in one look. `+warning`, `+help` … at the name's end show what may lie over it or be different."""
        width, height = self._sizes[look.orientation]
        if (self.window.width(), self.window.height()) != (width, height):
            self.window.resize(width, height)
        base, _, over = name.partition("+")
        engine = self.engine
        engine.warning, engine.call = over == "warning", CALLS.get(over)
        engine.choose(simple=over == "simple")
        down = Health(report_printer=FaultCode.MEDIA_EMPTY, camera=FaultCode.CAMERA_MISSING)
        letters = LETTERS if over == "letters" else ""
        engine.facts = Facts(down if over == "down" else Health(), Policy(letters=letters, notices=over == "notice"))
        engine.show(self.states[base], look.language, look.large)
        kiosk = self.window.findChild(QQuickItem, "kiosk")
        assert kiosk is not None  # noqa: S101 - for the type checker
        kiosk.setProperty("choosing", PANELS.get(over, ""))
        self._settle()
        while self._loading():
            application().processEvents()
        return self.window

    def _settle(self) -> None:
        """What has left is gone, and everything is in its place."""
        application().processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        for _ in range(2):
            self.window.grabWindow()
            application().processEvents()

    def _loading(self) -> bool:
        paper = self.window.findChild(QQuickItem, "paper-pages")
        return bool(paper and paper.property("loading"))

    def picture(self, name: str, look: Look) -> QImage:
        """As it is painted."""
        return self.show(name, look).grabWindow()

    def close(self) -> None:
        """Let go of the window."""
        self.window.close()
        shiboken6.delete(self._qml)


REPORT_LINES = (
    "姓名：张*丰    检查号：CT2026110042",
    "检查部位：胸部 CT 平扫",
    "",
    "影像所见：",
    "两肺纹理清晰，走行自然，未见明显实变影。",
    "气管及主要支气管通畅，纵隔未见肿大淋巴结。",
    "心影不大，双侧胸腔未见积液。",
    "",
    "诊断意见：",
    "两肺未见明显异常。",
)
CALLS = {"help": samples.CALL, "coming": samples.COMING, "unreached": samples.UNREACHED}
PANELS = {"access": "access", "languages": "choose-language"}
OVER = ("list+warning", "list+help", "list+coming", "list+unreached", "attract+down", "list+down", "scan+down",
        "trouble+help", "trouble+coming", "helping+help", "helping+coming", "helping+unreached",
        "scan-typing+letters", "list+simple", "list+notice", "confirm+simple", "attract+access",
        "attract+languages")  # fmt: skip


def camera_picture() -> NDArray[np.uint8]:
    """A slip in a hand's shadow, drawn: 1280 by 720, BGR."""
    image = QImage(1280, 720, QImage.Format.Format_BGR888)
    image.fill(QColor(78, 84, 92))
    pen = QPainter(image)
    pen.translate(640, 360)
    pen.rotate(-3)
    pen.fillRect(QRectF(-330, -220, 660, 440), QColor(238, 238, 234))
    pen.setPen(QColor(40, 40, 44))
    pen.setFont(QFont("Noto Sans CJK SC", 28))
    pen.drawText(QRectF(-300, -205, 600, 60), Qt.AlignmentFlag.AlignLeft, "检查单")
    for i, wide in enumerate((420, 330, 380)):
        pen.fillRect(QRectF(-300, -120 + i * 40, wide, 14), QColor(176, 178, 180))
    for i in range(60):
        pen.fillRect(QRectF(-270 + i * 9, 40, 5 if (i * 7) % 3 else 2, 130), QColor(24, 24, 28))
    pen.end()
    image = _veiled(image, QRect(350, 380, 580, 170))
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(720, image.bytesPerLine())
    return rows[:, : 1280 * 3].reshape(720, 1280, 3).copy()


def _veiled(image: QImage, band: QRect) -> QImage:
    """As the camera's own picture is: nothing can be read but the band of the symbol."""
    smooth = (Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    veil = image.scaled(32, 18, *smooth).scaled(image.size(), *smooth)
    pen = QPainter(veil)
    pen.drawImage(band, image, band)
    pen.end()
    return veil.convertToFormat(QImage.Format.Format_BGR888)


def report_pages(folder: Path, count: int = 2) -> tuple[str, ...]:
    """Drawn report pages for the preview, as file URLs."""
    made = []
    for number in range(1, count + 1):
        image = QImage(1131, 1600, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        pen = QPainter(image)
        pen.setPen(QColor(15, 36, 56))
        pen.setFont(QFont("Noto Sans CJK SC", 30, QFont.Weight.Bold))
        pen.drawText(QRectF(0, 90, 1131, 70), Qt.AlignmentFlag.AlignHCenter, "影像诊断报告")
        pen.setFont(QFont("Noto Sans CJK SC", 18))
        for i, line in enumerate(REPORT_LINES):
            pen.drawText(110, 260 + i * 62, line)
        pen.drawText(QRectF(0, 1500, 1131, 50), Qt.AlignmentFlag.AlignHCenter, f"第 {number} 页，共 {count} 页")
        pen.end()
        path = folder / f"page-{number}.png"
        image.save(str(path))
        made.append(QUrl.fromLocalFile(str(path)).toString())
    return tuple(made)


def shoot(out: Path, only: str = "", quick: bool = False) -> int:
    """All pictures into a folder; returns how many."""
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    pages = report_pages(out)
    for theme in THEMES:
        chosen = [look for look in looks(quick) if look.theme == theme]
        stage = Stage(theme, pages)
        for look in chosen:
            for name in (*stage.states, *OVER):
                if only in name:
                    stage.picture(name, look).save(str(out / f"{name}-{look.name}.png"))
                    count += 1
        stage.close()
    for page in out.glob("page-*.png"):
        page.unlink()
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m ui.pictures.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="screens whose name holds this")
    parser.add_argument("--quick", action="store_true", help="six looks instead of all")
    args = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    application()
    warnings: list[str] = []
    guards.log_qt(warnings.append)
    print(f"{shoot(args.out, args.only, args.quick)} pictures in {args.out}")
    for warning in dict.fromkeys(warnings):
        print(f"Qt: {warning}", file=sys.stderr)
    return 1 if warnings else 0


if __name__ == "__main__":
    sys.exit(main())
