"""The demonstration's tray: sample slips beside the kiosk. Picking one holds it before the camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot

from ui.properties import json_property

TAKEN_BACK = ("confirm", "trouble")


@dataclass(frozen=True)
class TraySlip:
    """One slip: its picture (file URL), what it shows, and the answer to give."""

    picture: str
    shows: str
    answer: str


@dataclass(frozen=True)
class TrayWords:
    """What is written on the tray: its title, before an answer, on its one button, and the staff's account."""

    title: str
    answer: str = ""
    next: str = ""
    staff: str = ""


class Tray(QObject):
    """What QML sees of the tray."""

    heldChanged = Signal()  # noqa: N815 - QML's naming
    slipsChanged = Signal()  # noqa: N815

    def __init__(
        self,
        words: TrayWords,
        slips: Sequence[TraySlip],
        show: Callable[[int | None], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._words, self._show = asdict(words), show
        self._slips: list[dict[str, str]] = []
        self._held, self._last, self._screen = -1, -1, ""
        self.fill(slips)

    def fill(self, slips: Sequence[TraySlip]) -> None:
        """These slips lie in the tray now."""
        self._slips = [asdict(slip) for slip in slips]
        self.slipsChanged.emit()

    @Slot(int)
    def hold(self, index: int) -> None:
        """Hold this slip before the camera; -1 takes it away."""
        self._held = index
        self._last = index if index >= 0 else self._last
        self._show(index if index >= 0 else None)
        self.heldChanged.emit()

    @Slot()
    def next(self) -> None:
        """Hold the slip after the last one; after the ninth the first."""
        if self._slips:
            self.hold((self._last + 1) % len(self._slips))

    def follow(self, screen: str) -> None:
        """As a person does: a slip that was read is taken back, and stays marked until the visit has ended."""
        before, self._screen = self._screen, screen
        if screen == before or self._held < 0:
            return
        if screen in TAKEN_BACK:
            self._show(None)
        elif screen == "attract":
            self.hold(-1)

    wordsJson = json_property(lambda self: self._words, slipsChanged)  # noqa: N815
    slipsJson = json_property(lambda self: self._slips, slipsChanged)  # noqa: N815
    held = Property(int, lambda self: self._held, notify=heldChanged)
    current = Property(int, lambda self: max(0, self._last), notify=heldChanged)
    """The slip that lies on top: the one that is or was held last."""
