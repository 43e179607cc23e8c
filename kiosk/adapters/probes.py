"""What `kiosk doctor` and the supervisor look at, one class a thing. No probe raises."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.fonts import discover
from kiosk.ports.clock import Clock
from kiosk.ports.probe import Finding

LOW_DISK_MIB = 200
OLDEST_DATE = datetime(2026, 1, 1, tzinfo=UTC)
LARGEST_SKEW = timedelta(minutes=2)


class AskingProbe:
    """Asks one question; a KioskError is the finding."""

    def __init__(self, name: str, ask: Callable[[], str]) -> None:
        self._name, self._ask = name, ask

    @property
    def name(self) -> str:
        """What is probed."""
        return self._name

    def check(self) -> Finding:
        """Look now."""
        try:
            return Finding(self._name, True, self._ask())
        except KioskError as error:
            return Finding(self._name, False, error.detail or str(error.code), error.code)


def disk_ask(folder: Path) -> Callable[[], str]:
    """A question to the disk below `folder`."""

    def ask() -> str:
        free = shutil.disk_usage(folder).free >> 20
        if free < LOW_DISK_MIB:
            raise KioskError(FaultCode.DISK_FULL, f"{free} MiB free, {LOW_DISK_MIB} needed")
        return f"{free} MiB free"

    return ask


def clock_ask(clock: Clock, references: Callable[[], list[datetime]]) -> Callable[[], str]:
    """A question to the clock: not before this product existed, and near the times of the servers around it."""

    def ask() -> str:
        now = clock.now()
        if now < OLDEST_DATE:
            raise KioskError(FaultCode.CLOCK_OFF, f"it says {now:%Y-%m-%d %H:%M}")
        for reference in references():
            skew = now - reference
            if abs(skew) > LARGEST_SKEW:
                raise KioskError(FaultCode.CLOCK_OFF, f"{skew.total_seconds():+.0f} s against the archive's server")
        return f"{now:%Y-%m-%d %H:%M:%S %Z}"

    return ask


def no_camera() -> str:
    """A kiosk without a camera: numbers are typed or come from a wedge scanner."""
    raise KioskError(FaultCode.CAMERA_MISSING, "camera.source is none")


def fonts_ask() -> str:
    """A question to the fonts: without Chinese ones nothing can be typeset."""
    discover()
    return "found"
