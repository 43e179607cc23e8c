"""What a visit has freed goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes

from PySide6.QtCore import QObject, Qt, SignalInstance, Slot
from PySide6.QtQml import QQmlEngine


class Tidying(QObject):
    """Tidies after each visit, one turn of the event loop later: then the screens that were left are destroyed.

    QML's own heap is collected when it has grown by so much, however little of it lives: a kiosk's would grow by some
    fifty kilobytes a visit, and words of a patient would lie in it until then.
    """

    def __init__(self, engine: QQmlEngine, visit_over: SignalInstance) -> None:
        super().__init__(engine)
        self._engine = engine
        visit_over.connect(self.tidy, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def tidy(self) -> None:
        """What nobody can reach any more goes, and its pages go back to the system."""
        self._engine.collectGarbage()
        give_back()


M_ARENA_MAX = -8
"""mallopt(3): how many heaps the threads of a process share."""
ARENAS = 2


def share_heaps() -> None:
    """Let all threads share two heaps; to be called before they start. Nothing where the C library knows no such thing.

    glibc gives each thread one of its own, up to eight a core, and each keeps holes as large as the largest visit it
    has served: with a dozen short-lived lanes that is growth for hundreds of visits (0.4 MiB each, measured).
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Hand freed pages back (glibc's malloc_trim); nothing where the C library knows no such thing.

    Pictures of some megabytes between small values leave the heap in holes: without this a visit keeps some hundred
    kilobytes, and what was freed of it stays readable in the process.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
