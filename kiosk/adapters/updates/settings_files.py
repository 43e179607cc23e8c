"""The machine's settings as files beside kiosk.toml: what its hospital wants, and the last that were good."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from kiosk.adapters.machine.durable import put, sync_folder
from kiosk.adapters.updates.appliance import Doctor
from kiosk.adapters.updates.notes import UpdateMemory
from kiosk.config import WANTED, understood
from kiosk.domain.faults import KioskError
from kiosk.domain.updates.releases import UpdateRefusedError
from kiosk.ports.updates import Trial

GOOD, LAID = "wanted.good.toml", "wanted.new.toml"
# The kiosk reads it as itself; only root writes it.
MODE = 0o644


class SettingsFiles:
    """kiosk.ports.updates.SettingsPlace. `between_visits` waits until nobody is there (False: somebody stayed),
    `restart` starts the kiosk anew and does not wait for it."""

    def __init__(
        self, file: Path, doctor: Doctor, between_visits: Callable[[], bool], restart: Callable[[], None]
    ) -> None:
        self._file, self._folder = file, file.parent
        self._between_visits, self._restart = between_visits, restart
        self._memory = UpdateMemory(self._folder / "updates")
        self.faults = doctor
        self.number, self.undone, self.trial = self._memory.number, self._memory.undone, self._memory.trial
        self.drop = self._memory.end

    def current(self) -> str:
        """Of what is over kiosk.toml now."""
        try:
            return _name((self._folder / WANTED).read_bytes())
        except FileNotFoundError:
            return ""

    def lay(self, wanted: bytes) -> str:
        """Beside those in use."""
        try:
            understood(self._file, wanted)
        except KioskError as error:
            raise UpdateRefusedError(f"the kiosk would not start with these settings: {error.detail}") from error
        self._put(LAID, wanted)
        return _name(wanted)

    def try_out(self, trial: Trial) -> bool:
        """Those that were laid ready."""
        if not self._between_visits():
            return False
        self._memory.begin(trial)
        self._put(WANTED, (self._folder / LAID).read_bytes())
        self._restart()
        return True

    def go_back(self, trial: Trial) -> None:
        """To the last good ones, or to kiosk.toml alone."""
        self._memory.leave(trial.number)
        if (self._folder / GOOD).exists():
            self._put(WANTED, (self._folder / GOOD).read_bytes())
        else:
            (self._folder / WANTED).unlink(missing_ok=True)
            sync_folder(self._folder)
        self._restart()
        self._memory.end()

    def keep(self, trial: Trial) -> None:
        """Also as what to go back to."""
        self._put(GOOD, (self._folder / WANTED).read_bytes())
        self._memory.take(trial.number)
        self._memory.end()

    def _put(self, name: str, content: bytes) -> None:
        put(self._folder / name, content)
        (self._folder / name).chmod(MODE)


def _name(wanted: bytes) -> str:
    return hashlib.sha256(wanted).hexdigest()


def between_visits(release: Path, limit_s: int) -> bool:
    """Wait until nobody is at the kiosk."""
    words = str(release / "installer/session/wait-for-attract.sh"), str(limit_s)
    return subprocess.run(["sh", *words], check=False).returncode == 0


def restart() -> None:
    """The kiosk, at once."""
    subprocess.run(["systemctl", "restart", "--no-block", "kiosk.service"], check=True)
