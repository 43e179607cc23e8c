"""Where pictures come from: a device, a stream, a video file, pictures.

A source belongs to the camera's thread. `open` raises KioskError with CAMERA_MISSING or CAMERA_BUSY; `read` returns a
BGR or grey picture, or None where the device has nothing more to give; `skip` lets one picture pass undecoded.
"""

from __future__ import annotations

import errno
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.camera.pictures import VIDEOS, load_picture, picture_files
from kiosk.domain.faults import FaultCode, KioskError

Pixels = NDArray[np.uint8]

OPEN_TIMEOUT_MS = 4000
READ_TIMEOUT_MS = 3000
PICTURE_SECONDS = 3.0


class Source(Protocol):
    """One source of pictures. `paced`: read returns when the device has a picture; otherwise the reader must wait."""

    paced: bool
    changing: bool  # False where the same picture again and again is no fault

    def open(self) -> None:
        """Take hold of the device."""
        ...

    def read(self) -> Pixels | None:
        """The next picture, None where there is none."""
        ...

    def skip(self) -> bool:
        """Let one picture pass; False where there is none."""
        ...

    def close(self) -> None:
        """Let go of the device; may be called at any time, again and again."""
        ...


@dataclass(frozen=True)
class CameraControls:
    """What is asked of the camera; None leaves its own choice. Exposure and focus are in the device's V4L2 units."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    exposure: int | None = None
    focus: int | None = None
    gain: int | None = None

    def properties(self) -> list[tuple[str, int, float]]:
        """(name, OpenCV property, value) in the order in which a V4L2 device wants them."""
        wanted: list[tuple[str, int, float]] = [
            ("format", cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG"))),
            ("width", cv2.CAP_PROP_FRAME_WIDTH, self.width),
            ("height", cv2.CAP_PROP_FRAME_HEIGHT, self.height),
            ("fps", cv2.CAP_PROP_FPS, self.fps),
            ("buffers", cv2.CAP_PROP_BUFFERSIZE, 1),  # the newest picture, not a queue of old ones
        ]
        # V4L2_CID_EXPOSURE_AUTO: 1 manual, 3 aperture priority
        wanted.append(("auto exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 3 if self.exposure is None else 1))
        if self.exposure is not None:
            wanted.append(("exposure", cv2.CAP_PROP_EXPOSURE, self.exposure))
        wanted.append(("auto focus", cv2.CAP_PROP_AUTOFOCUS, 1 if self.focus is None else 0))
        if self.focus is not None:
            wanted.append(("focus", cv2.CAP_PROP_FOCUS, self.focus))
        if self.gain is not None:
            wanted.append(("gain", cv2.CAP_PROP_GAIN, self.gain))
        return wanted


class CaptureSource(ABC):
    """Anything OpenCV opens; the base of device, stream and video file."""

    paced = True
    changing = True

    def __init__(self) -> None:
        self._capture: cv2.VideoCapture | None = None

    def open(self) -> None:
        """Open, or raise what is wrong."""
        self.close()
        capture = self._opened()
        if not capture.isOpened():
            capture.release()
            raise self._closed_fault()
        self._capture = capture

    def read(self) -> Pixels | None:
        """The next picture."""
        if self._capture is None:
            return None
        there, pixels = self._capture.read()
        return np.asarray(pixels, np.uint8) if there and pixels is not None else None

    def skip(self) -> bool:
        """Take one picture off the device without decoding it."""
        return self._capture is not None and bool(self._capture.grab())

    def close(self) -> None:
        """Let go."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    @abstractmethod
    def _opened(self) -> cv2.VideoCapture: ...

    def _closed_fault(self) -> KioskError:
        return KioskError(FaultCode.CAMERA_MISSING, "cannot be opened")


class DeviceSource(CaptureSource):
    """A V4L2 camera, by path or number. `refused` names the properties that the camera would not take."""

    def __init__(self, device: str, controls: CameraControls) -> None:
        super().__init__()
        self._path = Path(f"/dev/video{device}" if device.isdigit() else device)
        self._controls = controls
        self.refused: tuple[str, ...] = ()

    def _opened(self) -> cv2.VideoCapture:
        _probe(self._path)
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_V4L2)
        if capture.isOpened():
            wanted = self._controls.properties()
            self.refused = tuple(name for name, prop, value in wanted if not capture.set(prop, value))
        return capture

    def _closed_fault(self) -> KioskError:
        # the node is there and may be opened, so somebody else is streaming from it
        return KioskError(FaultCode.CAMERA_BUSY, "another program uses the camera")


def _probe(path: Path) -> None:
    """Ask the kernel whether the device may be opened; OpenCV only says yes or no."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        busy = error.errno in (errno.EBUSY, errno.EAGAIN)
        code = FaultCode.CAMERA_BUSY if busy else FaultCode.CAMERA_MISSING
        raise KioskError(code, f"device: {error.strerror}") from error


class StreamSource(CaptureSource):
    """An MJPEG or other stream from an http or rtsp address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def _opened(self) -> cv2.VideoCapture:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS,
        ]  # fmt: skip
        return cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)


class VideoSource(CaptureSource):
    """A video file, over and over, at its own speed."""

    paced = False

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def _opened(self) -> cv2.VideoCapture:
        if not self._path.is_file():
            raise KioskError(FaultCode.CAMERA_MISSING, "no such video file")
        return cv2.VideoCapture(str(self._path))

    def read(self) -> Pixels | None:
        """The next picture, the first one after the last."""
        pixels = super().read()
        if pixels is None and self._capture is not None and self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0):
            return super().read()
        return pixels

    def skip(self) -> bool:
        """Let one picture pass."""
        return self.read() is not None


class PictureSource:
    """A picture file, or a folder of them one after the other."""

    paced = False
    changing = False

    def __init__(self, path: Path, seconds: float = PICTURE_SECONDS) -> None:
        self._path = path
        self._seconds = seconds
        self._pictures: Sequence[Pixels] = ()
        self._opened_at = 0.0

    def open(self) -> None:
        """Load the pictures."""
        try:
            files = picture_files(self._path) if self._path.is_dir() else [self._path]
        except OSError as error:
            raise KioskError(FaultCode.CAMERA_MISSING, f"folder: {error.strerror}") from error
        if not files:
            raise KioskError(FaultCode.CAMERA_MISSING, "no pictures in the folder")
        self._pictures = [load_picture(path) for path in files]
        self._opened_at = time.monotonic()

    def read(self) -> Pixels | None:
        """The picture whose turn it is."""
        if not self._pictures:
            return None
        turn = int((time.monotonic() - self._opened_at) / self._seconds) % len(self._pictures)
        return self._pictures[turn]

    def skip(self) -> bool:
        """Nothing passes by."""
        return bool(self._pictures)

    def close(self) -> None:
        """Forget the pictures."""
        self._pictures = ()


def source_of(name: str, controls: CameraControls) -> Source:
    """The source a configuration names: device, address, video, picture or folder."""
    if name.isdigit() or name.startswith("/dev/"):
        return DeviceSource(name, controls)
    if name.startswith(("http://", "https://", "rtsp://")):
        return StreamSource(name)
    path = Path(name)
    return VideoSource(path) if path.suffix.lower() in VIDEOS else PictureSource(path)
