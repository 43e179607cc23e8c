"""The camera that heals itself: one thread owns the device, another one watches that thread.

A device read may hang in the driver for good. Then the watcher gives that thread up (it ends by itself should the
driver ever return) and opens the device again with a new one, after a pause that grows from failure to failure.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2

from kiosk.adapters.camera.health import FROZEN_S, FrameHealth
from kiosk.adapters.camera.mailbox import FrameMailbox
from kiosk.adapters.camera.motion import change, thumbnail
from kiosk.adapters.camera.sources import Pixels, Source
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import CameraFrame, CameraStatus, StatusListener

TICK_S = 0.1
EARLY_S = 0.002  # a picture so much before its turn is taken
MOVED = 1.0  # mean change of grey that counts as movement


@dataclass(frozen=True)
class Pacing:
    """How fast pictures are taken and how patient the camera is, in frames a second and seconds."""

    fps: float = 30.0
    idle_fps: float = 6.0  # while nothing moves and nobody looks at the preview
    idle_after_s: float = 3.0
    read_deadline_s: float = 6.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 20.0


class _Worker(threading.Thread):
    """Owns one opened source until it fails, is stopped or is given up."""

    def __init__(self, camera: SelfHealingCamera, source: Source, number: int) -> None:
        super().__init__(name=f"camera-{number}", daemon=True)
        self._camera = camera
        self._source = source
        self.stopped = threading.Event()
        self.alive_at = time.monotonic()
        self.fault: KioskError | None = None
        self.worked = False

    def run(self) -> None:
        """Open, read, publish."""
        try:
            self._source.open()
            self._loop()
        except KioskError as fault:
            self.fault = fault
        except (cv2.error, OSError, ValueError, MemoryError) as error:
            self.fault = KioskError(FaultCode.CAMERA_MISSING, f"driver: {type(error).__name__}")
        finally:
            with contextlib.suppress(cv2.error, OSError):
                self._source.close()

    def _loop(self) -> None:
        pace = _Pace(self._camera.pacing)
        while not self.stopped.is_set():
            self.alive_at = time.monotonic()
            early = pace.due_in(self.alive_at, self._camera.watched)
            if early > 0:
                self._pass_by(early)
                continue
            pace.takes(self.alive_at)
            pixels = self._source.read()
            if self.stopped.is_set():
                return
            if pixels is None:
                raise KioskError(FaultCode.CAMERA_MISSING, "no more pictures")
            pace.saw(pixels, time.monotonic())
            fault = self._camera.publish(pixels)
            if fault is FaultCode.CAMERA_FROZEN:
                raise KioskError(fault, "the same picture again and again")
            self.worked = True

    def _pass_by(self, seconds: float) -> None:
        """Wait until the next picture is wanted; a device must be kept from handing out old ones."""
        if self._source.paced:
            if not self._source.skip():
                raise KioskError(FaultCode.CAMERA_MISSING, "no more pictures")
        else:
            self.stopped.wait(min(seconds, TICK_S))


class _Pace:
    """Decides which pictures are worth decoding."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing
        self._last = float("-inf")
        self._step = 0.0
        self._moved_at = time.monotonic()
        self._thumb: Pixels | None = None

    def due_in(self, now: float, watched: bool) -> float:
        """Seconds until the next picture is wanted; not positive when it is its turn."""
        idle = not watched and now - self._moved_at > self._pacing.idle_after_s
        self._step = 1 / (self._pacing.idle_fps if idle else self._pacing.fps)
        return self._last + self._step - EARLY_S - now

    def takes(self, now: float) -> None:
        """Count from when the picture was due, so that what it costs does not slow the rate down."""
        self._last = max(now - self._step, self._last + self._step)

    def saw(self, pixels: Pixels, now: float) -> None:
        """Note whether anything moved."""
        before, self._thumb = self._thumb, thumbnail(pixels)
        if change(before, self._thumb) > MOVED:
            self._moved_at = now


class SelfHealingCamera:
    """See `kiosk.ports.scanner.Camera`. `make_source` makes a new source for every attempt to open the device."""

    def __init__(
        self, make_source: Callable[[], Source], listener: StatusListener, pacing: Pacing | None = None
    ) -> None:
        self.pacing = pacing or Pacing()
        self.watched = False  # somebody looks at the preview: full speed
        self._make_source = make_source
        self._listener = listener
        self._mailbox = FrameMailbox()
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None
        self._worker: _Worker | None = None
        self._status: CameraStatus | None = None
        self._health: FrameHealth | None = None

    def open(self) -> None:
        """Start looking for pictures; a second call does nothing."""
        if self._watcher is None:
            self._stop.clear()
            self._mailbox.open()
            self._watcher = threading.Thread(target=self._watch, name="camera-watcher", daemon=True)
            self._watcher.start()

    def frames(self, timeout: float) -> Iterator[CameraFrame]:
        """The newest picture, again and again, until none comes within `timeout` seconds."""
        number = 0
        while frame := self._mailbox.newer_than(number, timeout):
            number = frame.number
            yield frame

    def next_frame(self, number: int, timeout: float) -> CameraFrame | None:
        """The newest picture after `number`, None when `timeout` seconds pass without one."""
        return self._mailbox.newer_than(number, timeout)

    def latest(self) -> CameraFrame | None:
        """The newest picture without waiting, for the preview."""
        return self._mailbox.peek()

    def close(self, timeout: float) -> None:
        """Stop, and let go of the device; a thread that hangs in the driver is left behind."""
        deadline = time.monotonic() + timeout
        self._stop.set()
        self._mailbox.close()
        for thread in (self._watcher, self._worker):
            if thread is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        self._watcher = self._worker = None
        self._status = None

    def publish(self, pixels: Pixels) -> FaultCode | None:
        """Called by the worker with each picture; what is wrong with it."""
        now = time.monotonic()
        fault = self._health.judge(pixels, now) if self._health else None
        if fault is not FaultCode.CAMERA_FROZEN:
            self._mailbox.put(CameraFrame(next(self._numbers), now, pixels))
        self._tell(CameraStatus(fault))
        return fault

    def _watch(self) -> None:
        pause = self.pacing.first_pause_s
        for number in itertools.count(1):
            fault, worked = self._attempt(number)
            if self._stop.is_set():
                return
            self._mailbox.clear()
            self._tell(CameraStatus(fault.code, fault.detail))
            pause = self.pacing.first_pause_s if worked else min(2 * pause, self.pacing.longest_pause_s)
            if self._stop.wait(pause):
                return

    def _attempt(self, number: int) -> tuple[KioskError, bool]:
        """Run one worker to its end or until it hangs; what ended it, and whether pictures came."""
        source = self._make_source()
        if self._health is None:  # kept over attempts: a frozen device stays frozen when it is opened again
            self._health = FrameHealth(FROZEN_S if source.changing else None)
        worker = _Worker(self, source, number)
        self._worker = worker
        worker.start()
        while worker.is_alive():
            hangs = time.monotonic() - worker.alive_at > self.pacing.read_deadline_s
            if self._stop.is_set() or hangs:
                worker.stopped.set()
                worker.join(TICK_S)
                break
            worker.join(TICK_S)
        fault = worker.fault or KioskError(FaultCode.CAMERA_FROZEN, "the camera does not answer")
        return fault, worker.worked

    def _tell(self, status: CameraStatus) -> None:
        if self._stop.is_set() or (self._status is not None and self._status.fault is status.fault):
            return
        self._status = status
        self._listener(status)
