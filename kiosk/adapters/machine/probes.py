"""What `kiosk doctor` and the supervisor look at, one class a thing. No probe raises."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.config import LedgerSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.pdf.fonts import discover
from kiosk.ports.clock import Clock
from kiosk.ports.probe import Finding

LOW_DISK_MIB = 200
OLDEST_DATE = datetime(2026, 1, 1, tzinfo=UTC)
NO_OTHER = "nothing to compare with: neither archive nor database tells a time of its own"
LARGEST_SKEW = timedelta(minutes=2)


class AskingProbe:
    """Asks one question; a KioskError is the finding. `advice` by fault, where there is better than the usual one."""

    def __init__(self, name: str, ask: Callable[[], str], advice: Mapping[FaultCode, str] | None = None) -> None:
        self._name, self._ask, self._advice = name, ask, advice or {}

    @property
    def name(self) -> str:
        """What is probed."""
        return self._name

    def check(self) -> Finding:
        """Look now."""
        try:
            return Finding(self._name, True, self._ask())
        except KioskError as error:
            said, advice = error.detail or str(error.code), self._advice.get(error.code, "")
            return Finding(self._name, False, said, error.code, advice)


class ByChoice:
    """Something this kiosk does without because its configuration says so: well, and yet not there."""

    def __init__(self, name: str, fault: FaultCode, key: str) -> None:
        self.name = name
        self._finding = Finding(name, True, f"none, as {key} says", fault)

    def check(self) -> Finding:
        """Always the same."""
        return self._finding


def disk_ask(folder: Path) -> Callable[[], str]:
    """A question to the disk below `folder`."""

    def ask() -> str:
        try:
            free = shutil.disk_usage(folder).free >> 20
        except OSError as error:
            raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{folder}: {error.strerror}") from error
        if free < LOW_DISK_MIB:
            raise KioskError(FaultCode.DISK_FULL, f"{free} MiB free, {LOW_DISK_MIB} needed")
        return f"{free} MiB free"

    return ask


def clock_ask(clock: Clock, references: Mapping[str, Callable[[], datetime | None]]) -> Callable[[], str]:
    """A question to the clock: not before this product existed, and near the clocks around it, as far as they tell."""

    def ask() -> str:
        now = clock.now()
        if now < OLDEST_DATE:
            raise KioskError(FaultCode.CLOCK_OFF, f"it says {now:%Y-%m-%d %H:%M}")
        compared = [word for name, reference in references.items() if (word := _compared(clock, name, reference))]
        against = ", ".join(compared) or NO_OTHER
        return f"{now:%Y-%m-%d %H:%M:%S %Z} ({against})"

    return ask


def _compared(clock: Clock, name: str, reference: Callable[[], datetime | None]) -> str:
    try:
        there = reference()
    except KioskError:
        return ""  # it does not answer: its own probe says so
    if there is None:
        return ""
    skew = clock.now() - there
    said = f"{skew.total_seconds():+.0f} s against the {name}"
    if abs(skew) > LARGEST_SKEW:
        raise KioskError(FaultCode.CLOCK_OFF, said)
    return said


def store_advice(ledger: LedgerSettings) -> Mapping[FaultCode, str]:
    """For a database on another machine; its address is shown without name and password."""
    where = re.sub(r"//[^@/]*@", "//", ledger.url)
    hurdles = "network, firewall, pg_hba.conf, password, sslrootcert"
    start = f"Start PostgreSQL, and see that this machine may reach {where}: {hurdles}."
    return {
        FaultCode.STORE_UNAVAILABLE: start,
        FaultCode.DISK_FULL: "Make room on the disk of the database's machine.",
    }


def fonts_ask() -> str:
    """A question to the fonts: without Chinese ones nothing can be typeset."""
    discover()
    return "found"
