"""The kiosk's eye: camera, scanning thread and held slip as one thing, told through three listeners."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.camera.camera import SelfHealingCamera
from kiosk.adapters.camera.pictures import load_picture
from kiosk.adapters.camera.scanning import ScanLoop
from kiosk.adapters.camera.slip import HeldSlip
from kiosk.adapters.camera.sources import CameraControls, Source, source_of
from kiosk.adapters.camera.veil import veiled
from kiosk.adapters.symbols import LiveReader, LiveResult
from kiosk.adapters.symbols.sandbox import SandboxedReader
from kiosk.config import CameraSettings, CodeSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import CameraStatus, Grey, Quad, Reading, SymbolReader

SLIPS = "slips"
STOP_S = 2.0
SEEN_S = 0.5  # so long the band of a symbol is shown where it was read


@dataclass(frozen=True)
class Listeners:
    """Called on the eye's threads: a code (payload, symbology), a hint, a change of the camera's state."""

    code: Callable[[str, str], None]
    hint: Callable[[str], None]
    status: Callable[[FaultCode | None], None]


class _Noting:
    """A `kiosk.ports.scanner.SymbolReader` that tells what it read."""

    def __init__(self, reader: SymbolReader, note: Callable[[Reading], None]) -> None:
        self._reader, self._note = reader, note

    def read(self, grey: Grey, thorough: bool) -> Reading:
        """See the port."""
        reading = self._reader.read(grey, thorough)
        self._note(reading)
        return reading


class Eye:
    """Looks from `open` to `close`. Decoding happens in a process of its own."""

    def __init__(self, camera: CameraSettings, codes: CodeSettings, listeners: Listeners) -> None:
        self.slip = HeldSlip(camera.width, camera.height) if camera.source == SLIPS else None
        self._listeners, self._settings = listeners, camera
        self._fault: FaultCode | None = FaultCode.CAMERA_MISSING
        self._first = threading.Event()
        self._opened = False
        self._camera = SelfHealingCamera(self._source, self._status)
        self._reader = SandboxedReader(codes.formats, codes.budget_ms)
        self._seen: tuple[tuple[Quad, ...], float] = ((), 0.0)
        self._loop = ScanLoop(self._camera.next_frame, LiveReader(_Noting(self._reader, self._note)), self._result)

    def open(self) -> None:
        """Start to look."""
        self._opened = True
        self._camera.open()
        self._loop.start()

    def close(self) -> None:
        """Stop, within a few seconds whatever the device does."""
        self._loop.stop(STOP_S)
        self._camera.close(STOP_S)
        self._reader.close()

    def hold(self, picture: Path | None) -> None:
        """Hold a slip before the camera, or take it away; only where the camera is the demonstration's."""
        if self.slip:
            self.slip.show(None if picture is None else load_picture(picture))

    def ask(self) -> str:
        """For probes: how the camera is. Waits a moment for its first word."""
        if not self._opened:
            return f"{self._settings.source} (not opened)"
        self._first.wait(STOP_S)
        if self._fault:
            raise KioskError(self._fault, self._settings.source)
        return self._settings.source

    def wipe(self) -> None:
        """A visit is over: no frame that was read so far stays in the reading process. Returns at once."""
        self._reader.wipe()

    # --- the preview's mailbox ----------------------------------------------------------------------------------
    @property
    def generation(self) -> int:
        """Grows with every frame."""
        frame = self._camera.latest()
        return frame.number if frame else 0

    def latest(self) -> NDArray[np.uint8] | None:
        """The newest frame as a lobby may see it: half its size, (rows, columns, 3) BGR, see `veil`."""
        frame = self._camera.latest()
        quads, at = self._seen
        return None if frame is None else veiled(frame.pixels, quads if time.monotonic() - at < SEEN_S else ())

    def watched(self, on: bool) -> None:
        """Somebody looks at the preview: full speed."""
        self._camera.watched = on

    # --- inside -------------------------------------------------------------------------------------------------
    def _source(self) -> Source:
        c = self._settings
        controls = CameraControls(c.width, c.height, c.fps, c.exposure, c.focus, c.gain)
        return self.slip or source_of(c.source, controls)

    def _note(self, reading: Reading) -> None:
        if reading.symbols:
            self._seen = tuple(symbol.quad for symbol in reading.symbols), time.monotonic()

    def _status(self, status: CameraStatus) -> None:
        self._fault = status.fault
        self._first.set()
        self._listeners.status(status.fault)

    def _result(self, result: LiveResult) -> None:
        if result.accepted:
            self._listeners.code(result.accepted.text, result.accepted.format)
        self._listeners.hint(result.hint)
